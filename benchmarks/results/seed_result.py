"""One finished training, and the kinds of values that saved results hold."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from benchmarks.metrics.measures import FURTHER, ROBUSTNESS
from benchmarks.results.parsing import quoted

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.+]{1,60}\Z")]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Positive = Annotated[int, Meta(ge=1, le=10**9)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Loss = Annotated[float, Meta(ge=0, le=1e300)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
Mebibytes = Annotated[float, Meta(ge=0, le=1e9)]
Row = tuple[Count, ...]
Matrix = tuple[Row, ...]
_Value = str | int | float | bool | None
Fact = _Value | list[_Value] | dict[str, _Value | list[_Value]]
"""One fact about a machine, as pytest-benchmark's `machine_info` holds it."""
PHASES = ("import", "data", "build", "trace")


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One training, epoch by epoch. Losses are mean cross-entropies (nats); None: the figure was not finite."""

    loss: tuple[Loss | None, ...] = ()
    accuracy: tuple[Share | None, ...] = ()
    val_loss: tuple[Loss | None, ...] = ()
    val_accuracy: tuple[Share | None, ...] = ()
    seconds: tuple[Seconds, ...] = ()
    epoch: tuple[Count, ...] = ()
    """Numbers of the epochs, in the order in which they ran; empty where they were not kept, as `steps`."""
    steps: tuple[Count, ...] = ()
    """Batches that each epoch went through."""

    def __post_init__(self) -> None:
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "epoch", "steps"):
            if (found := len(getattr(self, name))) not in (0, len(self.seconds)):
                raise ValueError(f"'{name}' holds {found} epochs, 'seconds' {len(self.seconds)}")
        if len(self.val_accuracy) != len(self.seconds):
            raise ValueError("expected 'val_accuracy' and 'seconds' for every epoch")

    def disorder(self, batches: int | None) -> str:
        """Say how the epochs that ran differ from the recipe's in order or steps.

        In runs of earlier versions the last epoch may have stopped early, where its loss was no longer finite.

        Args:
            batches: Per epoch; None: not known, so that only epochs of one length are expected.

        Returns:
            Empty if nothing differs, or if neither numbers nor steps were kept.
        """
        if self.epoch and self.epoch != (ascending := tuple(range(1, len(self.epoch) + 1))):
            return f"ran its epochs in the order {_listed(self.epoch)}, expected {_listed(ascending)}"
        if not self.steps:
            return ""
        expected = max(self.steps) if batches is None else batches
        stopped = bool(self.loss) and self.loss[-1] is None
        for number, steps in enumerate(self.steps, 1):
            short = stopped and number == len(self.steps) and steps >= 1
            if steps != expected and not (short and steps < expected):
                return f"took {steps:,} steps in epoch {number}, expected {expected:,}"
        return ""


class SeedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A finished training of one cell with one seed, with the costs of the process that trained it."""

    seed: Count
    history: History
    diverged: Count | None = None
    divergence: Literal["nan", "dead"] | None = None
    frozen: Count | None = None
    """The epoch (from 1) since which no epoch changed a weight."""
    weights_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    correct: str
    confusion: Matrix
    test_images: Positive
    measures: dict[str, Finite | None] = {}
    """By the key of a measure (`metrics.measures.FURTHER`); None: an output was not finite."""
    corrupted: dict[str, tuple[Share, ...]] = {}
    """Accuracy on corrupted test images by corruption, one per severity; empty unless it was asked for."""
    params_trainable: Count
    params_non_trainable: Count
    flops_per_image: Count
    eval_seconds: Seconds
    phase_seconds: dict[str, Seconds]
    """Of the process's preparations, by `PHASES`."""
    peak_memory_mib: Mebibytes
    peak_memory_bound: bool | None = None
    """Whether that is an upper bound: earlier cells of the process had left a part of it."""
    parallel: bool = False
    measured_at: str
    machine: dict[str, Fact]
    """What it was measured on, as in `machine_info`."""

    def __post_init__(self) -> None:
        check_bits(self.correct, self.test_images)
        _check_time(self.measured_at)
        self._check_answers()
        self._check_events()
        self._check_measures()
        if missing := [name for name in PHASES if name not in self.phase_seconds]:
            raise ValueError(f"'phase_seconds' lacks {', '.join(missing)}")

    def _check_answers(self) -> None:
        """Check that accuracy, `correct` and `confusion` count the same answers.

        Raises:
            ValueError: They do not; the message names the field.
        """
        for name in ("val_accuracy", "val_loss", "loss", "accuracy"):
            if not getattr(self.history, name):
                raise ValueError(f"'history.{name}' holds no epoch")
        if len(self.confusion) < 2 or any(len(row) != len(self.confusion) for row in self.confusion):
            raise ValueError("'confusion' is not a square table of counts")
        if (total := sum(map(sum, self.confusion))) != self.test_images:
            raise ValueError(f"'confusion' counts {total} images, 'test_images' is {self.test_images}")
        right = right_answers(self.correct)
        if (trace := sum(row[k] for k, row in enumerate(self.confusion))) != right:
            raise ValueError(f"'confusion' has {trace} right answers, 'correct' {right}")
        accuracy = self.history.val_accuracy[-1]
        if accuracy is not None and round(accuracy * self.test_images) != right:
            raise ValueError(
                f"'history.val_accuracy' ends with {accuracy}, 'correct' has {right} right answers"
            )

    def _check_events(self) -> None:
        """Check that death and freeze are of an epoch that ran.

        Raises:
            ValueError: One is not; the message names the field.
        """
        epochs = len(self.history.seconds)
        if (self.diverged is None) != (self.divergence is None):
            raise ValueError(f"'diverged' is {self.diverged}, 'divergence' {self.divergence}")
        for name, since in (("diverged", self.diverged), ("frozen", self.frozen)):
            if since is not None and not 1 <= since <= epochs:
                raise ValueError(f"'{name}' is epoch {since}, 'history' holds {epochs}")

    def _check_measures(self) -> None:
        """Check that every measure is known and in its range, and that robustness is the mean of its parts.

        Raises:
            ValueError: One is not; the message names it.
        """
        known = {measure.key: measure for measure in FURTHER}
        for name, value in self.measures.items():
            if name not in known:
                raise ValueError(f"'measures' holds {name}, expected {', '.join(known)}")
            if value is not None:
                known[name].check(value)
        parts = [value for values in self.corrupted.values() for value in values]
        mean, recorded = math.fsum(parts) / len(parts) if parts else None, self.measures.get(ROBUSTNESS.key)
        if (mean is None) != (recorded is None) or abs((mean or 0.0) - (recorded or 0.0)) > 1e-9:
            raise ValueError(f"'measures.{ROBUSTNESS.key}' is {recorded}, the mean of 'corrupted' {mean}")

    @property
    def seconds(self) -> float:
        """Seconds of training alone."""
        return math.fsum(self.history.seconds)


def _listed(numbers: Sequence[int]) -> str:
    """Write numbers in their order, a run of ascending ones as its ends: `1 to 3, 2`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return ", ".join(texts[:8] if len(texts) <= 8 else [*texts[:7], "..."])


def _check_time(measured_at: str) -> None:
    """Check that a training's end is written as `isoformat` writes it.

    Raises:
        ValueError: It is not.
    """
    try:
        written = datetime.fromisoformat(measured_at).isoformat()
    except ValueError:
        written = None
    if written != measured_at:  # any character may separate date and time
        raise ValueError(
            f"'measured_at' is {quoted(measured_at)}, expected a time such as 2026-01-02T03:04:05+00:00"
        )


DIGITS = 32
"""Hexadecimal digits of a digest that a pinned file keeps; a longer one is compared by its first ones."""


def answers_digest(correct: str) -> str:
    """Return the digest of one seed's answers.

    Args:
        correct: Base64 of packed bits over the test images, as a run saves them.

    Returns:
        The first `DIGITS` hexadecimal digits of the bits' SHA-256.
    """
    return hashlib.sha256(base64.b64decode(correct)).hexdigest()[:DIGITS]


def right_answers(correct: str) -> int:
    """Count the right answers in base64 of packed bits."""
    return int.from_bytes(base64.b64decode(correct), "big").bit_count()


def check_bits(bits: str, images: int, name: str = "correct") -> None:
    """Check that packed bits have the length of the test images.

    Raises:
        ValueError: They do not, or are not base64.

    """
    length = 4 * math.ceil(math.ceil(images / 8) / 3)
    if len(bits) != length:
        raise ValueError(f"'{name}' has {len(bits)} characters, {images} test images take {length}")
    try:
        base64.b64decode(bits, validate=True)
    except ValueError:
        raise ValueError(f"'{name}' is not base64; was the file edited?") from None

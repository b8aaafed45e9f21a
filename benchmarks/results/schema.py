"""What is saved of a cell: the one place where the fields are spelled.

Sequences of a `CellResult` hold one value per seed, in the order of `seeds`. The table of docs/saved-runs.md is generated from
the descriptions here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchmarks.experiment.cell import Cell
from benchmarks.metrics.measures import FURTHER, MEASURES, Measure
from benchmarks.results.agreement import check_agreement, check_lengths
from benchmarks.results.normalize import normalize
from benchmarks.results.parsing import convert
from benchmarks.results.seed_result import (
    Count,
    Finite,
    History,
    Matrix,
    Name,
    Positive,
    Seconds,
    Share,
)

if TYPE_CHECKING:
    from benchmarks.results.arrays import CellArrays

CLASSES = 10
"""Of the data sets of the study: the number of classes of cells of early runs, which do not name them."""


class CellResult(msgspec.Struct, frozen=True, kw_only=True):
    """One architecture on one data set, as a saved run holds it in `extra_info`."""

    architecture: Name
    """Name of the architecture, a file in `models/`."""
    dataset: Name
    """Name of the data set, a file in `datasets/`."""
    protocol: str
    """Name of the protocol: `quick`, `study` or `tuned`."""
    precision: str
    """`float32` or `mixed_bfloat16`."""
    backend: Annotated[str, Meta(pattern="^[a-z0-9_]{1,20}$")] = "tensorflow"
    """What Keras computed with: `tensorflow` or `jax`; a condition, as are the next three, and not part of the fingerprint."""
    backend_version: str | None = None
    """Version of the backend; several where seeds were trained with several, joined by a bar."""
    device: str | None = None
    """What it was trained on: `CPU`, or the name of a GPU with its driver and CUDA version."""
    matmul_precision: str | None = None
    """What products of float32 matrices are computed in: `float32`, or `tensorfloat32` on newer GPUs."""
    strategy: str | None = None
    """Null; runs saved before `--strategy` was removed may name one."""
    replicas: Count = 1
    """1; runs saved before `--strategy` was removed may hold more."""
    data_source: Literal["real", "synthetic"]
    """`real` or `synthetic`."""
    data_fingerprint: str
    """Hash of the images and labels that were used."""
    train_fingerprint: str = ""
    """Hash of the training images and their labels alone; empty in runs saved before it was kept."""
    test_fingerprint: str = ""
    """Hash of the test images and their labels alone: cells in which it is equal are compared image by image."""
    data_origin: str = ""
    """Where the images came from, in words."""
    data_verified: bool | None = None
    """Whether every file had its official checksum; null for images of your own, which have none."""
    fingerprint: str
    """Hash of all that decides the outcome except hardware and library versions: architecture, recipe, data, precision."""
    recipe: dict[str, Any] = {}
    """How it was trained, in full; values as text in a pinned file."""
    set_fields: dict[str, str] = {}
    """What `--set` changed of the protocol's recipe, by field. Such a cell is an exploration: no floor, and never a baseline."""
    epochs: Annotated[int, Meta(ge=0, le=10**6)] | None = None
    """Epochs of the recipe."""
    train_images: Positive | None = None
    """Number of training images."""
    test_images: Positive
    """Number of test images."""
    class_names: tuple[str, ...] = ()
    """Names of the classes, in the order of their labels."""
    seeds: tuple[Count, ...]
    """The seeds, in the order of all lists below."""
    accuracies: tuple[Share | None, ...]
    """Per seed: top-1 accuracy on the test images after the last epoch, 0..1; null: the training left no model."""
    losses: tuple[Finite | None, ...] = ()
    """Per seed: mean cross-entropy (nats) on the test images after the last epoch; null: not finite."""
    ece: tuple[Finite | None, ...] = ()
    """Per seed: expected calibration error over 15 groups of equally many test images, 0..1; null: an output was not finite."""
    brier: tuple[Finite | None, ...] = ()
    """Per seed: Brier score, 0..2; null: an output was not finite."""
    top5: tuple[Finite | None, ...] = ()
    """Per seed: share of the test images whose class is among the five likeliest, 0..1; only with 20 classes or more."""
    robustness: tuple[Finite | None, ...] = ()
    """Per seed: mean accuracy on corrupted test images, 0..1; with `--measure robustness`."""
    corrupted: tuple[dict[str, tuple[Share, ...]], ...] = ()
    """Per seed: accuracy on corrupted test images, by corruption, one per severity (1, 3, 5); with `--measure robustness`."""
    robustness_definition: str | None = None
    """Which corruptions `robustness` is measured with; figures of different definitions do not compare."""
    diverged: tuple[Count | None, ...] = ()
    """Per seed: the epoch (from 1) since which the training has diverged; null: it has not."""
    divergence: tuple[Literal["nan", "dead"] | None, ...] = ()
    """Per seed: `nan` (the loss was not finite), `dead` (the same answer for every test image), or null."""
    frozen: tuple[Count | None, ...] = ()
    """Per seed: the epoch (from 1) since which no epoch changed a weight; later ones computed no gradients, which `seconds` shows;
    null: the last epoch changed some."""
    weights_sha256: tuple[str, ...] = ()
    """Per seed: digest of all weights after the last step; equal digests are equal bits."""
    params_total: Count
    """Number of parameters."""
    params_trainable: Count
    """Parameters that training changes."""
    params_non_trainable: Count
    """Parameters that it does not: moving means and variances of batch norms."""
    flops_per_image: Annotated[int, Meta(ge=0, le=10**18)] | None = None
    """Twice the multiply-adds of convolutions and dense layers in one forward pass."""
    history: tuple[History, ...] = ()
    """Per seed, lists over epochs: `loss` and `accuracy` (training images as they were seen), `val_loss` and
    `val_accuracy` (test images), `seconds`."""
    correct: tuple[str, ...] = ()
    """Per seed: which test images were right, as packed bits (first image first) in base64."""
    correct_sha256: tuple[str, ...] = ()
    """Per seed: digest of `correct`, in a pinned file."""
    confusion: tuple[Matrix, ...] = ()
    """Per seed: counts of test images; rows are true classes, columns are answers."""
    seed_seconds: tuple[Seconds, ...] = ()
    """Per seed: seconds of training alone."""
    eval_seconds: Seconds | None = None
    """Seconds of all evaluations."""
    setup_seconds: Seconds | None = None
    """Seconds of building and tracing; tracing is 0 for the second cell of an architecture and shape."""
    phase_seconds: dict[str, Seconds] = {}
    """Seconds by phase: `import`, `data`, `build`, `trace`, `steps`, `evaluation`; `--time-report` prints them."""
    peak_memory_mib: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    """Peak resident memory of the process while the cell ran, MiB; within 15% of what the cell takes alone, or an upper bound."""
    peak_memory_bound: bool | None = None
    """Whether `peak_memory_mib` is an upper bound, as earlier cells of the process had left a part of it; null: not known."""
    parallel: bool = False
    """Other cells ran at the same time: its times are not those of an idle machine."""
    floor: Share | None = None
    """The accuracy that every living seed had to reach, 0..1."""
    deaths_allowed: Count = 0
    """How many seeds may die (see `diverged`) without a failure, by the death rate of the pinned seeds."""
    resolution: Annotated[float, Meta(ge=0, le=100)] | None = None
    """The drop in percentage points that a comparison with this cell has to be able to see; `pin` writes it, for review."""
    study_accuracy: Share | None = None
    """The study's figure, for real data only."""
    verdict: Literal["passed", "failed"] | None = None
    """`passed`: every living seed reached the floor, and no more than `deaths_allowed` died; else `failed`; null: all died, as allowed."""
    measured_at: tuple[str, ...] = ()
    """Per seed: date and time (UTC) when it was trained; earlier than the run where `--resume` reused it."""
    code: tuple[str, ...] = ()
    """Per seed: hash of the source files that training this architecture imports."""
    commit: tuple[str, ...] = ()
    """Per seed: the commit of the code, where seeds of several runs were merged."""
    versions: tuple[dict[str, str], ...] = ()
    """Per seed: versions of the libraries, where they are not the run's; one for all seeds in a pinned file."""
    machine: tuple[dict[str, str], ...] = ()
    """Per seed: host name (`--executor ray`), processor, cores and threads, where they are not the run's; one for all seeds in
    a pinned file."""

    def __post_init__(self) -> None:
        n = len(self.seeds)
        if n == 0 or len(set(self.seeds)) != n:
            raise ValueError("'seeds': expected distinct integers, at least one")
        if len(self.accuracies) != n:
            raise ValueError(
                f"'accuracies' holds {len(self.accuracies)} values, expected one per seed of {n}"
            )
        check_lengths(self, PER_SEED)
        for measure in MEASURES:
            for value in self.of(measure):
                if value is not None:
                    measure.check(value)
        check_agreement(self)

    def __repr__(self) -> str:
        return f"<CellResult {self.id}, {self.training}, {self.data_source} images: accuracies {self.accuracies}>"

    @classmethod
    def from_json(cls, data: object, where: str) -> CellResult:
        """Read a cell from JSON.

        Args:
            data: `extra_info`, or a cell of a pinned file.
            where: What messages call it: file and place.

        Raises:
            RunRefused: A field does not fit; the message names it.

        """
        return convert(normalize(data), cls, where, raw=("recipe",))

    def to_json(self) -> dict[str, Any]:
        """Return what is saved in `extra_info`: all fields, and the figures that follow from them."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        # Only cells of merged runs and of pinned baselines have these.
        for name in ("code", "commit", "versions", "machine", "resolution", "correct_sha256"):
            if fields[name] in (None, ()):
                del fields[name]
        kept_if_filled = ("set_fields", "corrupted", "robustness_definition", *(m.key for m in FURTHER))
        for name in kept_if_filled:
            if not fields[name]:
                del fields[name]
        return fields | {name: getattr(self, name) for name in DERIVED}

    @property
    def cell(self) -> Cell:
        """Which cell it is of."""
        return Cell(self.architecture, self.dataset)

    @property
    def id(self) -> str:
        """`ARCH-DATASET`."""
        return self.cell.id

    @property
    def training(self) -> str:
        """Protocol with what `--set` changed of it: `quick`, `quick with epochs=5`."""
        return f"{self.protocol} with {self.explored}" if self.set_fields else self.protocol

    @property
    def explored(self) -> str:
        """What `--set` changed: `batch_size=64, epochs=5`; empty where nothing."""
        return ", ".join(f"{field}={value}" for field, value in self.set_fields.items())

    @property
    def chance(self) -> float:
        """Accuracy of guessing among the classes (0..1): what a seed without a model counts as."""
        return 1 / (len(self.class_names) or CLASSES)

    @property
    def arrays(self) -> CellArrays:
        """Its values as arrays, seeds first."""
        from benchmarks.results.arrays import CellArrays

        return CellArrays.of(self)

    @property
    def arithmetic(self) -> str:
        """`float32`, or `float32 on jax`: cells that differ in it are not shown as one."""
        return self.precision if self.backend == "tensorflow" else f"{self.precision} on {self.backend}"

    @property
    def values(self) -> dict[int, float]:
        """Accuracy by seed; a seed that left no model counts as guessing, it is not dropped."""
        return {s: self.chance if a is None else a for s, a in zip(self.seeds, self.accuracies, strict=True)}

    def of(self, measure: Measure) -> tuple[float | None, ...]:
        """Return a measure per seed; empty where the cell does not have it."""
        found: tuple[float | None, ...] = getattr(self, measure.key)
        return found

    @property
    def diverged_seeds(self) -> int:
        """How many trainings diverged, and ended dead."""
        return sum(self._died)

    @property
    def _died(self) -> list[bool]:
        epochs = self.diverged or (None,) * len(self.seeds)
        return [e is not None or a is None for e, a in zip(epochs, self.accuracies, strict=True)]

    @property
    def accuracy(self) -> float | None:
        """Mean accuracy over the seeds; None where a seed has none."""
        return _mean(self.accuracies)

    @property
    def loss(self) -> float | None:
        """Mean loss over the seeds; None where a seed has none."""
        return _mean(self.losses)

    @property
    def train_seconds(self) -> float:
        """Seconds of training alone, of all seeds together."""
        return math.fsum(self.seed_seconds)

    @property
    def images_per_second(self) -> float | None:
        """Training images over the seconds of training alone, without epochs of a frozen network; None where these are not known."""
        trained = [
            history.seconds[:since]
            for history, since in zip(self.history, self.frozen or (None,) * len(self.history), strict=True)
        ]
        epochs, seconds = sum(map(len, trained)), math.fsum(second for each in trained for second in each)
        if not (epochs and self.train_images and seconds):
            return None
        return epochs * self.train_images / seconds

    @property
    def frozen_seeds(self) -> int:
        """How many trainings were frozen before their last epoch, so that some of their epochs computed no gradients."""
        return sum(since is not None and since < (self.epochs or since) for since in self.frozen)

    @property
    def living_accuracies(self) -> list[float]:
        """Accuracies of the seeds that did not die."""
        alive = zip(self.accuracies, self._died, strict=True)
        return [accuracy for accuracy, died in alive if accuracy is not None and not died]

    @property
    def seeds_below_floor(self) -> list[int]:
        """Positions of the seeds that missed the floor, if there is one; dead ones are excused where no more died than may."""
        if (floor := self.floor) is None:
            return []
        excused = self.diverged_seeds <= self.deaths_allowed
        return [
            i
            for i, (accuracy, died) in enumerate(zip(self.accuracies, self._died, strict=True))
            if (accuracy is None or accuracy < floor) and not (died and excused)
        ]

    @property
    def floor_verdict(self) -> Literal["passed", "failed"] | None:
        """Whether the seeds passed; None where there is no floor, or where nothing could be asserted, since all died as they may."""
        if self.floor is None:
            return None
        if self.seeds_below_floor:
            return "failed"
        return None if all(self._died) else "passed"

    @property
    def recipe_text(self) -> dict[str, str]:
        """The recipe with every value as text: saved runs hold values, pinned ones their JSON."""
        return {k: v if isinstance(v, str) else json.dumps(v) for k, v in self.recipe.items()}


PER_SEED = (
    "losses", *(measure.key for measure in FURTHER), "corrupted", "diverged", "divergence", "frozen", "weights_sha256",
    "history", "correct", "correct_sha256", "confusion", "code", "commit", "versions", "machine",
)  # fmt: skip
"""Fields that hold one value per seed, or none where they were not kept."""

DERIVED = ("accuracy", "loss", "train_seconds", "images_per_second")
"""Figures that are saved for other readers, and computed again when a run is read."""


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None

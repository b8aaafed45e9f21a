"""What is saved of a cell and of a seed: the one place where the fields are spelled.

Sequences of a `CellResult` hold one value per seed, in the order of `seeds`. The table of docs/saved-runs.md is generated from
the descriptions here.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint, recipe_parts
from benchmarks.results.parsing import convert, strings

if TYPE_CHECKING:
    from benchmarks.experiment.protocols import Protocol
    from benchmarks.experiment.recipe import Recipe
    from datasets import Dataset

CHANCE = 0.1
"""What a seed without a model counts as: guessing among ten classes, which every data set of the suite has."""

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.+]{1,60}\Z")]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Positive = Annotated[int, Meta(ge=1, le=10**9)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
Row = tuple[Count, ...]
Matrix = tuple[Row, ...]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One training, epoch by epoch. Losses are mean cross-entropies (nats); None: the figure was not finite."""

    loss: tuple[Finite | None, ...] = ()
    accuracy: tuple[Share | None, ...] = ()
    val_loss: tuple[Finite | None, ...] = ()
    val_accuracy: tuple[Share | None, ...] = ()
    seconds: tuple[Seconds, ...] = ()

    def __post_init__(self) -> None:
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            if (found := len(getattr(self, name))) not in (0, len(self.seconds)):
                raise ValueError(f"'{name}' holds {found} epochs, 'seconds' {len(self.seconds)}")
        if len(self.val_accuracy) != len(self.seconds):
            raise ValueError("expected 'val_accuracy' and 'seconds' for every epoch")


class SeedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A finished training of one cell with one seed, with the costs of the process that trained it."""

    seed: Count
    history: History
    diverged: Count | None = None
    divergence: Literal["nan", "dead"] | None = None
    weights_sha256: str
    correct: str
    confusion: Matrix
    test_images: Positive
    params_trainable: Count
    params_non_trainable: Count
    flops_per_image: Count
    eval_seconds: Seconds
    phase_seconds: dict[str, Seconds]
    """Of the process's preparations: `import`, `data`, `build`, `trace`."""
    peak_memory_mib: Finite
    parallel: bool = False
    measured_at: str
    machine: dict[str, Any]
    """What it was measured on, as in `machine_info`."""

    def __post_init__(self) -> None:
        _check_bits(self.correct, self.test_images)

    @property
    def seconds(self) -> float:
        """Seconds of training alone."""
        return math.fsum(self.history.seconds)


class CellResult(msgspec.Struct, frozen=True, kw_only=True):
    """One architecture on one data set, as a saved run holds it in `extra_info`."""

    architecture: Name
    dataset: Name
    protocol: str
    precision: str
    strategy: str | None = None
    replicas: Count = 1
    data_source: Literal["real", "synthetic"]
    data_fingerprint: str
    data_origin: str = ""
    data_verified: bool | None = None
    fingerprint: str
    recipe: dict[str, Any] = {}
    epochs: Annotated[int, Meta(ge=0, le=10**6)] | None = None
    train_images: Positive | None = None
    test_images: Positive
    class_names: tuple[str, ...] = ()
    seeds: tuple[Count, ...]
    accuracies: tuple[Share | None, ...]
    losses: tuple[Finite | None, ...] = ()
    diverged: tuple[Count | None, ...] = ()
    divergence: tuple[Literal["nan", "dead"] | None, ...] = ()
    weights_sha256: tuple[str, ...] = ()
    params_total: Count
    params_trainable: Count
    params_non_trainable: Count
    flops_per_image: Annotated[int, Meta(ge=0, le=10**18)] | None = None
    history: tuple[History, ...] = ()
    correct: tuple[str, ...] = ()
    confusion: tuple[Matrix, ...] = ()
    seed_seconds: tuple[Seconds, ...] = ()
    eval_seconds: Seconds | None = None
    setup_seconds: Seconds | None = None
    phase_seconds: dict[str, Seconds] = {}
    peak_memory_mib: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    parallel: bool = False
    floor: Share | None = None
    study_accuracy: Share | None = None
    verdict: Literal["passed", "failed"] | None = None
    measured_at: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    machine: dict[str, str] = {}

    def __post_init__(self) -> None:
        n = len(self.seeds)
        if n == 0 or len(set(self.seeds)) != n:
            raise ValueError("'seeds': expected distinct integers, at least one")
        if len(self.accuracies) != n:
            raise ValueError(
                f"'accuracies' holds {len(self.accuracies)} values, expected one per seed of {n}"
            )
        for name in PER_SEED:
            if (found := len(getattr(self, name))) not in (0, n):
                raise ValueError(f"'{name}' holds {found} values, expected one per seed of {n}")
        for i, bits in enumerate(self.correct):
            _check_bits(bits, self.test_images, f"correct[{i}]")
        for i, matrix in enumerate(self.confusion):
            if not 2 <= len(matrix) <= 256 or any(len(row) != len(matrix) for row in matrix):
                raise ValueError(f"'confusion[{i}]' is not a square table of counts")

    @classmethod
    def of(
        cls,
        cell: Cell,
        protocol: Protocol,
        recipe: Recipe,
        data: Dataset,
        precision: str,
        seeds: Sequence[SeedResult],
    ) -> CellResult:
        """Put the finished seeds of a cell together.

        Costs that a process has once (build, trace, import) are the first seed's; peak memory is the largest.
        """
        first = seeds[0]
        floor = protocol.floor(cell.architecture, cell.dataset, data.source)
        accuracies = tuple(seed.history.val_accuracy[-1] for seed in seeds)
        steps = math.fsum(second for seed in seeds for second in seed.history.seconds)
        evaluation = math.fsum(seed.eval_seconds for seed in seeds)
        return cls(
            architecture=cell.architecture,
            dataset=cell.dataset,
            protocol=protocol.name,
            precision=precision,
            data_source=data.source,
            data_fingerprint=data.fingerprint,
            data_origin=data.origin,
            data_verified=data.verified,
            fingerprint=fingerprint(recipe_parts(cell, protocol.name, recipe, data, precision)),
            recipe=dataclasses.asdict(recipe),
            epochs=recipe.epochs,
            train_images=len(data.y_train),
            test_images=len(data.y_test),
            class_names=tuple(data.class_names),
            seeds=tuple(seed.seed for seed in seeds),
            accuracies=accuracies,
            losses=tuple(seed.history.val_loss[-1] for seed in seeds),
            diverged=tuple(seed.diverged for seed in seeds),
            divergence=tuple(seed.divergence for seed in seeds),
            weights_sha256=tuple(seed.weights_sha256 for seed in seeds),
            params_total=first.params_trainable + first.params_non_trainable,
            params_trainable=first.params_trainable,
            params_non_trainable=first.params_non_trainable,
            flops_per_image=first.flops_per_image,
            history=tuple(seed.history for seed in seeds),
            correct=tuple(seed.correct for seed in seeds),
            confusion=tuple(seed.confusion for seed in seeds),
            seed_seconds=tuple(seed.seconds for seed in seeds),
            eval_seconds=evaluation,
            setup_seconds=first.phase_seconds["build"] + first.phase_seconds["trace"],
            phase_seconds=first.phase_seconds | {"steps": steps, "evaluation": evaluation},
            peak_memory_mib=max(seed.peak_memory_mib for seed in seeds),
            parallel=any(seed.parallel for seed in seeds),
            floor=floor,
            study_accuracy=published.ACCURACY.get((cell.architecture, cell.dataset))
            if data.source == "real"
            else None,
            verdict="failed" if any(a is None or a < floor for a in accuracies) else "passed",
            measured_at=tuple(seed.measured_at for seed in seeds),
        )

    @classmethod
    def from_json(cls, data: object, where: str) -> CellResult:
        """Read a cell from JSON.

        Args:
            data: `extra_info`, or a cell of a pinned file.
            where: What messages call it: file and place.

        Raises:
            RunRefused: A field does not fit; the message names it.

        """
        given = dict(data) if isinstance(data, dict) else data
        if isinstance(given, dict):
            for name, prepare in _PREPARE.items():
                if name in given:
                    given[name] = prepare(given[name])
        return convert(given, cls, where, raw=("recipe",))

    def to_json(self) -> dict[str, Any]:
        """Return what is saved in `extra_info`: all fields, and the figures that follow from them."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields | {name: getattr(self, name) for name in DERIVED}

    def to_pinned(self) -> dict[str, Any]:
        """Return what a pinned baseline keeps: no host, path or user, times to the millisecond.

        `correct` is kept where one seed ran, whose only test it is.
        """
        entry: dict[str, Any] = {name: getattr(self, name) for name in PINNED}
        entry["recipe"] = self.recipe_text
        entry["seed_seconds"] = [round(s, 3) for s in self.seed_seconds]
        if self.history:
            entry["history"] = [
                {
                    "val_accuracy": [None if a is None else round(a, 6) for a in h.val_accuracy],
                    "seconds": [round(s, 3) for s in h.seconds],
                }
                for h in self.history
            ]
        optional = ["measured_at", "versions", "machine"]
        if len(self.seeds) == 1:
            optional.insert(0, "correct")
        return entry | {name: value for name in optional if (value := getattr(self, name))}

    @property
    def cell(self) -> Cell:
        """Which cell it is of."""
        return Cell(self.architecture, self.dataset)

    @property
    def id(self) -> str:
        """`ARCH-DATASET`."""
        return self.cell.id

    @property
    def values(self) -> dict[int, float]:
        """Accuracy by seed; a seed that left no model counts as guessing, it is not dropped."""
        return {s: CHANCE if a is None else a for s, a in zip(self.seeds, self.accuracies, strict=True)}

    @property
    def diverged_seeds(self) -> int:
        """How many trainings diverged."""
        epochs = self.diverged or (None,) * len(self.seeds)
        return sum(e is not None or a is None for e, a in zip(epochs, self.accuracies, strict=True))

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
        """Training images over the seconds of training alone; None where these are not known."""
        epochs = sum(len(history.seconds) for history in self.history)
        if not (epochs and self.train_images and self.train_seconds):
            return None
        return epochs * self.train_images / self.train_seconds

    @property
    def seeds_below_floor(self) -> list[int]:
        """Positions of the seeds that missed the floor; a training that left no accuracy missed it."""
        floor = self.floor or 0.0
        return [i for i, a in enumerate(self.accuracies) if a is None or a < floor]

    @property
    def recipe_text(self) -> dict[str, str]:
        """The recipe with every value as text: saved runs hold values, pinned ones their JSON."""
        return {k: v if isinstance(v, str) else json.dumps(v) for k, v in self.recipe.items()}


PER_SEED = ("losses", "diverged", "divergence", "weights_sha256", "history", "correct", "confusion")
"""Fields that hold one value per seed, or none where they were not kept."""

PINNED = (
    "architecture", "dataset", "precision", "epochs", "seeds", "accuracies", "diverged", "test_images",
    "params_total", "params_trainable", "params_non_trainable", "flops_per_image", "floor", "verdict",
    "data_verified", "data_fingerprint", "fingerprint", "recipe", "train_images", "peak_memory_mib",
    "parallel",
)  # fmt: skip
"""Fields that a pinned baseline keeps of every cell, in the file's order."""

DERIVED = ("accuracy", "loss", "train_seconds", "images_per_second")
"""Figures that are saved for other readers, and computed again when a run is read."""


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def _check_bits(bits: str, images: int, name: str = "correct") -> None:
    length = 4 * math.ceil(math.ceil(images / 8) / 3)
    if len(bits) != length:
        raise ValueError(f"'{name}' has {len(bits)} characters, {images} test images take {length}")
    try:
        base64.b64decode(bits, validate=True)
    except ValueError:
        raise ValueError(f"'{name}' is not base64; was the file edited?") from None


def _known(values: object) -> object:
    """Return a list without nulls."""
    return [value for value in values if value is not None] if isinstance(values, list) else values


def _all_or_none(values: object) -> object:
    """Return a list that lacks a value as one that holds none."""
    return [] if isinstance(values, list) and None in values else values


def _flat(values: object) -> object:
    return strings(values) if isinstance(values, Mapping) else values


def _histories(values: object) -> object:
    if not isinstance(values, list):
        return values
    given = [{} if value is None else value for value in values]
    kept = any(isinstance(value, dict) and value.get("seconds") for value in given)
    return given if kept or not all(isinstance(value, dict) for value in given) else []


_PREPARE: Mapping[str, Callable[[object], object]] = {
    "correct": _all_or_none,
    "confusion": _all_or_none,
    "weights_sha256": _all_or_none,
    "seed_seconds": _known,
    "measured_at": _known,
    "history": _histories,
    "versions": _flat,
    "machine": _flat,
}
"""How files of any version are brought into the schema's shape."""

"""A saved cell: its fields, read and checked, and the figures that follow from them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.floors import least_floor
from benchmarks.metrics.measures import FURTHER, MEASURES, Measure
from benchmarks.results.agreement import check_agreement, check_shapes
from benchmarks.results.cell_fields import CellFields
from benchmarks.results.normalize import normalize
from benchmarks.results.parsing import convert
from benchmarks.results.seed_result import answers_digest

if TYPE_CHECKING:
    from benchmarks.results.arrays import CellArrays

CLASSES = 10
"""Number of classes in the study's data sets, and so in cells of early runs, which do not name their classes."""


class CellResult(CellFields, frozen=True, kw_only=True):
    """One architecture on one data set, as a saved run holds it in `extra_info`: `cell_fields` says what is saved."""

    def __post_init__(self) -> None:
        check_shapes(self)
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
        """Return what is saved in `extra_info`: the fields, some only if filled, and the figures that follow from them."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        for name in SAVED_IF_FILLED:
            if fields[name] in (None, (), {}):
                del fields[name]
        return fields | {name: getattr(self, name) for name in DERIVED}

    @property
    def cell(self) -> Cell:
        """Its architecture and data set."""
        return Cell(self.architecture, self.dataset)

    @property
    def id(self) -> str:
        """`ARCH-DATASET`."""
        return self.cell.id

    @property
    def training(self) -> str:
        """Protocol with what `--set` changed in it: `quick`, `quick with epochs=5`."""
        return f"{self.protocol} with {self.explored}" if self.set_fields else self.protocol

    @property
    def own_images(self) -> bool:
        """Whether its images are the user's own."""
        return self.data_source == "real" and self.data_verified is None

    @property
    def accepted_copies(self) -> bool:
        """Whether a file of its images had an unofficial checksum, which the user accepted."""
        return self.data_source == "real" and self.data_verified is False

    @property
    def explored(self) -> str:
        """What `--set` changed: `batch_size=64, epochs=5`; empty if nothing."""
        return ", ".join(f"{field}={value}" for field, value in self.set_fields.items())

    @property
    def classes(self) -> int:
        """Number of classes; ten where the run does not name them."""
        return len(self.class_names) or CLASSES

    @property
    def chance(self) -> float:
        """Accuracy of guessing, 0..1: what a dead seed counts as."""
        return 1 / self.classes

    @property
    def arrays(self) -> CellArrays:
        """Its values as arrays, seeds first."""
        from benchmarks.results.arrays import CellArrays  # not before: NumPy takes time to load

        return CellArrays.of(self)

    @property
    def arithmetic(self) -> str:
        """`float32`, or `float32 on jax`: cells that differ in it are shown apart."""
        return self.precision if self.backend == "tensorflow" else f"{self.precision} on {self.backend}"

    @property
    def values(self) -> dict[int, float]:
        """Accuracy by seed, 0..1, for the gate and the report; a dead seed counts as guessing and is not dropped."""
        known = zip(self.seeds, self.accuracies, self.died, strict=True)
        return {seed: self.chance if died or a is None else a for seed, a, died in known}

    def of(self, measure: Measure) -> tuple[float | None, ...]:
        """Return a measure per seed; empty where the cell does not have it."""
        found: tuple[float | None, ...] = getattr(self, measure.key)
        return found

    @property
    def answer_digests(self) -> tuple[str, ...]:
        """Digest of each seed's answers; empty where the cell keeps neither these nor digests."""
        return tuple(answers_digest(bits) for bits in self.correct) or self.correct_sha256

    @property
    def diverged_seeds(self) -> int:
        """How many trainings diverged and so ended dead."""
        return sum(self.died)

    @property
    def died(self) -> list[bool]:
        """Whether each seed ended dead: `diverged` says so, or a missing accuracy, never a low one."""
        epochs = self.diverged or (None,) * len(self.seeds)
        return [e is not None or a is None for e, a in zip(epochs, self.accuracies, strict=True)]

    @property
    def accuracy(self) -> float | None:
        """Mean of `accuracies`, whichever seeds died; null: a seed has none."""
        return _mean(self.accuracies)

    @property
    def loss(self) -> float | None:
        """Mean of `losses` in nats; null: a seed has none."""
        return _mean(self.losses)

    @property
    def train_seconds(self) -> float:
        """Seconds of training alone, summed over all seeds."""
        return math.fsum(self.seed_seconds)

    @property
    def images_per_second(self) -> float | None:
        """Training images per second of training alone, without the epochs of a frozen network; null: not known."""
        frozen = self.frozen or (None,) * len(self.seeds)
        # A run may say which seeds froze and lack their histories.
        trained = [h.seconds[:since] for h, since in zip(self.history, frozen, strict=False)]
        epochs, seconds = sum(map(len, trained)), math.fsum(second for each in trained for second in each)
        if not (epochs and self.train_images and seconds):
            return None
        return epochs * self.train_images / seconds

    @property
    def never_lived(self) -> bool:
        """Whether every training gave one answer for every image, or left no model."""
        return all(self.died)

    @property
    def frozen_seeds(self) -> int:
        """How many trainings were frozen before their last epoch, so that some of their epochs computed no gradients."""
        return sum(since is not None and since < (self.epochs or since) for since in self.frozen)

    @property
    def living_accuracies(self) -> list[float]:
        """Accuracies of the seeds that did not die."""
        alive = zip(self.accuracies, self.died, strict=True)
        return [accuracy for accuracy, died in alive if accuracy is not None and not died]

    @property
    def has_lowest_floor(self) -> bool:
        """Whether the floor is a little above chance, as that of a cell that is not pinned."""
        return self.floor == least_floor(self.classes)

    @property
    def seeds_below_floor(self) -> list[int]:
        """Positions of the seeds that missed the floor, if there is one; dead ones are excused if no more than `deaths_allowed` died."""
        if (floor := self.floor) is None:
            return []
        excused = self.diverged_seeds <= self.deaths_allowed
        return [
            i
            for i, (accuracy, died) in enumerate(zip(self.accuracies, self.died, strict=True))
            if (not excused if died else accuracy is not None and accuracy < floor)
        ]

    @property
    def verdict(self) -> Literal["passed", "failed"] | None:
        """`passed`: every living seed reached the floor, and no more than `deaths_allowed` died; else `failed`; null: no floor, or
        all died, as allowed.
        """
        if self.floor is None:
            return None
        if self.seeds_below_floor:
            return "failed"
        return None if self.never_lived else "passed"

    @property
    def recipe_text(self) -> dict[str, str]:
        """The recipe with every value as text: saved runs hold values, pinned files their JSON."""
        return as_text(self.recipe)


def as_text(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Return a recipe with every value as text, so that two can be compared wherever they come from."""
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in recipe.items()}


SAVED_IF_FILLED = (
    "code", "commit", "versions", "machine", "resolution", "correct_sha256", "set_fields", "corrupted", "robustness_definition",
    "second_test_set", *(measure.key for measure in FURTHER),
)  # fmt: skip
"""Fields that are left out of a saved cell where they hold nothing."""
DERIVED = ("verdict", "accuracy", "loss", "train_seconds", "images_per_second")
"""What is saved for other readers; reading a run computes it again."""


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None

"""Which missed floors chance explains: sound trainings miss theirs now and then, and a grid holds many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.comparison import significance
from benchmarks.comparison.select_test import Sample

BY_CHANCE = 0.05
"""A missed floor is suspicious if a grid in which nothing changed is expected to hold at most this many like it."""


@dataclass(frozen=True)
class Floors:
    """What the baseline predicts of a grid's floors.

    Attributes:
        cells: For each cell, its new trainings and the chance of each to miss the floor, 0..1.
    """

    cells: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, cells: Iterable[tuple[Sample, Sample, int]]) -> "Floors":
        """Predict the new trainings of these cells: baseline, new run, and how many of it do not repeat the baseline's."""
        return cls(tuple((trained, _chance_to_miss(base, new)) for base, new, trained in cells))

    @property
    def trainings(self) -> int:
        """How many new trainings the grid has."""
        return sum(trainings for trainings, _ in self.cells)

    def expected_like(self, base: Sample, new: Sample) -> float:
        """Return how many trainings would miss their floor and be as improbable as the lowest of this cell, if nothing changed."""
        cell = new.cell
        missed = [cell.values[cell.seeds[i]] for i in cell.seeds_below_floor]
        return self.expected(chance_below(base.living, min(missed)) if _is_predicted(base, new) else 0.0)

    def expected(self, chance: float) -> float:
        """Return how many trainings would miss their floor and be as improbable as this, if nothing changed."""
        return sum(trainings * min(each, chance) for trainings, each in self.cells)


def chance_below(accuracies: Sequence[float], level: float) -> float:
    """Return the chance that one more training ends at or below `level`: Student's t prediction from these accuracies.

    It is 0 where there are fewer than two of them, which predict nothing.
    """
    return significance.pooled(accuracies, (level,)).p_drop if len(accuracies) > 1 else 0.0


def _chance_to_miss(base: Sample, new: Sample) -> float:
    floor = new.cell.floor
    return 0.0 if floor is None or floor != base.cell.floor else chance_below(base.living, floor)


def _is_predicted(base: Sample, new: Sample) -> bool:
    """Whether the seeds that missed the floor lived, and the baseline was held to the same one."""
    return base.cell.floor == new.cell.floor and not any(new.cell.died[i] for i in new.cell.seeds_below_floor)

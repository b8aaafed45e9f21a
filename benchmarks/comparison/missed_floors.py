"""Which missed floors chance explains: sound trainings miss theirs now and then, and a grid holds many."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from benchmarks.comparison import significance
from benchmarks.comparison.sample import Sample

BY_CHANCE = 0.05
"""A missed floor is suspicious if a grid in which nothing changed is expected to hold at most this many like it."""


@dataclass(frozen=True)
class Floors:
    """What the baseline predicts of a grid's floors.

    Attributes:
        cells: For each cell, its new trainings, the accuracies of the baseline's living seeds (0..1), and the floor of both; None: they
            share none, and nothing is predicted.
    """

    cells: tuple[tuple[int, tuple[float, ...], float | None], ...]

    @classmethod
    def of(cls, cells: Iterable[tuple[Sample, Sample, int]]) -> "Floors":
        """Predict the new trainings of these cells: baseline, new run, and how many of it do not repeat the baseline's."""
        return cls(tuple((trained, base.living, _shared_floor(base, new)) for base, new, trained in cells))

    @property
    def trainings(self) -> int:
        """How many new trainings the grid has."""
        return sum(trainings for trainings, *_ in self.cells)

    def expected_like(self, base: Sample, new: Sample) -> float | None:
        """Return how many trainings would miss their floor and be as improbable as the lowest of this cell, if nothing changed.

        None: chance does not explain it, or not that so many seeds of the cell missed the floor.
        """
        cell = new.cell
        if _shared_floor(base, new) is None or any(cell.died[i] for i in cell.seeds_below_floor):
            return None
        missed = [cell.values[cell.seeds[i]] for i in cell.seeds_below_floor]
        if not self.explain(base.living, missed):
            return None
        return self.expected(chance_below(base.living, min(missed)))

    def explain(self, base: tuple[float, ...], missed: Sequence[float]) -> bool:
        """Whether chance explains that these trainings of a cell missed its floor: the lowest, the two lowest together, and so on."""
        return all(
            self.expected(chance_below(base, level, together), together) > BY_CHANCE
            for together, level in enumerate(sorted(missed), 1)
        )

    def expected(self, chance: float, together: int = 1) -> float:
        """Return how many sets of so many trainings of a cell would miss their floor and be as improbable as this, if nothing changed."""
        return sum(
            math.comb(trainings, together) * min(chance_below(base, floor, together), chance)
            for trainings, base, floor in self.cells
            if floor is not None
        )


@lru_cache(maxsize=4096)
def chance_below(accuracies: tuple[float, ...], level: float, together: int = 1) -> float:
    """Return the chance that so many more trainings all end at or below `level`: Student's t prediction from these accuracies.

    It is 0 where there are fewer than two of them, which predict nothing.
    """
    n = len(accuracies)
    if n < 2:
        return 0.0
    found = significance.pooled(accuracies, (level,))
    if together == 1 or found.variance == 0:
        return found.p_drop
    # Further trainings are independent if their true mean and deviation are given, and these are as uncertain as n seeds leave them:
    # below, the deviation's logarithm and the mean, in deviations, each with its weights.
    df = n - 1
    log_chi2 = math.log(df) + math.sqrt(2 / df) * np.linspace(-40, 12, 400)
    log_weights = df / 2 * log_chi2 - np.exp(log_chi2) / 2
    weights = np.exp(log_weights - log_weights.max())
    means, mean_weights = np.polynomial.hermite_e.hermegauss(20)
    below = found.t * math.sqrt(1 + 1 / n) * np.exp(log_chi2 / 2) / math.sqrt(df)
    each = special.ndtr(means / math.sqrt(n) - below[:, None])
    return float(weights @ each**together @ mean_weights / weights.sum() / mean_weights.sum())


def _shared_floor(base: Sample, new: Sample) -> float | None:
    return new.cell.floor if new.cell.floor == base.cell.floor else None

"""Accuracy floors: the rules by which pinned seeds decide what one training of a cell has to reach.

A floor is the mean of the living pinned seeds less a margin that follows from their spread (`floor_of`). Where pinned seeds died (they
ended with the same answer for every image, or with a loss that is not finite), a run may have as many dead seeds as their death rate
allows (`deaths_allowed`). Where all of them died, nothing is known of the living: the floor is the lowest one. Where one lives but
ends below the lowest floor, sound trainings of the cell learn nothing now and then: no floor can be asserted.
`python -m benchmarks pin` writes the floors to the pinned files, from which runs read them; `floors RUN` shows what a run's seeds give.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

LONE_MARGIN = 0.1
"""Margin for a single seed, which tells nothing about the spread: a choice, not a measurement."""

_FALSE_ALARM_ONE_IN = 92
"""A sound training, or cell, fails its floor at most about once in this many."""
_LEAST_DEVIATIONS = 4
"""Margin in standard deviations from five seeds on. Short trainings have longer tails than normal noise, and a first run has many cells."""


def least_floor(classes: int) -> float:
    """Return the lowest floor (0..1, rounded up to hundredths) for this many classes, which cells without a floor of their own have.

    It is above chance by five standard errors of 1,000 test images: 0.58 for two classes, 0.15 for ten, 0.03 for a hundred.
    """
    chance = 1 / classes
    return math.ceil(100 * (chance + 5 * math.sqrt(chance * (1 - chance) / 1000)) - 1e-9) / 100


def floor_of(accuracies: Sequence[float], classes: int = 10) -> float | None:
    """Return the floor (0..1, rounded down to hundredths) that follows from the accuracies of a cell's living seeds.

    It is None where one of them lies below the lowest floor: that one would fail sound trainings.

    The margin is four standard deviations of the seeds, and more with fewer than five, such as 7.7 with three: a new seed falls by more
    than that at most once in 92 trainings (Student's t prediction of a new value). The margin is at least 0.03, because a cell's seeds
    may be close together by chance, and 0.1 for a single seed, which tells nothing about the spread.

    Args:
        accuracies: Accuracy (0..1) of each living seed; without any, the floor is the lowest.
        classes: Number of classes of the data set.

    """
    least = least_floor(classes)
    if not accuracies:
        return least
    if min(accuracies) < least:
        return None
    margin = LONE_MARGIN if len(accuracies) == 1 else max(0.03, _margin(accuracies))
    return max(least, math.floor(100 * (statistics.fmean(accuracies) - margin) + 1e-9) / 100)


def _margin(accuracies: Sequence[float]) -> float:
    from scipy import stats  # not before: SciPy takes time to load

    n = len(accuracies)
    predicted = float(stats.t.isf(1 / _FALSE_ALARM_ONE_IN, n - 1)) * math.sqrt(1 + 1 / n)
    return max(predicted, _LEAST_DEVIATIONS) * statistics.stdev(accuracies)


def deaths_allowed(died: int, pinned: int, seeds: int) -> int:
    """Return how many of a cell's new seeds may die before that counts as a failure.

    More deaths happen at most once in 92 runs that have the baseline's death rate. The number of deaths is predicted from the pinned
    ones by a beta-binomial distribution with Jeffreys' prior, so few pinned seeds allow many deaths. Where no pinned seed died, none may.

    Source: Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, 2001, https://doi.org/10.1214/ss/1009213286.

    Args:
        died: How many of the pinned seeds died.
        pinned: How many seeds are pinned.
        seeds: How many new seeds there are.
    """
    if not died:
        return 0
    from scipy import stats

    more = stats.betabinom(seeds, died + 0.5, pinned - died + 0.5).sf
    return next(allowed for allowed in range(seeds + 1) if more(allowed) <= 1 / _FALSE_ALARM_ONE_IN)

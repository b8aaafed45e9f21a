"""Accuracy floors: what one training of a cell has to reach, derived from pinned runs.

A floor is the mean of the living pinned seeds less a margin that follows from their spread (`floor_of`). Where pinned seeds died (they
ended with the same answer for every image, or with a loss that is not finite), a run may have as many dead seeds as their death rate
lets expect (`deaths_allowed`). Where all of them died, nothing is known of the living: the floor is the lowest one.
tests/experiment/test_floors.py compares the tables with the pinned files. `python -m benchmarks floors RUN` computes them again.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal

Source = Literal["real", "synthetic"]

LONE_MARGIN = 0.1
"""Margin for a single seed, which tells nothing about the spread: a choice, not a measurement."""

FLOORS: Mapping[str, Mapping[Source, Mapping[str, float]]] = {
    "quick": {
        "real": {
            "lenet-mnist": 0.90,  # 0.932, sd 0.009, n 10
            "vgg-mnist": 0.89,  # 0.922, sd 0.011, n 10
            "resnet20v1-mnist": 0.90,  # 0.934, sd 0.008, n 10
            "resnet20v2-mnist": 0.88,  # 0.916, sd 0.007, n 10
            "squeezenet-mnist": 0.62,  # 0.786, sd 0.055, n 10
            "lenet-fashion_mnist": 0.82,  # 0.857, sd 0.005, n 10
            "vgg-fashion_mnist": 0.73,  # 0.761, sd 0.009, n 10
            "resnet20v1-fashion_mnist": 0.74,  # 0.770, sd 0.010, n 10
            "resnet20v2-fashion_mnist": 0.71,  # 0.761, sd 0.014, n 10
            "squeezenet-fashion_mnist": 0.57,  # 0.665, sd 0.032, n 10
            "lenet-cifar10": 0.42,  # 0.459, sd 0.005, n 10
            "vgg-cifar10": 0.31,  # 0.369, sd 0.019, n 10
            "resnet20v1-cifar10": 0.33,  # 0.383, sd 0.016, n 10
            "resnet20v2-cifar10": 0.31,  # 0.379, sd 0.022, n 10
            "squeezenet-cifar10": 0.15,  # 0.215, sd 0.033, n 10
        },
        "synthetic": {
            "lenet-mnist": 0.89,  # 0.923, sd 0.011, n 10
            "vgg-mnist": 0.88,  # 0.920, sd 0.007, n 10
            "resnet20v1-mnist": 0.92,  # 0.958, sd 0.013, n 10
            "resnet20v2-mnist": 0.68,  # 0.883, sd 0.067, n 10
            "squeezenet-mnist": 0.17,  # 0.579, sd 0.139, n 10
            "lenet-fashion_mnist": 0.85,  # 0.882, sd 0.008, n 10
            "vgg-fashion_mnist": 0.75,  # 0.800, sd 0.015, n 10
            "resnet20v1-fashion_mnist": 0.71,  # 0.798, sd 0.030, n 10
            "resnet20v2-fashion_mnist": 0.51,  # 0.724, sd 0.073, n 10
            "squeezenet-fashion_mnist": 0.53,  # 0.608, sd 0.025, n 10
            "lenet-cifar10": 0.48,  # 0.520, sd 0.007, n 10
            "vgg-cifar10": 0.33,  # 0.378, sd 0.016, n 10
            "resnet20v1-cifar10": 0.28,  # 0.411, sd 0.043, n 10
            "resnet20v2-cifar10": 0.27,  # 0.351, sd 0.025, n 10
            "squeezenet-cifar10": 0.15,  # 0.197, sd 0.023, n 10
            "lenet-svhn": 0.87,  # 0.901, sd 0.010, n 10
            "vgg-svhn": 0.83,  # 0.895, sd 0.020, n 10
            "resnet20v1-svhn": 0.94,  # 0.975, sd 0.007, n 10
            "resnet20v2-svhn": 0.63,  # 0.849, sd 0.073, n 10
            "squeezenet-svhn": 0.15,  # 0.252, sd 0.088, n 9
        },
    },
    "study": {
        "real": {
            "lenet-mnist": 0.95,  # 0.983, sd 0.002, n 10
            "lenet-fashion_mnist": 0.85,  # 0.884, sd 0.008, n 10
            "lenet-cifar10": 0.52,  # 0.555, sd 0.011, n 10
            "vgg-mnist": 0.89,  # 0.993, n 1
            "vgg-fashion_mnist": 0.66,  # 0.908, sd 0.007, n 2
            "resnet20v1-mnist": 0.72,  # 0.826, n 1
            "resnet20v1-fashion_mnist": 0.41,  # 0.515, n 1
            "resnet20v1-cifar10": 0.64,  # 0.746, n 1
            "resnet20v2-mnist": 0.77,  # 0.879, n 1
            "resnet20v2-fashion_mnist": 0.71,  # 0.816, n 1
            "resnet20v2-cifar10": 0.64,  # 0.741, n 1
            "squeezenet-mnist": 0.88,  # 0.989, n 1
            "squeezenet-fashion_mnist": 0.78,  # 0.883, n 1
            "squeezenet-cifar10": 0.45,  # 0.551, n 1
        },
        "synthetic": {
            "lenet-svhn": 0.91,  # 0.980, sd 0.008, n 3
        },
    },
    "tuned": {
        "real": {
            "lenet-mnist": 0.96,  # 0.992, sd 0.001, n 10
            "lenet-fashion_mnist": 0.88,  # 0.914, sd 0.001, n 10
            "lenet-cifar10": 0.66,  # 0.700, sd 0.004, n 10
            "vgg-mnist": 0.89,  # 0.997, n 1
            "vgg-fashion_mnist": 0.83,  # 0.931, n 1
            "vgg-cifar10": 0.68,  # 0.785, n 1
            "resnet20v1-mnist": 0.89,  # 0.996, n 1
            "resnet20v1-fashion_mnist": 0.83,  # 0.936, n 1
            "resnet20v1-cifar10": 0.74,  # 0.840, n 1
            "resnet20v2-mnist": 0.89,  # 0.997, n 1
            "resnet20v2-fashion_mnist": 0.83,  # 0.934, n 1
            "resnet20v2-cifar10": 0.74,  # 0.843, n 1
            "squeezenet-mnist": 0.89,  # 0.993, n 1
            "squeezenet-fashion_mnist": 0.80,  # 0.905, n 1
            "squeezenet-cifar10": 0.59,  # 0.692, n 1
        },
        "synthetic": {
            "lenet-svhn": 0.96,  # 0.996, sd 0.000, n 3
        },
    },
}
"""Floors (0..1) by protocol, data source and cell. Each comment gives mean, standard deviation and number of the living pinned seeds."""

DEATHS: Mapping[str, Mapping[Source, Mapping[str, tuple[int, int]]]] = {
    "quick": {"synthetic": {"squeezenet-svhn": (1, 10)}},
    "study": {"real": {"vgg-mnist": (2, 3), "vgg-fashion_mnist": (1, 3), "vgg-cifar10": (3, 3)}},
}
"""How many of how many pinned seeds died, by protocol, data source and cell; cells that do not stand here have lost none."""

_FALSE_ALARM_ONE_IN = 92
"""A sound training, or cell, fails its floor about once in this many."""


def least_floor(classes: int) -> float:
    """Return the lowest floor (0..1, rounded to hundredths) for this many classes, which cells without a floor of their own have.

    It is above chance by five standard errors of 1,000 test images: 0.58 for two classes, 0.15 for ten, 0.03 for a hundred.
    """
    chance = 1 / classes
    return math.ceil(100 * (chance + 5 * math.sqrt(chance * (1 - chance) / 1000)) - 1e-9) / 100


def floor_of(accuracies: Sequence[float], classes: int = 10) -> float:
    """Return the floor (0..1, rounded down to hundredths) that follows from the accuracies of a cell's living seeds.

    A new seed falls below the mean by more than the margin once in 92 trainings: Student's t prediction for a new value with the
    seeds' own standard deviation. That is 4.0 deviations with five seeds and 7.7 with three. The margin is at least 0.03, because a
    cell's seeds may be close together by chance, and 0.1 for a single seed, which tells nothing about the spread.

    Args:
        accuracies: Accuracy (0..1) of each living seed.
        classes: Of the data set.

    Raises:
        ValueError: There are no seeds.

    """
    if not accuracies:
        raise ValueError("there are no seeds to set a floor by")
    margin = LONE_MARGIN if len(accuracies) == 1 else max(0.03, _margin(accuracies))
    return max(least_floor(classes), math.floor(100 * (statistics.fmean(accuracies) - margin) + 1e-9) / 100)


def _margin(accuracies: Sequence[float]) -> float:
    from scipy import stats  # imported here: every run imports this module for its tables

    n = len(accuracies)
    return (
        float(stats.t.isf(1 / _FALSE_ALARM_ONE_IN, n - 1))
        * math.sqrt(1 + 1 / n)
        * statistics.stdev(accuracies)
    )


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

"""Accuracy floors: what one training of a cell has to reach, derived from pinned runs.

A floor is the mean of the pinned seeds less a margin of four of their standard deviations, or of 0.03 where these are closer together
(:func:`floor_of`); tests/test_floors.py compares the tables with the pinned files. `python -m benchmarks floors RUN` computes them anew.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal

from benchmarks.results import load, resolve, storage_option
from benchmarks.untrusted import RunRefused

Source = Literal["real", "synthetic"]

LEAST = 0.15
"""No floor is lower: better than chance (0.1) by five standard errors of 1,000 test images. Also the floor of cells without their own."""

FLOORS: Mapping[str, Mapping[Source, Mapping[str, float]]] = {
    "quick": {
        "real": {
            "lenet-mnist": 0.89,  # 0.931, sd 0.008, n 5
            "vgg-mnist": 0.88,  # 0.922, sd 0.009, n 5
            "resnet20v1-mnist": 0.89,  # 0.930, sd 0.009, n 5
            "resnet20v2-mnist": 0.88,  # 0.919, sd 0.006, n 5
            "squeezenet-mnist": 0.58,  # 0.782, sd 0.050, n 5
            "lenet-fashion_mnist": 0.82,  # 0.856, sd 0.005, n 5
            "vgg-fashion_mnist": 0.73,  # 0.765, sd 0.008, n 5
            "resnet20v1-fashion_mnist": 0.74,  # 0.772, sd 0.003, n 5
            "resnet20v2-fashion_mnist": 0.68,  # 0.762, sd 0.019, n 5
            "squeezenet-fashion_mnist": 0.56,  # 0.677, sd 0.028, n 5
            "lenet-cifar10": 0.42,  # 0.459, sd 0.007, n 5
            "vgg-cifar10": 0.30,  # 0.360, sd 0.013, n 5
            "resnet20v1-cifar10": 0.31,  # 0.385, sd 0.017, n 5
            "resnet20v2-cifar10": 0.28,  # 0.364, sd 0.021, n 5
            "squeezenet-cifar10": 0.15,  # 0.218, sd 0.030, n 5
        },
        "synthetic": {
            "lenet-mnist": 0.87,  # 0.924, sd 0.012, n 5
            "vgg-mnist": 0.88,  # 0.920, sd 0.009, n 5
            "resnet20v1-mnist": 0.88,  # 0.954, sd 0.018, n 5
            "resnet20v2-mnist": 0.69,  # 0.886, sd 0.047, n 5
            "squeezenet-mnist": 0.15,  # 0.563, sd 0.110, n 5
            "lenet-fashion_mnist": 0.84,  # 0.879, sd 0.002, n 5
            "vgg-fashion_mnist": 0.74,  # 0.809, sd 0.015, n 5
            "resnet20v1-fashion_mnist": 0.70,  # 0.789, sd 0.021, n 5
            "resnet20v2-fashion_mnist": 0.64,  # 0.762, sd 0.028, n 5
            "squeezenet-fashion_mnist": 0.59,  # 0.622, sd 0.006, n 5
            "lenet-cifar10": 0.48,  # 0.518, sd 0.006, n 5
            "vgg-cifar10": 0.33,  # 0.380, sd 0.011, n 5
            "resnet20v1-cifar10": 0.21,  # 0.407, sd 0.048, n 5
            "resnet20v2-cifar10": 0.23,  # 0.357, sd 0.032, n 5
            "squeezenet-cifar10": 0.15,  # 0.200, sd 0.018, n 5
            "lenet-svhn": 0.84,  # 0.900, sd 0.013, n 5
            "vgg-svhn": 0.82,  # 0.889, sd 0.017, n 5
            "resnet20v1-svhn": 0.94,  # 0.973, sd 0.008, n 5
            "resnet20v2-svhn": 0.51,  # 0.844, sd 0.081, n 5
            "squeezenet-svhn": 0.15,  # 0.264, sd 0.049, n 5
        },
    },
}
"""By protocol, data source and cell."""


def floor_of(accuracies: Sequence[float]) -> float:
    """The floor that follows from several seeds' accuracies (0..1), in whole hundredths.

    Four deviations, estimated from five seeds, are exceeded by about one training in 90 (a new value; Student's t with 4 degrees of
    freedom); the least margin of 0.03 is for cells whose five seeds happen to lie close together.

    :raises ValueError: with fewer than five seeds.
    """
    if len(accuracies) < 5:
        raise ValueError(f"{len(accuracies)} seeds are too few to set a floor by; run at least --seeds 5")
    margin = max(0.03, 4 * statistics.stdev(accuracies))
    return max(LEAST, math.floor(100 * (statistics.fmean(accuracies) - margin) + 1e-9) / 100)


def options(parser: argparse.ArgumentParser) -> None:
    """Compute the floors that follow from a saved run of five or more seeds."""
    parser.add_argument("run", metavar="RUN", help="a saved or pinned run's file, or a run's number")
    storage_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line a cell, as they stand in this file."""
    for name, cell in load(resolve(args.run, args.storage)).cells.items():
        found = list(cell.values.values())
        try:
            floor = floor_of(found)
        except ValueError as error:
            raise RunRefused(f"{name}: {error}") from error
        spread = statistics.stdev(found)
        print(f'"{name}": {floor:.2f},  # {statistics.fmean(found):.3f}, sd {spread:.3f}, n {len(found)}')
    return 0

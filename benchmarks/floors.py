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
        "real": {"lenet-mnist": 0.90, "lenet-fashion_mnist": 0.82, "lenet-cifar10": 0.42},
        "synthetic": {
            "lenet-mnist": 0.87,
            "lenet-fashion_mnist": 0.84,
            "lenet-cifar10": 0.48,
            "lenet-svhn": 0.88,
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

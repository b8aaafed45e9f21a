"""Pairs of trainings: the same seed in both runs, apart by no more than rounding where nothing changed.

Where such pairs stay close to the end, only the two trainings of a pair may be swapped, and a drop is found that is
small beside the spread between seeds. Whether a cell is paired depends on nothing that a swap would change.
"""

import numpy as np

from benchmarks.comparison.power import LEAST_PAIRS
from benchmarks.comparison.relabel import Floats
from benchmarks.comparison.select_test import Sample

LEAST_CORRELATION = 0.8


def are_paired(base: Sample, new: Sample) -> bool:
    """Whether both sides have the same seeds, whose trainings stay close; a cell with a dead training is not paired."""
    if base.seeds != new.seeds or len(base) < LEAST_PAIRS or not all((*base.alive, *new.alive)):
        return False
    return correlation(np.array([*base.values, *new.values])) >= LEAST_CORRELATION


def correlation(values: Floats) -> float:
    """Return the correlation within pairs, as if all pairs had moved the same way: no swap changes it.

    Args:
        values: Of n pairs; training i and n + i are a pair.

    Returns:
        -1..1; 0 without any spread.
    """
    base, new = np.split(values, 2)
    between, within = np.var((base + new) / 2), np.var(np.abs(base - new)) / 4
    return float((between - within) / (between + within)) if between + within > 0 else 0.0


def deviation_within(values: Floats) -> float:
    """Return the deviation of the differences within pairs, in points."""
    base, new = np.split(values, 2)
    return 100 * float(np.std(base - new, ddof=1))

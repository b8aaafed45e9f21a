"""Pairs of trainings that share their start: the same seed in both runs, which at first differ only by rounding.

Where such pairs stay close to the end, only the two trainings of a pair may be swapped, and a drop can be found that
is small beside the spread between seeds. Whether a cell is paired depends on nothing that a swap would change.
"""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.comparison.power import LEAST_PAIRS
from benchmarks.comparison.relabel import LEAST_PAIRED_VARIANCE, Floats, Trainings
from benchmarks.comparison.sample import Sample

SAME_IMAGES = 2
"""Test images by which the accuracies after the first epoch may differ."""
LEAST_CORRELATION = 0.8


def share_start(base: Sample, new: Sample) -> bool:
    """Whether most trainings of equal seeds start alike and all correlate by `LEAST_CORRELATION` or more; none may have died."""
    if base.seeds != new.seeds or len(base) < LEAST_PAIRS or not all((*base.alive, *new.alive)):
        return False
    return _stay_close(base, new)


def begun_pairs(base: Sample, new: Sample) -> Trainings | None:
    """Return the trainings of the seeds that both sides have, if further seeds can make pairs of all; None: they cannot.

    They can where each side can go on from its last seed to the same one, all lived, and what both have stays as close as pairs.
    """
    n = min(len(base), len(new))
    if n < 2 or not go_on_alike(base.seeds, new.seeds) or not all((*base.alive, *new.alive)):
        return None
    old, now = base.first(n), new.first(n)
    if not _stay_close(old, now):
        return None
    values = np.array([*old.values, *now.values])
    return Trainings.of(values, np.ones(2 * n, np.bool_), n, new.cell.test_images, paired=True)


def go_on_alike(base: Sequence[int], new: Sequence[int]) -> bool:
    """Whether one side has the seeds of the other and beyond them only the next ones; both in ascending order."""
    short, long = sorted((tuple(base), tuple(new)), key=len)
    more = long[len(short) :]
    return long[: len(short)] == short and more == tuple(range(short[-1] + 1, short[-1] + 1 + len(more)))


def _stay_close(base: Sample, new: Sample) -> bool:
    apart = (SAME_IMAGES + 1e-6) / new.cell.test_images
    firsts = zip(base.first_epochs, new.first_epochs, strict=True)
    near = sum(a is not None and b is not None and abs(a - b) <= apart for a, b in firsts)
    return 2 * near > len(base) and correlation(np.array([*base.values, *new.values])) >= LEAST_CORRELATION


def correlation(values: Floats) -> float:
    """Return the correlation within pairs, as if all pairs had moved the same way: no swap changes it.

    Args:
        values: Accuracies of n pairs, (2n,); trainings i and n + i are a pair.

    Returns:
        -1..1; 0 if there is no spread.
    """
    base, new = np.split(values, 2)
    between, within = np.var((base + new) / 2), np.var(np.abs(base - new)) / 4
    return float((between - within) / (between + within)) if between + within > 0 else 0.0


def deviation_within(values: Floats) -> float:
    """Return the deviation of the differences within pairs, in points."""
    base, new = np.split(values, 2)
    return 100 * float(np.std(base - new, ddof=1))


def credited_deviation(pairs: Trainings, images: int) -> float:
    """Return the deviation of the differences within pairs, in points, but no less than can be believed.

    Accuracies come in steps of one image, so n differences that are all equal do not prove that there is no noise. No deviation counts
    below one image, nor below the least that the score divides by: what the test does not credit, it cannot claim to see.

    Args:
        pairs: All trainings of a paired cell.
        images: Number of test images.
    """
    credited = 100 * math.sqrt(LEAST_PAIRED_VARIANCE * pairs.unit)
    return max(deviation_within(pairs.values), 100 / images, credited)

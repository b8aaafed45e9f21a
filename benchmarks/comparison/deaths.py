"""How many deaths among a cell's new seeds would have been found: what `sees` is for accuracy, for seeds that die."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.comparison import relabel
from benchmarks.comparison.relabel import Floats, Trainings
from benchmarks.comparison.verdict import ROUNDING_TOLERANCE


def least_found(cell: Trainings, others: Sequence[Floats], alpha: float) -> int | None:
    """Return the fewest deaths among a cell's new seeds that would have been found if no seed of the baseline had died.

    Every living seed of the cell counts as their median; the other cells are as they are.

    Args:
        cell: The cell, of which a training died.
        others: Scores of the labellings of the grid's other tested cells.
        alpha: What the cells may spend on false alarms together.

    Returns:
        1 to the number of new seeds; None if not even the death of all would have been found.
    """
    values, n = cell.values, cell.n
    living = float(np.median(values[cell.alive])) if cell.alive.any() else float(values.max())
    least = None
    for died in range(len(values) - n, 0, -1):
        alive = np.arange(len(values)) < len(values) - died
        made = replace(
            cell, values=np.where(alive, living, values[~cell.alive].min()), alive=alive, paired=False
        )
        (scores,) = relabel.score([made])
        if relabel.adjusted_p([scores.by_labeling, *others])[0] > alpha + ROUNDING_TOLERANCE:
            break
        least = died
    return least


def sentence(least: int | None, n: int, m: int) -> str:
    """Say `least_found` in words, for n seeds of the baseline and m new ones."""
    if least is None:
        return f"deaths: {m} of {m} against 0 of {n} would not have been found"
    never = f", {least - 1} not" if least > 1 else ""
    return f"deaths: {least} of {m} against 0 of {n} would have been found{never}"

"""How many deaths among a cell's new seeds would have been found: what `sees` says of accuracy, of seeds that die."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.comparison import relabel
from benchmarks.comparison.relabel import Scores, Trainings
from benchmarks.comparison.verdict import ROUNDING_TOLERANCE


def least_found(cells: Sequence[Trainings], scores: Sequence[Scores], at: int, alpha: float) -> int | None:
    """Return how many new seeds of a cell, at least, would have had to die to be found, if none of the baseline's had.

    The cell's living seeds stand for one another by their median; the other cells are as they are.

    Args:
        cells: All tested cells of the grid.
        scores: Theirs.
        at: Which of them; a training of it died.
        alpha: What the cells may spend.

    Returns:
        1 to the number of new seeds; None where even the death of all of them would not have been found.
    """
    cell = cells[at]
    values, n = cell.values, cell.n
    living = float(np.median(values[cell.alive])) if cell.alive.any() else float(values.max())
    others = [one.found for place, one in enumerate(scores) if place != at]
    least = None
    for died in range(len(values) - n, 0, -1):
        alive = np.arange(len(values)) < len(values) - died
        made = replace(
            cell, values=np.where(alive, living, values[~cell.alive].min()), alive=alive, paired=False
        )
        (found,) = relabel.score([made])
        if relabel.adjusted_p([found.found, *others])[0] > alpha + ROUNDING_TOLERANCE:
            break
        least = died
    return least


def sentence(least: int | None, n: int, m: int) -> str:
    """Say it of n seeds of the baseline and m new ones."""
    if least is None:
        return f"deaths: {m} of {m} against 0 of {n} would not have been found"
    never = f", {least - 1} not" if least > 1 else ""
    return f"deaths: {least} of {m} against 0 of {n} would have been found{never}"

"""The drop that a cell's test would have found, from its trainings as they are: what the report calls `sees`."""

import math
from collections.abc import Sequence

from benchmarks.comparison import power, significance
from benchmarks.comparison.pairs import credited_deviation
from benchmarks.comparison.relabel import Trainings


def pooled_deviation(base: Sequence[float], new: Sequence[float], draw_variance: float) -> float | None:
    """Return the deviation between the living seeds, pooled over both sides, in points; None: too few to tell.

    Args:
        base: Accuracies of the baseline's living seeds, shares 0..1.
        new: Those of the new run.
        draw_variance: Of one accuracy by the draw of test images alone, which counts where all seeds agree.
    """
    sides = [side for side in (base, new) if len(side) > 1]
    df = sum(len(side) - 1 for side in sides)
    if df < 1:
        return None
    squares = sum((len(side) - 1) * (significance.standard_deviation(side) or 0.0) ** 2 for side in sides)
    # Seeds that all agree do not prove that there is no noise.
    return 100 * math.sqrt(squares / df if squares > 0 else draw_variance)


def detectable(
    trainings: Trainings, deviation: float | None, images: int, *, cells: int, alpha: float
) -> float | None:
    """Return the drop that is found with a probability of 80%, in points; None: none, however large.

    Args:
        trainings: Those of the cell.
        deviation: That of `pooled_deviation`; pairs have their own.
        images: Number of test images.
        cells: How many cells are tested together.
        alpha: What the grid's cells may spend on false alarms together.
    """
    if deviation is None:
        return None
    n, m = (int(side.sum()) for side in (trainings.alive[: trainings.n], trainings.alive[trainings.n :]))
    if trainings.paired:
        return power.sees_in_pairs(n, credited_deviation(trainings, images), cells=cells, alpha=alpha)
    return power.sees(n, m, deviation, cells=cells, alpha=alpha, labelings=trainings.count)

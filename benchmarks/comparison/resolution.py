"""The drop that each cell of a baseline is pinned to see: written for review, beside the floor."""

import math
from collections import Counter
from dataclasses import replace

from msgspec import structs

from benchmarks.comparison import power
from benchmarks.comparison.detectable import pooled_deviation
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import GateSettings
from benchmarks.experiment.protocols import max_drop
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def with_resolutions(run: Run, new_seeds: int) -> Run:
    """Return a run whose cells say which drop a comparison with `new_seeds` new seeds will see.

    A cell gets None, and max-drop counts, if no drop would be found: with a single living seed its spread is not known.

    Args:
        run: The run that becomes a baseline.
        new_seeds: Seeds of the runs that will be judged, 1 or more.

    Raises:
        ValueError: `new_seeds` is less than 1.
    """
    if new_seeds < 1:
        raise ValueError(f"--new-seeds {new_seeds}: expected 1 or more")
    grid = Counter(_grid(cell) for cell in run.cells.values())

    def pinned(cell: CellResult) -> float | None:
        sample, cells = Sample.of(cell), grid[_grid(cell)]
        deviation = pooled_deviation(sample.living, (), sample.draw_variance)
        if deviation is None:
            return None
        alpha, least = GateSettings().alpha_of_cells(cells), max_drop([cell.protocol])
        return resolution(len(sample.living), new_seeds, deviation, cells=cells, alpha=alpha, least=least)

    cells = {name: structs.replace(cell, resolution=pinned(cell)) for name, cell in run.cells.items()}
    return replace(run, cells=cells)


def resolution(n: int, m: int, deviation: float, *, cells: int, alpha: float, least: float) -> float | None:
    """Return the drop that a baseline may be pinned to see: what most comparisons with m new seeds will see.

    Args:
        n: Seeds of the baseline that lived.
        m: New seeds of later runs.
        deviation: Between the baseline's seeds, points; its upper limit is taken once more, so that a comparison whose
            own deviation is larger still sees the drop.
        cells: Cells that are tested together.
        alpha: What the grid's cells may spend on false alarms together.
        least: Smaller drops need not be seen, points.

    Returns:
        Points, rounded up to two significant digits; None where no drop would be found.
    """
    drop = power.sees(n, m, power.upper_limit(deviation, n - 1), cells=cells, alpha=alpha) if n > 1 else None
    if drop is None or drop > 100:  # no accuracy falls that far
        return None
    digits = 1 - math.floor(math.log10(drop)) if drop > 0 else 1
    scale = 10.0**digits
    return max(least, math.ceil(drop * scale - 1e-9) / scale)


def _grid(cell: CellResult) -> tuple[str, str, str]:
    return cell.protocol, cell.data_source, cell.arithmetic

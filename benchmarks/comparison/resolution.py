"""The drop that each cell of a baseline is pinned to see: written for review, beside the floor."""

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

    def resolution(cell: CellResult) -> float | None:
        sample, cells = Sample.of(cell), grid[_grid(cell)]
        deviation = pooled_deviation(sample.living, (), sample.draw)
        if deviation is None:
            return None
        alpha, least = GateSettings().alpha_of_cells(cells), max_drop([cell.protocol])
        return power.resolution(
            len(sample.living), new_seeds, deviation, cells=cells, alpha=alpha, least=least
        )

    cells = {name: structs.replace(cell, resolution=resolution(cell)) for name, cell in run.cells.items()}
    return replace(run, cells=cells)


def _grid(cell: CellResult) -> tuple[str, str, str]:
    return cell.protocol, cell.data_source, cell.arithmetic

"""The study's accuracy joined with the one measured here, one panel per data set."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from benchmarks.experiment import published
from benchmarks.report.figures.drawing import percent
from benchmarks.report.figures.palette import INK, MUTED, Style
from benchmarks.report.grid import DataColumn, Grid, accuracy, interval
from benchmarks.report.table import Figure, Panel
from benchmarks.report.views.published import comparable
from benchmarks.results.schema import CellResult


def figures(grid: Grid, styles: Mapping[str, Style]) -> list[Figure]:
    """One figure; none where no cell of the study ran on real data."""
    panels = [_panel(column, cells, styles) for column in grid.columns if (cells := comparable(column.cells))]
    return [Figure("study", "The study's accuracy (diamonds) and here", panels)] if panels else []


def _panel(column: DataColumn, cells: Sequence[CellResult], styles: Mapping[str, Style]) -> Panel:
    said = "; ".join(
        f"{c.architecture} {100 * published.ACCURACY[c.architecture, c.dataset]:.1f}% in the study, {100 * accuracy(c):.1f}% here"
        for c in cells
    )
    longest = max(len(cell.architecture) for cell in cells)
    return Panel(
        f"study-{column.key}", column.name, f"The study's accuracy and the one here on {column.name}: {said}.",
        partial(_draw, cells=cells, styles=styles), dataset=column.dataset, left=0.05 + 0.024 * longest,
    )  # fmt: skip


def _draw(axes: Axes, cells: Sequence[CellResult], styles: Mapping[str, Style]) -> None:
    for i, cell in enumerate(cells):
        theirs, ours = published.ACCURACY[cell.architecture, cell.dataset], accuracy(cell)
        colour, marker = styles[cell.architecture]
        axes.plot([theirs, ours], [i, i], color=MUTED, lw=1.1, zorder=1)
        axes.plot(np.clip(interval(cell), 0, 1), [i, i], color=colour, lw=3.5, alpha=0.35,
                  solid_capstyle="butt", zorder=2)  # fmt: skip
        axes.plot(theirs, i, "D", mfc="none", mec=MUTED, mew=1.3, ms=5.5, zorder=3)
        axes.plot(ours, i, marker, color=colour, ms=7, zorder=4)
    axes.set_yticks(range(len(cells)), [cell.architecture for cell in cells])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    percent(axes.xaxis)
    axes.set_xlabel("accuracy on test images")

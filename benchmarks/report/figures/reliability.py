"""Every seed's accuracy by architecture, one panel per data set."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from benchmarks.report.figures.drawing import percent
from benchmarks.report.figures.palette import BAD, CARD, INK, Style
from benchmarks.report.grid import DataColumn, Grid, accuracy
from benchmarks.report.table import Figure, Panel
from benchmarks.report.views.reliability import seeds
from benchmarks.results.schema import CellResult


def figures(grid: Grid, styles: Mapping[str, Style]) -> list[Figure]:
    """One figure of all data sets."""
    panels = [_panel(column, styles) for column in grid.columns]
    return [Figure("reliability", "Accuracy of every seed", panels)]


def _panel(column: DataColumn, styles: Mapping[str, Style]) -> Panel:
    said = "; ".join(_said(cell) for cell in column.cells)
    longest = max(len(cell.architecture) for cell in column.cells)
    return Panel(
        f"seeds-{column.key}", column.name, f"Accuracy of every seed on {column.name}: {said}.",
        partial(_draw, cells=column.cells, styles=styles), seeds(column), dataset=column.dataset,
        left=min(0.05 + 0.024 * longest, 0.5),
    )  # fmt: skip


def _said(cell: CellResult) -> str:
    values = cell.values.values()
    died = f", {cell.diverged_seeds} diverged" if cell.diverged_seeds else ""
    return f"{cell.architecture} {100 * min(values):.1f}% to {100 * max(values):.1f}%{died}"


def _draw(axes: Axes, cells: Sequence[CellResult], styles: Mapping[str, Style]) -> None:
    for i, cell in enumerate(cells):
        colour, marker = styles[cell.architecture]
        mean, n = accuracy(cell), len(cell.seeds)
        axes.plot([mean, mean], [i - 0.3, i + 0.3], color=INK, lw=1.2, zorder=2)
        epochs = cell.diverged or (None,) * n
        ended = [e is not None or a is None for e, a in zip(epochs, cell.accuracies, strict=True)]
        spread = np.linspace(-0.18, 0.18, n) if n > 1 else [0.0]
        for value, offset, bad in zip(cell.values.values(), spread, ended, strict=True):
            if bad:
                axes.plot(value, i + offset, "x", color=BAD, ms=6, mew=1.6, zorder=4)
            else:
                axes.plot(value, i + offset, marker, color=colour, mec=CARD, mew=0.5, zorder=3)
    axes.set_yticks(range(len(cells)), [cell.architecture for cell in cells])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    values = [value for cell in cells for value in cell.values.values()]
    margin = 0.06 * (max(values) - min(values)) or 0.01
    axes.set_xlim(min(values) - margin, max(values) + margin)
    percent(axes.xaxis)
    axes.set_xlabel("accuracy on test images")

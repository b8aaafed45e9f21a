"""Accuracy by architecture and data set as a heat map."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from benchmarks.report.figures.palette import HEAT, INK
from benchmarks.report.grid import Grid, accuracy, half_width
from benchmarks.report.table import Figure, Panel
from benchmarks.report.views.overview import shade


def figures(grid: Grid) -> list[Figure]:
    """One panel of all cells."""
    alt = "Accuracy by architecture and data set."
    panel = Panel("accuracy", "", alt, partial(_draw, grid=grid), left=0.2, size=(4.5, 2.6))
    return [Figure("accuracy", "Accuracy on the test images", [panel])]


def _draw(axes: Axes, grid: Grid) -> None:
    rows, columns = grid.architectures, grid.columns
    rgba = np.zeros((len(rows), len(columns), 4))
    rgba[..., :3] = to_rgb(HEAT)
    for j, column in enumerate(columns):
        for cell in column.cells:
            i, mean = rows.index(cell.architecture), accuracy(cell)
            rgba[i, j, 3] = shade(mean, cell.chance)
            text = f"{100 * mean:.1f}\n±{100 * half_width(cell):.1f}"
            weight = "bold" if mean == column.best else "normal"
            axes.text(j, i, text, ha="center", va="center", size=6.5, color=INK, weight=weight)
    axes.imshow(rgba, interpolation="none", aspect="auto")
    axes.grid(visible=False)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), [column.name.replace(" ", "\n") for column in columns])
    axes.tick_params(labelsize=6.5, labelcolor=INK)

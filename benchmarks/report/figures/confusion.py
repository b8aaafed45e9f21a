"""Confusion matrices as pictures, one figure per data set."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from benchmarks.report.figures.drawing import drawable
from benchmarks.report.figures.palette import HEAT, INK
from benchmarks.report.grid import Grid, label
from benchmarks.report.table import Figure, Panel
from benchmarks.report.views.confusion import MANY_CLASSES, class_names, shares, worst


def figures(grid: Grid) -> list[Figure]:
    """One panel per cell that has a matrix."""
    made = []
    for column in grid.columns:
        panels = [
            Panel(
                f"confusion-{cell.id}",
                label(cell.architecture, column.kind),
                worst(cell),
                partial(_draw, shares=shares(cell), names=class_names(cell)),
                left=0.26,
                size=(3.4, 3.0),
            )
            for cell in column.cells
            if cell.confusion
        ]
        if panels:
            title = f"{column.name}: confusion, % of each true class (rows)"
            made.append(Figure(f"confusion-{column.key}", title, panels, column.dataset))
    return made


def _draw(axes: Axes, shares: NDArray[np.float64], names: Sequence[str]) -> None:
    rgba = np.empty((*shares.shape, 4))
    rgba[..., :3] = to_rgb(HEAT)
    rgba[..., 3] = shares**0.6
    axes.imshow(rgba, interpolation="none", aspect="auto")
    axes.grid(visible=False)
    n = len(names)
    axes.tick_params(labelsize=6.5)
    axes.set_xlabel("answer (number of the class)")
    if n >= MANY_CLASSES:
        axes.set_ylabel("true class (number)")
        return
    for i in range(n):
        for j in range(n):
            if shares[i, j] >= 0.005:
                axes.text(j, i, f"{100 * shares[i, j]:.0f}", ha="center", va="center", size=6, color=INK)
    axes.set_yticks(range(n), [drawable(name) for name in names])
    axes.set_xticks(range(n), [str(i) for i in range(n)])

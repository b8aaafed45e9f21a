"""Learning curves: accuracy after each epoch, the seeds as a band."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from benchmarks.report.figures.drawing import percent
from benchmarks.report.figures.palette import Style
from benchmarks.report.grid import DataColumn, Grid, label
from benchmarks.report.table import SMALL, Column, Figure, Panel, Table, row
from benchmarks.results.schema import CellResult

Curves = NDArray[np.float64]
"""Accuracies, (seeds, epochs); NaN where a training had ended."""


def figures(grid: Grid, styles: Mapping[str, Style]) -> list[Figure]:
    """One figure per data set, one panel per cell, all of a data set on one scale."""
    made = []
    for column in grid.columns:
        cells = [(cell, *_curves(cell)) for cell in column.cells]
        shown = [found for found in cells if np.isfinite(found[2]).any()]
        if not shown:
            continue
        known = np.concatenate([part[np.isfinite(part)] for _, *both in shown for part in both])
        low = max(0.0, float(known.min()) - 0.03)
        panels = [
            _panel(cell, column, train, test, styles[cell.architecture][0], low)
            for cell, train, test in shown
        ]
        title = f"{column.name}: learning curves"
        made.append(Figure(f"learning-{column.key}", title, panels, column.dataset))
    return made


def _curves(cell: CellResult) -> tuple[Curves, Curves]:
    """Accuracies on the training and on the test images."""
    return _padded([h.accuracy for h in cell.history]), _padded([h.val_accuracy for h in cell.history])


def _padded(rows: Sequence[Sequence[float | None]]) -> Curves:
    curves = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for i, values in enumerate(rows):
        curves[i, : len(values)] = [np.nan if value is None else value for value in values]
    return curves


def _panel(
    cell: CellResult,
    column: DataColumn,
    train_curves: Curves,
    test_curves: Curves,
    colour: str,
    low: float,
) -> Panel:
    train, test = _summary(train_curves), _summary(test_curves)
    seeds, epochs = test_curves.shape
    last = int(np.flatnonzero(np.isfinite(test[0]))[-1])
    alt = (
        f"Learning curve of {cell.architecture} on {column.name}, {seeds} seeds, {epochs} epochs. Accuracy on test images: "
        f"{100 * test[0][0]:.1f}% after the first epoch, {100 * test[0][last]:.1f}% after the last; "
        f"seeds from {100 * test[1][last]:.1f}% to {100 * test[2][last]:.1f}%."
    )
    key = f"curve-{cell.id}"
    return Panel(
        key, label(cell.architecture, column.kind), alt,
        partial(_draw, train=train, test=test, colour=colour, low=low),
        _table(f"data-{key}", f"{cell.architecture} on {column.name}", train, test),
        cell.architecture, cell.dataset, left=0.2, size=SMALL,
    )  # fmt: skip


def _summary(curves: Curves) -> Curves:
    """Mean, lowest and highest over the seeds, (3, epochs); NaN in epochs that no seed has."""
    result = np.full((3, curves.shape[1]), np.nan)
    some = np.isfinite(curves).any(axis=0)
    if some.any():
        part = curves[:, some]
        result[:, some] = np.nanmean(part, axis=0), np.nanmin(part, axis=0), np.nanmax(part, axis=0)
    return result


def _table(key: str, title: str, train: Curves, test: Curves) -> Table:
    heads = ("test, mean", "test, lowest", "test, highest", "training, mean")
    columns = [Column("epoch", format=","), *(Column(head, format=".2%") for head in heads)]
    rows = []
    for epoch in range(test.shape[1]):
        trained = train[0, epoch] if epoch < train.shape[1] else np.nan
        values = [float(value) for value in (*test[:, epoch], trained)]
        rows.append(row(epoch + 1, *(value if np.isfinite(value) else None for value in values)))
    return Table(key, title, columns, rows)


def _draw(axes: Axes, train: NDArray[np.float64], test: NDArray[np.float64], colour: str, low: float) -> None:
    epochs = np.arange(1, test.shape[1] + 1)
    axes.fill_between(epochs, test[1], test[2], color=colour, alpha=0.22, lw=0)
    axes.plot(np.arange(1, train.shape[1] + 1), train[0], color=colour, lw=1.1, ls=(0, (3, 2)))
    axes.plot(epochs, test[0], color=colour, marker="o" if len(epochs) < 3 else "", lw=1.8)
    axes.set_ylim(low, 1.01)
    axes.set_xlim(1 if len(epochs) > 1 else 0, max(len(epochs), 2))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    percent(axes.yaxis)
    axes.set_xlabel("epoch")

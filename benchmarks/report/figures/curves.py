"""Learning curves: accuracy after each epoch, the seeds as a band."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from benchmarks.report.figures.drawing import SMALL, Figure, Panel, percent
from benchmarks.report.readings import Reading, columns, label, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet, number


def figures(readings: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> list[Figure]:
    """One figure a data set, one panel a cell, all of a data set on one scale."""
    made = []
    for column in columns(readings):
        cells = [r for r in of(readings, column) if np.isfinite(r.test_curves).any()]
        if not cells:
            continue
        known = np.concatenate(
            [part[np.isfinite(part)] for r in cells for part in (r.test_curves, r.train_curves)]
        )
        low = max(0.0, float(known.min()) - 0.03)
        panels = [_panel(r, styles[r.cell.architecture][0], low) for r in cells]
        made.append(
            Figure("-".join(("learning", *column)), f"{label(column)}: learning curves", panels, column[0])
        )
    return made


def _panel(r: Reading, colour: str, low: float) -> Panel:
    train, test = _summary(r.train_curves), _summary(r.test_curves)
    seeds, epochs = r.test_curves.shape
    title = label((r.cell.architecture, r.cell.data_source))
    last = int(np.flatnonzero(np.isfinite(test[0]))[-1])
    alt = (
        f"Learning curve of {r.cell.architecture} on {label(r.column)}, {seeds} seeds, {epochs} epochs. Accuracy on test images: "
        f"{100 * test[0][0]:.1f}% after the first epoch, {100 * test[0][last]:.1f}% after the last; "
        f"seeds from {100 * test[1][last]:.1f}% to {100 * test[2][last]:.1f}%."
    )
    key = f"curve-{r.cell.id}"
    return Panel(
        key, title, alt, partial(_draw, train=train, test=test, colour=colour, low=low),
        _sheet(f"data-{key}", f"{r.cell.architecture} on {label(r.column)}", train, test),
        r.cell.architecture, r.cell.dataset, left=0.2, size=SMALL,
    )  # fmt: skip


def _summary(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean, lowest and highest over the seeds, (3, epochs); NaN in epochs that no seed has."""
    result = np.full((3, curves.shape[1]), np.nan)
    some = np.isfinite(curves).any(axis=0)
    if some.any():
        part = curves[:, some]
        result[:, some] = np.nanmean(part, axis=0), np.nanmin(part, axis=0), np.nanmax(part, axis=0)
    return result


def _sheet(key: str, title: str, train: NDArray[np.float64], test: NDArray[np.float64]) -> Sheet:
    heads = ("epoch", "test, mean", "test, lowest", "test, highest", "training, mean")
    rows = [
        Row([
            number(epoch + 1, str(epoch + 1)),
            *(_share(test[i, epoch]) for i in range(3)),
            _share(train[0, epoch] if epoch < train.shape[1] else np.nan),
        ])
        for epoch in range(test.shape[1])
    ]  # fmt: skip
    return Sheet(key, title, [Column(head) for head in heads], rows)


def _share(value: float) -> Entry:
    return number(float(value) if np.isfinite(value) else None, f"{100 * value:.2f}%")


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

"""Confusion matrices: what each class was taken for, all seeds together."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from benchmarks.report.figures.drawing import Figure, Panel, drawable
from benchmarks.report.figures.palette import HEAT, INK
from benchmarks.report.readings import Reading, columns, label, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet


def sheets(readings: Sequence[Reading]) -> list[tuple[Reading, Sheet]]:
    """One table a cell that has one: shares of each true class in percent, shaded by them."""
    return [(r, _sheet(r)) for r in readings if r.confusion is not None]


def figures(readings: Sequence[Reading]) -> list[Figure]:
    """The same as pictures, one figure a data set."""
    made = []
    for column in columns(readings):
        panels = [
            Panel(
                f"confusion-{r.cell.id}",
                label((r.cell.architecture, column[1])),
                worst(r),
                partial(_draw, shares=shares(r.confusion), names=_names(r)),
                left=0.26,
                size=(3.4, 3.0),
            )
            for r in of(readings, column)
            if r.confusion is not None
        ]
        if panels:
            title = f"{label(column)}: confusion, % of each true class (rows)"
            made.append(Figure("-".join(("confusion", *column)), title, panels, column[0]))
    return made


def shares(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide each row by its sum; a class without images stays 0."""
    sums = confusion.sum(axis=1, keepdims=True)
    result: NDArray[np.float64] = confusion / np.maximum(sums, 1)
    return result


def worst(r: Reading) -> str:
    """Say which class is taken for which other one most often."""
    assert r.confusion is not None
    wrong = shares(r.confusion)
    np.fill_diagonal(wrong, 0)
    true, answer = np.unravel_index(int(wrong.argmax()), wrong.shape)
    if not wrong[true, answer]:
        return "No image is taken for another class."
    names = _names(r)
    return f"Most often: {names[true]} taken for {names[answer]}, {100 * wrong[true, answer]:.0f}%."


def _names(r: Reading) -> list[str]:
    assert r.confusion is not None
    n = len(r.confusion)
    return list(r.class_names) if len(r.class_names) == n else [str(i) for i in range(n)]


def _sheet(r: Reading) -> Sheet:
    assert r.confusion is not None
    names = _names(r)
    digits = [str(i) for i in range(len(names))]
    rows = [
        Row([
            Entry(digits[i] if names[i] == digits[i] else f"{i} {names[i]}"),
            *(Entry(f"{100 * share:.0f}", heat=float(share) ** 0.6) for share in row),
        ])
        for i, row in enumerate(shares(r.confusion))
    ]  # fmt: skip
    heads = [Column("true", numeric=False), *(Column(digit) for digit in digits)]
    return Sheet(
        f"confusion-{r.cell.id}", f"{r.cell.architecture} · {label(r.column)}", heads, rows, (worst(r),)
    )


def _draw(axes: Axes, shares: NDArray[np.float64], names: Sequence[str]) -> None:
    rgba = np.empty((*shares.shape, 4))
    rgba[..., :3] = to_rgb(HEAT)
    rgba[..., 3] = shares**0.6
    axes.imshow(rgba, interpolation="none", aspect="auto")
    axes.grid(visible=False)
    n = len(names)
    for i in range(n):
        for j in range(n):
            if shares[i, j] >= 0.005:
                axes.text(j, i, f"{100 * shares[i, j]:.0f}", ha="center", va="center", size=6, color=INK)
    axes.set_yticks(range(n), [drawable(name) for name in names])
    axes.set_xticks(range(n), [str(i) for i in range(n)])
    axes.tick_params(labelsize=6.5)
    axes.set_xlabel("answer (number of the class)")

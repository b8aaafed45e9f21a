"""Confusion matrices: what each class was taken for, all seeds together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.grid import Grid, kind, label
from benchmarks.report.table import Column, Entry, Row, Table, row
from benchmarks.results.parsing import RunRefused
from benchmarks.results.schema import CellResult

MANY_CLASSES = 30
"""From so many classes on, a matrix is too large to be read: the largest confusions are listed instead."""
_LISTED = 20


def tables(grid: Grid) -> list[Table]:
    """One table per cell that has a matrix: shares of each true class in percent, shaded by them; the largest where there are many."""
    cells = [cell for cell in grid.cells if cell.confusion]
    return [_table(cell) if len(counts(cell)) < MANY_CLASSES else _largest(cell) for cell in cells]


def counts(cell: CellResult) -> NDArray[np.int64]:
    """Sum of a cell's matrices over its seeds, (classes, classes); rows are true classes.

    Raises:
        RunRefused: The matrices are of different sizes.

    """
    if len(set(map(len, cell.confusion))) > 1:
        raise RunRefused(
            f"{cell.id}: 'confusion' holds tables of different sizes; expected one size per cell"
        )
    total: NDArray[np.int64] = np.array(cell.confusion, np.int64).sum(axis=0)
    return total


def shares(cell: CellResult) -> NDArray[np.float64]:
    """Divide each row by its sum; a class without images stays 0."""
    found = counts(cell)
    result: NDArray[np.float64] = found / np.maximum(found.sum(axis=1, keepdims=True), 1)
    return result


def worst(cell: CellResult) -> str:
    """Say which class is taken for which other one most often."""
    wrong = shares(cell)
    np.fill_diagonal(wrong, 0)
    true, answer = (int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
    if not wrong[true, answer]:
        return "No image is taken for another class."
    names = class_names(cell)
    return f"Most often: {names[true]} taken for {names[answer]}, {100 * wrong[true, answer]:.0f}%."


def class_names(cell: CellResult) -> Sequence[str]:
    """Names of the classes; their numbers where the run has none, or not as many."""
    n = len(counts(cell))
    return cell.class_names if len(cell.class_names) == n else [str(i) for i in range(n)]


def _table(cell: CellResult) -> Table:
    names = class_names(cell)
    columns = [Column("true"), *(Column(str(i), format=".0f") for i in range(len(names)))]
    rows = [
        replace(_row(i, name, found), architecture=cell.architecture, dataset=cell.dataset)
        for i, (name, found) in enumerate(zip(names, shares(cell), strict=True))
    ]
    title = f"{cell.architecture} · {label(cell.dataset, kind(cell))}"
    return Table(f"confusion-{cell.id}", title, columns, rows, [worst(cell)])


def _largest(cell: CellResult) -> Table:
    """List what is taken for another class most often."""
    found, names = shares(cell), class_names(cell)
    np.fill_diagonal(found, 0)
    order = np.argsort(-found, axis=None, kind="stable")[:_LISTED]
    pairs = [divmod(int(place), len(names)) for place in order if found.flat[place]]
    rows = [
        row(
            names[true], names[answer], 100 * float(found[true, answer]),
            architecture=cell.architecture, dataset=cell.dataset,
        )
        for true, answer in pairs
    ]  # fmt: skip
    title = f"{cell.architecture} · {label(cell.dataset, kind(cell))}"
    columns = [Column("true"), Column("taken for"), Column("% of the class", format=".0f")]
    note = f"The {len(rows)} largest of {len(names)} classes' confusions."
    return Table(f"confusion-{cell.id}", title, columns, rows, [note])


def _row(place: int, name: str, found: NDArray[np.float64]) -> Row:
    head = name if name == str(place) else f"{place} {name}"
    return row(head, *(Entry(100 * float(share), heat=float(share) ** 0.6) for share in found))

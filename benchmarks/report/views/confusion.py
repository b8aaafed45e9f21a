"""Confusion matrices: what each class was taken for, all seeds together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.grid import cell_name, display_name
from benchmarks.report.table import Column, Entry, Table, row
from benchmarks.results.parsing import RunRefused
from benchmarks.results.schema import CellResult

MOST_ENTRIES = 4_000
"""Entries of all matrices on one page; where there are more, the worst pairs are named and no matrix is drawn."""
MANY_CLASSES = 30
"""From this many classes on, a matrix is too large to be read: the worst pairs are listed instead."""


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


def worst_pairs(cell: CellResult, most: int = 3) -> list[tuple[str, str, float]]:
    """Return true class, answer and share of the class for the most frequent mistakes, the worst first."""
    wrong = shares(cell)
    np.fill_diagonal(wrong, 0)
    names = class_names(cell)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [(int(i) // len(names), int(i) % len(names)) for i in order]
    return [
        (names[true], names[answer], float(wrong[true, answer]))
        for true, answer in pairs
        if wrong[true, answer]
    ]


def worst(cell: CellResult) -> str:
    """Name the classes that are taken for another one most often."""
    pairs = worst_pairs(cell)
    return f"Worst: {_listed(pairs)}." if pairs else "No image is taken for another class."


def _listed(pairs: Sequence[tuple[str, str, float]]) -> str:
    return "; ".join(f"{true} taken for {answer}, {100 * share:.0f}%" for true, answer, share in pairs)


def entries(cells: Sequence[CellResult]) -> int:
    """How many entries the matrices of these cells have together."""
    return sum(len(cell.confusion[0]) ** 2 for cell in cells if cell.confusion)


def pairs_table(cells: Sequence[CellResult]) -> Table:
    """List the worst pairs of each cell in one row, for classes that are too many for matrices."""
    columns = (
        Column("Architecture"),
        Column("Data set"),
        Column("Worst pairs", phone="wide"),
        Column("Largest share", format=".0%"),
    )
    rows = [
        row(
            Entry(cell.architecture, architecture=cell.architecture), Entry(cell.dataset, text=display_name(cell.dataset)),
            _listed(pairs), pairs[0][2], architecture=cell.architecture, dataset=cell.dataset,
        )
        for cell in cells
        if (pairs := worst_pairs(cell))
    ]  # fmt: skip
    return Table("confusion-pairs", "The worst pairs", columns, rows, sortable=True)


def class_names(cell: CellResult) -> Sequence[str]:
    """Names of the classes; their numbers where the run has none, or not as many."""
    n = len(counts(cell))
    return cell.class_names if len(cell.class_names) == n else [str(i) for i in range(n)]


def matrix(cell: CellResult) -> Table:
    """Shares of each true class in percent, shaded by them; what is below half a percent stays empty.

    Columns are headed by the first letters of their class or, where these are the same for several, by the row of it.
    """
    names = class_names(cell)
    heads = [name[:4] for name in names]
    if len(set(heads)) < len(heads):
        heads = [str(i + 1) for i in range(len(names))]
        names = [f"{head} {name}" for head, name in zip(heads, names, strict=True)]
    columns = [Column("true"), *(Column(head, format=".0f") for head in heads)]
    rows = []
    for i, (name, found) in enumerate(zip(names, shares(cell), strict=True)):
        rows.append(row(name, *(_entry(float(share), right=i == j) for j, share in enumerate(found))))
    return Table(
        f"confusion-{cell.id}",
        f"{cell_name(cell)}: true class down, answer across, %",
        columns,
        rows,
        look="matrix",
    )


def _entry(share: float, *, right: bool) -> Entry:
    return Entry(100 * share if share >= 0.005 else None, heat=share, emphasis="" if right else "bad")

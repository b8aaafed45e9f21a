"""What accuracy costs: time, parameters, multiply-adds, memory; and which architectures none beats in both."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.report import format as formatting
from benchmarks.report.grid import DataColumn, Grid, accuracy
from benchmarks.report.table import Column, Entry, Table, row
from benchmarks.report.views.overview import MEMORY_NOTE, memory, pivot
from benchmarks.results.schema import CellResult

HOLLOW = "timed while other cells ran, not on the usual machine of its data set, or with epochs of a frozen network"


@dataclass(frozen=True)
class Cost:
    """A cost; `timed`: it depends on the machine, and on what else runs. `name` is its short form."""

    key: str
    name: str
    title: str
    of: Callable[[CellResult, Grid], float | None]
    timed: bool = False


COSTS = (
    Cost(
        "time", "training time", "training time, s", lambda cell, grid: grid.usual_seconds(cell), timed=True
    ),
    Cost("parameters", "parameters", "parameters", lambda cell, _: cell.params_total),
    Cost("flops", "FLOPs", "FLOPs per image, forward", lambda cell, _: cell.flops_per_image),
    Cost("memory", "memory", "peak memory, MiB", lambda cell, _: cell.peak_memory_mib),
)


@dataclass(frozen=True)
class Tradeoff:
    """The cells of a data set by one cost; `best` are the places of those on the front, the cheapest first."""

    cost: Cost
    column: DataColumn
    cells: tuple[tuple[float, CellResult], ...]
    best: tuple[int, ...]

    @property
    def key(self) -> str:
        """Its id on a page."""
        return f"cost-{self.cost.key}-{self.column.key}"


def tradeoff(cost: Cost, column: DataColumn, grid: Grid) -> Tradeoff | None:
    """Find the front; None where no cell has the cost.

    By time, a cell whose time does not compare with others' is never on it.
    """
    known = tuple((value, cell) for cell in column.cells if (value := cost.of(cell, grid)) is not None)
    fair = [i for i, (_, cell) in enumerate(known) if not (cost.timed and grid.time_tags(cell))]
    best = pareto_front([(known[i][0], accuracy(known[i][1])) for i in fair])
    return Tradeoff(cost, column, known, tuple(fair[i] for i in best)) if known else None


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Find the points that no other beats: none is at most as costly and at least as accurate, and better in one.

    Args:
        points: (cost, accuracy) of each.

    Returns:
        Their indices, cheapest first.
    """
    return [
        i
        for i in sorted(range(len(points)), key=lambda i: points[i])
        if not any(
            c <= points[i][0] and a >= points[i][1] and (c, a) != points[i] for c, a in points
        )
    ]  # fmt: skip


def fronts(grid: Grid, title: str, notes: Sequence[str] = ()) -> Table:
    """Name who is on the front of each cost, where a data set has several cells."""
    columns = [Column("data set"), *(Column(cost.name) for cost in COSTS)]
    rows = []
    for column in grid.columns:
        if len(column.cells) > 1:
            found = (tradeoff(cost, column, grid) for cost in COSTS)
            names = [
                ", ".join(one.cells[i][1].architecture for i in one.best) if one else "" for one in found
            ]
            rows.append(row(column.name, *(text or None for text in names), dataset=column.dataset))
    note = (
        "The architectures that no other beats in both accuracy and the cost of the column, the cheapest first. Times that do not "
        "compare are left out. Differences may be noise."
    )
    return Table("fronts", title, columns, rows, [note, *notes])


def parameters(grid: Grid, title: str, notes: Sequence[str] = ()) -> Table:
    """Total parameters, and how many of them are not trainable."""

    def entry(cell: CellResult) -> Entry:
        fixed = cell.params_non_trainable
        return Entry(cell.params_total, detail=f"{fixed:,}" if fixed else "")

    return pivot("parameters", title, grid, ",", entry, notes)


def times(
    grid: Grid, title: str, notes: Sequence[str] = (), *, detail: Callable[[CellResult], str] | None = None
) -> Table:
    """Training seconds, median over seeds.

    Args:
        grid: The cells.
        title: The table's.
        notes: The table's.
        detail: The text in brackets after a cell's time; by default n, the lowest and highest, and seconds per epoch.

    """

    def entry(cell: CellResult) -> Entry:
        took = grid.usual_seconds(cell)
        if took is None:
            return Entry()
        return Entry(took, detail=detail(cell) if detail else _spread(cell, grid), tags=grid.time_tags(cell))

    return pivot("times", title, grid, "seconds", entry, notes)


def phases(cells: Sequence[CellResult]) -> Table:
    """Where each cell's seconds went, and all cells' together."""
    heads = {
        "import": "import",
        "data": "data",
        "build": "build",
        "trace": "trace",
        "steps": "steps",
        "evaluation": "eval",
    }
    columns = (
        Column("cell"), *(Column(head, format="seconds") for head in heads.values()), Column("MiB", format=",.0f"),
    )  # fmt: skip
    rows = [
        row(
            cell.id, *(cell.phase_seconds.get(phase) for phase in heads), memory(cell),
            architecture=cell.architecture, dataset=cell.dataset,
        )
        for cell in cells
    ]  # fmt: skip
    totals = [math.fsum(cell.phase_seconds.get(phase, 0.0) for cell in cells) for phase in heads]
    notes = [MEMORY_NOTE] if any(cell.peak_memory_bound for cell in cells) else []
    return Table("phases", "Seconds by phase", columns, [*rows, row("all", *totals, None)], notes)


def _spread(cell: CellResult, grid: Grid) -> str:
    found = grid.timed(cell)
    low, high, n = min(found), max(found), len(found)
    spread = f", {formatting.seconds(low)}..{formatting.seconds(high)}" if n > 1 else ""
    each = grid.epoch_seconds(cell)
    return f"n={n}{spread}" + ("" if each is None else f"; {formatting.seconds(each)} per epoch")

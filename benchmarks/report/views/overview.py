"""The headline: accuracy by architecture and data set, and all figures of all cells in one table."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from benchmarks.report.grid import Grid, accuracy, data_name, half_width
from benchmarks.report.table import FIRST, LOW, Column, Entry, Row, Table, Tag, row
from benchmarks.results.schema import CellResult

SHARE = ".4f"
"""An accuracy as a share of the test images; the other form is "percent"."""

MEMORY_NOTE = (
    "Memory ≤: an upper bound, as earlier cells of the same process left part of it; "
    "--isolate measures each cell alone."
)

LOWEST = Tag("lowest floor")
LOWEST_NOTE = "Lowest floor: a little above chance. Cells that are not pinned have it, so being far above it says little."


def accuracies(grid: Grid, first: Collection[str], title: str, notes: Sequence[str]) -> Table:
    """Mean accuracy with half of its 95% interval and n; a missed floor is marked, and so are the cells with these ids."""

    def entry(cell: CellResult) -> Entry:
        tags = (FIRST,) if cell.id in first else ()
        return replace(measured(cell), tags=(*tags, LOW) if cell.verdict == "failed" else tags)

    return pivot("accuracy", title, grid, SHARE, entry, notes)


def measured(cell: CellResult) -> Entry:
    """Return a cell's mean accuracy with half of its 95% interval, n, and how many seeds diverged; guesses alone have no interval."""
    width = None if cell.never_lived else half_width(cell)
    return Entry(accuracy(cell), width, len(cell.seeds), _deaths(cell))


def _deaths(cell: CellResult) -> str:
    """Write how many seeds diverged, and what the others reached, which the mean does not show."""
    if not cell.diverged_seeds:
        return ""
    living = cell.living_accuracies
    ends = [f"{end:.4f}" for end in (min(living), max(living))] if living else []
    others = (
        f", the {'others' if len(living) > 1 else 'other'} {'..'.join(dict.fromkeys(ends))}" if living else ""
    )
    return f"{cell.diverged_seeds} diverged{others}"


def pivot(
    key: str,
    title: str,
    grid: Grid,
    form: str,
    entry: Callable[[CellResult], Entry],
    notes: Sequence[str],
) -> Table:
    """Make a table of architectures down and data sets across; cells that did not run show nothing."""
    columns = [Column("")]
    columns += [Column(c.title, format=form, tags=c.tags) for c in grid.columns]
    rows = []
    for architecture in grid.architectures:
        found = [
            next((entry(cell) for cell in c.cells if cell.architecture == architecture), Entry())
            for c in grid.columns
        ]
        rows.append(row(architecture, *found, architecture=architecture))
    return Table(key, title, columns, rows, notes)


def everything(grid: Grid, first: Collection[str]) -> Table:
    """One row per cell, to be sorted and filtered.

    Args:
        grid: The cells.
        first: Ids of the cells in first place: see `first_cells`.

    """
    columns = (
        Column("Architecture"), Column("Data set"),
        Column("Accuracy, % ± half of the 95% interval", format="percent", short="Accuracy, %"), Column("Seeds", format=","),
        Column("Above floor, points", format="signed points", short="Above floor, pt"),
        Column("Training, s per seed", format="seconds", short="Training, s", ascending=True),
        Column("Parameters", format=",", ascending=True), Column("FLOPs per image", format="si", short="FLOPs", ascending=True),
        Column("Peak memory, MiB", format=",.0f", short="Memory, MiB", ascending=True),
    )  # fmt: skip
    notes = grid.time_notes() if any(map(grid.time_tags, grid.cells)) else []
    if any(cell.peak_memory_bound for cell in grid.cells):
        notes.append(MEMORY_NOTE)
    if any(cell.has_lowest_floor for cell in grid.cells):
        notes.append(LOWEST_NOTE)
    rows = [_row(cell, grid, cell.id in first) for cell in grid.cells]
    return Table("cells", "All cells", columns, rows, notes, sortable=True)


def memory(cell: CellResult) -> Entry:
    """Return a cell's peak memory; an upper bound is written as one."""
    peak = cell.peak_memory_mib
    bound = peak is not None and cell.peak_memory_bound
    return Entry(peak, text=f"≤ {peak:,.0f}" if bound else None)


def _row(cell: CellResult, grid: Grid, first: bool) -> Row:
    died: tuple[Tag, ...] = (Tag(f"{cell.diverged_seeds} diverged", "bad"),) if cell.diverged_seeds else ()
    died += tuple(Tag(f"frozen since epoch {since}", "bad") for since in dict.fromkeys(cell.frozen) if since)
    failed = cell.verdict == "failed"
    values = cell.values.values()
    above = None if cell.floor is None else min(values) - cell.floor
    return row(
        Entry(cell.architecture, architecture=cell.architecture),
        Entry(cell.dataset, text=data_name(cell)),
        Entry(accuracy(cell), half_width(cell), emphasis="best" if first else ""),
        Entry(len(cell.seeds), tags=died),
        Entry(
            above,
            emphasis="bad" if failed else "",
            tags=(*((LOWEST,) if cell.has_lowest_floor else ()), *((LOW,) if failed else ())),
        ),
        Entry(grid.usual_seconds(cell), tags=grid.time_tags(cell)),
        cell.params_total,
        cell.flops_per_image,
        memory(cell),
        architecture=cell.architecture,
        dataset=cell.dataset,
        mark="bad" if failed else "",
    )

"""The headline: accuracy by architecture and data set, and all figures of all cells in one table."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.report.grid import DataColumn, Grid, accuracy, half_width, kind, origin, seconds
from benchmarks.report.table import BEST, LOW, Column, Entry, Mark, Row, Table, Tag, row
from benchmarks.results.schema import CellResult

SHARE = ".4f"
"""An accuracy as a share of the test images; the other form is "percent"."""

_EMPHASIS: Mapping[str | None, Mark] = {"passed": "good", "failed": "bad", None: ""}
MEMORY_NOTE = (
    "Memory ≤: an upper bound, since cells that ran before in the same process had left a part of it; "
    "--isolate measures each cell alone."
)


def accuracies(grid: Grid, title: str, notes: Sequence[str], form: str = SHARE) -> Table:
    """Mean accuracy with half of its 95% interval and n; the best of a data set and a missed floor are marked."""

    def entry(cell: CellResult, column: DataColumn) -> Entry:
        mean = accuracy(cell)
        tags = (BEST,) if mean == column.best else ()
        return Entry(
            mean,
            half_width(cell),
            len(cell.seeds),
            f"{cell.diverged_seeds} diverged" if cell.diverged_seeds else "",
            tags=(*tags, LOW) if cell.verdict == "failed" else tags,
            heat=shade(mean, cell.chance),
            href=f"#cell-{cell.id}" if any(_known(h.val_accuracy) for h in cell.history) else "",
        )

    return pivot("accuracy", title, grid, form, entry, notes)


def pivot(
    key: str,
    title: str,
    grid: Grid,
    form: str,
    entry: Callable[[CellResult, DataColumn], Entry],
    notes: Sequence[str] = (),
) -> Table:
    """Make a table of architectures down and data sets across; cells that did not run show nothing."""
    columns = [Column("")]
    columns += [Column(c.title, format=form, tags=c.tags, dataset=c.dataset) for c in grid.columns]
    rows = []
    for architecture in grid.architectures:
        found = [
            next((entry(cell, c) for cell in c.cells if cell.architecture == architecture), Entry())
            for c in grid.columns
        ]
        rows.append(row(architecture, *found, architecture=architecture))
    return Table(key, title, columns, rows, notes)


def notes_on_accuracy(cells: Sequence[CellResult]) -> list[str]:
    """What a reader of the headline must know."""
    spread = "Mean over seeds ± half of its 95% interval (n: seeds)."
    if any(len(cell.seeds) == 1 for cell in cells):
        spread = (
            "± half of the 95% interval; with one seed it covers the draw of test images, not the training."
        )
    return [
        spread,
        "Best: highest mean of its data set; the lead may be noise. Low: a seed missed its floor. "
        "Shade: from chance to 100%, steeper near the top.",
    ]


def everything(grid: Grid) -> Table:
    """One row per cell, to be sorted and filtered."""
    columns = (
        Column("architecture"), Column("data set"), Column("accuracy", format="percent"), Column("seeds", format=","),
        Column("floor", format=".1%"), Column("verdict"), Column("parameters", format=","), Column("trainable", format=","),
        Column("FLOPs/image", format="si"), Column("s/seed", format=",.1f"), Column("images/s", format=",.0f"),
        Column("memory", "MiB", format=",.0f"),
    )  # fmt: skip
    notes = [
        "Accuracy in % ± half of the 95% interval. Seconds: training steps alone, mean over seeds. "
        "FLOPs: one forward pass, twice the multiply-adds."
    ]
    if any(cell.parallel for cell in grid.cells):
        notes.append("Parallel: timed while other cells ran; not the time of an idle machine.")
    if any(cell.peak_memory_bound for cell in grid.cells):
        notes.append(MEMORY_NOTE)
    if grid.other_machine:
        notes.append("Other machine: not timed on the machine of most cells of its data set.")
    return Table("cells", "All cells", columns, [_row(cell, grid) for cell in grid.cells], notes)


def memory(cell: CellResult) -> Entry:
    """Return a cell's peak memory; an upper bound is written as one."""
    peak = cell.peak_memory_mib
    bound = peak is not None and cell.peak_memory_bound
    return Entry(peak, text=f"≤ {peak:,.0f}" if bound else None)


def shade(share: float, chance: float) -> float:
    """0 at chance, 1 at 100%, by the third power, so that 98% and 99% still differ."""
    return float(max(0.0, (share - chance) / (1 - chance)) ** 3)


def _known(values: Sequence[float | None]) -> bool:
    return any(value is not None for value in values)


def _row(cell: CellResult, grid: Grid) -> Row:
    died: tuple[Tag, ...] = (Tag(f"{cell.diverged_seeds} diverged", "bad"),) if cell.diverged_seeds else ()
    died += tuple(Tag(f"frozen since epoch {since}", "bad") for since in dict.fromkeys(cell.frozen) if since)
    mean, timed = accuracy(cell), grid.time_tags(cell)
    return row(
        cell.architecture,
        Entry(cell.dataset, tags=() if kind(cell) == "real" else origin(kind(cell))),
        Entry(mean, half_width(cell), heat=shade(mean, cell.chance)),
        Entry(len(cell.seeds), tags=died),
        cell.floor,
        Entry(cell.verdict, emphasis=_EMPHASIS[cell.verdict]),
        cell.params_total,
        cell.params_trainable,
        cell.flops_per_image,
        Entry(seconds(cell), tags=timed),
        Entry(cell.images_per_second, tags=timed),
        memory(cell),
        architecture=cell.architecture,
        dataset=cell.dataset,
    )

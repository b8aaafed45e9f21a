"""Where the figures come from: runs, machine, versions, fingerprints, and the commands that train a cell again."""

from collections.abc import Sequence
from pathlib import PurePath

from benchmarks.comparison import significance
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.reproduce import reproduce
from benchmarks.metrics.measures import FURTHER
from benchmarks.report import format as formatting
from benchmarks.report.collection import RunCollection
from benchmarks.report.grid import Grid, accuracy, kind, origin
from benchmarks.report.groups import Group
from benchmarks.report.table import SYNTHETIC, Column, Entry, Row, Table, Tag, row
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

LISTED = 50


def measured_on(found: Group) -> list[str]:
    """Say how many cells of how many seeds, when, on what machine, with which libraries; one sentence each."""
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, where in found.origins.items():
        alike.setdefault((where.machine, where.versions), []).append(key)
    lines = []
    for (machine, versions), keys in alike.items():
        dates = [found.origins[key].date for key in keys]
        seeds = [len(found.cells[key].seeds) for key in keys]
        when, n = (" to ".join(dict.fromkeys([min(v), max(v)])) for v in (dates, [*map(str, seeds)]))
        cells = "1 cell" if len(keys) == 1 else f"{len(keys)} cells"
        lines.append(f"{cells}, n = {n}, {when}: {machine}; {versions}.")
    return lines


def command(cell: CellResult) -> str:
    """The shell commands that train the cell's seeds again, one per line; every word from the run is quoted."""
    return formatting.commands(
        reproduce(
            cell.cell,
            protocol=cell.protocol,
            data_source=cell.data_source,
            seeds=cell.seeds,
            precision=cell.precision,
            accept_copies=cell.data_verified is False,
            changes=cell.set_fields,
            measures=[measure.name for measure in FURTHER if measure.on_demand and cell.of(measure)],
        )
    )


def cells(grid: Grid) -> Table:
    """What identifies each cell, and its command."""
    heads = ("cell", "fingerprint", "data", "data fingerprint", "origin of the data")
    columns = [*map(Column, heads), Column("command", format="command")]
    return Table("reproduce", "Reproduce a cell", columns, [_cell(cell) for cell in grid.cells])


def facts(run: Run) -> Table:
    """Machine and versions, by name."""
    found = [
        ("file", run.name),
        ("saved", run.datetime),
        *([("commit", run.commit)] if run.commit else []),
        *sorted(run.versions.items()),
        *sorted(run.machine.items()),
    ]
    return Table("facts", "Machine and versions", (Column("fact"), Column("value")), [row(*f) for f in found])


def runs(saved: RunCollection) -> Table:
    """The newest runs first."""
    columns = (
        Column("run"), Column("saved"), Column("settings"), Column("cells", format=","), Column("commit"),
    )  # fmt: skip
    rows = []
    for summary in reversed(saved.summaries[-LISTED:]):
        tags = [Tag("partial", "warn")] if summary.partial else []
        if summary.name == saved.subject.name:
            tags.append(Tag("shown in detail", "best"))
        when = f"{summary.when:%Y-%m-%d %H:%M}" if summary.when else None
        rows.append(
            row(
                Entry(summary.name, tags=tuple(tags)), when, "; ".join(summary.settings), summary.cells,
                summary.commit[:10] or None,
            )
        )  # fmt: skip
    older = len(saved.summaries) - len(rows)
    notes = [f"and {older:,} older ones"] if older else []
    notes += [f"Left out: {reason}" for reason in saved.skipped[:20]]
    if len(saved.skipped) > 20:
        notes.append(f"and {len(saved.skipped) - 20} more")
    return Table("runs", "Runs", columns, rows, notes)


def side_by_side(whole: Sequence[Run]) -> Table:
    """Accuracy of each cell in the newest runs; differences of setting stand in the head."""
    names = list(dict.fromkeys(name for run in whole for name in run.cells))
    columns = [Column("cell")]
    for run in whole:
        protocols = dict.fromkeys(f"{c.training}, {c.precision}" for c in run.cells.values())
        columns.append(Column(PurePath(run.name).stem, format="percent", tags=tuple(map(Tag, protocols))))
    rows = []
    for name in names:
        cell = Cell.parse(name)
        found = [_mean(run.cells.get(name)) for run in whole]
        rows.append(row(name, *found, architecture=cell.architecture, dataset=cell.dataset))
    notes = ["Mean over seeds in % ± standard deviation between them (number of seeds)."]
    return Table("side-by-side", "Accuracy, run beside run", columns, rows, notes)


def _mean(cell: CellResult | None) -> Entry:
    if cell is None:
        return Entry()
    spread = significance.standard_deviation(list(cell.values.values()))
    tags = (SYNTHETIC,) if cell.data_source == "synthetic" else ()
    return Entry(accuracy(cell), spread, len(cell.seeds), tags=tags)


def _cell(cell: CellResult) -> Row:
    verified = cell.data_source == "real" and cell.data_verified
    (source,) = origin(kind(cell))
    return row(
        cell.id,
        cell.fingerprint,
        Entry(source.text, emphasis=source.mark, tags=(Tag("verified", "good"),) if verified else ()),
        cell.data_fingerprint,
        cell.data_origin or None,
        command(cell),
        architecture=cell.architecture,
        dataset=cell.dataset,
    )

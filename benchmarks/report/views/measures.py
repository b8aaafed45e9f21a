"""The measures beyond accuracy: one row per cell, one column per measure that any cell has, as the measures' declarations say."""

from collections.abc import Sequence

from benchmarks.comparison import significance
from benchmarks.metrics.measures import CROSS_ENTROPY, FURTHER, Measure
from benchmarks.report.grid import Grid
from benchmarks.report.table import Column, Entry, Table, row
from benchmarks.results.schema import CellResult


def tables(grid: Grid, title: str, notes: Sequence[str] = ()) -> list[Table]:
    """Return one table; none where no cell has a further measure, as in runs saved before there were any."""
    if not any(cell.of(measure) for measure in FURTHER for cell in grid.cells):
        return []
    shown = [measure for measure in (CROSS_ENTROPY, *FURTHER) if any(cell.of(measure) for cell in grid.cells)]
    columns = [Column("cell"), *map(column, shown)]
    rows = [
        row(
            Entry(f"{cell.architecture} on {data.title}"),
            *(mean(cell, measure) for measure in shown),
            architecture=cell.architecture,
            dataset=cell.dataset,
        )
        for data in grid.columns
        for cell in data.cells
    ]
    return [Table("measures", title, columns, rows, [*map(legend, shown), *notes])]


def column(measure: Measure) -> Column:
    """Return the column that a measure is shown in."""
    return Column(measure.title, measure.unit, measure.format)


def mean(cell: CellResult, measure: Measure) -> Entry:
    """Return a measure's mean over seeds ± standard deviation between them; empty where a seed has no value."""
    values = cell.of(measure)
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return Entry(text="not finite" if values else None)
    return Entry(significance.mean(known), significance.standard_deviation(known), len(known))


def legend(measure: Measure) -> str:
    """Say what a measure is and which way is better."""
    return f"{measure.title}: {measure.about} {'Higher' if measure.higher_is_better else 'Lower'} is better."

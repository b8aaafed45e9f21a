"""The measures beyond accuracy: a row per cell that has any, a column per measure that any cell has, as the declarations say."""

from collections.abc import Sequence

from benchmarks.comparison import significance
from benchmarks.metrics.measures import CROSS_ENTROPY, FURTHER, ROBUSTNESS, SECOND_TEST, Measure
from benchmarks.report.format import count
from benchmarks.report.grid import Grid, cell_name, display_name
from benchmarks.report.table import Column, Entry, Table, Tag, row
from benchmarks.results.schema import CellResult


def tables(grid: Grid, label: str = "", notes: Sequence[str] = (), *, brief: bool = False) -> list[Table]:
    """Return the tables of measures, and of corruptions where they were asked for; none for runs saved before there were any.

    Args:
        grid: The cells.
        label: What the cells are, for the titles.
        notes: Of the first table.
        brief: Only say which way is better, not what each measure is.

    """
    if not any(cell.of(measure) for measure in FURTHER for cell in grid.cells):
        return []
    shown = [measure for measure in (CROSS_ENTROPY, *FURTHER) if any(cell.of(measure) for cell in grid.cells)]
    columns = [Column("cell"), *map(_column, shown)]
    measured = [cell for cell in grid.cells if any(cell.of(measure) for measure in shown)]
    rows = [
        row(
            _name(cell, grid),
            *(_mean(cell, measure) for measure in shown),
            architecture=cell.architecture,
            dataset=cell.dataset,
        )
        for cell in measured
    ]
    legends = [_directions(shown)] if brief else [*map(_legend, shown)]
    second = dict.fromkeys(
        f"{SECOND_TEST.title} of {display_name(cell.dataset)}: on {cell.second_test_set}."
        for cell in grid.cells
        if cell.second_test
    )
    several = any(len(cell.seeds) > 1 for cell in measured)
    remarks = ["Mean over seeds ± standard deviation between them." if several else "One seed per cell."]
    if others := len(grid.cells) - len(measured):
        remarks.append(
            f"{count(others, 'cell')} {'has' if others == 1 else 'have'} none: saved before there were such measures."
        )
    found = [
        Table(
            "measures",
            f"Measures beyond accuracy{label}",
            columns,
            rows,
            [*remarks, *legends, *second, *notes],
        )
    ]
    return found + ([_corruptions(grid, label)] if any(cell.corrupted for cell in grid.cells) else [])


def _corruptions(grid: Grid, label: str) -> Table:
    """Accuracy under each corruption, mean over severities and seeds; figures of different definitions say which they are of."""
    cells = [cell for cell in grid.cells if any(cell.corrupted)]
    names = list(dict.fromkeys(name for cell in cells for each in cell.corrupted for name in each))
    columns = [Column("cell"), *(Column(name.replace("_", " "), format=ROBUSTNESS.format) for name in names)]
    rows = []
    for cell in cells:
        values = [[v for each in cell.corrupted for v in each.get(name, ())] for name in names]
        rows.append(
            row(
                _name(cell, grid),
                *(Entry(significance.mean(each) if each else None) for each in values),
                architecture=cell.architecture,
                dataset=cell.dataset,
            )
        )
    notes = ["In %, mean over the severities 1, 3 and 5, and over the seeds."]
    if len(_definitions(grid)) > 1:
        notes.append("Rows of different definitions do not compare: they saw different corruptions.")
    return Table("corruptions", f"Accuracy under each corruption{label}", columns, rows, notes)


def _name(cell: CellResult, grid: Grid) -> Entry:
    """Return a row's heading; where the robustness of cells has several definitions, it says which one the cell's has."""
    own = cell.robustness_definition
    tags = (Tag(f"robustness by definition {own}", "warn"),) if own and len(_definitions(grid)) > 1 else ()
    return Entry(cell_name(cell), tags=tags)


def _definitions(grid: Grid) -> set[str]:
    return {cell.robustness_definition for cell in grid.cells if cell.robustness_definition}


def _column(measure: Measure) -> Column:
    """Return the column that a measure is shown in."""
    return Column(measure.title, measure.unit, measure.format)


def _mean(cell: CellResult, measure: Measure) -> Entry:
    """Return a measure's mean over seeds ± standard deviation between them; empty where a seed has no value."""
    values = cell.of(measure)
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return Entry(text="not finite" if values else None)
    return Entry(significance.mean(known), significance.standard_deviation(known), len(known))


def _directions(shown: Sequence[Measure]) -> str:
    """Say which way is better, of all measures in one line."""
    better = {way: [m.title for m in shown if m.higher_is_better == way] for way in (False, True)}
    words = {False: "lower is better", True: "higher is better"}
    return "; ".join(f"{words[way]}: {', '.join(names)}" for way, names in better.items() if names)


def _legend(measure: Measure) -> str:
    """Say what a measure is and which way is better."""
    return f"{measure.title}: {measure.about} {'Higher' if measure.higher_is_better else 'Lower'} is better."

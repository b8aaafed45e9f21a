"""The study's figures beside what was measured on the same, real data."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.experiment import published
from benchmarks.report import format as formatting
from benchmarks.report.grid import Grid, accuracy, cell_name, display_name, half_width
from benchmarks.report.strip import Item, Scale, Strip
from benchmarks.report.table import Column, Entry, Row, Table, Tag, row
from benchmarks.report.views.boards import drawn
from benchmarks.report.views.hover import hover
from benchmarks.report.views.overview import SHARE
from benchmarks.results.schema import CellResult

NOTABLE = 0.02
"""A cell that differs from the study's accuracy by more than this needs an explanation."""
_OTHER_EPOCHS = "On SVHN, LeNet's accuracy is after 30 epochs, SqueezeNet's after 3."

Counts = tuple[int, int, int]
"""Parameters: total, trainable, not trainable."""


def comparable(cells: Sequence[CellResult]) -> list[CellResult]:
    """Cells that the study has, on real data."""
    return [c for c in cells if c.data_source == "real" and (c.architecture, c.dataset) in published.ACCURACY]


def comparison(grid: Grid, title: str, notes: Sequence[str]) -> Table:
    """Set the comparable cells of a grid beside the study's figures, data set by data set."""
    cells = comparable(grid.cells)
    alike = all(published.PARAMETERS[cell.architecture, cell.dataset] == _parameters(cell) for cell in cells)
    columns = (
        Column("cell"), Column("study", format=SHARE), Column("here", format=SHARE),
        Column("difference", format="signed points"), Column("the study's run and our seeds"), Column("diverged", format=","),
        *([] if alike else [Column("parameters")]),
        Column("study's s/epoch", format="seconds"), Column("s/epoch here", format="seconds"),
    )  # fmt: skip
    rows = [_row(cell, grid, parameters=not alike) for cell in cells]
    remarks = ["Parameters: as the study's in every cell."] if alike else []
    return Table("study", title, columns, rows, [*remarks, *notes])


def side_by_side(grid: Grid) -> Table:
    """Set the comparable cells beside the study's on one scale from 0 to 100 %, as a page shows it."""
    scale = Scale(0.0, 1.0, 200, 6)
    columns = (
        Column("Architecture"), Column("Data set"), Column("Study of 2018, % (n = 1)", format="percent", short="Study, %"),
        Column("Here, % ± half of the 95% interval", format="percent", short="Here, %"),
        Column("Difference, points", format="signed points", short="Difference, pt"),
        Column("Chart", format="strip", axis=scale.axis("%", factor=100), phone="wide"),
    )  # fmt: skip
    rows = []
    for cell in comparable(grid.cells):
        theirs = published.ACCURACY[cell.architecture, cell.dataset]
        items = [Item("stroke", scale.at(theirs)), *drawn(cell, scale)]
        title = f"{hover(cell)} · the study of 2018: {formatting.percent(theirs)} % (n = 1)"
        rows.append(
            row(
                Entry(cell.architecture, architecture=cell.architecture), Entry(cell.dataset, text=display_name(cell.dataset)), theirs,
                Entry(accuracy(cell), half_width(cell)), _difference(cell),
                Entry(strip=Strip(scale.width, 22, items, title, cell.architecture)),
                architecture=cell.architecture, dataset=cell.dataset,
            )
        )  # fmt: skip
    note = f"{formatting.INTERVALS} The study ran each cell once, for ten epochs. {_OTHER_EPOCHS}"
    return Table("study-table", "Against the study of 2018", columns, rows, [note], sortable=True)


def summary(cells: Sequence[CellResult]) -> str:
    """Say in a few words how the cells differ from the study's."""
    found = list(map(_difference, comparable(cells)))
    higher, apart = sum(gap > 0 for gap in found), sum(abs(gap) > NOTABLE for gap in found)
    cells_higher = f"{higher} of {formatting.count(len(found), 'cell')} {'is' if 1 in (higher, len(found)) else 'are'} higher"
    return f"{cells_higher}; {apart} {'differs' if apart == 1 else 'differ'} by more than {100 * NOTABLE:g} points"


def notes() -> list[str]:
    """What a reader of the comparison must know."""
    return [
        f"Difference in percentage points; ! marks more than {formatting.points(NOTABLE)}. {formatting.INTERVALS} {formatting.WHOLE_SCALE} "
        "The study ran each cell once, for ten epochs, on a machine of 2018 without a GPU: its seconds per epoch are a tenth of its times, "
        f"and compare machines, not code. {_OTHER_EPOCHS}"
    ]


def differing(grid: Grid) -> str:
    """Say how many cells are far from the study's accuracy, and where its one run lies among the seeds of those that have several."""
    found = comparable(grid.cells)
    apart = sum(abs(_difference(cell)) > NOTABLE for cell in found)
    text = (
        f"{apart} of {formatting.count(len(found), 'cell')} {'differs' if apart == 1 else 'differ'} from "
        f"the study's accuracy by more than {formatting.points(NOTABLE)} points."
    )
    places = Counter(place for cell in found if (place := _place(cell)))
    if not places:
        return text
    several = formatting.count(places.total(), "cell")
    first, *others = [where for where in ("within", "above", "below") if places[where]]
    shares = [
        f"{first} our seeds' range in {places[first]}",
        *(f"{where} it in {places[where]}" for where in others),
    ]
    return f"{text} In the {several} with two or more seeds, the study's one run lies {formatting.join_words(shares)}."


def parameters(models: Sequence[tuple[str, str, str, Counts, int]]) -> Table:
    """Set parameter counts beside the study's.

    Args:
        models: Architecture, shape of its input, a data set of the study of that shape, parameters, multiply-adds of one image.

    """
    heads = ("total", "trainable", "fixed")
    columns = (
        Column("architecture"), Column("input"), *(Column(head, format=",") for head in heads), Column("study's"),
        Column("mult-adds", "M", format=".2f"),
    )  # fmt: skip
    rows = [
        row(name, shape, *counts, _counts(name, dataset, counts), cost / 1e6)
        for name, shape, dataset, counts, cost in models
    ]
    return Table("parameters", "Parameters beside the study's", columns, rows)


def _parameters(cell: CellResult) -> Counts:
    return (cell.params_total, cell.params_trainable, cell.params_non_trainable)


def _row(cell: CellResult, grid: Grid, *, parameters: bool) -> Row:
    key = (cell.architecture, cell.dataset)
    gap = _difference(cell)
    each = grid.epoch_seconds(cell)
    return row(
        Entry(cell_name(cell)),
        published.ACCURACY[key],
        Entry(accuracy(cell), half_width(cell), len(cell.seeds)),
        Entry(gap, tags=(Tag("notable", "warn", "!"),) if abs(gap) > NOTABLE else ()),
        _among(cell),
        Entry(cell.diverged_seeds, text=_died(cell)),
        *([_counts(*key, _parameters(cell))] if parameters else []),
        published.SECONDS[key] / 10,
        Entry(each, tags=() if each is None else grid.time_tags(cell)),
        architecture=cell.architecture,
        dataset=cell.dataset,
    )


def _place(cell: CellResult) -> str:
    """Say where the study's accuracy lies: `within`, `above` or `below` that of our seeds; empty for a single seed."""
    theirs, ours = published.ACCURACY[cell.architecture, cell.dataset], cell.values.values()
    if len(ours) < 2:
        return ""
    return "above" if theirs > max(ours) else "below" if theirs < min(ours) else "within"


def _among(cell: CellResult) -> str | None:
    low, high = min(cell.values.values()), max(cell.values.values())
    return f"{place} {low:.4f}..{high:.4f}" if (place := _place(cell)) else None


def _died(cell: CellResult) -> str:
    """Write how many seeds diverged, and since when: `4 of 5, since epoch 1`."""
    since = sorted({epoch for epoch in cell.diverged if epoch is not None})
    epochs = f", since epoch {formatting.join_words(list(map(str, since)))}" if since else ""
    return f"{cell.diverged_seeds} of {len(cell.seeds)}{epochs}"


def _counts(architecture: str, dataset: str, counts: Counts) -> Entry:
    theirs = published.PARAMETERS.get((architecture, dataset))
    if theirs is None:
        return Entry()
    if theirs == counts:
        return Entry("as the study's", emphasis="good")
    return Entry(f"{counts[0]:,}, study {theirs[0]:,}", emphasis="bad")


def _difference(cell: CellResult) -> float:
    return accuracy(cell) - published.ACCURACY[cell.architecture, cell.dataset]

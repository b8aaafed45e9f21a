"""Rankings as tables: place, interval with single seeds, accuracy, n; and all places of several data sets for forms of text."""

from collections.abc import Sequence

from benchmarks.report.findings.rankings import Place, Ranking
from benchmarks.report.format import percent, some
from benchmarks.report.grid import accuracy, far_below, half_width, shown_interval
from benchmarks.report.strip import Item, Scale, Strip
from benchmarks.report.table import Column, Entry, Mark, Row, Table, row
from benchmarks.report.views.hover import hover
from benchmarks.results.schema import CellResult

WIDTH, HEIGHT = 98, 22


def board(ranking: Ranking) -> Table:
    """Show one data set, with a scale of its own."""
    scale = _scale([place.cell for place in ranking.places])
    columns = (
        Column("Rank"), Column("Architecture"), Column("95% interval", format="strip", axis=scale.axis("%", most=2, factor=100)),
        Column("Accuracy, %", format="percent"), Column("n", format="d"),
    )  # fmt: skip
    rows = [_row(ranking, place, scale) for place in ranking.places]
    return Table(
        "board", f"{ranking.name}: architectures by accuracy", columns, rows, look="board", heading=1
    )


def places(rankings: Sequence[Ranking], title: str) -> Table:
    """Show several data sets, one row per place."""
    columns = (
        Column("data set"), Column("rank"), Column("architecture"), Column("accuracy", "%", "percent"), Column("n", format="d"),
    )  # fmt: skip
    rows = [
        row(
            ranking.name if i == 0 else "", ranking.rank(place), place.cell.architecture,
            Entry(accuracy(place.cell), half_width(place.cell)), len(place.cell.seeds),
            architecture=place.cell.architecture, dataset=ranking.dataset,
        )
        for ranking in rankings
        for i, place in enumerate(ranking.places)
    ]  # fmt: skip
    signs = "± half of the 95% interval; 1=: not told apart from the first; ?: nothing can be said, as seeds died."
    return Table("ranking", title, columns, rows, [signs])


def drawn(cell: CellResult, scale: Scale) -> list[Item]:
    """Draw a cell's interval, single seeds and mark on a scale of shares; beyond the scale, an arrow alone."""
    if accuracy(cell) < scale.low:
        return [Item("left", scale.at(accuracy(cell)))]
    items = [Item("seed", scale.at(value)) for value in cell.values.values()] if len(cell.seeds) > 1 else []
    items += scale.interval(*shown_interval(cell))
    return [*items, Item("mark", scale.at(accuracy(cell)))]


def _seeds(cell: CellResult) -> str:
    """Name the value of each seed, the highest first."""
    values = sorted(cell.values.values(), reverse=True)
    return f" · seeds: {some([percent(value) for value in values], 10)}" if len(values) > 1 else ""


def _scale(cells: Sequence[CellResult]) -> Scale:
    """Cover the cells but those far below the others, so that these can be told apart."""
    far = far_below(cells)
    ends = [end for cell in cells if cell not in far for end in shown_interval(cell)]
    return Scale.around(ends, WIDTH)


def _row(ranking: Ranking, place: Place, scale: Scale) -> Row:
    cell = place.cell
    strip = Strip(scale.width, HEIGHT, drawn(cell, scale), hover(cell) + _seeds(cell), cell.architecture)
    mark: Mark = "best" if place.first and ranking.tied else "bad" if cell.verdict == "failed" else ""
    return row(
        ranking.rank(place), Entry(cell.architecture, architecture=cell.architecture), Entry(strip=strip),
        Entry(accuracy(cell), half_width(cell), emphasis=ranking.emphasis(cell)), len(cell.seeds),
        architecture=cell.architecture, mark=mark,
    )  # fmt: skip

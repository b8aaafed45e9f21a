"""Every figure of a report as a picture of its own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from benchmarks.report import palette
from benchmarks.report.collection import RunCollection
from benchmarks.report.figures import confusion, curves, intervals
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.figures import trend as trend_figures
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.grid import DataColumn
from benchmarks.report.groups import Group, group
from benchmarks.report.table import Figure
from benchmarks.report.views import costs, published, trend


def figures(runs: RunCollection) -> list[Figure]:
    """Every picture of the newest run, and the trend of all; those on the page are the same ones."""
    found = [(one, ranking.column) for one in group([runs.subject]) for ranking in rankings(one)]
    columns = [column for _, column in found]
    compared = [column for column in columns if published.comparable(column.cells)]
    learning = [chart for column in columns if (chart := curves.chart(column)) is not None]
    made = [
        Figure("accuracy", "Accuracy on the test images", list(map(intervals.ranking, columns))),
        Figure("study", "Against the study of 2018", [intervals.ranking(c, study=True) for c in compared]),
        Figure("trend", "Accuracy over saved runs", trend_figures.charts(runs.entries, runs.steps)),
        *_of_data_sets(found),
        Figure("curves", "Learning curves: test accuracy by epoch", learning),
    ]
    return [figure for figure in made if figure.charts]


def _of_data_sets(columns: Sequence[tuple[Group, DataColumn]]) -> Iterator[Figure]:
    """Yield the costs and confusions of each data set; one that several groups have gets a file for each of them."""
    seen, several = Counter[str](), Counter(column.key for _, column in columns)
    for one, column in columns:
        seen[column.key] += 1
        key = f"{column.key}-{seen[column.key]}" if seen[column.key] > 1 else column.key
        name = f"{column.name} ({one.label})" if several[column.key] > 1 else column.name
        trades = [trade for cost in costs.COSTS if (trade := costs.tradeoff(cost, column, one.grid))]
        charts = [cost_figures.chart(trade, one.grid) for trade in trades]
        yield Figure(f"cost-{key}", f"{name}: accuracy against cost", charts)
        known = [confusion.chart(cell) for cell in column.cells if cell.confusion]
        yield Figure(f"confusion-{key}", f"{name}: confusion", known)


def write(runs: RunCollection, folder: Path) -> list[Path]:
    """Write every figure as a PNG into the folder, which is created if missing.

    Raises:
        OSError: It cannot be written.

    """
    from benchmarks.report.figures.vega import write_png

    folder.mkdir(parents=True, exist_ok=True)
    groups = group([runs.subject])
    note = f"{PurePath(runs.subject.name).name[:60]}; {'; '.join(one.label for one in groups)}"
    names = {cell.architecture for run in runs.whole for cell in run.cells.values()}
    names |= {name for lines in trend.lines(runs.entries).values() for name in lines}
    looks = palette.styles(names)
    return [write_png(figure, folder, note, looks) for figure in figures(runs)]

"""Every figure of a report as a picture of its own."""

from collections import Counter
from pathlib import Path, PurePath

from benchmarks.comparison import change_points
from benchmarks.report import palette
from benchmarks.report.collection import RunCollection
from benchmarks.report.figures import confusion, curves, intervals
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.figures import trend as trend_figures
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.groups import group
from benchmarks.report.table import Figure
from benchmarks.report.views import costs, published, trend


def figures(runs: RunCollection) -> list[Figure]:
    """Every picture of the newest run, and the trend of all; those on the page are the same ones."""
    found = [(one, ranking.column) for one in group([runs.subject]) for ranking in rankings(one)]
    compared = [column for one, column in found if published.comparable(column.cells)]
    made = [
        Figure("accuracy", "Accuracy on the test images", [intervals.ranking(column) for _, column in found])
    ]
    made.append(
        Figure("study", "Against the study of 2018", [intervals.ranking(c, study=True) for c in compared])
    )
    steps = [step for changes in change_points.change_points(runs.entries).values() for step in changes]
    made.append(Figure("trend", "Accuracy over saved runs", trend_figures.charts(runs.entries, steps)))
    seen, several = Counter[str](), Counter(column.key for _, column in found)
    for one, column in found:
        seen[column.key] += 1
        again = f"-{seen[column.key]}" if seen[column.key] > 1 else ""  # each figure has a file of its own
        name = f"{column.name} ({one.label})" if several[column.key] > 1 else column.name
        trades = [trade for cost in costs.COSTS if (trade := costs.tradeoff(cost, column, one.grid))]
        charts = [cost_figures.chart(trade, one.grid) for trade in trades]
        made.append(Figure(f"cost-{column.key}{again}", f"{name}: accuracy against cost", charts))
        known = [confusion.chart(cell) for cell in column.cells if cell.confusion]
        made.append(Figure(f"confusion-{column.key}{again}", f"{name}: confusion", known))
    drawn = [chart for _, column in found if (chart := curves.chart(column)) is not None]
    made.append(Figure("curves", "Learning curves: test accuracy by epoch", drawn))
    return [figure for figure in made if figure.charts]


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

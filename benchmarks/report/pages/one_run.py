"""The page of one run: did it pass, who is first, what does accuracy cost, every cell; the rest on demand."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import origins
from benchmarks.report.findings import one_run
from benchmarks.report.findings.pairwise import ALPHA
from benchmarks.report.findings.rankings import Ranking, first_cells, holm, ranking_title, rankings
from benchmarks.report.grid import Grid, far_below
from benchmarks.report.groups import group
from benchmarks.report.page import Page, Part
from benchmarks.report.pages import downloads, head, parts
from benchmarks.report.table import FIRST_LEGEND
from benchmarks.report.views import overview
from benchmarks.results.run import Run


def page(run: Run, data_dir: Path | None = None) -> Page:
    """Put the page of one run together; pictures of hard images are shown where the data are at hand."""
    groups = group([run])
    found = [ranking for one in groups for ranking in rankings(one)]
    cells, what = [cell for one in groups for cell in one.grid.cells], parts.label(groups)
    grid = Grid.of(cells, {name: times for one in groups for name, times in one.times.items()})
    optional = [parts.cost(groups, found), _all_cells(grid, found)]
    closed = [
        parts.beyond_accuracy(grid),
        parts.curves(found, what),
        parts.confusions(cells, pinned=run.pinned),
        parts.hard(found, data_dir),
        parts.against_study(grid),
        parts.questions(groups),
        parts.recipes(cells),
        parts.where(run, groups, cells),
    ]
    return Page(
        origins.short_name(run.name),
        head.trained(groups),
        one_run.answer(run, found),
        head.datasets(found),
        parts.architectures(cells),
        [part for part in (_ranking(found, what), *optional, *closed) if part is not None],
        [downloads.of_groups(groups, Path(run.name).stem)],
    )


def _ranking(rankings: Sequence[Ranking], what: str) -> Part:
    tests = holm(rankings)
    shaded = (
        f" Shaded: not told apart from the first at {ALPHA:.0%} ({tests})."
        if any(ranking.tied for ranking in rankings)
        else f" First places: {tests}."
        if tests
        else ""
    )
    caption = (
        f"Top-1 accuracy on the test images, {what}. Bar: 95% interval; thin strokes: single seeds.{shaded}"
    )
    caption += " Each panel has its own scale."
    if any(far_below([place.cell for place in ranking.places]) for ranking in rankings):
        caption += " Arrow: far below it."
    return Part("ranking", ranking_title(rankings), caption, [parts.boards(rankings)])


def _all_cells(grid: Grid, rankings: Sequence[Ranking]) -> Part:
    table = overview.everything(grid, first_cells(rankings))
    caption = f"Bold: {FIRST_LEGEND}. “Above floor”: the lowest seed less the floor."
    return Part("all", "All cells", caption, [table])

"""The page of one run: did it pass, who is first, what does accuracy cost, every cell; the rest on demand."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import origins
from benchmarks.report.findings import one_run, run_facts
from benchmarks.report.findings.pairwise import ALPHA
from benchmarks.report.findings.rankings import Ranking, first_cells, holm, ranking_title, rankings
from benchmarks.report.format import count, join_words
from benchmarks.report.grid import Grid, cell_name, far_below
from benchmarks.report.groups import group
from benchmarks.report.page import Notes, Page, Panel, Panels, Part
from benchmarks.report.pages import downloads, parts
from benchmarks.report.table import FIRST_LEGEND
from benchmarks.report.views import confusion, measures, overview, provenance, published
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def page(run: Run, data_dir: Path | None = None) -> Page:
    """Put the page of one run together; pictures of hard images are shown where the data are at hand."""
    groups = group([run])
    found = [ranking for one in groups for ranking in rankings(one)]
    cells, what = [cell for one in groups for cell in one.grid.cells], parts.label(groups)
    grid = Grid.of(cells, {name: times for one in groups for name, times in one.times.items()})
    optional = [parts.cost(groups, found), _all_cells(grid, found)]
    closed = [
        _beyond_accuracy(grid),
        parts.curves(found, what),
        _confusions(cells, pinned=run.pinned),
        parts.hard(found, data_dir),
        _against_study(grid),
        parts.questions(groups),
        _recipes(cells),
        parts.where(run, groups, cells),
    ]
    return Page(
        origins.short_name(run.name),
        parts.when_trained(groups),
        one_run.answer(run, found),
        parts.datasets(ranking.dataset for ranking in found),
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


def _beyond_accuracy(grid: Grid) -> Part | None:
    """Every further measure that a cell has; None for runs saved before there were any."""
    tables = measures.tables(grid)
    if not tables:
        return None
    names = [column.title for column in tables[0].columns[1:]]
    return Part("measures", "Beyond accuracy", "", tables, join_words(names))


def _confusions(cells: Sequence[CellResult], *, pinned: bool) -> Part:
    """What each class was taken for, with the worst pairs named."""
    known = [cell for cell in cells if cell.confusion]
    if not known:
        text = (
            "Pinned baselines keep no confusion matrices. The run that was pinned has them"
            if pinned
            else "This run holds no confusion matrices"
        ) + "; to train one seed of each cell with them:"
        command = run_facts.command(cells, 1)
        inside = "a pinned baseline does not keep it" if pinned else "this run does not keep it"
        return Part("confusion", "Confusion", "", [Notes([text], command)], inside)
    pairs = [
        (pair, cell) for cell in known for pair in confusion.worst_pairs(cell, 1) if not cell.never_lived
    ]
    (true, answer, share), where = (
        max(pairs, key=lambda pair: pair[0][2]) if pairs else (("", "", 0.0), known[0])
    )
    inside = (
        f"worst pair: {true} taken for {answer}, {100 * share:.0f}% ({cell_name(where)})"
        if pairs
        else "no pair stands out"
    )
    many = max(len(cell.confusion[0]) for cell in known) >= confusion.MANY_CLASSES
    if many or confusion.entries(known) > confusion.MOST_ENTRIES:
        text = "Too many classes or cells for matrices; the worst pairs of each cell, with their share of the true class:"
        return Part("confusion", "Confusion", text, [confusion.pairs_table(known)], inside)
    caption = "Rows are true classes, columns are answers, in % of the true class, all seeds together; below half a percent is empty."
    panels = [
        Panel(cell_name(cell), cell.dataset, confusion.worst(cell), confusion.matrix(cell), cell.architecture)
        for cell in known
    ]
    return Part("confusion", "Confusion", caption, [Panels(panels)], inside)


def _against_study(grid: Grid) -> Part | None:
    """The study's figures beside these; None for cells that it does not have, and for synthetic images."""
    cells = published.comparable(grid.cells)
    if not cells:
        return None
    caption = "Vertical stroke: the study, one run per cell. Mark: this run. "
    others = sorted({cell.training for cell in cells} - {"study"})
    if others:
        caption += f"The protocol is “{join_words(others)}”, not the study’s recipe, so this does not test the study."
    table = published.side_by_side(grid)
    return Part("study", "Against the study of 2018", caption, [table], published.summary(cells))


def _recipes(cells: Sequence[CellResult]) -> Part:
    """How it was trained, and on what."""
    tables = [provenance.recipes(cells), provenance.data(cells)]
    fingerprints, sets = len({cell.fingerprint for cell in cells}), len({cell.dataset for cell in cells})
    inside = f"{count(fingerprints, 'recipe fingerprint')}, {count(sets, 'data set')}"
    return Part("how", "Recipes and data", "", tables, inside)

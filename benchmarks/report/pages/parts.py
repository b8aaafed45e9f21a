"""Parts that more than one page has; whatever a run does not hold is said on the line that opens its part."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.experiment import published as study
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.names import in_order
from benchmarks.report import origins
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.figures import curves as curve_figures
from benchmarks.report.findings import questions as study_questions
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.rankings import QUESTION, Ranking
from benchmarks.report.format import count, join_words, span
from benchmarks.report.grid import Grid, cell_name
from benchmarks.report.groups import Group
from benchmarks.report.page import (
    Block,
    Choice,
    Command,
    Commands,
    Facts,
    Notes,
    Option,
    Panel,
    Panels,
    Part,
    Prose,
)  # fmt: skip
from benchmarks.report.table import Section
from benchmarks.report.views import confusion, costs, hard_images, measures, provenance
from benchmarks.report.views import published as published_view
from benchmarks.report.views.boards import board
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

Cells = Sequence[CellResult]


def label(groups: Sequence[Group]) -> str:
    """Write what figures are of: `quick, real data`."""
    return "; ".join(group.label for group in groups)


def boards(rankings: Sequence[Ranking]) -> Panels:
    """All rankings side by side."""
    return Panels(
        [Panel(ranking.name, ranking.dataset, ranking.sentence, board(ranking)) for ranking in rankings]
    )


def cost(groups: Sequence[Group], rankings: Sequence[Ranking], key: str = "cost") -> Part | None:
    """Accuracy against one cost at a time; it opens on the time if all times compare, else on FLOPs."""
    options = []
    fair = True
    drawn: set[str] = set()
    fronts: set[str] = set()
    for one in costs.COSTS:
        panels = []
        note = ""
        for ranking in rankings:
            trade = costs.tradeoff(one, ranking.column, ranking.group.grid)
            if trade is None or len(trade.cells) < 2:  # one alone is in the table of all cells
                continue
            drawn |= {cell.architecture for _, cell in trade.cells}
            grid = ranking.group.grid
            hollow = one.timed and any(grid.time_tags(cell) for _, cell in trade.cells)
            on_front = [trade.cells[i][1].architecture for i in trade.best]
            fronts |= set(on_front)
            start = "As far as these times compare, on the front: " if hollow else "On the front: "
            chart = cost_figures.chart(trade, grid)
            panels.append(
                Panel(chart.title, ranking.dataset, f"{start}{join_words(on_front) or 'none'}", chart)
            )
            if hollow:
                fair, note = False, f"Hollow: {costs.HOLLOW}; not comparable."
        if panels:
            options.append(Option(one.key, one.name[0].upper() + one.name[1:], panels, note))
    if not options:
        return None
    keys = [option.key for option in options]
    wanted = "time" if fair else "flops"
    ran = dict.fromkeys(name for group in groups for name in group.architectures)
    never = [name for name in ran if name in drawn - fronts]
    caption = ""
    if never:
        verb = "is" if len(never) == 1 else "are"
        caption = f"{join_words(never)} {verb} on no front: something cheaper is more accurate. "
    caption += f"Accuracy in % against the cost you choose, {label(groups)}; up and left is better. Dashed: the front, beyond which "
    caption += "nothing cheaper is more accurate."
    choice = Choice(key, "Cost", options, wanted if wanted in keys else keys[0])
    return Part(key, "What accuracy costs", caption, [choice])


def curves(rankings: Sequence[Ranking], what: str) -> Part:
    """Learning curves, the architectures of a data set on one axis."""
    charts = [(r, chart) for r in rankings if (chart := curve_figures.chart(r.column)) is not None]
    if not charts:
        text = "This run holds no history. Runs saved with --benchmark-autosave do."
        return Part("curves", "Learning curves", "", [Notes([text])], "this run keeps no history")
    cells = [place.cell for r, _ in charts for place in r.places if place.cell.history]
    epochs = span(len(history.seconds) for cell in cells for history in cell.history)
    lines = (
        ", or a thin line per seed where one diverged" if any(cell.diverged_seeds for cell in cells) else ""
    )
    caption = (
        f"Mean over the seeds, band from the lowest to the highest seed{lines}; {what}. These values were not used to choose anything. "
        "Values far below where the curves end are cut off."
    )
    panels = [Panel(r.name, r.dataset, "", chart) for r, chart in charts]
    legend = architectures(cells)
    n = sum(len(cell.history) for cell in cells)
    inside = f"test accuracy after each of {epochs} epochs, {count(n, 'training')}"
    return Part("curves", "Learning curves", caption, [Panels(panels, legend)], inside)


def confusions(cells: Cells, *, pinned: bool) -> Part:
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


def hard(rankings: Sequence[Ranking], data_dir: Path | None) -> Part:
    """The images that most models got wrong."""
    known = [one for ranking in rankings for one in hard_images.find(ranking.column)]
    if not known:
        text = "The run does not say which images were right. Runs saved with --benchmark-autosave do."
        return Part(
            "hard", "Hard images", "", [Notes([text])], "this run does not say which images were right"
        )
    caption = "A model is one training of one cell. A number is an image’s place among the test images that the cell used."
    galleries = [hard_images.gallery(one, data_dir) for one in known]
    return Part("hard", "Hard images", caption, galleries, hard_images.summary(known))


def against_study(grid: Grid) -> Part | None:
    """The study's figures beside these; None for cells that it does not have, and for synthetic images."""
    cells = published_view.comparable(grid.cells)
    if not cells:
        return None
    caption = "Vertical stroke: the study, one run per cell. Mark: this run. "
    others = sorted({cell.training for cell in cells} - {"study"})
    if others:
        caption += f"The protocol is “{join_words(others)}”, not the study’s recipe, so this does not test the study."
    table = published_view.side_by_side(grid)
    return Part("study", "Against the study of 2018", caption, [table], published_view.summary(cells))


def beyond_accuracy(grid: Grid) -> Part | None:
    """Every further measure that a cell has; None for runs saved before there were any."""
    tables = measures.tables(grid)
    if not tables:
        return None
    names = [column.title for column in tables[0].columns[1:]]
    return Part("measures", "Beyond accuracy", "", tables, join_words(names))


def questions(groups: Sequence[Group]) -> Part:
    """The study's questions, answered for every group; the page's rankings are the answer to the first."""
    notes = [f"{group.label}: {note}" for group in groups for note in group.notes]
    first = Section(QUESTION, ["The rankings above answer it, each with its test.", *notes])
    sections = [first, *(section for group in groups for section in study_questions.of_group(group))]
    inside = "does one architecture win everywhere, what makes data hard, do the study’s conclusions hold"
    return Part("questions", "The study’s questions", "", [Prose(sections)], inside)


def recipes(cells: Cells) -> Part:
    """How it was trained, and on what."""
    tables = [provenance.recipes(cells), provenance.data(cells)]
    fingerprints, sets = len({cell.fingerprint for cell in cells}), len({cell.dataset for cell in cells})
    inside = f"{count(fingerprints, 'recipe fingerprint')}, {count(sets, 'data set')}"
    return Part("how", "Recipes and data", "", tables, inside)


def where(run: Run, groups: Sequence[Group], cells: Cells, more: Sequence[Block] = ()) -> Part:
    """What it ran on, and the commands."""
    measured = Facts([("Measured on", [line for group in groups for line in origins.measured_on(group)])])
    same_seeds: dict[tuple[int, int], list[CellResult]] = {}
    for cell in cells:
        same_seeds.setdefault((min(cell.seeds), len(cell.seeds)), []).append(cell)
    whole = [Command("", run_facts.command(found, n)) for (_, n), found in same_seeds.items()]
    blocks: list[Block] = [Facts(provenance.facts(run)), measured, *more, Commands("The whole run", whole)]
    blocks.append(Commands("One command per cell", commands(cells)))
    inside = "what it ran on, and one command for each cell"
    return Part("where", "Machine, versions and commands", "", blocks, inside)


def commands(cells: Iterable[CellResult]) -> list[Command]:
    """Write what trains each cell again, once where several runs have it."""
    each = (
        Command(cell_name(cell), origins.command(cell), cell.architecture, cell.dataset) for cell in cells
    )
    return list(dict.fromkeys(each))


def architectures(cells: Iterable[CellResult | Cell]) -> list[str]:
    """Return the legend's architectures, in the order of the tables."""
    return in_order((cell.architecture for cell in cells), study.ARCHITECTURES)

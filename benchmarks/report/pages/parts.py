"""What more than one page has: its head, and parts; whatever a run does not hold is said on the line that opens its part."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.names import in_order
from benchmarks.report import origins
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.figures import curves as curve_figures
from benchmarks.report.findings import questions as study_questions
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.rankings import QUESTION, Ranking
from benchmarks.report.format import count, join_words, span
from benchmarks.report.grid import cell_name, display_name
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
from benchmarks.report.views import costs, hard_images, provenance
from benchmarks.report.views.boards import board
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def when_trained(groups: Sequence[Group]) -> str:
    """Say when the cells were trained."""
    days = origins.days(where for one in groups for where in one.origins.values())
    return f"trained {days}" if days else ""


def datasets(names: Iterable[str]) -> list[tuple[str, str]]:
    """Key and name of each data set, for the filter."""
    return [(name, display_name(name)) for name in dict.fromkeys(names)]


def architectures(cells: Iterable[CellResult | Cell]) -> list[str]:
    """Return the legend's architectures, in the order of the tables."""
    return in_order((cell.architecture for cell in cells), published.ARCHITECTURES)


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


def questions(groups: Sequence[Group]) -> Part:
    """The study's questions, answered for every group; the page's rankings are the answer to the first."""
    notes = [f"{group.label}: {note}" for group in groups for note in group.notes]
    first = Section(QUESTION, ["The rankings above answer it, each with its test.", *notes])
    sections = [first, *(section for group in groups for section in study_questions.of_group(group))]
    inside = "does one architecture win everywhere, what makes data hard, do the study’s conclusions hold"
    return Part("questions", "The study’s questions", "", [Prose(sections)], inside)


def where(run: Run, groups: Sequence[Group], cells: Sequence[CellResult], more: Sequence[Block] = ()) -> Part:
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

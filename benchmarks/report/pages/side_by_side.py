"""The page of several protocols or runs: one line per architecture with a mark for each, what they are, and how the order changes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from benchmarks.experiment.cell import Cell
from benchmarks.report.collection import RunCollection
from benchmarks.report.figures import trend as trend_figures
from benchmarks.report.findings import run_facts, side_by_side
from benchmarks.report.findings.side_by_side import Alternative
from benchmarks.report.format import count, join_words, some
from benchmarks.report.grid import display_name
from benchmarks.report.page import Block, Choice, Key, Notes, Page, Panel, Panels, Part, Stack
from benchmarks.report.pages import downloads, parts
from benchmarks.report.table import FIRST_LEGEND
from benchmarks.report.views import alternatives as view
from benchmarks.report.views import costs, provenance
from benchmarks.report.views import trend as trend_view

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_STEPS = 10
"""Steps of the trend that are listed; the rest is counted."""


def page(runs: RunCollection) -> Page:
    """Put the page of several runs together: by protocol where they differ, else run by run."""
    noun, found = side_by_side.alternatives(runs.whole)
    shown = [one.group for one in found]
    cells = [cell for one in found for cell in one.cells]
    sections = [
        _beside(found, noun),
        _described(found, noun),
        _ranks(found, noun),
        *(
            part
            for number, one in enumerate(found, 1)
            for part in (_alone(one, noun, number), _cost(one, noun, number))
        ),
        _trend(runs),
        parts.questions(shown) if noun == "protocol" else None,
        parts.where(runs.subject, shown, cells, [provenance.runs(runs)]),
    ]
    older = [summary.name for summary in runs.summaries[: -len(runs.whole)]]
    files = [PurePath(name).name for name in (*(run.name for run in runs.whole), *older)]
    return Page(
        f"{count(len(files), 'run')}: {some(files)}",
        parts.when_trained(shown),
        side_by_side.answer(found, noun, runs.whole),
        parts.datasets(ranking.dataset for one in found for ranking in one.rankings),
        parts.architectures([*cells, *_of_trend(runs)]),
        [part for part in sections if part is not None],
        [downloads.of_groups(shown, "runs")],
    )


def _beside(alternatives: Sequence[Alternative], noun: str) -> Part:
    items = [
        (
            one.mark,
            one.name,
            f": {run_facts.epochs(one.cells)}; {run_facts.images(one.cells)} images; seeds: {run_facts.seeds(one.cells)}",
        )
        for one in alternatives
    ]
    items += [("stroke", "", "the study of 2018, one run"), ("dead", "", "every training diverged")]
    caption = (
        "Top-1 accuracy on the test images, ± half of the 95% interval (n seeds). "
        f"Bold, for each {noun}: {FIRST_LEGEND}. Each data set has its own scale; arrow: below it, or an interval beyond it."
    )
    blocks: list[Block] = [Key(items), Stack(view.panels(alternatives, noun))]
    title = f"The same networks {side_by_side.PREPOSITIONS[noun]} {_counted(alternatives, noun)}"
    return Part("side", title, caption, blocks)


def _counted(alternatives: Sequence[Alternative], noun: str) -> str:
    """Write `two protocols`."""
    return f"{_NUMBERS.get(len(alternatives), len(alternatives))} {noun}s"


def _described(alternatives: Sequence[Alternative], noun: str) -> Part:
    title = _counted(alternatives, noun).capitalize()
    return Part("what", title, "", [view.described(alternatives)])


def _ranks(alternatives: Sequence[Alternative], noun: str) -> Part | None:
    ranks = side_by_side.ranks(alternatives)
    if ranks is None:
        return None
    where = join_words([display_name(dataset) for dataset in ranks.datasets])
    of = f"Mean rank among the architectures that all these {noun}s share"
    caption = (
        f"{of}, with the rank on {where} in brackets" if len(ranks.datasets) > 1 else f"{of}, on {where}"
    )
    caption += "; 1 is the most accurate. Ranks are of means: neighbours may not really differ."
    return Part("ranks", f"Ranks by {noun}", caption, [view.ranks(ranks)])


def _alone(one: Alternative, noun: str, number: int) -> Part:
    caption = f"Bar: 95% interval; thin strokes: single seeds; shaded: not told apart from the first. {one.group.label.capitalize()}."
    inside = f"{run_facts.epochs(one.cells)}, {run_facts.images(one.cells)} training images; floors: {run_facts.floors(one.cells)}"
    curves = parts.curves(one.rankings, one.group.label)
    blocks: list[Block] = [parts.boards(one.rankings)]
    blocks += curves.blocks if isinstance(curves.blocks[0], Panels) else []
    return Part(f"alone-{number}", f"{noun.capitalize()} {one.name} alone", caption, blocks, inside)


def _cost(one: Alternative, noun: str, number: int) -> Part | None:
    part = parts.cost([one.group], one.rankings, f"cost-{number}")
    if part is None:
        return None
    options = [option.key for block in part.blocks if isinstance(block, Choice) for option in block.options]
    inside = f"against {join_words([cost.name for cost in costs.COSTS if cost.key in options])}"
    return replace(part, title=f"{part.title} {side_by_side.PREPOSITIONS[noun]} {one.name}", inside=inside)


def _of_trend(runs: RunCollection) -> list[Cell]:
    """Return the cells that the trend shows, which older runs alone may have."""
    drawn = trend_view.lines(runs.entries)
    return [Cell(name, setting.dataset) for setting, lines in drawn.items() for name in lines]


def _trend(runs: RunCollection) -> Part:
    steps = runs.steps
    charts = trend_figures.charts(runs.entries, steps)
    if not charts:
        text = "A trend needs two runs of one protocol on the same images."
        return Part("trend", "Trend", "", [Notes([text])], "no two of these runs share a protocol and images")
    moved = [step for step in steps if step.what == "accuracy"]
    caption = "Rings mark the first run of a new level. A line joins runs whose accuracies are comparable."
    blocks: list[Block] = [Panels([Panel(chart.title, chart.dataset, "", chart) for chart in charts])]
    if moved:
        latest = sorted(moved, key=lambda step: step.datetime)[-_STEPS:]
        blocks.append(trend_view.steps(latest))
    if len(moved) > _STEPS:
        blocks.append(Notes([f"And {len(moved) - _STEPS} earlier ones."]))
    inside = f"{count(len(runs.entries), 'run')}, {count(len(moved), 'step')} in accuracy"
    return Part("trend", "Trend", caption, blocks, inside)

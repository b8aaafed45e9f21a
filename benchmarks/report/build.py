"""What a report is made of, whatever it is then written as: text for any runs, and the page that fits what is given."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.report import format as formatting
from benchmarks.report import gate_text, origins
from benchmarks.report.collection import RunCollection, newest
from benchmarks.report.findings import dataset_influence, one_run, questions, side_by_side
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.findings.rankings import QUESTION, first_cells, how_tested, rankings
from benchmarks.report.grid import Grid
from benchmarks.report.groups import Group, group
from benchmarks.report.page import Page
from benchmarks.report.table import FIRST_LEGEND, Section
from benchmarks.report.views import all_images, boards, costs, measures, overview, published
from benchmarks.results.run import Run

PARAMETERS = "In brackets: those not trained."


def answer(runs: Sequence[Run], compared: Comparison | None = None) -> Section:
    """The first words of every form of text; the page of the same runs begins with the same.

    Args:
        runs: In any order.
        compared: The newest run and its baseline, if one was named.

    """
    if compared is not None:
        return gate_text.section(compared)
    if len(runs) > 1:
        return side_by_side.of_runs(newest(runs)).section()
    (run,) = runs
    return one_run.answer(run, [ranking for one in group([run]) for ranking in rankings(one)]).section()


def text_sections(runs: Sequence[Run], compared: Comparison | None = None) -> list[list[Section]]:
    """Everything that is written as text, part by part: the answer and the rankings, then each group's tables and findings."""
    groups = group([compared.new] if compared is not None else runs)
    return [
        [answer(runs, compared), *map(_ranked, groups)],
        *([results(one), *questions.of_group(one)] for one in groups),
    ]


def pinned(runs: Sequence[Run]) -> list[list[Section]]:
    """What is pinned, part by part: what does not depend on the protocol, then each group with the study's questions if it is real."""
    groups = group(runs)
    networks = {cell.id: cell for one in groups for cell in one.grid.cells}.values()
    common = [
        all_images.table(groups),
        costs.parameters(Grid.of_any_images([*networks]), "Parameters", [PARAMETERS]),
        dataset_influence.characteristics(
            [g for g in groups if g.source == "real"], "The data sets, measured"
        ),
    ]
    printed = {table.key for table in common if table}
    parts = [[results(one), *(_answered(one) if one.source == "real" else [])] for one in groups]
    return [
        [Section(table.title, tables=[table]) for table in common if table],
        *([replace(s, tables=[t for t in s.tables if t.key not in printed]) for s in part] for part in parts),
    ]


def _ranked(group: Group) -> Section:
    """SQ1: who comes first on each data set, whether that is more than chance, and every place."""
    ranks = rankings(group)
    sentences = [f"{ranking.name}: {ranking.sentence}" for ranking in ranks]
    table = boards.places(ranks, f"Ranking ({group.label})")
    return Section(f"{QUESTION} ({group.label})", [*sentences, *how_tested(ranks)], [table])


def _answered(group: Group) -> list[Section]:
    """All of the study's questions, below a group's results, which have the figures of its ranking."""
    return [replace(_ranked(group), tables=[]), *questions.of_group(group)]


def results(group: Group) -> Section:
    """A group's tables, with the study's figures where it has real data."""
    origin = origins.measured_on(group)
    ahead = first_cells(rankings(group))
    first = f"^ {FIRST_LEGEND}. " if ahead else ""
    of_accuracy = [
        f"± half of the 95% interval. {formatting.INTERVALS} {formatting.WHOLE_SCALE} {first}LOW: "
        "below its floor. A training that left no model counts as guessing.",
        *origin,
    ]
    of_times = [
        "Seconds of training alone, without data, building, tracing and evaluation: median over n seeds, "
        "lowest and highest.",
        *group.grid.time_notes(),
        *origin,
    ]
    tables = [
        overview.accuracies(group.grid, ahead, f"Accuracy ({group.label})", of_accuracy),
        costs.parameters(group.grid, f"Parameters ({group.label})", [PARAMETERS]),
        costs.times(group.grid, f"Training time in seconds ({group.label})", of_times),
    ]
    if group.contested:
        tables.append(costs.fronts(group.grid, f"Fronts ({group.label})", origin))
    tables += measures.tables(group.grid, f" ({group.label})", origin)
    paragraphs = [*group.notes_on_data, *group.notes]
    if published.comparable(group.grid.cells):
        paragraphs.append(published.differing(group.grid))
        title = f"Beside the study ({group.label})"
        tables.append(
            published.comparison(group.grid, title, [*published.notes(), *group.grid.time_notes(), *origin])
        )
    return Section(f"Results ({group.label})", paragraphs, tables)


def page(runs: RunCollection, compared: Comparison | None = None, data_dir: Path | None = None) -> Page:
    """Choose the page that fits: a run against a baseline, several protocols or runs, or one run.

    Args:
        runs: The runs.
        compared: The newest run and its baseline, if one was named.
        data_dir: Where real images are looked for first.

    """
    from benchmarks.report.pages import against_baseline
    from benchmarks.report.pages import one_run as one_run_page
    from benchmarks.report.pages import side_by_side as side_by_side_page

    if compared is not None:
        return against_baseline.page(compared, data_dir)
    if len(runs.summaries) > 1:
        return side_by_side_page.page(runs)
    return one_run_page.page(runs.subject, data_dir)

"""Which sections a report has, and in which order, whatever it is then written as."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.comparison import change_points, gate
from benchmarks.comparison.verdict import GateReport, GateSettings
from benchmarks.experiment.protocols import max_drop
from benchmarks.report import format as formatting
from benchmarks.report.collection import RunCollection
from benchmarks.report.findings import best_architecture
from benchmarks.report.grid import FROZEN, TIME_LEGEND, Grid
from benchmarks.report.groups import Group, group
from benchmarks.report.table import Figure, Page, Section
from benchmarks.report.views import (
    confusion,
    costs,
    hard_images,
    measures,
    overview,
    provenance,
    published,
    reliability,
    trend,
)
from benchmarks.report.views import gate as gate_view
from benchmarks.results.run import Run


def text_sections(runs: Sequence[Run]) -> list[Section]:
    """Everything that is written as text: the tables of each group, then its findings."""
    groups = group(runs)
    return [*map(results, groups), *(found for one in groups for found in best_architecture.of_group(one))]


def results(found: Group) -> Section:
    """A group's tables, with the study's figures where it has real data."""
    origin = provenance.measured_on(found)
    frozen = [f"*** {FROZEN}."] if any(cell.frozen_seeds for cell in found.grid.cells) else []
    of_accuracy = [
        f"± half the interval. {formatting.INTERVALS} * the best of its data set; its lead may be noise, see SQ1. LOW: "
        "below its floor. A training without a model counts as guessing.",
        *origin,
    ]
    of_times = [
        "Seconds of training alone, without data, building, tracing and evaluation: mean over n seeds, "
        f"lowest and highest. {TIME_LEGEND}",
        *frozen,
        *origin,
    ]
    tables = [
        overview.accuracies(found.grid, f"Accuracy ({found.label})", of_accuracy),
        costs.parameters(
            found.grid, f"Parameters ({found.label})", ["In brackets those that are not trained."]
        ),
        costs.times(found.grid, f"Training time in seconds ({found.label})", of_times),
    ]
    tables += measures.tables(found.grid, f" ({found.label})", origin)
    paragraphs = [*found.notes_on_data, *found.notes]
    if published.comparable(found.grid.cells):
        paragraphs.append(published.differing(found.grid))
        title = f"Beside the study ({found.label})"
        tables.append(published.comparison(found.grid, title, [*published.notes(), *frozen, *origin]))
    return Section(f"Results ({found.label})", paragraphs, tables)


@dataclass(frozen=True)
class Report:
    """The newest run in detail, all runs in `saved`, and what follows from them."""

    saved: RunCollection
    grid: Grid
    findings: tuple[Section, ...]
    judgement: GateReport | None
    steps: tuple[change_points.ChangePoint, ...]

    @property
    def synthetic(self) -> list[str]:
        """Data sets whose images are generated."""
        return [column.dataset for column in self.grid.columns if column.kind == "synthetic"]


def build_report(saved: RunCollection, base: Run | None = None) -> Report:
    """Compute what a page and pictures show.

    Args:
        saved: The runs.
        base: Judge the newest run against this one, as `compare` does. An interrupted one is accepted and marked,
            as nothing is gated here.

    Raises:
        RunRefused: A run holds what does not fit; the message names run and field.

    """
    drop = max_drop(cell.protocol for cell in saved.subject.cells.values())
    settings = GateSettings(drop, allow_partial=True)
    return Report(
        saved=saved,
        grid=Grid.of_run(saved.subject),
        findings=tuple(found for one in group(saved.whole) for found in best_architecture.of_group(one)),
        judgement=None if base is None else gate.judge(base, saved.subject, settings),
        steps=tuple(
            step for changes in change_points.change_points(saved.entries).values() for step in changes
        ),
    )


def page(report: Report, data_dir: Path | None = None) -> Page:
    """Put the page together; pictures of hard images are shown where the data are at hand."""
    run, grid = report.saved.subject, report.grid
    several = len(report.saved.summaries)
    saved = f" · saved {run.datetime[:16].replace('T', ' ')}" if run.datetime else ""
    return Page(
        name=run.name,
        remark=saved + (f" · the newest of {several} runs" if several > 1 else ""),
        partial=run.partial,
        synthetic=report.synthetic,
        tiles=tiles(report),
        architectures=grid.architectures,
        datasets=list(dict.fromkeys(column.dataset for column in grid.columns)),
        sections=[section for section in _sections(report, data_dir) if section],
    )


def figures(report: Report) -> dict[str, list[Figure]]:
    """All figures by topic. Only here is matplotlib needed."""
    from benchmarks.report.figures import accuracy, curves, palette
    from benchmarks.report.figures import confusion as confusion_figures
    from benchmarks.report.figures import costs as cost_figures
    from benchmarks.report.figures import published as published_figures
    from benchmarks.report.figures import reliability as reliability_figures
    from benchmarks.report.figures import trend as trend_figures

    grid, entries = report.grid, report.saved.entries
    lines = trend.lines(entries)
    ran = [*grid.architectures, *(name for by_architecture in lines.values() for name in by_architecture)]
    styles = palette.styles(list(dict.fromkeys(ran)))
    return {
        "accuracy": accuracy.figures(grid),
        "costs": cost_figures.figures(grid, styles),
        "reliability": reliability_figures.figures(grid, styles),
        "study": published_figures.figures(grid, styles),
        "trend": trend_figures.figures(entries, lines, report.steps, styles),
        "curves": curves.figures(grid, styles),
        "confusion": confusion_figures.figures(grid),
    }


def write_pngs(report: Report, folder: Path) -> list[Path]:
    """Write every figure as a PNG into the folder, which is made if need be.

    Raises:
        OSError: It cannot be written.

    """
    from benchmarks.report.figures.drawing import write_png

    folder.mkdir(parents=True, exist_ok=True)
    protocols = dict.fromkeys(f"{cell.training}, {cell.precision}" for cell in report.grid.cells)
    synthetic = f"; synthetic: {', '.join(report.synthetic)}" if report.synthetic else ""
    note = f"{Path(report.saved.subject.name).name[:60]}; {'; '.join(protocols)}{synthetic}"
    drawn = [figure for topic in figures(report).values() for figure in topic]
    return [write_png(figure, folder, note, columns=2 if len(figure.panels) == 4 else 3) for figure in drawn]


def tiles(report: Report) -> list[tuple[str, str, str]]:
    """What a reader wants to know first: (name, value, remark)."""
    cells, columns = report.grid.cells, report.grid.columns
    seeds = sorted({len(cell.seeds) for cell in cells})
    trainings = sum(len(cell.seeds) for cell in cells)
    diverged = sum(cell.diverged_seeds for cell in cells)
    judged = [cell for cell in cells if cell.verdict]
    passed = sum(cell.verdict == "passed" for cell in judged)
    real = sum(column.kind != "synthetic" for column in columns)
    found = [
        ("Cells", str(len(cells)), f"{len(report.grid.architectures)} architectures, {len(columns)} data sets"),
        ("Seeds per cell", "–".join(str(n) for n in dict.fromkeys((seeds[0], seeds[-1]))),
         f"{trainings} trainings, {diverged or 'none'} diverged"),
        ("Data", _data(real, len(report.synthetic)), ", ".join(report.synthetic) or "none synthetic"),
        ("Floors", f"{passed} of {len(judged)}", "cells reached theirs"),
        ("Training time", formatting.duration(sum(cell.train_seconds for cell in cells)), "all seeds, training steps alone"),
    ]  # fmt: skip
    if report.judgement is not None:
        words = {0: "no regression", 1: "regression", 2: "not decided"}
        compared = f"{report.judgement.compared} cells compared"
        found.append(("Baseline", words[report.judgement.status], compared))
    return found


def _data(real: int, synthetic: int) -> str:
    if real and synthetic:
        return f"{real} real, {synthetic} synthetic"
    return "real" if real else "synthetic"


def _sections(report: Report, data_dir: Path | None) -> Iterable[Section | None]:
    grid, drawn = report.grid, figures(report)
    notes = overview.notes_on_accuracy(grid.cells)
    headline = overview.accuracies(grid, "Accuracy on the test images", notes, "percent")
    yield Section("Accuracy", tables=[headline], key="accuracy")
    if report.findings:
        yield Section("Findings", sections=_unique(report.findings), key="findings")
    yield Section("All cells", tables=[overview.everything(grid)], key="cells")
    if beyond := measures.tables(grid):
        yield Section("Beyond accuracy", tables=beyond, key="measures")
    hollow = f"; hollow marks were {costs.HOLLOW}" if any(map(grid.time_tags, grid.cells)) else ""
    text = (
        "Up and to the left is better. The dashed line is the front: on it stand the architectures that no other one "
        f"beats in both. Bars are 95% intervals of the mean{hollow}."
    )
    yield Section("Accuracy against cost", [text], figures=drawn["costs"], key="costs")
    text = "The same recipe and data, another seed: each mark is one training, the bar their mean, a cross one that diverged."
    table = reliability.by_architecture(grid)
    yield Section("Reliability over seeds", [text], [table], drawn["reliability"], key="reliability")
    yield _study(grid, drawn["study"])
    yield _baseline(report)
    yield _trend(report, drawn["trend"])
    text = (
        "Solid: accuracy on the test images, mean over seeds, with a band from the lowest to the highest seed. "
        "Dashed: on the training images. One scale per data set."
    )
    texts = [text] if drawn["curves"] else [text, "The run holds no history of its trainings."]
    yield Section("Learning curves", texts, figures=drawn["curves"], key="curves")
    text = "Rows are true classes, columns are answers, in % of the true class, all seeds together."
    matrices = confusion.tables(grid)
    texts = [text] if matrices else [text, "The run holds no confusion matrices."]
    yield Section("Confusion matrices", texts, matrices, key="confusion")
    text = "A model is one cell's training with one seed. The number is the image's place among the cell's test images."
    hard = hard_images.sections(grid, data_dir)
    texts = [text] if hard else [text, "The run does not say which images were right."]
    yield Section("Images that most models get wrong", texts, sections=hard, key="hard")
    text = "Each command trains a cell again from the checkout; real files that are not in Keras's cache are named by BENCH_DATA_DIR."
    tables = [provenance.facts(report.saved.subject), provenance.runs(report.saved), provenance.cells(grid)]
    yield Section("Provenance", [text], tables, key="provenance")


def _unique(findings: Sequence[Section]) -> list[Section]:
    """Make the ids of the tables of all groups unique."""
    return [
        replace(
            found,
            tables=[replace(table, key=f"finding-{i}-{j}") for j, table in enumerate(found.tables)],
        )
        for i, found in enumerate(findings)
    ]


def _study(grid: Grid, drawn: Sequence[Figure]) -> Section:
    title, key = "Against the study", "study"
    cells = published.comparable(grid.cells)
    if not cells:
        text = "None of these cells is one of the study's on real data; its figures are not set beside synthetic data."
        return Section(title, [text], key=key)
    texts = [
        "Diamonds are the study's figures, filled marks are measured here, with the 95% interval of the mean."
    ]
    if others := sorted({cell.training for cell in cells} - {"study"}):
        texts.append(
            f"Protocol {', '.join(others)} is not the study's: other recipes, and it may be fewer images. "
            "Differences show that, too; --protocol study reproduces."
        )
    table = published.comparison(grid, "Against the study of 2018", published.notes())
    return Section(title, texts, [table], drawn, key=key)


def _baseline(report: Report) -> Section:
    title, key = "Against a baseline", "baseline"
    if report.judgement is None:
        text = (
            "No baseline was named: --baseline REF takes a saved run or 'pinned', and judges as compare does."
        )
        return Section(title, [text], key=key)
    synthetic = frozenset(cell.id for cell in report.grid.cells if cell.data_source == "synthetic")
    table = gate_view.table(report.judgement, synthetic)
    return Section(title, gate_view.failures(report.judgement), [table], key=key)


def _trend(report: Report, drawn: Sequence[Figure]) -> Section | None:
    if len(report.saved.summaries) < 2:
        return None
    texts = [
        "Circles mark the first run of a new level. A line is broken where the accuracies before and after do not "
        "mean the same (recipe, data, protocol)."
    ]
    tables = [provenance.side_by_side(report.saved.whole)]
    if report.steps:
        tables.insert(0, trend.steps(report.steps))
    else:
        texts.append("No steps were found.")
    return Section("Trend over saved runs", texts, tables, drawn, key="trend")

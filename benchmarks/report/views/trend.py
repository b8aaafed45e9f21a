"""Accuracy over saved runs, and where it changed for good (`benchmarks.comparison.change_points` finds the steps)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from benchmarks.comparison import change_points, segments
from benchmarks.comparison.setup import CHOSEN
from benchmarks.experiment.cell import Cell
from benchmarks.report import format as formatting
from benchmarks.report.table import Column, Entry, Mark, Row, Section, Table, row


@dataclass(frozen=True)
class Line:
    """One cell under one setting: places in the order of runs, and what is known of it there."""

    runs: list[int] = field(default_factory=list)
    points: list[change_points.Point] = field(default_factory=list)

    @property
    def means(self) -> list[float]:
        """Mean accuracy in each run."""
        return [point.mean for point in self.points]


@dataclass(frozen=True)
class Setting:
    """Accuracies of different settings never share a panel."""

    dataset: str
    protocol: str
    source: str
    precision: str
    backend: str

    @classmethod
    def of(cls, dataset: str, setup: Mapping[str, object]) -> "Setting":
        """Take what was chosen of a cell's setup."""
        return cls(dataset, *(str(setup[name]) for name in CHOSEN))

    @property
    def name(self) -> str:
        """For people."""
        source = "" if self.source == "real" else f" ({self.source})"
        precision = "" if self.precision == "float32" else f", {self.precision}"
        backend = "" if self.backend == "tensorflow" else f", on {self.backend}"
        return f"{self.dataset}{source}, {self.protocol}{precision}{backend}"


def lines(entries: Sequence[change_points.HistoryEntry]) -> dict[Setting, dict[str, Line]]:
    """Sort the points of all runs, which are in order of their time, by setting and architecture; each setting ran at least twice."""
    found: dict[Setting, dict[str, Line]] = {}
    for at, entry in enumerate(entries):
        for name, point in entry.points.items():
            cell = Cell.parse(name)
            setting = Setting.of(cell.dataset, point.setup)
            line = found.setdefault(setting, {}).setdefault(cell.architecture, Line())
            line.runs.append(at)
            line.points.append(point)
    return {
        setting: own for setting, own in found.items() if any(len(line.runs) > 1 for line in own.values())
    }


def steps(changes: Sequence[change_points.ChangePoint]) -> Table:
    """All steps, the latest first, with their protocol, and whatever else of their settings differs."""
    chosen = [
        name for name in CHOSEN if name == "protocol" or len({step.setup[name] for step in changes}) > 1
    ]
    heads = [name.replace("_", " ") for name in chosen]
    columns = (
        *map(Column, ("cell", *heads, "what changed", "before", "after", "first run", "when")),
        Column("runs before", format=","), Column("runs after", format=","),
    )  # fmt: skip
    ordered = sorted(changes, key=lambda step: (step.datetime, step.cell), reverse=True)
    upgraded = (
        f"{PurePath(step.run).name}, unlike the run before it: {', '.join(step.versions)}"
        for step in ordered
        if step.versions
    )
    notes = [note.replace(" -> ", " → ") for note in dict.fromkeys(upgraded)]
    return Table("steps", "Steps", columns, [_step(step, chosen) for step in ordered], notes=notes)


def history(trend: change_points.Trend) -> Section:
    """Show what a folder of runs holds: the cells that dropped first, then every step, and what was left out."""
    sentences = [f"DROPPED {cell}: its current level is below the one before" for cell in trend.dropped]
    if trend.runs == 0:
        sentences.append("no run could be used: this is not a pass")
    elif trend.longest < segments.LEAST_RUNS:
        sentences.append(
            f"no cell has {segments.LEAST_RUNS} runs of one setup, and fewer cannot show a change of accuracy: this is not a pass"
        )
    left_out = [f"left out: {reason}" for reason in trend.skipped]
    held = ((trend.runs, "run"), (trend.cells, "cell"), (len(trend.steps), "step"))
    title = f"{trend.folder}: {', '.join(formatting.count(*each) for each in held)}"
    return Section(title, [*sentences, *left_out], [steps(trend.steps)] if trend.steps else [])


def _step(step: change_points.ChangePoint, chosen: Sequence[str]) -> Row:
    cell = Cell.parse(step.cell)
    before, after = (
        f"{formatting.percent(float(value))}%" if step.what == "accuracy" else str(value)
        for value in (step.before, step.after)
    )
    mark: Mark = "bad" if step.is_drop else "good" if step.what == "accuracy" else ""
    return row(
        step.cell,
        *(str(step.setup[name]) for name in chosen),
        Entry(step.what, emphasis=mark),
        before,
        after,
        Entry(step.run, text=PurePath(step.run).name),
        Entry(step.datetime, text=step.datetime[:16].replace("T", " ")),
        step.runs_before,
        step.runs_after,
        architecture=cell.architecture,
        dataset=cell.dataset,
    )

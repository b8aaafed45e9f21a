"""Accuracy over saved runs, and where it changed for good (`benchmarks.comparison.change_points` finds the steps)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import PurePath

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmarks.comparison import change_points
from benchmarks.comparison.gate import IDENTITY
from benchmarks.report.figures.drawing import WIDE, Figure, Panel, percent
from benchmarks.report.figures.drawing import name as write
from benchmarks.report.figures.palette import CARD, MUTED
from benchmarks.report.readings import label
from benchmarks.report.sheets import Column, Entry, Mark, Row, Sheet, number

_PLACES = [IDENTITY.index(name) for name in ("data_source", "protocol", "precision")]


_FEW = 60  # runs that can be told apart in a panel


@dataclass(frozen=True)
class Line:
    """One cell under one setting: places in the order of runs, and the accuracy there."""

    runs: list[int] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    identities: list[object] = field(default_factory=list)  # where it changes, accuracies mean something else


@dataclass(frozen=True)
class Setting:
    """Accuracies of different settings never share a panel."""

    dataset: str
    source: str
    protocol: str
    precision: str

    @property
    def name(self) -> str:
        """For people."""
        precision = "" if self.precision == "float32" else f", {self.precision}"
        return f"{label((self.dataset, self.source))}, {self.protocol}{precision}"


Lines = Mapping[Setting, Mapping[str, Line]]


def lines(entries: Sequence[change_points.Entry]) -> Lines:
    """Sort the points of all runs, which are in order of their time, by setting and architecture."""
    found: dict[Setting, dict[str, Line]] = {}
    for at, entry in enumerate(entries):
        for cell, point in entry.points.items():
            architecture, _, dataset = cell.partition("-")
            source, protocol, precision = (str(point.identity[i]) for i in _PLACES)
            line = found.setdefault(Setting(dataset, source, protocol, precision), {}).setdefault(
                architecture, Line()
            )
            line.runs.append(at)
            line.means.append(point.mean)
            line.identities.append(point.identity)
    return found


def figures(
    entries: Sequence[change_points.Entry],
    found: Lines,
    steps: Sequence[change_points.Step],
    styles: dict[str, tuple[str, str]],
) -> list[Figure]:
    """One panel a setting that has been run at least twice."""
    days = [entry.when for entry in entries]
    places = {entry.run: i for i, entry in enumerate(entries)}
    panels = []
    for i, (setting, by_architecture) in enumerate(found.items()):
        if all(len(line.runs) < 2 for line in by_architecture.values()):
            continue
        cells = {f"{architecture}-{setting.dataset}" for architecture in by_architecture}
        marks = [
            (s.cell.partition("-")[0], places[s.run], float(s.after))
            for s in steps
            if s.what == "accuracy" and s.cell in cells
        ]
        said = "; ".join(
            f"{name} from {100 * line.means[0]:.1f}% to {100 * line.means[-1]:.1f}% in {len(line.runs)} runs"
            for name, line in by_architecture.items()
        )
        draw = partial(_draw, by_architecture=by_architecture, marks=marks, days=days, styles=styles)
        alt = f"Accuracy over saved runs, {setting.name}: {said}."
        data = _sheet(f"data-trend-{i}", setting, by_architecture)
        panels.append(
            Panel(f"trend-{i}", setting.name, alt, draw, data, dataset=setting.dataset, left=0.12, size=WIDE)
        )
    return [Figure("trend", "Accuracy over saved runs", panels)] if panels else []


def step_sheet(steps: Sequence[change_points.Step]) -> Sheet:
    """All steps, the latest first."""
    heads = ("cell", "what changed", "before", "after", "first run", "when", "runs before", "runs after")
    rows = [_step(step) for step in sorted(steps, key=lambda s: (s.datetime, s.cell), reverse=True)]
    return Sheet("steps", "Steps", [Column(h, numeric=h.startswith("runs ")) for h in heads], rows)


def _sheet(key: str, setting: Setting, by_architecture: Mapping[str, Line]) -> Sheet:
    heads = ("architecture", "runs", "first", "latest", "lowest", "highest")
    rows = [
        Row([
            Entry(name, name),
            number(len(line.runs), str(len(line.runs))),
            *(number(v, f"{100 * v:.2f}%") for v in (line.means[0], line.means[-1], min(line.means), max(line.means))),
        ], name)
        for name, line in by_architecture.items()
    ]  # fmt: skip
    return Sheet(key, setting.name, [Column(head, numeric=head != "architecture") for head in heads], rows)


def _step(step: change_points.Step) -> Row:
    architecture, _, dataset = step.cell.partition("-")
    texts = [
        f"{100 * float(value):.2f}%" if step.what == "accuracy" else str(value)
        for value in (step.before, step.after)
    ]
    mark: Mark = "bad" if step.is_drop else "good" if step.what == "accuracy" else ""
    entries = [
        Entry(step.cell, step.cell),
        Entry("", step.what, ((step.what, mark),)),
        *(Entry(text, text) for text in texts),
        Entry(PurePath(step.run).name, step.run),
        Entry(step.datetime[:16].replace("T", " "), step.datetime),
        number(step.runs_before, str(step.runs_before)),
        number(step.runs_after, str(step.runs_after)),
    ]
    return Row(entries, architecture, dataset)


def _draw(
    axes: Axes,
    by_architecture: Mapping[str, Line],
    marks: Sequence[tuple[str, int, float]],
    days: Sequence[datetime],
    styles: dict[str, tuple[str, str]],
) -> None:
    for name, line in by_architecture.items():
        points = zip(line.runs, line.means, line.identities, strict=True)
        for _, stretch in groupby(points, key=lambda point: point[2]):
            same = list(stretch)
            _stretch(axes, [at for at, *_ in same], [mean for _, mean, _ in same], *styles[name])
    for name, at, level in marks:
        axes.plot(at, level, "o", ms=9, mfc="none", mec=styles[name][0], mew=1.6)
    last = max(at for line in by_architecture.values() for at in line.runs)
    axes.set_xlim(-0.02 * last, last * 1.28)  # room for the names
    _name_ends(
        axes, {name: (line.runs[-1], line.means[-1]) for name, line in by_architecture.items()}, styles
    )
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: f"{days[int(x)]:%Y-%m-%d}" if 0 <= x <= last and x == int(x) else "")
    )
    percent(axes.yaxis)


def _stretch(axes: Axes, runs: Sequence[int], means: Sequence[float], colour: str, marker: str) -> None:
    """Draw runs whose accuracies mean the same; of many, the medians of neighbours over what they scatter."""
    if len(runs) <= _FEW:
        axes.plot(runs, means, color=colour, lw=1.3, marker=marker, ms=4, mec=CARD, mew=0.4)
        return
    axes.plot(runs, means, color=colour, lw=0.4, alpha=0.35)
    blocks = [np.array_split(values, _FEW) for values in (runs, means)]
    axes.plot(*([np.median(block) for block in side] for side in blocks), color=colour, lw=1.8)


def _name_ends(axes: Axes, ends: Mapping[str, tuple[int, float]], styles: dict[str, tuple[str, str]]) -> None:
    """Write each name at its line's end, apart from the others."""
    low, high = axes.get_ylim()
    apart = (high - low) * 0.08
    before = low - apart
    for name, (x, y) in sorted(ends.items(), key=lambda item: item[1][1]):
        height = max(y, before + apart)
        before = height
        leader = {"arrowstyle": "-", "color": MUTED, "lw": 0.5, "shrinkA": 0, "shrinkB": 2}
        write(
            axes, name, (x, y), xytext=(1.03 * x, height), textcoords="data", va="center", arrowprops=leader
        )
    axes.set_ylim(low, max(high, before + apart / 2))

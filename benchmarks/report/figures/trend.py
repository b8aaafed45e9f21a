"""Accuracy over saved runs, one panel per setting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmarks.comparison import change_points
from benchmarks.experiment.cell import Cell
from benchmarks.report.figures.drawing import name as write
from benchmarks.report.figures.drawing import percent
from benchmarks.report.figures.palette import CARD, MUTED, Style
from benchmarks.report.table import WIDE, Figure, Panel
from benchmarks.report.views.trend import Line, Lines, summary

_FEW = 60
"""Runs that can be told apart in a panel."""


def figures(
    entries: Sequence[change_points.Entry],
    found: Lines,
    steps: Sequence[change_points.ChangePoint],
    styles: Mapping[str, Style],
) -> list[Figure]:
    """One panel for each setting that has been run at least twice."""
    days = [entry.when for entry in entries]
    places = {entry.run: i for i, entry in enumerate(entries)}
    panels = []
    for i, (setting, by_architecture) in enumerate(found.items()):
        if all(len(line.runs) < 2 for line in by_architecture.values()):
            continue
        cells = {Cell(architecture, setting.dataset).id: architecture for architecture in by_architecture}
        marks = [
            (cells[s.cell], places[s.run], float(s.after))
            for s in steps
            if s.what == "accuracy" and s.cell in cells
        ]
        said = "; ".join(
            f"{name} from {100 * line.means[0]:.1f}% to {100 * line.means[-1]:.1f}% in {len(line.runs)} runs"
            for name, line in by_architecture.items()
        )
        draw = partial(_draw, by_architecture=by_architecture, marks=marks, days=days, styles=styles)
        alt = f"Accuracy over saved runs, {setting.name}: {said}."
        data = summary(f"data-trend-{i}", setting, by_architecture)
        panels.append(
            Panel(f"trend-{i}", setting.name, alt, draw, data, dataset=setting.dataset, left=0.12, size=WIDE)
        )
    return [Figure("trend", "Accuracy over saved runs", panels)] if panels else []


def _draw(
    axes: Axes,
    by_architecture: Mapping[str, Line],
    marks: Sequence[tuple[str, int, float]],
    days: Sequence[datetime],
    styles: Mapping[str, Style],
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


def _name_ends(axes: Axes, ends: Mapping[str, tuple[int, float]], styles: Mapping[str, Style]) -> None:
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

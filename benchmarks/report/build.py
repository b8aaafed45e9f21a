"""All that a report shows of saved runs, computed once, whatever it is then written as."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import change_points, gate
from benchmarks.report.blocks import Section
from benchmarks.report.collection import Saved
from benchmarks.report.figures import curves, palette
from benchmarks.report.figures.drawing import Figure, write_png
from benchmarks.report.findings import best_architecture
from benchmarks.report.readings import Reading, architectures, columns, label, read
from benchmarks.report.views import (
    against_baseline,
    confusion,
    costs,
    overview,
    published,
    reliability,
    trend,
)
from benchmarks.results.run import Run


@dataclass(frozen=True)
class Content:
    """The newest run in detail, all runs in `saved`, and what follows from them."""

    saved: Saved
    readings: tuple[Reading, ...]
    findings: tuple[Section, ...]
    baseline: gate.Report | None
    steps: tuple[change_points.Step, ...]
    costs: tuple[Figure, ...]
    curves: tuple[Figure, ...]
    reliability: tuple[Figure, ...]
    study: tuple[Figure, ...]
    trend: tuple[Figure, ...]

    @property
    def synthetic(self) -> list[str]:
        """Data sets whose images are stand-ins."""
        return [dataset for dataset, source in columns(self.readings) if source == "synthetic"]


def gather(saved: Saved, base: Run | None = None) -> Content:
    """Compute everything. Raises RunRefused where a run holds what does not fit, by run and field."""
    readings = read(saved.subject)
    lines = trend.lines(saved.entries)
    names = [
        *architectures(readings),
        *(name for by_architecture in lines.values() for name in by_architecture),
    ]
    styles = palette.styles(list(dict.fromkeys(names)))
    steps = [step for changes in change_points.steps(saved.entries).values() for step in changes]
    return Content(
        saved=saved,
        readings=tuple(readings),
        findings=tuple(best_architecture.findings(saved.whole)),
        baseline=None if base is None else against_baseline.judge(base, saved.subject),
        steps=tuple(steps),
        costs=tuple(costs.figures(readings, styles)),
        curves=tuple(curves.figures(readings, styles)),
        reliability=tuple(reliability.figures(readings, styles)),
        study=tuple(published.figures(published.comparable(readings), styles)),
        trend=tuple(trend.figures(saved.entries, lines, steps, styles)),
    )


def write_pngs(content: Content, folder: Path) -> list[Path]:
    """Write every figure as a PNG into the folder, which is made if need be. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    run = content.saved.subject
    protocols = dict.fromkeys(f"{r.cell.protocol}, {r.cell.precision}" for r in content.readings)
    stand_ins = f"; synthetic: {', '.join(content.synthetic)}" if content.synthetic else ""
    note = f"{Path(run.name).name[:60]}; {'; '.join(protocols)}{stand_ins}"
    drawn = [
        *overview.figures(content.readings), *content.costs, *content.reliability, *content.study,
        *content.trend, *content.curves, *confusion.figures(content.readings),
    ]  # fmt: skip
    return [write_png(figure, folder, note, columns=2 if len(figure.panels) == 4 else 3) for figure in drawn]


def summary(content: Content) -> list[tuple[str, str, str]]:
    """What a reader wants to know first: (name, value, remark)."""
    readings = content.readings
    seeds = sorted({len(r.values) for r in readings})
    trainings = sum(len(r.values) for r in readings)
    diverged = sum(r.cell.diverged_seeds for r in readings)
    judged = [r for r in readings if r.cell.verdict]
    passed = sum(r.cell.verdict == "passed" for r in judged)
    seconds = sum(sum(r.cell.seed_seconds) for r in readings)
    real = [label(column) for column in columns(readings) if column[1] != "synthetic"]
    tiles = [
        ("Cells", str(len(readings)), f"{len(architectures(readings))} architectures, {len(columns(readings))} data sets"),
        ("Seeds a cell", "–".join(str(n) for n in {seeds[0]: 0, seeds[-1]: 0}),
         f"{trainings} trainings, {diverged or 'none'} diverged"),
        ("Data", _data(len(real), len(content.synthetic)), ", ".join(content.synthetic) or "no stand-ins"),
        ("Floors", f"{passed} of {len(judged)}", "cells reached theirs"),
        ("Training time", _duration(seconds), "all seeds, training steps alone"),
    ]  # fmt: skip
    if content.baseline is not None:
        words = {0: "no regression", 1: "regression", 2: "not comparable"}
        tiles.append(
            ("Baseline", words[content.baseline.status], f"{content.baseline.compared} cells compared")
        )
    return tiles


def _data(real: int, synthetic: int) -> str:
    if real and synthetic:
        return f"{real} real, {synthetic} synthetic"
    return "real" if real else "synthetic"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"

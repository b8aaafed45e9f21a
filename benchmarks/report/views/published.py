"""The study's figures beside what was measured on the same, real data."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from benchmarks.experiment import published
from benchmarks.report.figures.drawing import Figure, Panel, percent
from benchmarks.report.figures.palette import INK, MUTED
from benchmarks.report.readings import Reading, columns, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet, number


def comparable(readings: Sequence[Reading]) -> list[Reading]:
    """Cells that the study has, on real data."""
    return [
        r for r in readings
        if r.cell.data_source == "real" and (r.cell.architecture, r.cell.dataset) in published.ACCURACY
    ]  # fmt: skip


def sheet(readings: Sequence[Reading]) -> Sheet:
    """One row a cell; a difference inside the interval says nothing."""
    heads = ("architecture", "data set", "protocol", "study", "here", "± 95%", "difference",
             "parameters, study", "here", "seconds, study", "here")  # fmt: skip
    words = ("architecture", "data set", "protocol")
    notes = [
        "Difference in percentage points. The study: one run a cell, 10 epochs of all images, one machine of 2018 without GPU."
    ]
    others = sorted({r.cell.protocol for r in readings} - {"study"})
    if others:
        notes.append(
            f"Protocol {', '.join(others)} is not the study's: other recipes, and it may be fewer images. "
            "Differences show that, too; --protocol study reproduces."
        )
    rows = [_row(r) for r in readings]
    return Sheet(
        "study", "Against the study of 2018", [Column(h, numeric=h not in words) for h in heads], rows, notes
    )


def figures(readings: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> list[Figure]:
    """One panel a data set: the study's accuracy joined with the one here."""
    panels = [_panel(column[0], of(readings, column), styles) for column in columns(readings)]
    return [Figure("study", "The study's accuracy (diamonds) and here", panels)] if panels else []


def _row(r: Reading) -> Row:
    at = (r.cell.architecture, r.cell.dataset)
    theirs, counts, seconds = published.ACCURACY[at], published.PARAMETERS[at][0], published.SECONDS[at]
    gap = 100 * (r.mean - theirs)
    same = r.cell.params_total == counts
    entries = [
        Entry(at[0], at[0]),
        Entry(at[1], at[1]),
        Entry(r.cell.protocol, r.cell.protocol),
        number(theirs, f"{100 * theirs:.2f}%"),
        number(r.mean, f"{100 * r.mean:.2f}%"),
        number(r.half, f"{100 * r.half:.2f}"),
        number(gap, f"{gap:+.2f}"),
        number(counts, f"{counts:,}"),
        number(r.cell.params_total, f"{r.cell.params_total:,}", tags=(("same", "good") if same else ("differs", "bad"),)),
        number(seconds, f"{seconds:,.0f}"),
        number(r.seconds, f"{r.seconds or 0:,.1f}", tags=r.time_tags),
    ]  # fmt: skip
    return Row(entries, *at)


def _panel(dataset: str, cells: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> Panel:
    said = "; ".join(
        f"{r.cell.architecture} {100 * published.ACCURACY[r.cell.architecture, dataset]:.1f}% in the study, {100 * r.mean:.1f}% here"
        for r in cells
    )
    longest = max(len(r.cell.architecture) for r in cells)
    return Panel(
        f"study-{dataset}", dataset, f"The study's accuracy and the one here on {dataset}: {said}.",
        partial(_draw, cells=cells, styles=styles), dataset=dataset, left=0.05 + 0.024 * longest,
    )  # fmt: skip


def _draw(axes: Axes, cells: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> None:
    for i, r in enumerate(cells):
        theirs = published.ACCURACY[r.cell.architecture, r.cell.dataset]
        colour, marker = styles[r.cell.architecture]
        axes.plot([theirs, r.mean], [i, i], color=MUTED, lw=1.1, zorder=1)
        axes.plot(
            np.clip(r.interval, 0, 1),
            [i, i],
            color=colour,
            lw=3.5,
            alpha=0.35,
            solid_capstyle="butt",
            zorder=2,
        )
        axes.plot(theirs, i, "D", mfc="none", mec=MUTED, mew=1.3, ms=5.5, zorder=3)
        axes.plot(r.mean, i, marker, color=colour, ms=7, zorder=4)
    axes.set_yticks(range(len(cells)), [r.cell.architecture for r in cells])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    percent(axes.xaxis)
    axes.set_xlabel("accuracy on test images")

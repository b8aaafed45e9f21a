"""How much an architecture's result depends on the seed."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from benchmarks.comparison import significance
from benchmarks.report.figures.drawing import Figure, Panel, percent
from benchmarks.report.figures.palette import BAD, CARD, INK
from benchmarks.report.readings import Reading, architectures, columns, label, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet, number, stand_in


def figures(readings: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> list[Figure]:
    """One panel a data set: every seed's accuracy, by architecture."""
    panels = [_panel(column, of(readings, column), styles) for column in columns(readings)]
    return [Figure("reliability", "Accuracy of every seed", panels)]


def sheet(readings: Sequence[Reading]) -> Sheet:
    """By architecture and source, over its data sets: spread between seeds, diverged trainings, missed floors."""
    rows = []
    for architecture in architectures(readings):
        for source in dict.fromkeys(r.cell.data_source for r in readings):
            cells = [
                r for r in readings if (r.cell.architecture, r.cell.data_source) == (architecture, source)
            ]
            if cells:
                rows.append(_row(architecture, source, cells))
    heads = ("architecture", "cells", "trainings", "median sd, points", "widest gap between seeds, points",
             "where", "diverged", "seeds below their floor")  # fmt: skip
    return Sheet(
        "reliability-by-architecture",
        "Spread between seeds, by architecture",
        [Column(head, numeric=head not in ("architecture", "where")) for head in heads],
        rows,
        (
            "sd: standard deviation between the seeds of a cell. A diverged training counts as guessing (10%).",
        ),
    )


def _row(architecture: str, source: str, cells: Sequence[Reading]) -> Row:
    spreads = [sd for r in cells if (sd := significance.standard_deviation(r.values)) is not None]
    widest = max(cells, key=_gap)
    diverged = sum(r.cell.diverged_seeds for r in cells)
    low = sum(r.cell.floor is not None and a < r.cell.floor for r in cells for a in r.values)
    floors = sum(len(r.values) for r in cells if r.cell.floor is not None)
    trainings = sum(len(r.values) for r in cells)
    return Row(
        [
            Entry(architecture, architecture, stand_in(source)),
            number(len(cells), str(len(cells))),
            number(trainings, str(trainings)),
            number(float(np.median(spreads)) if spreads else None, f"{100 * np.median(spreads or [0]):.2f}"),
            number(_gap(widest) if spreads else None, f"{100 * _gap(widest):.1f}"),
            Entry(widest.cell.dataset if spreads else "–", widest.cell.dataset),
            number(diverged, f"{diverged} of {trainings}", tags=(("diverged", "bad"),) if diverged else ()),
            number(low if floors else None, f"{low} of {floors}", tags=(("low", "bad"),) if low else ()),
        ],
        architecture,
    )


def _gap(r: Reading) -> float:
    return max(r.values) - min(r.values)


def _panel(column: tuple[str, str], cells: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> Panel:
    title = label(column)
    said = "; ".join(
        f"{r.cell.architecture} {100 * min(r.values):.1f}% to {100 * max(r.values):.1f}%"
        + (f", {r.cell.diverged_seeds} diverged" if r.cell.diverged_seeds else "")
        for r in cells
    )
    key = "-".join(("seeds", *column))
    rows = [
        Row(
            [
                Entry(r.cell.architecture, r.cell.architecture),
                number(seed, str(seed)),
                number(accuracy, "diverged" if accuracy is None else f"{100 * accuracy:.2f}%"),
            ],
            r.cell.architecture,
            r.cell.dataset,
        )
        for r in cells
        for seed, accuracy in zip(r.cell.seeds, r.cell.accuracies, strict=True)
    ]
    heads = (Column("architecture", numeric=False), Column("seed"), Column("accuracy"))
    longest = max(len(r.cell.architecture) for r in cells)
    return Panel(
        key, title, f"Accuracy of every seed on {title}: {said}.", partial(_draw, cells=cells, styles=styles),
        Sheet(f"data-{key}", f"Every seed on {title}", heads, rows), dataset=column[0],
        left=min(0.05 + 0.024 * longest, 0.5),
    )  # fmt: skip


def _draw(axes: Axes, cells: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> None:
    for i, r in enumerate(cells):
        colour, marker = styles[r.cell.architecture]
        axes.plot([r.mean, r.mean], [i - 0.3, i + 0.3], color=INK, lw=1.2, zorder=2)
        epochs = r.cell.diverged or (None,) * len(r.values)
        ended = [e is not None or a is None for e, a in zip(epochs, r.cell.accuracies, strict=True)]
        spread = np.linspace(-0.18, 0.18, len(r.values)) if len(r.values) > 1 else [0.0]
        for accuracy, offset, bad in zip(r.values, spread, ended, strict=True):
            if bad:
                axes.plot(accuracy, i + offset, "x", color=BAD, ms=6, mew=1.6, zorder=4)
            else:
                axes.plot(accuracy, i + offset, marker, color=colour, mec=CARD, mew=0.5, zorder=3)
    axes.set_yticks(range(len(cells)), [r.cell.architecture for r in cells])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    values = [value for r in cells for value in r.values]
    margin = 0.06 * (max(values) - min(values)) or 0.01
    axes.set_xlim(min(values) - margin, max(values) + margin)
    percent(axes.xaxis)
    axes.set_xlabel("accuracy on test images")

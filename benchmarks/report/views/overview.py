"""The headline: architectures by data sets as a heat map, and all figures of all cells in one table."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from benchmarks.report.figures.drawing import Figure, Panel, short
from benchmarks.report.figures.palette import HEAT, INK
from benchmarks.report.readings import Reading, architectures, columns, label, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet, Tags, number, origin
from benchmarks.results.run import CHANCE


def headline(readings: Sequence[Reading]) -> Sheet:
    """Mean accuracy with half of its 95% interval; the best of each data set and missed floors say so in words."""
    heads = [Column("architecture", numeric=False)]
    heads += [Column(dataset, tags=origin(source), dataset=dataset) for dataset, source in columns(readings)]
    rows = [
        Row([Entry(name, name), *(_entry(name, column, readings) for column in columns(readings))], name)
        for name in architectures(readings)
    ]
    notes = ["Mean over seeds ± half of its 95% interval."]
    if any(len(r.values) == 1 for r in readings):
        notes = [
            "± half of the 95% interval; with one seed it covers the draw of test images, not the training."
        ]
    notes += [
        "Best: highest mean of its data set; the lead may be noise. Low: a seed missed its floor. "
        "Shade: from chance to 100%, steeper near the top."
    ]
    return Sheet("accuracy", "Accuracy on the test images", heads, rows, notes)


def everything(readings: Sequence[Reading]) -> Sheet:
    """One row a cell, to be sorted and filtered."""
    heads = ("architecture", "data set", "accuracy", "seeds", "floor", "verdict", "parameters", "trainable",
             "FLOPs/image", "s/seed", "images/s", "memory, MiB")  # fmt: skip
    words = ("architecture", "data set", "verdict")
    notes = [
        "Accuracy in % ± half of the 95% interval. Seconds: training steps alone, mean over seeds. "
        "FLOPs: one forward pass, twice the multiply-adds."
    ]
    if any(r.cell.parallel for r in readings):
        notes.append("Parallel: timed with other cells beside it; not the time of a machine of its own.")
    if any(r.elsewhere for r in readings):
        notes.append("Other machine: not timed on the machine of most cells of its data set.")
    rows = [_row(r) for r in readings]
    return Sheet(
        "cells", "All cells", [Column(head, numeric=head not in words) for head in heads], rows, notes
    )


def figures(readings: Sequence[Reading]) -> list[Figure]:
    """The heat map as a picture."""
    panel = Panel(
        "accuracy",
        "",
        "Accuracy by architecture and data set.",
        partial(_draw, readings=readings),
        left=0.2,
        size=(4.5, 2.6),
    )
    return [Figure("accuracy", "Accuracy on the test images", [panel])]


def shade(accuracy: float) -> float:
    """0 at chance, 1 at 100%, by the third power, so that 98% and 99% still differ."""
    return float(max(0.0, (accuracy - CHANCE) / (1 - CHANCE)) ** 3)


def best(readings: Sequence[Reading]) -> Reading:
    """Return the one of the highest mean."""
    return max(readings, key=lambda r: r.mean)


def _entry(architecture: str, column: tuple[str, str], readings: Sequence[Reading]) -> Entry:
    cells = of(readings, column)
    r = next((r for r in cells if r.cell.architecture == architecture), None)
    if r is None:
        return Entry("–", dataset=column[0])
    tags: Tags = (("best", "best"),) if r is best(cells) and len(cells) > 1 else ()
    if r.cell.verdict == "failed":
        tags += (("low", "bad"),)
    if r.cell.diverged_seeds:
        tags += ((f"{r.cell.diverged_seeds} of {len(r.values)} diverged", "bad"),)
    text = f"{100 * r.mean:.2f} ±{100 * r.half:.2f}"
    return Entry(
        text,
        r.mean,
        tags,
        shade(r.mean),
        f"#cell-{r.cell.id}" if np.isfinite(r.test_curves).any() else "",
        dataset=column[0],
    )


def _row(r: Reading) -> Row:
    cell, seconds = r.cell, r.seconds
    verdict: Tags = ((cell.verdict, "good" if cell.verdict == "passed" else "bad"),) if cell.verdict else ()
    entries = [
        Entry(cell.architecture, cell.architecture),
        Entry(cell.dataset, cell.dataset, () if r.column[1] == "real" else origin(r.column[1])),
        number(r.mean, f"{100 * r.mean:.2f} ±{100 * r.half:.2f}", heat=shade(r.mean)),
        number(len(r.values), str(len(r.values)), tags=((f"{cell.diverged_seeds} diverged", "bad"),) if cell.diverged_seeds else ()),
        number(cell.floor, f"{100 * (cell.floor or 0):.1f}%"),
        Entry("" if verdict else "–", cell.verdict, verdict),
        number(cell.params_total, f"{cell.params_total:,}"),
        number(cell.params_trainable, f"{cell.params_trainable:,}"),
        number(cell.flops_per_image, short(cell.flops_per_image or 0)),
        number(seconds, f"{seconds or 0:,.1f}", tags=r.time_tags),
        number(r.images_per_second, f"{r.images_per_second or 0:,.0f}", tags=r.time_tags),
        number(cell.peak_memory_mib, f"{cell.peak_memory_mib or 0:,.0f}"),
    ]  # fmt: skip
    return Row(entries, cell.architecture, cell.dataset)


def _draw(axes: Axes, readings: Sequence[Reading]) -> None:
    rows, heads = architectures(readings), columns(readings)
    rgba = np.zeros((len(rows), len(heads), 4))
    rgba[..., :3] = to_rgb(HEAT)
    for r in readings:
        i, j = rows.index(r.cell.architecture), heads.index(r.column)
        rgba[i, j, 3] = shade(r.mean)
        text = f"{100 * r.mean:.1f}\n±{100 * r.half:.1f}"
        weight = "bold" if r is best(of(readings, r.column)) else "normal"
        axes.text(j, i, text, ha="center", va="center", size=6.5, color=INK, weight=weight)
    axes.imshow(rgba, interpolation="none", aspect="auto")
    axes.grid(visible=False)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(heads)), [label(head).replace(" ", "\n") for head in heads])
    axes.tick_params(labelsize=6.5, labelcolor=INK)

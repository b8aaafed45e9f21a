"""Learning curves: the architectures of a data set on one axis, each the mean over its seeds with a band from the lowest to the highest.

Where seeds diverged, each seed has a thin line instead of the band.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import palette
from benchmarks.report.figures import labels
from benchmarks.report.figures.spec import Spec, axis, field, layer, raw, within, word, words
from benchmarks.report.grid import DataColumn, cell_name
from benchmarks.report.table import Chart
from benchmarks.report.views.hover import trained, value_and_interval
from benchmarks.results.schema import CellResult

WIDTH, HEIGHT = 232, 190


@dataclass(frozen=True)
class Curve:
    """Test accuracy by epoch, over the seeds, in percent; NaN in epochs that no seed has."""

    cell: CellResult
    values: NDArray[np.float64]
    """As shares, seed by epoch."""
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def start(self) -> float:
        """The first value that is known."""
        return float(self.mean[np.isfinite(self.mean)][0])

    @property
    def end(self) -> float:
        """The last value that is known."""
        return float(self.mean[np.isfinite(self.mean)][-1])


def chart(column: DataColumn) -> Chart | None:
    """Draw the curves of one data set; None where no training kept its history."""
    curves = [curve for cell in column.cells if (curve := _curve_of(cell)) is not None]
    if not curves:
        return None
    values = "; ".join(f"{c.cell.architecture} {c.start:.1f}% to {c.end:.1f}%" for c in curves)
    alt = f"Accuracy on the test images of {column.name} after each epoch, first to last: {values}."
    return Chart(f"curves-{column.key}", column.name, alt, _spec(curves), column.dataset)


def _curve_of(cell: CellResult) -> Curve | None:
    """Sum up a cell's histories; None where it has none."""
    histories = [history.val_accuracy for history in cell.history]
    values = np.full((len(histories), max(map(len, histories), default=0)), np.nan)
    for i, history in enumerate(histories):
        values[i, : len(history)] = [np.nan if value is None else 100 * value for value in history]
    known = np.isfinite(values).any(axis=0) if values.size else np.zeros(0, bool)
    if not known.any():
        return None
    summary = np.full((3, values.shape[1]), np.nan)
    part = values[:, known]
    summary[:, known] = np.nanmean(part, axis=0), np.nanmin(part, axis=0), np.nanmax(part, axis=0)
    return Curve(cell, values / 100, *summary)


def _spec(curves: Sequence[Curve]) -> Spec:
    epochs = max(len(curve.mean) for curve in curves)
    low, high = _range(curves)
    height = labels.height(len(curves), HEIGHT)
    counted: Spec = {"format": "d", "tickMinStep": 1, "tickCount": min(epochs, 6)}
    x = axis(min(1, epochs - 1), epochs, title="epoch", **counted)
    y = axis(low, high, title=None, tickCount=5)
    found = [(curve, _points(curve)) for curve in curves]
    points = [point for _, own in found for point in own]
    whole = [point for curve, own in found if not curve.cell.diverged_seeds for point in own]
    bands = [point for point in whole if point["high"] > point["low"]]
    seeds = [point for curve in curves if curve.cell.diverged_seeds for point in _seeds(curve)]
    ends = [height * (high - min(max(curve.end, low), high)) / (high - low) for curve in curves]
    names = []
    for curve, at in zip(curves, labels.stacked(ends, height), strict=True):
        name = curve.cell.architecture
        names.append(word(labels.short(name), WIDTH + 10, at, "left", palette.style(name).colour, name))
    detail = {"field": "a", "type": "nominal"}
    return {
        "width": WIDTH, "height": height, "padding": {"left": 5, "top": 5, "bottom": 5, "right": 5},
        "layer": [
            layer(bands, {"type": "area", "opacity": 0.18, "clip": True}, x=field("x", **x), y=field("low", **y),
                  y2=field("high"), fill=raw("c"), detail=detail, description=raw("a")),
            layer(seeds, {"type": "line", "strokeWidth": 0.8, "opacity": 0.6, "clip": True}, x=field("x"), y=field("y"),
                  stroke=raw("c"), detail=field("seed", "nominal"), description=raw("a")),
            layer(points, {"type": "line", "strokeWidth": 1.6, "clip": True}, x=field("x", **x), y=field("y", **y),
                  stroke=raw("c"), detail=detail, description=raw("a")),
            layer([p for p in points if p["y"] >= low],
                  {"type": "point", "size": 25, "strokeWidth": 1, "opacity": 1},
                  x=field("x"), y=field("y"), stroke=raw("c"), fill=raw("c"), shape=raw("s"), description=raw("d")),
            words(names),
        ],
    }  # fmt: skip


def _range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Leave out what lies far below where the living ended, so that the ends can be told apart."""
    known = np.concatenate([part[np.isfinite(part)] for c in curves for part in (c.low, c.high)])
    ends = [curve.end for curve in curves if not curve.cell.never_lived] or [c.end for c in curves]
    spread = max(ends) - min(ends)
    low = max(float(known.min()), min(ends) - max(3 * spread, 0.75 * (100 - min(ends)), 4.0))
    high = float(known.max())
    margin = 0.04 * (high - low) or 1.0
    return within(low - margin, high + margin)


def _points(curve: Curve) -> list[Spec]:
    cell, look = curve.cell, palette.style(curve.cell.architecture)
    found: list[Spec] = []
    for epoch, (mean, low, high) in enumerate(zip(curve.mean, curve.low, curve.high, strict=True), 1):
        if not np.isfinite(mean):
            continue
        values = curve.values[:, epoch - 1]
        values = values[np.isfinite(values)]
        seeds = f", seeds {low:.2f} to {high:.2f}" if len(values) > 1 else ""
        text = f"epoch {epoch} · {value_and_interval(values.tolist(), cell.test_images)}{seeds}"
        found.append({
            "x": epoch, "y": round(float(mean), 3), "low": round(float(low), 3), "high": round(float(high), 3), "c": look.colour,
            "s": look.mark, "a": f"{cell.architecture}|", "g": f"{cell_name(cell)} · {trained(cell)}", "d": f"{cell.architecture}|{text}",
        })  # fmt: skip
    return found


def _seeds(curve: Curve) -> list[Spec]:
    """Return a line for every seed: where some diverged, a band would fill the chart."""
    name = curve.cell.architecture
    return [
        {"x": epoch, "y": round(100 * float(value), 3), "seed": f"{name} {i}", "c": palette.style(name).colour, "a": f"{name}|"}
        for i, seed in enumerate(curve.values)
        for epoch, value in enumerate(seed, 1)
        if np.isfinite(value)
    ]  # fmt: skip

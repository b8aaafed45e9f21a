"""Accuracy against what it costs, with the front of those that nobody beats in both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.report import palette
from benchmarks.report.figures import labels
from benchmarks.report.figures.spec import Spec, axis, field, layer, raw, within, word, words
from benchmarks.report.format import si
from benchmarks.report.grid import Grid, accuracy, shown_interval
from benchmarks.report.table import Chart
from benchmarks.report.views.costs import HOLLOW, Tradeoff
from benchmarks.report.views.hover import hover
from benchmarks.results.schema import CellResult

WIDTH, HEIGHT = 296, 176


def chart(tradeoff: Tradeoff, grid: Grid) -> Chart:
    """Draw one data set against one cost."""
    values = ", ".join(
        f"{c.architecture} {100 * accuracy(c):.1f}% at {si(value)}" for value, c in tradeoff.cells
    )
    names = ", ".join(tradeoff.cells[i][1].architecture for i in tradeoff.best) or "none"
    alt = (
        f"Accuracy against {tradeoff.cost.title} on {tradeoff.column.name}. {values}. On the front: {names}."
    )
    if tradeoff.cost.timed and any(grid.time_tags(cell) for _, cell in tradeoff.cells):
        alt += f" Hollow: {HOLLOW}."
    title = f"{tradeoff.column.name}, against {tradeoff.cost.name}"
    return Chart(tradeoff.key, title, alt, _spec(tradeoff, grid), tradeoff.column.dataset)


@dataclass(frozen=True)
class _Plane:
    """The chart's area: the ends of its axes, accuracy in percent."""

    left: float
    right: float
    log: bool
    bottom: float
    top: float

    def place(self, cost: float, share: float) -> tuple[float, float]:
        """Return the pixels of a cost and an accuracy."""
        part = math.log(cost / self.left) if self.log else cost - self.left
        return WIDTH * part / self._span, HEIGHT * (self.top - 100 * share) / (self.top - self.bottom)

    def values(self, x: float, y: float) -> Spec:
        """Return what is at these pixels."""
        part = self._span * x / WIDTH
        cost = self.left * math.exp(part) if self.log else self.left + part
        return {"x": cost, "y": self.top - (self.top - self.bottom) * y / HEIGHT}

    @property
    def _span(self) -> float:
        return math.log(self.right / self.left) if self.log else self.right - self.left


def _spec(tradeoff: Tradeoff, grid: Grid) -> Spec:
    ends = [end for _, cell in tradeoff.cells for end in shown_interval(cell)]
    low, high = 100 * min(ends), 100 * max(ends)
    margin = 0.08 * (high - low) or 2
    plane = _Plane(*_extent([value for value, _ in tradeoff.cells]), *within(low - margin, high + margin))
    look: Spec = {
        "title": tradeoff.cost.title + (" (log scale)" if plane.log else ""),
        "labelExpr": "datum.value < 1 ? datum.value : format(datum.value, '~s')",
    }
    look |= {"values": _ticks(plane.left, plane.right)} if plane.log else {"tickCount": 4}
    x = axis(plane.left, plane.right, log=plane.log, **look)
    y = axis(plane.bottom, plane.top, title=None, tickCount=5)
    points = [_point(tradeoff, grid, value, cell) for value, cell in tradeoff.cells]
    front = [{"x": tradeoff.cells[i][0], "y": 100 * accuracy(tradeoff.cells[i][1])} for i in tradeoff.best]
    front += [{"x": plane.right, "y": front[-1]["y"]}] if front else []
    names, lines = _names(tradeoff, points, plane)
    line: Spec = {
        "type": "line",
        "interpolate": "step-after",
        "color": "var(--axis)",
        "strokeDash": [3, 3],
        "strokeWidth": 1.2,
        "aria": False,
    }
    return {
        "width": WIDTH, "height": HEIGHT,
        "layer": [
            layer(front, line, x=field("x", **x), y=field("y", **y)),
            layer(lines, {"type": "line", "strokeWidth": 1}, x=field("x"), y=field("y"), stroke=raw("c"),
                  detail=field("a", "nominal"), description=raw("a")),
            layer(points, {"type": "rule", "strokeWidth": 1.6}, x=field("x"), y=field("low", title=None), y2=field("high"),
                  color=raw("c"), description=raw("a")),
            words(names),
            layer(points, {"type": "point", "size": 100, "strokeWidth": 1.8, "opacity": 1}, x=field("x"), y=field("y"),
                  stroke=raw("c"), fill=raw("f"), shape=raw("s"), description=raw("d")),
        ],
    }  # fmt: skip


def _names(tradeoff: Tradeoff, points: Sequence[Spec], plane: _Plane) -> tuple[list[Spec], list[Spec]]:
    """Return the names that find a place, and the ends of the lines that join some to their marks."""
    spots = [
        (*plane.place(cost, accuracy(cell)), labels.short(cell.architecture)) for cost, cell in tradeoff.cells
    ]
    bars = [
        _bar(*(plane.place(cost, end) for end in reversed(shown_interval(cell))))
        for cost, cell in tradeoff.cells
    ]
    names, lines = [], []
    places = labels.beside(spots, WIDTH, HEIGHT, bars, tradeoff.best)
    for at, (*_, name), point, (_, cell) in zip(places, spots, points, tradeoff.cells, strict=True):
        if at is not None:
            names.append(word(name, at.x, at.y, at.side, point["c"], cell.architecture))
        if at is not None and at.line:
            ends = (point, plane.values(*at.end))
            lines += [{"x": end["x"], "y": end["y"], "c": point["c"], "a": point["a"]} for end in ends]
    return names, lines


def _bar(top: tuple[float, float], bottom: tuple[float, float]) -> labels.Box:
    """Return what an interval takes, from its upper end to its lower one."""
    return (top[0] - 3, top[1], top[0] + 3, bottom[1])


def _point(tradeoff: Tradeoff, grid: Grid, value: float, cell: CellResult) -> Spec:
    look = palette.style(cell.architecture)
    low, high = shown_interval(cell)
    tags = grid.time_tags(cell) if tradeoff.cost.timed else ()
    parts = [
        hover(cell),
        f"{tradeoff.cost.title}: {si(value)}",
        *(f"time does not compare: {tag.text}" for tag in tags),
    ]
    return {
        "x": value, "y": 100 * accuracy(cell), "low": 100 * low, "high": 100 * high, "c": look.colour,
        "f": "var(--ground)" if tags else look.colour, "s": look.mark, "a": f"{cell.architecture}|",
        "d": f"{cell.architecture}|{' · '.join(parts)}",
    }  # fmt: skip


def _extent(values: Sequence[float]) -> tuple[float, float, bool]:
    """Return where the axis starts and ends, and whether it is logarithmic: where the values span much."""
    low, high = min(values), max(values)
    if low > 0 and high / low > 4:
        return low / 1.8, high * 1.8, True
    # Values that differ little stay close together: an axis spans a quarter of them at least.
    margin = max(0.14 * (high - low), (0.25 * high - (high - low)) / 2) or 1
    return max(low - margin, 0.0), high + margin, False


def _ticks(low: float, high: float) -> list[float]:
    """Choose round numbers on a logarithmic axis."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1,) if high / low > 100 else (1, 3) if high / low > 12 else (1, 2, 5)
    values = (float(f"{f}e{p}") for p in powers for f in factors)  # 3 * 10**-1 is not 0.3
    return [value for value in values if low <= value <= high]

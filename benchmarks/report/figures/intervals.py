"""Accuracies with their intervals and single seeds, one architecture, or one run, per line."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.experiment import published
from benchmarks.report import palette
from benchmarks.report.figures.spec import Spec, axis, field, layer, raw, within, word, words
from benchmarks.report.format import count, percent
from benchmarks.report.grid import DataColumn, accuracy, cell_name, shown_interval
from benchmarks.report.table import Chart
from benchmarks.report.views.hover import hover
from benchmarks.results.schema import CellResult

_LINE = 34
"""Pixels of one line."""


@dataclass(frozen=True)
class Line:
    """One cell as one line of a chart."""

    name: str
    cell: CellResult


def ranking(column: DataColumn, *, study: bool = False) -> Chart:
    """Draw the cells of a data set, the most accurate first; with the study's figures where they are asked for."""
    lines = [Line(cell.architecture, cell) for cell in sorted(column.cells, key=accuracy, reverse=True)]
    values = "; ".join(f"{line.name} {percent(accuracy(line.cell))} %" for line in lines)
    kind = "study" if study else "accuracy"
    alt = f"Accuracy on the test images of {column.name}, with 95% intervals and single seeds: {values}."
    return Chart(f"{kind}-{column.key}", column.name, alt, _spec(lines, study=study), column.dataset)


def both_sides(base: CellResult, new: CellResult) -> Chart:
    """Draw every seed of a cell in the baseline and in the new run, and the floor."""
    values = "; ".join(
        f"{name} {percent(accuracy(cell))} %" for name, cell in (("baseline", base), ("new run", new))
    )
    alt = f"{cell_name(new)}, accuracy of every seed: {values}."
    spec = _spec([Line("baseline", base), Line("new", new)], floor=new.floor)
    return Chart(f"seeds-{new.id}", f"{cell_name(new)}, seed by seed", alt, spec, new.dataset)


def _spec(lines: Sequence[Line], *, floor: float | None = None, study: bool = False) -> Spec:
    names = [line.name for line in lines]
    means = [_mean(line) for line in lines]
    seeds = [point for line in lines for point in _seeds(line)]
    theirs = [point for line in lines if (point := _study(line)) is not None] if study else []
    low, high = _range([*means, *seeds, *theirs], floor)
    width, height = 270, _LINE * len(lines)
    x = axis(low, high, title="accuracy on the test images, %", tickCount=5, grid=True)
    y: Spec = {"sort": names, "axis": {"title": None, "labelColor": "var(--ink)", "grid": False}}
    layers = [
        layer(means, {"type": "rule", "strokeWidth": 7, "opacity": 0.25}, x=field("low", **x), x2=field("high"),
              y=field("line", "nominal", **y), stroke=raw("c"), description=raw("a")),
        layer(means, {"type": "tick", "thickness": 2.5, "size": 24}, x=field("x", **x), y=field("line", "nominal", **y),
              color=raw("c"), description=raw("d")),
        layer(seeds, {"type": "point", "size": 60, "opacity": 0.9, "strokeWidth": 1.2}, x=field("x"),
              y=field("line", "nominal", **y), stroke=raw("c"), fill=raw("c"), shape=raw("s"), description=raw("d")),
    ]  # fmt: skip
    if theirs:
        layers.append(layer(theirs, {"type": "tick", "thickness": 2, "size": 24, "color": "var(--ink)"}, x=field("x"),
                            y=field("line", "nominal", **y), description=raw("d")))  # fmt: skip
    if floor is not None and low <= 100 * floor <= high:
        line, text = _floor(floor, width * (100 * floor - low) / (high - low), width)
        layers = [line, *layers, text]
    return {"width": width, "height": height, "layer": layers}


def _range(points: Sequence[Spec], floor: float | None) -> tuple[float, float]:
    """Return the ends of the axis in percent, a little beyond all points; a floor far below them is left out."""
    ends = (point.get(end) for point in points for end in ("low", "high", "x"))
    known = [end for end in ends if isinstance(end, float)]
    if floor is not None and floor > min(known) / 100 - 0.1:
        known.append(100 * floor)
    margin = 0.05 * (max(known) - min(known)) or 1.0
    return within(min(known) - margin, max(known) + margin)


def _floor(floor: float, at: float, width: int) -> tuple[Spec, Spec]:
    """Return the line of a floor, `at` pixels from the left, and its label, on the side that has room."""
    side, away = ("left", 5) if at < width - 80 else ("right", -5)
    mark = {"type": "rule", "color": "var(--fail)", "strokeDash": [4, 3], "aria": False}
    line = layer([{"x": 100 * floor}], mark, x=field("x"))
    return line, words([word(f"floor {100 * floor:g} %", at + away, 6, side, "var(--fail)")])


def _mean(line: Line) -> Spec:
    cell, look = line.cell, palette.style(line.cell.architecture)
    low, high = shown_interval(cell)
    return {
        "line": line.name, "x": 100 * accuracy(cell), "low": 100 * low, "high": 100 * high, "c": look.colour,
        "a": f"{cell.architecture}|", "d": f"{cell.architecture}|{line.name}: {hover(cell)}",
    }  # fmt: skip


def _seeds(line: Line) -> list[Spec]:
    cell, look = line.cell, palette.style(line.cell.architecture)
    points: list[Spec] = []
    for (seed, value), died in zip(cell.values.items(), cell.died, strict=True):
        name = cell_name(cell) if line.name == cell.architecture else f"{cell_name(cell)}, {line.name}"
        text = f"{name}, seed {seed} · {percent(value)} %{', diverged' if died else ''} · {count(cell.test_images, 'test image')}"
        points.append({
            "line": line.name, "x": 100 * value, "c": "var(--fail)" if died else look.colour,
            "s": "M-1-1L1 1M1-1L-1 1" if died else look.mark, "d": f"{cell.architecture}|{text}",
        })  # fmt: skip
    return points


def _study(line: Line) -> Spec | None:
    theirs = published.ACCURACY.get((line.cell.architecture, line.cell.dataset))
    if theirs is None:
        return None
    name = line.cell.architecture
    return {
        "line": line.name,
        "x": 100 * theirs,
        "d": f"{name}|the study of 2018 · {percent(theirs)} % (n = 1)",
    }

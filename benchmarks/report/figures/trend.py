"""Accuracy over saved runs, one chart per setting; a line joins runs whose accuracies are comparable."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import PurePath

from benchmarks.comparison import change_points
from benchmarks.experiment.cell import Cell
from benchmarks.report import palette
from benchmarks.report.figures import labels
from benchmarks.report.figures.spec import Spec, axis, field, layer, raw, within, word, words
from benchmarks.report.format import count, percent, printable
from benchmarks.report.grid import display_name
from benchmarks.report.table import Chart
from benchmarks.report.views.hover import value_and_interval
from benchmarks.report.views.trend import Line, Setting, lines

WIDTH, HEIGHT = 232, 190
_FEW = 60
"""More runs than this cannot be told apart in a chart: only the median of every few neighbours is drawn."""
_STROKES = 400
"""More trainings than this cannot be told apart in a chart: only the means are drawn."""
_NAMED = 10
"""Seeds whose accuracies a mark says."""


def charts(
    entries: Sequence[change_points.HistoryEntry], steps: Sequence[change_points.ChangePoint]
) -> list[Chart]:
    """Draw each setting that was run at least twice; `steps` get rings."""
    made = []
    for i, (setting, by_architecture) in enumerate(lines(entries).items()):
        values = "; ".join(
            f"{name} from {100 * line.means[0]:.1f}% to {100 * line.means[-1]:.1f}% in {len(line.runs)} runs"
            for name, line in by_architecture.items()
        )
        title = setting.name.replace(setting.dataset, display_name(setting.dataset), 1)
        alt = f"Accuracy over saved runs, {title}: {values}."
        spec = _spec(setting, by_architecture, entries, steps)
        made.append(Chart(f"trend-{i}", title, alt, spec, setting.dataset))
    return made


def _spec(
    setting: Setting, by_architecture: Mapping[str, Line], entries: Sequence[change_points.HistoryEntry],
    steps: Sequence[change_points.ChangePoint],
) -> Spec:  # fmt: skip
    points = [point for name, line in by_architecture.items() for point in _points(name, line, entries)]
    places = {entry.run: i + 1 for i, entry in enumerate(entries)}
    cells = {Cell(name, setting.dataset).id: name for name in by_architecture}
    rings = [
        {
            "x": places[s.run],
            "y": 100 * float(s.after),
            "c": palette.style(cells[s.cell]).colour,
            "a": f"{cells[s.cell]}|",
        }
        for s in steps
        if s.what == "accuracy" and s.cell in cells and Setting.of(setting.dataset, s.setup) == setting
    ]
    seeds = [point for name, line in by_architecture.items() for point in _seeds(name, line)]
    seeds = seeds if len(seeds) <= _STROKES else []
    values = [float(point["y"]) for point in (*points, *seeds)]
    margin = 0.06 * (max(values) - min(values)) or 1.0
    low, high = within(min(values) - margin, max(values) + margin)
    counted: Spec = {"format": "d", "tickMinStep": 1, "tickCount": min(len(entries), 6)}
    x = axis(1, max(len(entries), 2), title="run, in order of time", **counted)
    y = axis(low, high, title=None, tickCount=5)
    height = labels.height(len(by_architecture), HEIGHT)
    ends = [height * (high - 100 * line.means[-1]) / (high - low) for line in by_architecture.values()]
    names = [
        word(labels.short(name), WIDTH + 12, at, "left", palette.style(name).colour, name)
        for name, at in zip(by_architecture, labels.stacked(ends, height), strict=True)
    ]
    detail = {"field": "part", "type": "nominal"}
    return {
        "width": WIDTH, "height": height,
        "layer": [
            layer(points, {"type": "line", "strokeWidth": 1.4}, x=field("x", **x), y=field("y", **y), stroke=raw("c"),
                  detail=detail, description=raw("a")),
            layer(seeds, {"type": "point", "size": 40, "strokeWidth": 1, "opacity": 0.6}, x=field("x"), y=field("y"),
                  stroke=raw("c"), shape=raw("s"), description=raw("a")),
            layer(points, {"type": "point", "size": 30, "opacity": 1}, x=field("x"), y=field("y"), stroke=raw("c"),
                  fill=raw("c"), shape=raw("s"), description=raw("d")),
            layer(rings, {"type": "point", "size": 180, "strokeWidth": 2, "opacity": 1}, x=field("x"), y=field("y"),
                  stroke=raw("c"), description=raw("a")),
            words(names),
        ],
    }  # fmt: skip


def _points(name: str, line: Line, entries: Sequence[change_points.HistoryEntry]) -> list[Spec]:
    look = palette.style(name)
    found: list[Spec] = []
    series: dict[Hashable, list[tuple[int, change_points.Point]]] = {}
    for at, point in zip(line.runs, line.points, strict=True):
        series.setdefault(point.series, []).append((at, point))
    for part, same in enumerate(series.values()):
        if len(same) > _FEW:
            blocks = [same[i * len(same) // _FEW : (i + 1) * len(same) // _FEW] for i in range(_FEW)]
            same = [sorted(block, key=lambda pair: pair[1].mean)[len(block) // 2] for block in blocks]
        for at, point in same:
            run = printable(PurePath(entries[at].run).name)
            text = f"{run} of {entries[at].when:%Y-%m-%d} · {_describe(point)}"
            found.append({"x": at + 1, "y": 100 * point.mean, "part": f"{name} {part}", "c": look.colour, "s": look.mark,
                          "a": f"{name}|", "g": name, "d": f"{name}|{text}"})  # fmt: skip
    return found


def _describe(point: change_points.Point) -> str:
    """Write value, interval, seeds and test images."""
    values = ", ".join(percent(value) for value in point.values[:_NAMED]) + (
        ", ..." if len(point.values) > _NAMED else ""
    )
    seeds = f": {values}" if len(point.values) > 1 else ""
    interval = value_and_interval(point.values, point.images)
    return f"{interval} · n = {count(len(point.values), 'seed')}{seeds} · {count(point.images, 'test image')}"


def _seeds(name: str, line: Line) -> list[Spec]:
    """Return every training as a short stroke."""
    colour = palette.style(name).colour
    return [
        {"x": at + 1, "y": 100 * value, "c": colour, "s": "M-1 0H1", "a": f"{name}|"}
        for at, point in zip(line.runs, line.points, strict=True)
        if len(point.values) > 1
        for value in point.values
    ]

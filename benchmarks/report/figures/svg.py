"""Draws a chart's specification as SVG for the page.

Vega does it for `--png`; for the page it takes too long (0.9 seconds to start, 0.05 per chart), and its SVG is three times as
large. So this short writer draws what our charts use of Vega-Lite: layers of lines, areas, rules, ticks, points and words upon two
axes with given domains. It refuses other marks. A test holds it to Vega's own drawing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from markupsafe import escape

from benchmarks.report import palette
from benchmarks.report.figures.spec import Spec
from benchmarks.report.format import minus, printable, si
from benchmarks.report.table import Chart

_WIDE = 6.6
"""Pixels of a character at 12 pixels."""
_ANCHORS = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}


def svg(chart: Chart) -> str:
    """Draw a chart to stand inside HTML: each mark holds its text as `<title>`, and `data-ar`, by which it is filtered.

    Colours are the page's CSS variables, so they follow its theme; those of architectures follow from `data-ar`, and marks are its symbols
    `k-KEY`. What all marks of an architecture say (`g` of the first) is the `<title>` of their group.

    Raises:
        ValueError: The specification has something that is not drawn here.

    """
    spec = chart.spec
    across, down = _Axis.of(spec, "x"), _Axis.of(spec, "y")
    inside = "".join(_layer(layer, across, down) for layer in spec["layer"])
    left = 6 + (max(len(text) for _, text in down.ticks) * _WIDE if down.ticks else 0)
    right = max([10.0, *(_beyond(word, spec) for layer in spec["layer"] for word in _words(layer))])
    bottom = 38 if across.title else 22
    width, height = spec["width"] + left + right, spec["height"] + 8 + bottom
    return (
        f'<svg class="marks" width="{width:.0f}" height="{height:.0f}" viewBox="{-left:.0f} -8 {width:.0f} {height:.0f}" '
        f'aria-hidden="true">'
        f"{_axes(across, down)}{inside}</svg>"
    )


@dataclass(frozen=True)
class _Axis:
    """One axis: where values lie on `length` pixels, its numbers, and whether lines are drawn across the chart."""

    length: float
    ticks: Sequence[tuple[float, str]]
    title: str
    grid: bool
    inked: bool
    place: Callable[[Any], float]

    @classmethod
    def of(cls, spec: Mapping[str, Any], name: str) -> "_Axis":
        """Read it from the first layer that scales it."""
        encodings = (layer["encoding"].get(name, {}) for layer in spec["layer"])
        found = next(one for one in encodings if one.get("scale") is not None or "sort" in one)
        length, axis = spec["width" if name == "x" else "height"], found["axis"]
        look = (axis.get("title") or "", axis.get("grid", name == "y"), "labelColor" in axis)
        if found["type"] == "nominal":
            step = length / len(found["sort"])
            places = {one: step * (i + 0.5) for i, one in enumerate(found["sort"])}
            return cls(length, [(at, one) for one, at in places.items()], *look, places.__getitem__)
        low, high = found["scale"]["domain"]
        log = found["scale"].get("type") == "log"

        def place(value: float) -> float:
            share = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
            return float(length * (share if name == "x" else 1 - share))

        values = (
            axis["values"]
            if "values" in axis
            else ticks(low, high, axis["tickCount"], axis.get("tickMinStep", 0))
        )
        write = si if "labelExpr" in axis else _written(values)
        return cls(length, [(place(value), write(value)) for value in values], *look, place)


def ticks(low: float, high: float, most: int, least_step: float = 0.0) -> list[float]:
    """Choose round numbers as Vega does: in steps of 1, 2 or 5 times a power of ten, about `most` of them."""
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    error = raw / power
    factor = (
        10 if error >= math.sqrt(50) else 5 if error >= math.sqrt(10) else 2 if error >= math.sqrt(2) else 1
    )
    step = max(power * factor, least_step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _written(values: Sequence[float]) -> Callable[[float], str]:
    """Write numbers with as many decimals as the step between them has."""
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return lambda value: minus(f"{value:,.{digits}f}")


def _axes(across: _Axis, down: _Axis) -> str:
    width, height = across.length, down.length
    lines = [f"M0 {_px(at)}h{width}" for at, _ in down.ticks if down.grid]
    lines += [f"M{_px(at)} 0v{height}" for at, _ in across.ticks if across.grid]
    strokes = "".join(f"M{_px(at)} {height}v4" for at, _ in across.ticks)
    names = "".join(
        f'<text x="-6" y="{_px(at + 4)}" text-anchor="end">{_text(text)}</text>' for at, text in down.ticks
    )
    numbers = "".join(
        f'<text x="{_px(at)}" y="{height + 17}">{_text(text)}</text>' for at, text in _apart(across.ticks)
    )
    ink = ' class="ink"' if down.inked else ""
    title = f'<text x="{width / 2:g}" y="{height + 34}">{_text(across.title)}</text>' if across.title else ""
    return (
        f'<g class="axes"><path class="gl" d="{"".join(lines)}"/><path d="M0 {height}h{width}{strokes}"/>'
        f"<g{ink}>{names}</g>"
        f'<g text-anchor="middle">{numbers}{title}</g></g>'
    )


def _apart(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Leave out numbers that would touch the one before."""
    kept: list[tuple[float, str]] = []
    for at, text in labels:
        if not kept or at - kept[-1][0] >= _WIDE * (len(text) + len(kept[-1][1])) / 2 + 4:
            kept.append((at, text))
    return kept


def _layer(layer: Spec, across: _Axis, down: _Axis) -> str:
    mark, encoding = layer["mark"], layer["encoding"]
    draw = _DRAWN.get(mark["type"])
    if draw is None:
        raise ValueError(f"marks of type {mark['type']!r} are not drawn on pages, only {', '.join(_DRAWN)}")
    field = encoding.get("description", {}).get("field")
    parts = []
    for key, values in groupby(
        layer["data"]["values"], lambda one: str(one.get(field, "")).partition("|")[0]
    ):
        same = list(values)
        found = draw(same, mark, encoding, across, down)
        shared = f"<title>{_text(same[0]['g'])}</title>" if field == "d" and "g" in same[0] else ""
        parts.append(f'<g data-ar="{_text(key)}">{shared}{found}</g>' if key else found)
    inside = "".join(parts)
    if not inside:
        return ""
    if mark.get("clip"):
        inside = f'<svg width="{across.length}" height="{down.length}">{inside}</svg>'
    return f"<g{_style(mark)}>{inside}</g>"


def _style(mark: Spec) -> str:
    """Write what all marks of a layer have in common."""
    kind = mark["type"]
    wide = float(mark["strokeWidth"] if "strokeWidth" in mark else mark.get("thickness", 1))
    if kind == "point":
        wide = 2 * wide / math.sqrt(mark["size"])  # a symbol is two units wide
    found = {
        "class": "m" if kind == "text" else "",
        "stroke-width": "" if kind in ("text", "area") else f"{wide:.3g}",
        "stroke-dasharray": " ".join(map(str, mark.get("strokeDash", ()))),
        "opacity": "" if mark.get("opacity", 1) == 1 else str(mark["opacity"]),
        "stroke": "" if kind in ("text", "area") else mark.get("color", "currentColor"),
        "fill": "none" if kind in ("line", "rule", "tick") else "currentColor",
    }
    return "".join(f' {name}="{value}"' for name, value in found.items() if value)


def _line(values: Sequence[Spec], mark: Spec, encoding: Spec, across: _Axis, down: _Axis) -> str:
    paths = []
    detail = encoding.get("detail", {}).get("field")
    for _, points in groupby(values, lambda value: value.get(detail)):
        spots = [(_px(across.place(p["x"])), _px(down.place(p["y"]))) for p in points]
        steps = mark.get("interpolate") == "step-after"
        rest = "".join(f"H{x}V{y}" if steps else f"L{x} {y}" for x, y in spots[1:])
        paths.append(f'<path d="M{spots[0][0]} {spots[0][1]}{rest}"/>')
    return "".join(paths)


def _area(values: Sequence[Spec], _mark: Spec, _encoding: Spec, across: _Axis, down: _Axis) -> str:
    top = [f"{_px(across.place(p['x']))} {_px(down.place(p['high']))}" for p in values]
    floor = [f"{_px(across.place(p['x']))} {_px(down.place(p['low']))}" for p in reversed(values)]
    return f'<path d="M{"L".join([*top, *floor])}Z"/>'


def _rule(values: Sequence[Spec], _mark: Spec, encoding: Spec, across: _Axis, down: _Axis) -> str:
    found = []
    for value in values:
        if "x2" in encoding:
            start, end = (across.place(value[end]) for end in ("low", "high"))
            found.append(f'<path d="M{_px(start)} {_px(down.place(value["line"]))}H{_px(end)}"/>')
        elif "y2" in encoding:
            start, end = (down.place(value[end]) for end in ("low", "high"))
            found.append(f'<path d="M{_px(across.place(value["x"]))} {_px(start)}V{_px(end)}"/>')
        else:
            found.append(f'<path d="M{_px(across.place(value["x"]))} 0v{down.length}"/>')
    return "".join(found)


def _tick(values: Sequence[Spec], mark: Spec, _encoding: Spec, across: _Axis, down: _Axis) -> str:
    size = mark["size"]
    return "".join(
        f'<path d="M{_px(across.place(value["x"]))} {_px(down.place(value["line"]) - size / 2)}v{size}">{_title(value)}</path>'
        for value in values
    )


def _point(values: Sequence[Spec], mark: Spec, encoding: Spec, across: _Axis, down: _Axis) -> str:
    size = math.sqrt(mark["size"])
    found = []
    for value in values:
        x, y = across.place(value["x"]), down.place(value[encoding["y"]["field"]])
        look = palette.style(str(value.get("d", value.get("a", ""))).partition("|")[0])
        path = value.get("s", palette.CIRCLE)
        filled = "f" in value or "fill" in encoding
        colour = "" if value["c"] == look.colour else f' color="{value["c"]}"'
        ground = value.get("f", value["c"]) != value["c"]
        fill = "" if filled and not ground else f' fill="{value["f"] if ground else "none"}"'
        if path == look.mark:
            box = f'href="#k-{look.key}" x="{_px(x - size / 2)}" y="{_px(y - size / 2)}" width="{size:.3g}" height="{size:.3g}"'
            found.append(f"<use {box}{colour}{fill}>{_title(value)}</use>")
        else:
            box = f'transform="translate({_px(x)} {_px(y)})scale({size / 2:.3g})" d="{path}"'
            found.append(f"<path {box}{colour}{fill}>{_title(value)}</path>")
    return "".join(found)


def _text_marks(values: Sequence[Spec], _mark: Spec, _encoding: Spec, _across: _Axis, _down: _Axis) -> str:
    found = []
    for value in values:
        colour = "" if value["a"] != "|" else f' fill="{value["c"]}"'
        at = f'x="{_px(value["x"])}" y="{_px(value["y"] + 4)}"{_ANCHORS[value["side"]]}'
        found.append(f"<text {at}{colour}>{_text(value['text'])}</text>")
    return "".join(found)


_DRAWN = {
    "line": _line, "area": _area, "rule": _rule, "tick": _tick, "point": _point, "text": _text_marks,
}  # fmt: skip


def _words(layer: Spec) -> Sequence[Spec]:
    return layer["data"]["values"] if layer["mark"]["type"] == "text" else ()


def _beyond(word: Spec, spec: Mapping[str, Any]) -> float:
    """Return how far a word reaches beyond the right edge, in pixels."""
    share = {"left": 1.0, "center": 0.5, "right": 0.0}[word["side"]]
    return float(word["x"] + share * _WIDE * len(word["text"]) - spec["width"])


def _title(value: Spec) -> str:
    text = str(value.get("d", "")).partition("|")[2]
    return f"<title>{_text(text)}</title>" if text else ""


def _text(text: str) -> str:
    return str(escape(printable(text)))


def _px(value: float) -> str:
    """Write tenths of a pixel."""
    return f"{value:.1f}".removesuffix(".0")

"""Charts: one Vega-Lite specification is drawn as SVG for the page and as PNG for elsewhere, both when the report is made.

vl-convert runs Vega without a browser and without a network. So the page needs no library, works without scripts, and its colours stay
CSS variables, which follow the theme.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert

from benchmarks.report import palette
from benchmarks.report.figures.spec import Spec
from benchmarks.report.format import printable
from benchmarks.report.palette import Style
from benchmarks.report.table import Chart, Figure
from benchmarks.results.atomic import write_atomically

_SVG = "http://www.w3.org/2000/svg"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_KEPT = {"d", "transform", "x2", "y2", "width", "height", "viewBox", "fill", "stroke", "class", "text-anchor",
         "stroke-width", "stroke-dasharray", "stroke-linecap", "font-size", "font-weight", "fill-opacity",
         "stroke-opacity", "clip-path", "id", "x", "y"}  # fmt: skip
_CONFIG: Spec = {
    "background": None,
    "view": {"stroke": None},
    "text": {"fontSize": 12, "aria": False},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": "var(--muted)",
        "titleColor": "var(--muted)", "gridColor": "var(--rule)", "domainColor": "var(--axis)", "tickColor": "var(--axis)",
        "tickSize": 4, "titlePadding": 6, "aria": False,
    },
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
}  # fmt: skip


def svg(chart: Chart) -> str:
    """Draw a chart as SVG to stand inside HTML: each mark holds its text as `<title>`, and `data-ar`, by which it is filtered."""
    document = vl_convert.vegalite_to_svg(_document(chart.spec), vl_version="v5.20")
    ET.register_namespace("", _SVG)
    root = ET.fromstring(document)  # noqa: S314  (our own, written a moment ago)
    for ancestor in list(root.iter()):
        for child in list(ancestor):
            if _is_empty(child):
                ancestor.remove(child)
    ids = {
        name: f"{chart.key}-{i}"
        for i, name in enumerate(e.attrib["id"] for e in root.iter() if "id" in e.attrib)
    }
    for element in root.iter():
        _adapt(element, ids)
    root.set("aria-hidden", "true")
    text = ET.tostring(root, encoding="unicode").replace(f' xmlns="{_SVG}"', "", 1)
    text = re.sub(r"<g>(<[a-z]+ [^<>]*/>)?</g>|<g class=\"mark-[a-z]+ role-axis-grid\"/>", r"\1", text)
    return re.sub(r"(\d+\.\d{2})\d+", r"\1", text)


def write_png(figure: Figure, folder: Path, note: str, looks: Mapping[str, Style]) -> Path:
    """Draw a figure into `folder`, in the light colours, with its title and `note` above.

    Raises:
        OSError: It cannot be written.

    """
    charts = [dict(chart.spec) | {"title": _title(chart.title, 13)} for chart in figure.charts]
    columns = 2 if len(charts) in (2, 4) else 3
    whole = {
        "title": _title(figure.title, 16) | {"subtitle": note, "subtitleColor": palette.TOKENS["muted"][0], "offset": 14},
        "concat": charts, "columns": min(columns, len(charts)), "spacing": 28, "padding": 16,
    }  # fmt: skip
    spec = palette.literal(_with_ground(_document(whole)), looks)
    spec["config"] |= {"background": palette.TOKENS["card"][0]}
    path = folder / f"{figure.key}.png"
    write_atomically(path, vl_convert.vegalite_to_png(spec, vl_version="v5.20", scale=2))
    return path


def _with_ground(spec: Any) -> Any:
    """Draw each layer of coloured words upon a ground of its own, as the page's style does, so that no line strikes them through."""
    if isinstance(spec, list):
        return [_with_ground(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    found = {key: value if key == "data" else _with_ground(value) for key, value in spec.items()}
    layers = found.get("layer", [])
    if any("side" in str(one["mark"].get("align")) for one in layers):
        found["layer"] = [part for one in layers for part in (*_grounds(one), one)]
    return found


def _grounds(one: Spec) -> list[Spec]:
    if "side" not in str(one["mark"].get("align")):
        return []
    mark = one["mark"] | {"stroke": "var(--card)", "strokeWidth": 4, "strokeJoin": "round"}
    return [one | {"mark": mark, "encoding": {k: v for k, v in one["encoding"].items() if k != "color"}}]


def _title(text: str, size: int) -> Spec:
    return {"text": text, "anchor": "start", "color": palette.TOKENS["ink"][0], "fontSize": size}


def _document(spec: Mapping[str, Any]) -> Spec:
    return {"$schema": _SCHEMA, **_clean(spec), "config": dict(_CONFIG)}


def _clean(value: Any) -> Any:
    """Replace what cannot be printed, or encoded, in text that came from runs."""
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return printable(value) if isinstance(value, str) else value


def _is_empty(element: ET.Element) -> bool:
    path = element.get("d")
    if path is not None and (not path or path == "M0,0h0v0h0Z" or element.get("display") == "none"):
        return True
    return (
        path is not None and element.get("class") in ("background", "foreground") and not element.get("fill")
    )


def _adapt(element: ET.Element, ids: Mapping[str, str]) -> None:
    said = element.get("aria-label", "")
    architecture, bar, text = said.partition("|")
    for name in list(element.attrib):
        if name not in _KEPT or (element.get(name) == "1" and name == "stroke-opacity"):
            if name == "opacity" and element.get(name) != "1":
                element.set("fill-opacity" if element.get("fill") else "stroke-opacity", element.attrib[name])
            del element.attrib[name]
    if element.tag == f"{{{_SVG}}}g" and (element.get("class") or "").startswith("mark-"):
        if "role-mark" not in element.attrib["class"]:
            del element.attrib["class"]
        else:
            element.set("class", "m")
    if "id" in element.attrib:
        element.set("id", ids[element.attrib["id"]])
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", f"url(#{ids[clip[5:-1]]})")
    if bar:
        element.set("data-ar", architecture)
        if text:
            title = ET.Element(f"{{{_SVG}}}title")
            title.text = text
            element.insert(0, title)

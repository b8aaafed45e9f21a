"""Draws charts as PNG files: the specifications that the page shows, in its light colours.

vl-convert runs Vega without a browser and without a network.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert

from benchmarks.report import palette
from benchmarks.report.figures.spec import Spec
from benchmarks.report.format import printable
from benchmarks.report.palette import Style
from benchmarks.report.table import Figure
from benchmarks.results.atomic import write_atomically

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
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
    if "layer" in found:
        found["layer"] = [part for one in found["layer"] for part in (*_grounds(one), one)]
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

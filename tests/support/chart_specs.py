"""What a chart's Vega-Lite specification has to be: Vega-Lite itself draws a misspelt field or channel as nothing, without a word."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import vl_convert

from benchmarks.report.figures import vega
from benchmarks.report.table import Chart

CHANNELS = {
    "x", "y", "x2", "y2", "xOffset", "yOffset", "color", "fill", "stroke", "opacity", "fillOpacity", "strokeOpacity", "size",
    "shape", "strokeDash", "strokeWidth", "text", "detail", "order", "description", "angle",
}  # fmt: skip
"""Encoding channels of Vega-Lite 5, without those of facets, maps and tooltips."""


def check(chart: Chart) -> None:
    """Fail unless Vega-Lite compiles a chart, each of its marks is drawn from data and legible, and every field that is named exists."""
    json.dumps(chart.spec, allow_nan=False)
    units = list(_units(chart.spec, {}, {}))
    assert units, f"{chart.key} draws nothing"
    for mark, encoding, data in units:
        where = f"{chart.key}, {mark}"
        assert set(encoding) <= CHANNELS, where
        assert mark.get("fontSize", 12) >= 11.5, where
        for channel, definition in encoding.items():
            for name in _fields(definition):
                assert all(name in row for row in data.get("values", ())), (where, channel, name)
    compiled = vl_convert.vegalite_to_vega(vega._document(chart.spec), vl_version="v5.20")
    assert compiled["marks"], chart.key


def _units(
    spec: Mapping[str, Any], encoding: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[tuple[Any, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield mark, encoding and data of every view without parts, with what it inherits."""
    encoding, data = {**encoding, **spec.get("encoding", {})}, spec.get("data", data)
    parts = [part for kind in ("layer", "concat", "hconcat", "vconcat") for part in spec.get(kind, ())]
    for part in parts:
        yield from _units(part, encoding, data)
    if "mark" in spec:
        yield spec["mark"], encoding, data


def _fields(definition: Any) -> Iterator[str]:
    """Yield the fields that a channel names, those of its conditions too."""
    if isinstance(definition, Mapping):
        if isinstance(definition.get("field"), str):
            yield definition["field"]
        for value in definition.values():
            yield from _fields(value)

"""Building blocks of Vega-Lite specifications: layers, encodings, and words at places in pixels."""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]


def layer(values: Sequence[Mapping[str, Any]], mark: Spec, **encoding: Any) -> Spec:
    """Return one layer with data of its own."""
    return {"data": {"values": list(values)}, "mark": mark, "encoding": encoding}


def field(name: str, kind: str = "quantitative", **more: Any) -> Spec:
    """Return an encoding by a field."""
    return {"field": name, "type": kind, **more}


def raw(name: str) -> Spec:
    """Return an encoding whose field already holds a colour, a shape or a text."""
    return {"field": name, "type": "nominal", "scale": None}


def axis(low: float, high: float, *, log: bool = False, **look: Any) -> Spec:
    """Return scale and axis of an encoding that end exactly there, with more of how the axis looks."""
    kind = {"type": "log"} if log else {"zero": False}
    return {"scale": {"domain": [low, high], "nice": False, **kind}, "axis": look}


def words(texts: Sequence[Mapping[str, Any]]) -> Spec:
    """Return words at places in pixels: `text`, `x`, `y`, `side`, colour `c`, and `a`, by which they are filtered.

    The page's style gives each a ground of its own, so that no line strikes it through.
    """
    style: Spec = {"type": "text", "baseline": "middle", "align": {"expr": "datum.side"}, "aria": True}
    place = {"type": "quantitative", "scale": None, "axis": None}
    return layer(
        texts, style, x={"field": "x", **place}, y={"field": "y", **place}, color=raw("c"), text=field("text", "nominal"),
        description=raw("a"),
    )  # fmt: skip


def word(text: str, x: float, y: float, side: str, colour: str, architecture: str = "") -> Spec:
    """Return one word for `words`."""
    return {
        "text": text,
        "x": round(x, 1),
        "y": round(y, 1),
        "side": side,
        "c": colour,
        "a": f"{architecture}|",
    }


def within(low: float, high: float) -> tuple[float, float]:
    """Keep the ends of an axis of percentages between 0 and 100: there is no accuracy of 101%."""
    return max(low, 0.0), min(high, 100.0)

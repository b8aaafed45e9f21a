"""Figures: drawn once by matplotlib, written as SVG for the page and as PNG for elsewhere.

matplotlib, because one library gives both without a browser or a network, and its SVG of a whole grid takes less than half a
megabyte; Plotly's and Vega's scripts alone are larger.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from benchmarks.report.figures.palette import CARD, COLOURS, GRID, INK, MUTED
from benchmarks.report.format import si
from benchmarks.report.table import Figure, Panel
from benchmarks.results.atomic import write_atomically

_HEAD = 0.55  # inches above the panels of a PNG
_BOTTOM, _TOP, _RIGHT = 0.2, 0.04, 0.04
_STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 8.5, "text.color": INK, "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID, "axes.facecolor": "none", "axes.linewidth": 0.8, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True, "grid.color": GRID,
    "grid.linewidth": 0.6, "xtick.color": GRID, "ytick.color": GRID, "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED, "xtick.minor.size": 0, "ytick.minor.size": 0, "lines.linewidth": 1.6,
    "lines.markersize": 5.5, "svg.fonttype": "none", "svg.hashsalt": "report", "svg.image_inline": True,
    "image.composite_image": False, "text.parse_math": False, "axes.titlesize": 9,
}  # fmt: skip
_VARIABLES = {light.lower(): f"var(--{name})" for name, (light, _) in COLOURS.items()}
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"


def svg(panel: Panel) -> str:
    """Draw a panel as SVG to stand inside HTML: colours and font are the page's, no id meets another's."""
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=panel.size)
        _draw(canvas, panel, (0, 0, 1, 1))
        buffer = io.BytesIO()
        canvas.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    return _inline(buffer.getvalue(), panel)


def write_png(figure: Figure, folder: Path, note: str, columns: int) -> Path:
    """Draw a figure into `folder`, in the light colours, with its title and `note` above.

    Raises:
        OSError: It cannot be written.

    """
    columns = min(columns, len(figure.panels))
    size = figure.panels[0].size
    rows = -(-len(figure.panels) // columns)
    width, height = max(columns * size[0], 4.5), rows * (size[1] + 0.3) + _HEAD
    body = 1 - _HEAD / height
    with mpl.rc_context(_STYLE | {"savefig.facecolor": CARD}):
        canvas = Canvas(figsize=(width, height))
        edge = 0.12 / width
        canvas.text(edge, 1 - 0.1 / height, drawable(figure.title), va="top", size=12, weight="bold")
        canvas.text(edge, 1 - 0.34 / height, drawable(note), va="top", size=8, color=MUTED)
        for i, panel in enumerate(figure.panels):
            row, column = divmod(i, columns)
            share = body / rows
            box = (column / columns, body - (row + 1) * share, 1 / columns, share * 0.93)
            _draw(canvas, panel, box).set_title(drawable(panel.title), loc="left", color=INK)
        buffer = io.BytesIO()
        canvas.savefig(buffer, format="png", dpi=150)
    path = folder / f"{figure.key}.png"
    write_atomically(path, buffer.getvalue())
    return path


def name(axes: Axes, text: str, at: tuple[float, float], **more: Any) -> None:
    """Write a name on a ground of its own, so that no line strikes it through."""
    ground = {"boxstyle": "square,pad=0.1", "facecolor": CARD, "edgecolor": "none", "alpha": 0.8}
    axes.annotate(text, at, color=INK, size=7.5, bbox=ground, zorder=4, **more)


def drawable(text: str) -> str:
    """Text from a run, without what the font may lack."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def percent(axis: Any) -> None:
    """Show shares as percentages."""
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))


def magnitude(axes: Axes, values: Sequence[float]) -> None:
    """Make the x axis logarithmic where the values span much, with few round numbers on it."""
    low, high = min(values), max(values)
    if low > 0 and high / low > 4:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.6, high * 1.6)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if high / low < 300 else (1,)))
    else:
        margin = 0.12 * ((high - low) or high or 1)
        axes.set_xlim(low - margin, high + margin)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: si(value)))
    axes.xaxis.set_minor_locator(NullLocator())


_NO_METADATA: Any = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def _draw(canvas: Canvas, panel: Panel, box: tuple[float, float, float, float]) -> Axes:
    x, y, width, height = box
    inner = (x + panel.left * width, y + _BOTTOM * height,
             (1 - panel.left - _RIGHT) * width, (1 - _BOTTOM - _TOP) * height)  # fmt: skip
    axes = canvas.add_axes(inner)
    axes.tick_params(length=0)
    panel.draw(axes)
    return axes


def _inline(document: bytes, panel: Panel) -> str:
    """What matplotlib wrote, without what only a file of its own needs."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(document)  # noqa: S314  (our own, written a moment ago)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", panel.alt)
    used = set(re.findall(r'#([\w-]+)["\)]', document.decode()))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _adapt(element, panel.key, used)
    text = ET.tostring(root, encoding="unicode")
    return re.sub(r">\s+<", "><", text.replace(f' xmlns="{_SVG}"', "", 1))


def _adapt(element: ET.Element, prefix: str, used: set[str]) -> None:
    own = element.get("id")
    if own in used:
        element.set("id", f"{prefix}-{own}")
    elif own is not None:
        del element.attrib["id"]
    if (link := element.attrib.pop(_XLINK, None)) is not None:
        element.set("href", f"#{prefix}-{link[1:]}" if link.startswith("#") else link)
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", clip.replace("url(#", f"url(#{prefix}-"))
    if (style := element.get("style")) is not None:
        style = re.sub(r"#[0-9a-f]{6}", lambda match: _VARIABLES.get(match[0], match[0]), style)
        element.set("style", re.sub(r"'DejaVu Sans'[^;]*", "var(--sans)", style))

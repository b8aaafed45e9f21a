"""Confusion matrices as heat maps, for paper; the page has them as tables."""

from benchmarks.report.figures.spec import Spec, field, layer
from benchmarks.report.grid import cell_name
from benchmarks.report.table import Chart
from benchmarks.report.views.confusion import class_names, shares, worst
from benchmarks.results.schema import CellResult


def chart(cell: CellResult) -> Chart:
    """Draw what each class was taken for, in percent of the class."""
    names, matrix = class_names(cell), shares(cell)
    values = [
        {"true": names[i], "answer": names[j], "share": round(100 * float(share), 1)}
        for i, line in enumerate(matrix)
        for j, share in enumerate(line)
    ]
    side = min(26, max(3, 520 // len(names)))
    axis = {
        "labelLimit": 80,
        "domain": False,
        "ticks": False,
        **({"labels": False} if len(names) > 40 else {}),
    }
    x = field("answer", "nominal", sort=list(names), axis={**axis, "title": "answer", "labelAngle": -60})
    y = field("true", "nominal", sort=list(names), axis={**axis, "title": "true class"})
    colour = {
        "field": "share",
        "type": "quantitative",
        "legend": None,
        "scale": {"type": "sqrt", "scheme": "blues"},
    }
    layers: list[Spec] = [layer(values, {"type": "rect"}, x=x, y=y, color=colour)]
    if len(names) <= 12:
        text = {"field": "share", "type": "quantitative", "format": ".0f"}
        dark = {"condition": {"test": "datum.share > 45", "value": "white"}, "value": "#16202a"}
        few = [value for value in values if value["share"] >= 0.5]  # type: ignore[operator]
        layers.append(layer(few, {"type": "text"}, x=x, y=y, text=text, color=dark))
    spec: Spec = {"width": side * len(names), "height": side * len(names), "layer": layers}
    return Chart(f"confusion-{cell.id}", cell_name(cell), worst(cell), spec, cell.dataset)

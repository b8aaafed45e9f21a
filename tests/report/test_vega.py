"""Every chart is a specification that Vega-Lite compiles, and draws what it names."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.comparison import compare
from benchmarks.report import build, pngs
from benchmarks.report.collection import collect
from benchmarks.report.figures.spec import field, layer
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.table import Chart
from benchmarks.report.writers import html_page
from benchmarks.results.run import from_dict
from tests.support.chart_specs import check
from tests.support.full_grid import SMALL, collection, grid
from tests.support.run_factory import save

KINDS = ("accuracy", "confusion", "cost", "curves", "seeds", "study", "trend")


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chart]:
    """One chart of each kind: those of the three pages, and those that only `--png` draws."""
    found: dict[str, Chart] = {}

    def drawn(chart: Chart) -> str:
        found.setdefault(chart.key.partition("-")[0], chart)
        return ""

    folder = tmp_path_factory.mktemp("runs")
    runs = [grid(2, **SMALL, datetime=f"2025-01-0{day}T00:00:00") for day in (1, 2)]
    saved = collect([str(save(folder / f"{i}.json", one)) for i, one in enumerate(runs)], folder)
    fallen = collection(grid(5, **SMALL, shift=-0.2))
    base = from_dict(grid(5, **SMALL, draw=1), "base.json")
    compared = Comparison(base, fallen.subject, compare(base, fallen.subject))
    for page in (build.page(collection(runs[0])), build.page(fallen, compared), build.page(saved)):
        html_page.html(page, drawn)
    for figure in pngs.figures(saved):
        for chart in figure.charts:
            drawn(chart)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_valid(charts: dict[str, Chart], kind: str) -> None:
    check(charts[kind])


def test_every_kind_of_chart_is_tested(charts: dict[str, Chart]) -> None:
    assert set(charts) == set(KINDS)


@pytest.mark.parametrize(
    "encoding",
    [
        {"x": field("lift", "quantitative")},
        {"xx": field("left")},
        {"x": {"field": "left", "type": "number"}},
    ],
)
def test_what_vega_lite_would_draw_as_nothing_is_found(encoding: dict[str, Any]) -> None:
    good = Chart("good", "Good", "", layer([{"left": 1}], {"type": "point"}, x=field("left")))
    check(good)
    with pytest.raises((AssertionError, ValueError)):
        check(replace(good, spec={**good.spec, "encoding": encoding}))

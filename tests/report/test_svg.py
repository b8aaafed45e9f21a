"""Charts of the page: drawn as Vega draws the same specification, and every mark says what it shows."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
import vl_convert

from benchmarks.comparison import change_points
from benchmarks.report import palette
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.figures import curves, intervals, trend, vega
from benchmarks.report.figures.svg import svg, ticks
from benchmarks.report.format import si
from benchmarks.report.groups import group
from benchmarks.report.table import Chart
from benchmarks.report.views import costs
from benchmarks.results.run import Run, from_dict
from tests.support.full_grid import SMALL, grid, large
from tests.support.run_factory import cell, run

INTERVAL = r"\d+\.\d\d % ± \d+\.\d\d \(95% interval over seeds: \d+\.\d\d to \d+\.\d\d\)"


def of_time(n: int) -> list[Run]:
    return [
        from_dict(grid(3, **SMALL, draw=i, datetime=f"2026-01-0{i + 1}T00:00:00"), f"{i}.json")
        for i in range(n)
    ]


def drawn(runs: Sequence[Run] = ()) -> dict[str, Chart]:
    """One chart of each kind that pages have."""
    runs = runs or of_time(4)
    (one,) = group(runs[-1:])
    column = one.grid.columns[0]
    trade = costs.tradeoff(costs.COSTS[0], column, one.grid)
    curve = curves.chart(column)
    entries = [change_points.entry(run) for run in runs]
    over_time = trend.charts(entries, [])
    assert trade is not None
    assert curve is not None
    old, new = (run.cells["lenet-mnist"] for run in (runs[0], runs[-1]))
    return {
        "cost": cost_figures.chart(trade, one.grid), "curves": curve, "trend": over_time[0],
        "sides": intervals.both_sides(old, new),
    }  # fmt: skip


def titles(chart: Chart) -> list[str]:
    """What the marks of a chart say; what a group of marks shares is said by each."""
    found = []
    for inside in re.findall(r"<g data-ar[^>]*>(.*?)</g>", svg(chart)):
        shared = re.match(r"<title>(.*?)</title>", inside)
        own = re.findall(r"<(?:use|path)[^>]*><title>(.*?)</title>", inside)
        found += [f"{shared[1]} · {text}" if shared else text for text in own]
    return found


@pytest.mark.parametrize("kind", ["cost", "curves", "trend", "sides"])
def test_marks_and_numbers_lie_where_vega_puts_them(kind: str) -> None:
    chart = drawn()[kind]
    spec = palette.literal(chart.spec, palette.styles(("lenet", "vgg")))
    theirs = vl_convert.vegalite_to_svg(vega._document(spec), vl_version="v5.20")
    points = re.findall(r'<path aria-label="[^"|]*\|[^"]*" role="graphics-symbol" aria-roledescription="point" '
                        r'transform="translate\(([-\d.]+),([-\d.]+)\)"', theirs)  # fmt: skip
    wanted = sorted((round(float(x), 1), round(float(y), 1)) for x, y in points)
    ours = svg(chart)
    boxes = re.findall(r'<use href="#k-\w+" x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)"', ours)
    found = [(float(x) + float(size) / 2, float(y) + float(size) / 2) for x, y, size in boxes]
    found += [
        (float(x), float(y)) for x, y in re.findall(r'transform="translate\(([-\d.]+) ([-\d.]+)\)scale', ours)
    ]
    assert len(found) == len(wanted) > 1
    for axis in (0, 1):
        places, theirs_there = (sorted(spot[axis] for spot in spots) for spots in (found, wanted))
        assert places == pytest.approx(theirs_there, abs=0.3)
    numbers = re.findall(r">([\d.,]+)</text>", theirs)
    assert set(re.findall(r">([\d.,]+)</text>", ours)) <= set(numbers)


@pytest.mark.parametrize(
    ("kind", "cell"), [("cost", "lenet on MNIST"), ("curves", "lenet on MNIST"), ("trend", "lenet")]
)
def test_every_mark_says_value_interval_seeds_and_images(kind: str, cell: str) -> None:
    said = titles(drawn()[kind])
    assert len(said) >= 2
    assert any(text.startswith(f"{cell} · ") for text in said)
    for text in said:
        assert re.search(INTERVAL, text), text
        assert "n = 3 seeds" in text
        assert "200 test images" in text


def test_single_seeds_say_their_accuracy() -> None:
    said = titles(drawn()["sides"])
    assert sum(bool(re.search(r", seed \d · \d+\.\d\d % · 200 test images", text)) for text in said) == 6
    assert sum("95% interval" in text for text in said) == 2


def test_the_trend_draws_every_seed_and_names_it() -> None:
    chart = drawn()["trend"]
    assert svg(chart).count('d="M-1 0H1"') == 2 * 4 * 3  # architectures, runs, seeds
    assert all(re.search(r"n = 3 seeds: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d", text) for text in titles(chart))


def test_a_ring_lies_in_the_chart_of_its_own_setting_and_lines_join_like_runs() -> None:
    def at(i: int) -> change_points.HistoryEntry:
        """Twenty runs, in turn of two protocols; one of them falls."""
        protocol, fell = ("quick", "study")[i % 2], i % 2 and i > 9
        info = cell([0.8 if fell else 0.9] * 3, protocol=protocol, fingerprint=f"{protocol} {i // 2 % 2}")
        when = f"2026-01-{i + 1:02}T00:00:00"
        return change_points.entry(from_dict(run(info, datetime=when), f"{i}.json"))

    entries = [at(i) for i in range(20)]
    steps = [step for found in change_points.change_points(entries).values() for step in found]
    for chart in trend.charts(entries, steps):
        line, _, _, rings, _ = (layer["data"]["values"] for layer in chart.spec["layer"])
        assert len({point["part"] for point in line}) == 2
        assert len(rings) == (2 if "study" in chart.title else 0)


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (94.1, 97.3, 5, [94.5, 95, 95.5, 96, 96.5, 97]),
        (1, 3, 6, [1, 2, 3]),
    ],
)
def test_numbers_on_axes_are_round(low: float, high: float, most: int, wanted: list[float]) -> None:
    assert ticks(low, high, most, 1 if most == 6 else 0) == pytest.approx(wanted)


def test_what_it_cannot_draw_is_refused() -> None:
    chart = drawn()["cost"]
    other: dict[str, Any] = dict(chart.spec) | {
        "layer": [*chart.spec["layer"], {"mark": {"type": "arc"}, "encoding": {}}]
    }
    with pytest.raises(ValueError, match="'arc' are not drawn on pages"):
        svg(Chart("key", "title", "alt", other))


def test_text_of_runs_cannot_leave_its_mark() -> None:
    chart = drawn()["cost"]
    spec: dict[str, Any] = dict(chart.spec)
    spec["layer"] = [
        layer | {"data": {"values": [dict(v, d="lenet|</title><script>\x07") if "d" in v else v for v in layer["data"]["values"]]}}
        for layer in spec["layer"]
    ]  # fmt: skip
    text = svg(Chart("key", "title", "alt", spec))
    assert "<script>" not in text
    assert "&lt;script&gt;?" in text


def test_costs_that_hardly_differ_stand_close_together() -> None:
    data = grid(3, **SMALL)
    for i, one in enumerate(data["benchmarks"]):
        one["extra_info"]["params_total"] = 273_066 + 170 * i
    (found,) = group([from_dict(data, "run.json")])
    trade = costs.tradeoff(costs.COSTS[1], found.grid.columns[0], found.grid)
    assert trade is not None
    drawing = svg(cost_figures.chart(trade, found.grid))
    assert re.findall(r">([\d.]+k)<", drawing) == ["240k", "260k", "280k", "300k"]
    one, other = (float(x) for x in re.findall(r'<use href="#k-\w+" x="([\d.]+)"', drawing))
    assert 0 < abs(one - other) < 2


@pytest.mark.parametrize(
    ("what", "written"),
    [(999.4, "999"), (999_400, "999k"), (999_999, "1M"), (999_999_999, "1G"), (2e12, "2T")],
)
def test_three_digits_with_a_unit_have_no_exponent(what: float, written: str) -> None:
    assert si(what) == written


def test_numbers_below_one_are_short_on_a_logarithmic_axis() -> None:
    data = grid(3, **SMALL)
    for one, seconds in zip(data["benchmarks"], (0.2, 2.2, 0.2, 2.2), strict=True):
        one["extra_info"]["seed_seconds"] = [seconds] * 3
    chart = drawn([from_dict(data, "run.json")] * 2)["cost"]
    theirs = vl_convert.vegalite_to_svg(
        vega._document(palette.literal(chart.spec, palette.styles(("lenet", "vgg"))))
    )
    for drawing in (svg(chart), theirs):
        assert {"0.3", "1", "3"} <= set(re.findall(r">([^<]+)</text>", drawing))


def test_a_line_joins_a_name_to_a_mark_that_another_touches() -> None:
    data = grid(3, **SMALL)
    lenet, vgg = (entry["extra_info"] for entry in data["benchmarks"][:2])
    vgg |= {
        key: lenet[key] for key in ("accuracies", "confusion", "correct", "history", "losses", "seed_seconds")
    }
    drawing = svg(drawn([from_dict(data, "run.json")] * 2)["cost"])
    for name in ("lenet", "vgg"):
        assert re.search(rf'<g data-ar="{name}"><path d="M[-\d. ]+L[-\d. ]+"/></g>', drawing)


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["cost", "curves", "trend", "sides"])
def test_no_axis_goes_below_nothing_or_above_all(kind: str, accuracy: float) -> None:
    data = grid(3, **SMALL)
    for one in data["benchmarks"]:
        info = one["extra_info"] | {"accuracies": [accuracy] * 3}
        for history in info["history"]:
            history["val_accuracy"] = [accuracy] * 3
        one["extra_info"] = {k: v for k, v in info.items() if k not in ("confusion", "correct", "diverged")}
    runs = [from_dict(data | {"datetime": f"2026-01-0{i + 1}T00:00:00"}, f"{i}.json") for i in range(4)]
    along = "x" if kind == "sides" else "y"
    axes = [layer["encoding"].get(along, {}) for layer in drawn(runs)[kind].spec["layer"]]
    low, high = next(axis["scale"]["domain"] for axis in axes if axis.get("scale"))
    assert 0 <= low < high <= 100


def test_a_curve_whose_first_epoch_is_unknown_is_told_from_the_next() -> None:
    data = grid(1, architectures=("vgg",), datasets=("mnist",), images=200, epochs=3)
    info = data["benchmarks"][0]["extra_info"]
    info["history"][0]["val_accuracy"][:2] = [None, 0.5]
    (found,) = group([from_dict(data, "run.json")])
    chart = curves.chart(found.grid.columns[0])
    assert chart is not None
    assert chart.alt.endswith(f"vgg 50.0% to {100 * info['accuracies'][0]:.1f}%.")


def test_where_a_seed_diverged_each_has_a_line_and_no_band_fills_the_chart() -> None:
    data = grid(3, architectures=("lenet", "vgg"), datasets=("svhn", "mnist"), images=200, epochs=3)
    (found,) = group([from_dict(data, "run.json")])
    for column in found.grid.columns:
        chart = curves.chart(column)
        assert chart is not None
        bands, seeds = ({v["a"] for v in part["data"]["values"]} for part in chart.spec["layer"][:2])
        diverged = {f"{cell.architecture}|" for cell in column.cells if cell.diverged_seeds}
        assert seeds == diverged
        assert bands == {"lenet|", "vgg|"} - diverged
        lines = re.search(r'<g stroke-width="0.8".*?</g></svg></g>', svg(chart))
        assert (lines[0].count("<path") if lines else 0) == 3 * len(diverged)


def test_names_of_many_curves_stay_beside_the_chart() -> None:
    data = large(35, 1)
    runs = [from_dict(data | {"datetime": f"2026-01-0{i + 1}T00:00:00"}, f"{i}.json") for i in range(2)]
    (found,) = group(runs[:1])
    entries = [change_points.entry(run) for run in runs]
    over_time = trend.charts(entries, [])[0]
    for chart in (curves.chart(found.grid.columns[0]), over_time):
        assert chart is not None
        names = [word["y"] for word in chart.spec["layer"][-1]["data"]["values"]]
        assert len(names) == 35
        assert min(names) >= 0
        assert max(names) <= chart.spec["height"]


def test_long_names_are_shortened_in_charts_alone() -> None:
    data = grid(2, architectures=("lenet", "vgg"), datasets=("mnist",), images=200, epochs=3)
    names = ["network_of_forty_characters_of_mine_no_1", "network_of_forty_characters_of_mine_no_2"]
    for entry, name in zip(data["benchmarks"], names, strict=True):
        entry["extra_info"]["architecture"] = name
    saved = run(*(entry["extra_info"] for entry in data["benchmarks"]))
    runs = [from_dict(saved | {"datetime": f"2026-01-0{i + 1}T00:00:00"}, f"{i}.json") for i in range(2)]
    (found,) = group(runs[:1])
    entries = [change_points.entry(one) for one in runs]
    trade = costs.tradeoff(costs.COSTS[1], found.grid.columns[0], found.grid)
    assert trade is not None
    charts = (
        cost_figures.chart(trade, found.grid),
        curves.chart(found.grid.columns[0]),
        trend.charts(entries, [])[0],
    )
    for chart in charts:
        assert chart is not None
        drawn_names = set(re.findall(r">(network_[^<]*)</text>", svg(chart)))
        assert drawn_names == {"network_of_…_mine_no_1", "network_of_…_mine_no_2"}
        assert all(name in chart.alt for name in names)

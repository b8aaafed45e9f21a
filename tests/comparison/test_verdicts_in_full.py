"""Whole verdicts, every field of them: of cells on one side, of cells without a test, and of second looks."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.comparison import power
from benchmarks.comparison.confirmation import confirm
from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import CellVerdict, GateReport, GateSettings, Identity, Side
from benchmarks.results.run import from_dict
from tests.support.gate_runs import LATER, compare, confirmed, grid, more, one_fell, only
from tests.support.run_factory import GRID, STEADY, cell, run

CHANCE = 0.1
APART = (0.86, 0.94, 0.88, 0.92, 0.9)


def side(values: Sequence[float | None]) -> Side:
    """The dead count as guessing among ten classes."""
    known = [CHANCE if value is None else value for value in values]
    deviation = statistics.stdev(known) if len(known) > 1 else None
    return Side(
        len(known), statistics.fmean(known), deviation, list(values).count(None), min(known), max(known)
    )


def assert_same(found: CellVerdict, expected: CellVerdict) -> None:
    """Compare field by field; sides and floats by approximation."""
    for name in CellVerdict.__dataclass_fields__:
        got, wanted = getattr(found, name), getattr(expected, name)
        if isinstance(wanted, Side):
            for part in Side.__dataclass_fields__:
                assert getattr(got, part) == pytest.approx(getattr(wanted, part), abs=1e-12), f"{name}.{part}"
        elif isinstance(wanted, float):
            assert got == pytest.approx(wanted, abs=1e-9), name
        else:
            assert got == wanted, name


# --- cells on one side ---


def test_a_new_cell() -> None:
    found = compare(run(cell()), run(cell(), cell(APART, architecture="vgg"))).cells[1]
    notes = ("not in the baseline: nothing gated",)
    assert_same(found, CellVerdict("vgg-mnist", "new", None, side(APART), notes=notes))


def test_a_new_cell_below_its_floor() -> None:
    report = compare(run(cell()), run(cell(), cell(APART, architecture="vgg", floor=0.95)))
    expected = CellVerdict(
        "vgg-mnist",
        "new",
        None,
        side(APART),
        findings=(
            "its floor fails in 5 of 5 seeds (lowest seed 0.8600, floor 0.9500), and no baseline judges it",
        ),
        notes=("not in the baseline: nothing gated",),
    )
    assert_same(report.cells[1], expected)
    assert report.status == 1


def missing(expected: bool, allowed: tuple[str, ...] = ()) -> CellVerdict:
    """Judge a run that lacks the baseline's second cell."""
    base, new = run(cell(), cell(APART, architecture="vgg")), run(cell())
    if expected:
        new["suite"]["expected"].append("vgg-mnist")
    return compare(base, new, allow_missing=allowed).cells[1]


def test_a_cell_that_did_not_finish() -> None:
    findings = ("missing: requested in the new run, not finished",)
    expected = CellVerdict("vgg-mnist", "missing", side(APART), findings=findings)
    assert_same(missing(expected=True), expected)
    assert_same(missing(expected=True, allowed=("vgg-mnist",)), expected)


def test_a_cell_that_was_not_requested() -> None:
    said = "in the baseline, not requested in the new run; --allow-missing unselected accepts that"
    expected = CellVerdict("vgg-mnist", "missing", side(APART), suspicions=(said,))
    assert_same(missing(expected=False), expected)
    allowed = CellVerdict("vgg-mnist", "missing", side(APART), notes=("not requested in this run",))
    assert_same(missing(expected=False, allowed=("vgg-mnist",)), allowed)
    assert_same(missing(expected=False, allowed=("unselected",)), allowed)


def test_a_cell_whose_file_is_gone() -> None:
    base, new = run(cell(), cell(APART, architecture="vgg")), run(cell())
    new["suite"]["architectures"] = ["lenet"]
    said = (
        "missing: architecture vgg has no file any more; restore it, take the cell out of the baseline, or accept that: "
        "--allow-missing vgg-mnist"
    )
    expected = CellVerdict("vgg-mnist", "missing", side(APART), gone=True, findings=(said,))
    assert_same(compare(base, new).cells[1], expected)


def test_a_cell_that_did_not_finish_and_that_the_baseline_lacks() -> None:
    new = run(cell())
    new["suite"]["expected"].append("vgg-mnist")
    report = compare(run(cell()), new, allow_missing=("unselected",))
    findings = ("missing: requested in the new run, not finished",)
    assert_same(report.cells[1], CellVerdict("vgg-mnist", "missing", findings=findings))
    assert report.status == 1


# --- cells without a test ---


def test_a_repeat() -> None:
    weights = [f"{i:064x}" for i in range(5)]
    found = only(cell(weights_sha256=weights), cell(weights_sha256=weights, seed_seconds=[3.0] * 5))
    expected = CellVerdict(
        "lenet-mnist",
        "unchanged",
        side(STEADY),
        side(STEADY),
        Identity("identical", 5, 5),
        test="identical",
        drop_pp=0.0,
        time_ratio=1.5,
    )
    assert_same(replace(found, identity=expected.identity), expected)
    assert found.identity is not None
    assert (found.identity.seeds, found.identity.alike) == (5, 5)


def test_seconds_do_not_compare_where_a_network_froze() -> None:
    """Its last epochs compute no gradients."""
    frozen = cell(frozen=[None, 2, None, None, None])
    assert only(cell(), cell()).time_ratio == 1.0
    assert only(cell(), frozen).time_ratio is only(frozen, cell()).time_ratio is None


def test_a_repeat_below_its_floor() -> None:
    """Nothing is tested where equal seeds gave the same, but what is suspicious is said."""
    base, new = cell(APART), cell(APART, floor=0.95, seed_seconds=[1.0] * 5)
    expected = CellVerdict(
        "lenet-mnist",
        "suspect",
        side(APART),
        side(APART),
        Identity("same accuracies", 5, 5),
        test="identical",
        drop_pp=0.0,
        time_ratio=0.5,
        suspicions=(
            "its floor fails in 5 of 5 seeds (lowest seed 0.8600, floor 0.9500), which the baseline kept",
        ),
    )
    assert_same(only(base, new), expected)


# --- suspicions ---


@pytest.mark.parametrize(
    ("base", "new", "said"),
    [
        ((0.9,), (0.7,), "a collapse: its one new seed reached 70.0, its one baseline seed 90.0"),
        (STEADY, (0.7, 0.75), "a collapse: its 2 new seeds reached 70.0 to 75.0, its 5 baseline seeds 89.8 to 90.2"),
        ((0.9, 0.9004), (0.7, 0.7004), "a collapse: its 2 new seeds reached 70.0, its 2 baseline seeds 90.0"),
        ((0.9, 0.9006), (0.7, 0.7006), "a collapse: its 2 new seeds reached 70.0 to 70.1, its 2 baseline seeds 90.0 to 90.1"),
    ],
)  # fmt: skip
def test_a_collapse(base: tuple[float, ...], new: tuple[float, ...], said: str) -> None:
    found = only(cell(base), cell(new, seeds=LATER[: len(new)], floor=0.5))
    assert found.suspicions == (said,)


@pytest.mark.parametrize(
    ("base", "new", "suspect"),
    [
        ((0.9,), (0.81,), False),  # below one seed, ten points
        ((0.9,), (0.79,), True),
        (STEADY, (0.86,), False),  # below several, five points at least
        (STEADY, (0.84,), True),
        ((0.88, 0.92, 0.9, 0.91, 0.89), (0.825,), False),  # and four deviations
        ((0.88, 0.92, 0.9, 0.91, 0.89), (0.815,), True),
    ],
)
def test_how_far_a_collapse_falls(base: tuple[float, ...], new: tuple[float, ...], suspect: bool) -> None:
    found = only(cell(base), cell(new, seeds=[9], floor=0.5), max_drop=50)
    assert (found.verdict == "suspect") is suspect
    assert bool(found.suspicions) is suspect


@pytest.mark.parametrize(
    ("looks", "cells", "seeds"),
    [
        (1, 1, 1),  # 1/21 is at most 0.05, and one of the two is there
        (1, 4, 3),  # 4/126 is at most 0.04
        (2, 4, 3),  # nothing was spent by the first look, so all is left
    ],
)
def test_seeds_that_confirm_a_suspect(looks: int, cells: int, seeds: int) -> None:
    names = GRID[:cells]
    base = run(*(cell(architecture=a, dataset=d) for a, d in names))
    new = run(*(cell((0.6,), architecture=a, dataset=d, seeds=[9]) for a, d in names))
    found = compare(base, new, looks=looks).cells[0]
    assert (found.verdict, found.to_confirm) == ("suspect", seeds)


@pytest.mark.parametrize(("looks", "seeds"), [(1, None), (2, 1)])
def test_a_suspect_that_spent_its_share_needs_a_second_look_that_was_planned(
    looks: int, seeds: int | None
) -> None:
    """5v3 is tested at once; the second of two looks has half of alpha, 0.025, and one more seed makes 1/126 of 1/56."""
    fallen = cell((0.6, 0.61, 0.59), seeds=[7, 8, 9])
    found = only(cell(), fallen, looks=looks, max_drop=50)
    assert (found.verdict, found.to_confirm) == ("suspect", seeds)


# --- second looks ---


def looks(first: dict[str, Any], further: dict[str, Any], **settings: Any) -> tuple[CellVerdict, GateReport]:
    """Return the first look's verdict of the second cell, and the report of both looks."""
    return compare(run(), first, **settings).cells[1], confirmed(first, further, **settings)


def pooled(*sides: Sequence[float]) -> float:
    """The deviation within the sides, in points."""
    squares = sum(sum((v - statistics.fmean(values)) ** 2 for v in values) for values in sides)
    return 100 * math.sqrt(squares / sum(len(values) - 1 for values in sides))


def test_a_confirmed_regression() -> None:
    known, report = looks(one_fell(0.6), more(0.61, 0.6, 0.59))
    assert (known.verdict, known.to_confirm) == ("suspect", 3)
    new = (0.6, 0.61, 0.6, 0.59)
    expected = replace(
        known,
        verdict="regressed",
        new=side(new),
        drop_pp=30.0,
        labelings=126,
        p=1 / 126,
        adjusted_p=4 / 126,
        detectable_pp=power.sees(5, 4, pooled(STEADY, new), cells=1, alpha=0.01, labelings=126),
        to_test=None,
        to_confirm=None,
        to_see=None,
        findings=("accuracy dropped by 30.00 points (p 0.032, confirmed by 4 seeds)",),
        suspicions=(),
        notes=(*known.notes, "suspect at the first look, with 4 new seeds regressed"),
    )
    assert_same(report.cells[1], expected)
    assert report.cells[0] == compare(run(), one_fell(0.6)).cells[0]
    assert (report.new, report.status) == ("first.json + more.json", 1)


def test_a_drop_of_exactly_max_drop_is_not_confirmed() -> None:
    new = (0.6, 0.6, 0.6, 0.6)
    _, report = looks(one_fell(0.6), more(*new[1:]), max_drop=30.0)
    assert report.cells[1].verdict == "suspect"
    assert looks(one_fell(0.6), more(*new[1:]), max_drop=29.99)[1].cells[1].verdict == "regressed"


def test_a_suspect_that_stays_one() -> None:
    known, report = looks(one_fell(0.6), more(0.6))
    found = report.cells[1]
    assert (found.verdict, found.findings) == ("suspect", ())
    assert found.suspicions == known.suspicions != ()
    assert found.labelings == 21
    assert found.p == pytest.approx(1 / 21)
    assert found.adjusted_p == pytest.approx(4 / 21)
    assert found.detectable_pp is None  # one of 21 is more than a hundredth: no drop would be found
    assert found.notes[-1] == "suspect at the first look, with 2 new seeds suspect"


def test_a_suspect_that_is_none_with_more_seeds() -> None:
    known, report = looks(one_fell(None), more(0.9, 0.901, 0.899), max_drop=99)
    found = report.cells[1]
    living = (0.9, 0.901, 0.899)
    assert known.verdict == "suspect"
    assert (found.verdict, found.findings, found.suspicions) == ("unchanged", (), ())
    assert found.notes[-1] == "suspect at the first look, with 4 new seeds unchanged"
    assert ([c.verdict for c in report.cells].count("undecided"), report.status) == (3, 2)
    assert found.new is not None
    assert found.new.dead == 1
    assert found.detectable_pp == pytest.approx(
        power.sees(5, 3, pooled(STEADY, living), cells=1, alpha=0.01, labelings=126)
    )


def test_seeds_that_see_too_little_leave_it_undecided() -> None:
    """Ten points apart, four new seeds do not see half a point."""
    known, report = looks(one_fell(0.85), more(0.95, 0.86, 0.94))
    assert known.verdict in ("suspect", "undecided")
    found = report.cells[1]
    assert (found.verdict, found.findings, found.suspicions) == ("undecided", (), ())
    assert found.drop_pp == pytest.approx(100 * (0.9 - statistics.fmean((0.85, 0.95, 0.86, 0.94))))
    assert found.of_living
    assert found.detectable_pp is not None
    assert found.detectable_pp > 0.5
    assert (found.to_test, found.to_confirm, found.to_see) == (None, None, None)


def test_two_planned_looks_halve_what_each_may_spend() -> None:
    first = grid([a - 0.004 for a in STEADY], seeds=LATER)
    known, report = looks(first, more(0.895, 0.894, 0.896), looks=2, max_drop=0.2)
    found = report.cells[1]
    new = (*(a - 0.004 for a in STEADY), 0.895, 0.894, 0.896)
    count = 1287  # 13 over 5
    assert found.labelings == count
    assert found.detectable_pp == pytest.approx(
        power.sees(5, 8, pooled(STEADY, new), cells=1, alpha=0.005, labelings=count)
    )
    assert known.adjusted_p is not None


def test_cells_that_are_decided_are_not_looked_at_again() -> None:
    """A further run may hold more cells than those that were open, before and behind them."""
    first = grid([a - 0.004 for a in STEADY], seeds=LATER)
    first["benchmarks"][0]["extra_info"]["accuracies"] = [a - 0.05 for a in STEADY]
    further = run(*(cell((0.895, 0.894), architecture=a, dataset=d, seeds=[20, 21]) for a, d in GRID[:2]))
    asked = GateSettings(looks=2, max_drop=0.2)
    base, one, two = (from_dict(d, "r.json") for d in (run(), first, further))
    before, after = judge(base, one, asked).cells, confirm(base, one, two, asked).cells
    assert before[0].verdict == "regressed"
    assert before[1].verdict in ("suspect", "undecided")
    assert [found.new.n for found in after if found.new is not None] == [5, 7, 5, 5]
    assert after[0] == before[0]

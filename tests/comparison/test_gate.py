"""Verdicts and exit statuses of the gate, on made-up saved runs."""

import math

import pytest

from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import GateSettings
from benchmarks.results.run import from_dict
from tests.support.gate_runs import LATER, compare, grid, only
from tests.support.run_factory import STEADY, bits, cell, run

OTHER_SEEDS = (0.9005, 0.899, 0.9015, 0.8985, 0.901)


def test_a_repeat_is_unchanged() -> None:
    report = compare(run(), run())
    assert {c.verdict for c in report.cells} == {"unchanged"}
    assert (report.status, report.compared) == (0, 4)


def test_other_seeds_of_the_same_recipe_pass() -> None:
    report = compare(run(), grid(OTHER_SEEDS, seeds=LATER), max_drop=1.0)
    assert [c.verdict for c in report.cells] == ["unchanged"] * 4
    assert report.status == 0


def test_one_dropped_cell_is_found_alone() -> None:
    new = run()
    new["benchmarks"][2]["extra_info"]["accuracies"] = [a - 0.02 for a in STEADY]
    new["benchmarks"][2]["extra_info"]["seeds"] = [9, 8, 7, 6, 5]
    report = compare(run(), new)
    assert [c.verdict for c in report.cells] == ["unchanged", "unchanged", "regressed", "unchanged"]
    assert report.status == 1
    found = report.cells[2]
    assert found.drop_pp == pytest.approx(2)
    assert found.p == pytest.approx(1 / 252)
    assert found.labelings == 252
    assert found.detectable_pp is not None
    assert 0 < found.detectable_pp < 2
    assert found.base is not None
    assert found.base.n == 5
    assert found.base.mean == pytest.approx(0.9)
    assert "vgg-mnist: accuracy dropped by 2.00 points" in report.findings[0]


def test_one_dropped_cell_of_many_spends_the_cells_share_of_alpha() -> None:
    new = grid(OTHER_SEEDS, seeds=LATER)
    new["benchmarks"][2]["extra_info"]["accuracies"] = [a - 0.05 for a in STEADY]
    report = compare(run(), new, max_drop=1.0)
    assert report.alpha_of_cells == pytest.approx(0.04)
    assert report.cells[2].verdict == "regressed"
    assert report.cells[2].p is not None
    assert report.cells[2].adjusted_p is not None
    assert report.cells[2].p <= report.cells[2].adjusted_p <= 0.04


def test_a_gain_is_no_regression_and_has_to_be_explained_when_strict() -> None:
    new = grid(tuple(a + 0.03 for a in STEADY), seeds=LATER)
    report = compare(run(), new, max_drop=1.0)
    assert {c.verdict for c in report.cells} == {"improved"}
    assert max(c.adjusted_p or 1.0 for c in report.cells) <= 0.04, "the p of the gain, not that of a drop"
    assert report.status == 0
    assert compare(run(), new, max_drop=1.0, strict=True).status == 1


@pytest.mark.parametrize(("points", "regressed"), [(0.4, False), (0.5, False), (0.6, True)])
def test_a_drop_in_every_cell_is_found_by_the_grid(points: float, regressed: bool) -> None:
    report = compare(run(), grid(tuple(a - points / 100 for a in STEADY), seeds=LATER))
    assert report.grid is not None
    assert report.grid.regressed == regressed
    assert report.grid.cells == 4
    assert report.grid.drop_pp == pytest.approx(points)
    assert report.grid.limit_pp == pytest.approx(1.0 / math.sqrt(4))
    assert report.grid.alpha == pytest.approx(0.01)
    assert report.grid.p <= 0.01
    assert "regressed" not in {c.verdict for c in report.cells}
    assert report.status == int(regressed)


def test_a_significant_drop_within_the_limit_passes_and_is_said() -> None:
    lower = cell([a - 0.004 for a in STEADY], seeds=LATER)
    found = only(cell(), lower)
    assert found.verdict != "regressed"
    assert any("significant, and not larger" in note for note in found.notes)
    assert only(cell(), lower, max_drop=0.3).verdict == "regressed"


def test_a_comparison_that_could_have_overlooked_its_drop_is_no_pass() -> None:
    base, new = cell([0.85, 0.95, 0.9, 0.91]), cell([0.84, 0.96, 0.88, 0.9], seeds=[4, 5, 6, 7])
    found = only(base, new)
    assert found.verdict == "undecided"
    assert found.detectable_pp is not None
    assert found.detectable_pp > 1.0 == found.resolution_pp
    assert compare(run(base), run(new)).status == 2
    assert only(base, new, max_drop=30).verdict == "unchanged"


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.899, "undecided"), (0.6, "suspect")])
def test_too_few_seeds_say_how_many_more_decide(accuracy: float, verdict: str) -> None:
    found = only(cell(), cell([accuracy]))
    assert (found.verdict, found.adjusted_p, found.labelings, found.to_test) == (verdict, None, 6, 1)
    assert found.to_see is not None
    assert found.to_see.new > 0


@pytest.mark.parametrize("base", [[0.99], [0.99, 0.991, 0.989, 0.99, 0.99]])
def test_a_gross_fall_with_one_new_seed_is_never_a_pass(base: list[float]) -> None:
    report = compare(run(cell(base)), run(cell([0.6], seeds=[7])))
    (found,) = report.cells
    assert (found.verdict, report.status) == ("suspect", 2)
    assert "its one new seed reached 60.0" in found.suspicions[0]
    assert found.to_confirm is not None
    assert only(cell(base), cell([None], seeds=[7])).verdict == "suspect"


def test_confirming_in_a_grid_takes_as_many_seeds_as_there_are_cells_to_blame() -> None:
    new = grid((0.9,), seeds=[7])
    new["benchmarks"][1]["extra_info"]["accuracies"] = [0.3]
    found = compare(run(), new).cells[1]
    assert (found.verdict, found.to_confirm) == ("suspect", 3)  # 5v4: 126 labellings, of 4 / 0.04
    assert compare(run(), new).status == 2


def test_a_collapse_with_several_seeds_is_a_regression() -> None:
    new = run()
    new["benchmarks"][0]["extra_info"] |= {"accuracies": [0.6, 0.61, 0.6, 0.62, 0.6], "seeds": LATER}
    assert compare(run(), new).status == 1


def test_the_order_of_seeds_does_not_matter() -> None:
    new = [0.88, 0.884, 0.879, 0.883, 0.876]
    straight = only(cell(), cell(new))
    assert straight == only(cell(), cell(new[::-1], seeds=[4, 3, 2, 1, 0]))


@pytest.mark.parametrize(
    ("base", "new", "images"),
    [
        ([1.0] * 5, [1.0] * 5, 1000), ([0.0] * 5, [0.0] * 5, 1000), ([1.0], [1.0], 1), ([0.0], [1.0], 1),
        ([1.0] * 2, [0.0] * 2, 1), ([1.0] * 3, [1.0], 1), ([1.0], [0.0] * 2, 1),
        ([0.9] * 5, [0.899] * 5, 1000), ([None] * 5, [None] * 5, 1000), ([None], [0.9], 1000),
    ],
)  # fmt: skip
def test_degenerate_cells_get_a_finite_judgement(
    base: list[float | None], new: list[float | None], images: int
) -> None:
    seeds = [*range(7, 7 + len(new))]
    found = only(cell(base, test_images=images), cell(new, test_images=images, seeds=seeds))
    assert found.p is not None
    assert 0 < found.p <= 1
    assert found.drop_pp is not None
    assert math.isfinite(found.drop_pp)
    assert found.detectable_pp is None or math.isfinite(found.detectable_pp)
    assert found.verdict in ("unchanged", "undecided", "suspect", "improved")


def test_seeds_that_all_agree_are_still_judged() -> None:
    found = only(cell([0.9] * 5), cell([0.5] * 5, seeds=LATER))
    assert found.verdict == "regressed"
    assert found.p == pytest.approx(1 / 252)


def test_dead_seeds_are_counted_and_do_not_hide_the_living() -> None:
    one = only(cell(), cell([0.9, None, 0.9, 0.9, 0.9], diverged=[None, 1, None, None, None]))
    assert "diverged: 1 of 5 seeds; baseline: 0 of 5" in one.notes
    assert one.verdict != "regressed"
    assert one.new is not None
    assert (one.new.dead, one.new.n) == (1, 5)
    assert only(cell(), cell([None] * 5)).verdict == "regressed"
    # A training that says it diverged is dead, whatever accuracy it reached.
    dead = only(cell(), cell([0.098] * 5, seeds=LATER, diverged=[1] * 5))
    assert (dead.verdict, dead.of_living) == ("regressed", False)
    assert dead.drop_pp == pytest.approx(80)
    lower = [0.88, 0.882, None, 0.879, 0.881]
    assert only(cell(), cell(lower, seeds=LATER)).verdict == "regressed"


def test_the_pinned_resolution_says_what_has_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    base, new = cell([0.85, 0.95, 0.9, 0.91]), cell([0.84, 0.96, 0.88, 0.9], seeds=[4, 5, 6, 7])
    found = from_dict(run(base), "base.json")
    monkeypatch.setattr(type(found.cells["lenet-mnist"]), "resolution", 40.0, raising=False)
    (verdict,) = judge(found, from_dict(run(new), "new.json"), GateSettings()).cells
    assert (verdict.verdict, verdict.resolution_pp) == ("unchanged", 40.0)


def test_equal_bits_need_no_statistics() -> None:
    digests = [f"{i:064x}" for i in range(5)]
    answers = [bits(round(1000 * a)) for a in STEADY]
    base = cell(weights_sha256=digests, correct=answers)
    # Two of the five seeds ran again; five against two could not be judged otherwise.
    again = cell(STEADY[:2], weights_sha256=digests[:2], correct=answers[:2])
    found = only(base, again)
    assert (found.verdict, found.test, found.adjusted_p) == ("unchanged", "identical", None)
    assert found.identity is not None
    assert (found.identity.state, found.identity.seeds) == ("identical", 2)
    report = compare(run(base), run(cell([0.92] * 5, weights_sha256=digests, correct=[bits(920)] * 5)))
    assert (report.cells[0].verdict, report.status) == ("changed", 1)
    assert "EVALUATION CHANGED: 5 of 5 seeds" in report.findings[0]

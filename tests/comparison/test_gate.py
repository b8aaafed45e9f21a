"""Verdicts, exit statuses and their words; simulations in short form (long: benchmarks/simulation.py)."""

import json
import math
import re
from typing import Any

import pytest

from benchmarks.comparison import simulation
from benchmarks.comparison.gate import judge
from benchmarks.comparison.simulation import Scenario, simulate
from benchmarks.comparison.verdict import CellVerdict, GateReport, GateSettings
from benchmarks.report.views import gate
from benchmarks.report.writers import markdown, terminal
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict
from tests.support.run_factory import GRID, STEADY, bits, cell, run

OTHER_SEEDS = (0.9005, 0.899, 0.9015, 0.8985, 0.901)


def compare(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> GateReport:
    return judge(from_dict(base, "base.json"), from_dict(new, "new.json"), GateSettings(**settings))


def only(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> CellVerdict:
    (verdict,) = compare(run(base), run(new), **settings).cells
    return verdict


def grid(accuracies: tuple[float, ...], **changes: Any) -> dict[str, Any]:
    return run(*(cell(accuracies, architecture=a, dataset=d, **changes) for a, d in GRID))


def text(report: GateReport) -> str:
    return terminal.render(gate.section(report))


def test_a_repeat_is_unchanged() -> None:
    report = compare(run(), run())
    assert {c.verdict for c in report.cells} == {"unchanged"}
    assert (report.status, report.compared) == (0, 4)


def test_other_seeds_of_the_same_recipe_pass() -> None:
    report = compare(run(), grid(OTHER_SEEDS, seeds=[5, 6, 7, 8, 9]), max_drop=1.0)
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
    assert found.p is not None
    assert found.adjusted_p is not None
    assert found.p < found.adjusted_p < 0.05
    assert found.detectable_pp is not None
    assert 0 < found.detectable_pp < 2
    assert found.base is not None
    assert found.base.n == 5
    assert found.base.mean == pytest.approx(0.9)
    assert "vgg-mnist: accuracy dropped by 2.00 points" in report.findings[0]


def test_a_gain_is_no_regression() -> None:
    report = compare(run(), grid(tuple(a + 0.03 for a in STEADY), seeds=[5, 6, 7, 8, 9]))
    assert {c.verdict for c in report.cells} == {"improved"}
    assert report.status == 0


def test_a_significant_drop_within_the_limit_passes_and_is_said() -> None:
    found = only(cell(), cell([a - 0.004 for a in STEADY], seeds=[5, 6, 7, 8, 9]))
    assert found.verdict != "regressed"
    assert any("significant, and not larger" in note for note in found.notes)
    assert (
        only(cell(), cell([a - 0.004 for a in STEADY], seeds=[5, 6, 7, 8, 9]), max_drop=0.3).verdict
        == "regressed"
    )


def test_a_weak_comparison_says_so_and_fails_when_strict() -> None:
    base, new = cell([0.85, 0.95, 0.9]), cell([0.84, 0.96, 0.88], seeds=[3, 4, 5])
    assert only(base, new).verdict == "underpowered"
    assert compare(run(base), run(new)).status == 0
    assert compare(run(base), run(new), strict=True).status == 1
    assert "take more seeds" in text(compare(run(base), run(new)))


def test_the_order_of_seeds_does_not_matter() -> None:
    new = [0.88, 0.884, 0.879, 0.883, 0.876]
    straight = only(cell(), cell(new))
    shuffled = only(cell(), cell(new[::-1], seeds=[4, 3, 2, 1, 0]))
    assert straight == shuffled


def test_pairing_is_used_where_equal_seeds_behave_alike() -> None:
    base = (0.88, 0.92, 0.86, 0.94, 0.9)
    # The same noise again and a point lower: hopeless unpaired, plain when paired.
    new = (0.870, 0.9105, 0.8495, 0.9300, 0.8905)
    paired = compare(grid(base), grid(new))
    assert {(c.test, c.verdict) for c in paired.cells} == {("paired", "regressed")}
    backwards = compare(grid(base), grid(new[::-1], seeds=[4, 3, 2, 1, 0]))
    assert backwards.cells == paired.cells
    unpaired = compare(grid(base), grid(new, seeds=[5, 6, 7, 8, 9]))
    assert {c.test for c in unpaired.cells} == {"pooled"}
    assert "regressed" not in {c.verdict for c in unpaired.cells}


def test_a_changed_spread_takes_welch() -> None:
    found = only(cell(), cell([0.9, 0.95, 0.99, 0.8, 0.7], seeds=[5, 6, 7, 8, 9]))
    assert found.test == "welch"


@pytest.mark.parametrize(("base", "new"), [(STEADY, (0.85,)), ((0.9,), tuple(a - 0.05 for a in STEADY))])
def test_one_run_against_many(base: tuple[float, ...], new: tuple[float, ...]) -> None:
    found = only(cell(base), cell(new))
    assert (found.test, found.verdict) == ("predict", "regressed")
    assert only(cell(STEADY), cell([0.899])).verdict in ("unchanged", "underpowered")


def test_one_seed_a_side_finds_a_collapse_and_says_what_mcnemar_is() -> None:
    base = cell([0.99], test_images=10_000, correct=[bits(9900, 10_000)])
    new = cell([0.6], test_images=10_000, correct=[bits(6000, 10_000)])
    report = compare(run(base), run(new))
    assert report.cells[0].verdict == "regressed"
    assert report.cells[0].mcnemar_p is not None
    assert report.cells[0].mcnemar_p < 1e-100
    assert "two models, not two recipes" in text(report)


def test_one_seed_a_side_does_not_take_another_seed_for_a_regression() -> None:
    base = cell([0.905], correct=[bits(905)])
    new = cell([0.875], correct=[bits(875)], seeds=[1])
    found = only(base, new)
    assert found.mcnemar_p is not None
    assert found.mcnemar_p < 1e-6  # the models differ beyond doubt
    assert found.verdict == "underpowered"


def test_bits_that_are_no_base64_are_refused() -> None:
    good, bad = cell([0.9], correct=[bits(900)]), cell([0.9], correct=["!" * len(bits(900))])
    with pytest.raises(RunRefused, match="lenet-mnist\\): 'correct"):
        only(good, bad)


@pytest.mark.parametrize(
    ("base", "new", "images"),
    [
        ([1.0] * 5, [1.0] * 5, 1000), ([0.0] * 5, [0.0] * 5, 1000), ([1.0], [1.0], 1), ([0.0], [1.0], 1),
        ([1.0] * 2, [0.0] * 2, 1), ([1.0] * 3, [1.0], 1), ([1.0], [0.0] * 2, 1),
        ([0.9] * 5, [0.899] * 5, 1000),
    ],
)  # fmt: skip
def test_degenerate_cells_get_a_finite_judgement(base: list[float], new: list[float], images: int) -> None:
    found = only(
        cell(base, test_images=images), cell(new, test_images=images, seeds=[*range(7, 7 + len(new))])
    )
    assert found.p is not None
    assert found.detectable_pp is not None
    assert 0 < found.p <= 1
    assert math.isfinite(found.detectable_pp)
    assert found.verdict in ("unchanged", "underpowered")
    json.loads(gate.as_json(compare(run(cell(base, test_images=images)), run(cell(new, test_images=images)))))


def test_seeds_that_all_agree_are_still_judged() -> None:
    found = only(cell([0.9] * 5), cell([0.5] * 5, seeds=[5, 6, 7, 8, 9]))
    assert found.verdict == "regressed"
    assert found.p is not None
    assert found.p > 0


def test_diverged_seeds_are_counted_and_said() -> None:
    found = only(cell(), cell([0.9, None, 0.9, 0.9, 0.9], diverged=[None, 1, None, None, None]))
    assert found.drop_pp == pytest.approx(16)
    assert "diverged: 1 of 5 seeds; baseline: 0 of 5" in found.notes
    assert found.verdict == "underpowered"
    assert only(cell(), cell([None] * 5)).verdict == "regressed"


def test_missing_and_new_cells_are_said() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    lost = compare(full, part)
    assert (lost.cells[3].verdict, lost.status) == ("missing", 1)
    gained = compare(part, full)
    assert (gained.cells[3].verdict, gained.status) == ("new", 0)
    assert compare(part, full, strict=True).status == 1
    part["suite"]["narrowed"] = True
    assert compare(full, part).status == 0
    assert "not asked for" in text(compare(full, part))


def test_a_renamed_cell_is_missing_and_nothing_in_common_is_no_pass() -> None:
    assert compare(run(cell(), cell(architecture="vgg")), run(cell(), cell(architecture="vgg16"))).status == 1
    report = compare(run(cell()), run(cell(architecture="vgg")))
    assert (report.compared, report.status) == (0, 2)
    assert "this is not a pass" in text(report)


@pytest.mark.parametrize(
    ("field", "value"),
    [("protocol", "study"), ("data_source", "synthetic"), ("precision", "mixed_bfloat16"), ("epochs", 4),
     ("data_fingerprint", "e" * 16), ("fingerprint", "e" * 16), ("test_images", 999)],
)  # fmt: skip
def test_every_differing_field_is_named(field: str, value: Any) -> None:
    report = compare(
        run(cell(), cell(architecture="vgg")), run(cell(**{field: value}), cell(architecture="vgg"))
    )
    assert (report.cells[0].verdict, report.status) == ("incomparable", 2)
    assert any(field in note for note in report.cells[0].notes)
    assert field in text(report)


def test_a_differing_recipe_is_named_field_by_field() -> None:
    base = cell(recipe={"optimizer": "adam", "rate": 0.001, "mirror": True})
    new = cell(recipe={"optimizer": "adam", "rate": 0.01, "mirror": True}, fingerprint="e" * 16)
    notes = only(base, new).notes
    assert "recipe.rate: 0.001 -> 0.01" in notes
    assert not any("optimizer" in note or "mirror" in note for note in notes)


def test_a_regression_outranks_an_incomparable_cell() -> None:
    base = run(cell(), cell(architecture="vgg"))
    new = run(cell(epochs=4), cell([0.5, 0.51, 0.49, 0.5, 0.5], architecture="vgg"))
    assert compare(base, new).status == 1


@pytest.mark.parametrize(
    "name", ["params_total", "params_trainable", "params_non_trainable", "flops_per_image"]
)
def test_counts_gate_exactly(name: str) -> None:
    report = compare(run(cell()), run(cell(**{name: cell()[name] + 1})))
    assert (report.cells[0].verdict, report.status) == ("unchanged", 1)
    assert name in report.findings[0]


def test_flops_known_on_one_side_are_a_note() -> None:
    report = compare(run(cell()), run(cell(flops_per_image=None)))
    assert report.status == 0
    assert "flops_per_image is known on one side only" in report.cells[0].notes


def test_floor_and_baseline_say_which_of_them_failed() -> None:
    low = [a - 0.05 for a in STEADY]
    floor = compare(run(cell()), run(cell(verdict="failed", floor=0.95)))
    assert (floor.status, floor.findings) == (
        1,
        ("lenet-mnist: its floor fails (0.9000, floor 0.9500); the baseline says unchanged",),
    )
    baseline = only(cell(), cell(low, seeds=[5, 6, 7, 8, 9]))
    assert "the baseline fails, its floor passes (0.8500, floor 0.8000)" in baseline.notes
    both = only(cell(), cell(low, seeds=[5, 6, 7, 8, 9], verdict="failed", floor=0.88))
    assert any("and so does the baseline" in finding for finding in both.findings)
    known = compare(run(cell(verdict="failed")), run(cell(verdict="failed")))
    assert known.status == 0


def test_a_partial_baseline_is_refused_unless_allowed() -> None:
    partial = run()
    partial["suite"]["partial"] = True
    with pytest.raises(RunRefused, match=r"base\.json is a partial run"):
        compare(partial, run())
    assert compare(partial, run(), allow_partial=True).status == 0


def test_times_of_different_machines_or_parallel_runs_are_flagged() -> None:
    other = run(machine_info={"cpu": {"brand_raw": "Other CPU", "count": 64}, "threads": 8})
    (note,) = (n for n in compare(run(), other).notes if n.startswith("times"))
    assert "cpu.brand_raw Some CPU -> Other CPU" in note
    assert "threads 2 -> 8" in note
    (note,) = compare(run(cell()), run(cell(parallel=True))).notes
    assert "new.json was timed while other cells trained concurrently" in note
    assert compare(run(), run()).notes == ()


def test_versions_that_differ_are_named() -> None:
    other = run()
    other["suite"]["versions"] = {"tensorflow": "2.22.0"}
    assert compare(run(), other).notes == ("versions differ: tensorflow 2.21.0 -> 2.22.0",)


@pytest.mark.parametrize("settings", [{"max_drop": -1}, {"max_drop": math.nan}, {"alpha": 0}, {"alpha": 1.5}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        GateSettings(**settings)  # type: ignore[arg-type]


def test_the_text_is_aligned_and_fits() -> None:
    new = run(
        *(
            cell(STEADY[:4], architecture=a, dataset="fashion_mnist_and_more")
            for a in ("lenet", "squeezenet_long")
        )
    )
    lines = text(compare(new, new)).splitlines()
    assert all(len(line) <= 100 for line in lines[:6])
    table = [line for line in lines if "unchanged (" not in line and re.search(r"verdict|unchanged", line)][
        :3
    ]
    assert (
        len(
            {
                line.index(word)
                for line, word in zip(table, ("verdict", "unchanged", "unchanged"), strict=True)
            }
        )
        == 1
    )


def test_hostile_text_stays_text() -> None:
    evil = "<script>alert(1)</script>|`x`|\x1b[31m[a](javascript:b)\n# h"
    report = compare(run(cell()), run(cell(precision=evil)))
    written = markdown.render([gate.section(report)])
    assert "<script" not in written
    assert "](javascript" not in written
    assert "\x1b" not in written + text(report)
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}
    assert "\n# h" not in text(report)


def test_json_holds_the_judgement() -> None:
    data = json.loads(gate.as_json(compare(run(), run(cell()))))
    assert (data["status"], data["compared"], len(data["cells"])) == (1, 1, 4)
    assert data["cells"][0]["base"]["n"] == 5
    assert data["findings"]


def within(rate: float, limit: float, repeats: int) -> bool:
    return rate <= limit + 3 * math.sqrt(limit * (1 - limit) / repeats)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("spread", ["alike", "strong"])
def test_clean_grids_raise_no_more_alarms_than_alpha(n: int, spread: str) -> None:
    assert within(simulate(Scenario(n, n, spread), 150, seed=n).alarm, 0.05, 150)


def test_one_new_run_raises_no_more_alarms_than_alpha() -> None:
    assert within(simulate(Scenario(5, 1, "mild"), 150).alarm, 0.05, 150)


def test_three_sigmas_in_one_cell_are_found_with_five_seeds() -> None:
    rate = simulate(Scenario(5, 5, "alike", sigmas=3), 300).cell
    assert rate >= 0.9 - 2 * math.sqrt(0.9 * 0.1 / 300)
    assert simulate(Scenario(10, 5, "strong", sigmas=3), 150).cell >= 0.9


def test_a_small_drop_everywhere_is_found_by_the_grid_wide_test() -> None:
    rates = simulate(Scenario(5, 5, "alike", points=0.3), 100, settings=GateSettings())
    assert rates.grid >= 0.9
    assert rates.cell < 0.1


def test_the_simulation_is_seeded() -> None:
    scenario = Scenario(2, 2, sigmas=3)
    assert simulate(scenario, 5, seed=1) == simulate(scenario, 5, seed=1)
    assert set(simulation.SPREADS) == {"alike", "mild", "strong", "one wild"}

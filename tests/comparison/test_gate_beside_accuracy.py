"""What the gate says beside the test of accuracies: cells on one side, setups, counts, floors, conditions."""

from typing import Any

import pytest

from benchmarks import comparison
from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import GateSettings
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict
from tests.support.gate_runs import LATER, compare, only
from tests.support.run_factory import GRID, STEADY, cell, run

OTHER = (0.9005, 0.899, 0.9015, 0.8985, 0.901)


def test_missing_and_new_cells_are_said() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    part["suite"]["expected"] = full["suite"]["expected"]
    lost = compare(full, part, allow_missing=("unselected", "vgg-cifar10"))
    assert (lost.cells[3].verdict, lost.status) == ("missing", 1)
    assert "requested in the new run, not finished" in lost.findings[0]
    part["suite"]["expected"] = part["suite"]["expected"][:3]
    gained = compare(part, full)
    assert (gained.cells[3].verdict, gained.status) == ("new", 0)
    assert compare(part, full, strict=True).status == 1


def test_a_cell_that_was_not_requested_is_no_pass_unless_that_is_allowed() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    for narrowed in (False, True):
        part["suite"]["narrowed"] = narrowed
        assert compare(full, part).status == 2
        assert compare(full, part, allow_missing=("lenet-svhn",)).status == 2
        for allowed in ("vgg-cifar10", "unselected"):
            report = compare(full, part, allow_missing=(allowed,))
            assert report.status == 0
            assert report.cells[3].notes == ("not requested in this run",)


def test_of_old_runs_the_narrowing_says_what_was_requested() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    del part["suite"]["expected"]
    assert compare(full, part).status == 1
    part["suite"]["narrowed"] = True
    assert compare(full, part).status == 2


def test_a_cell_whose_file_is_gone_is_a_finding_whatever_was_selected() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:2]))
    part["suite"] |= {"narrowed": True, "architectures": ["lenet", "vgg"], "datasets": ["cifar10", "mnist"]}
    assert compare(full, part, allow_missing=("unselected",)).status == 0
    part["suite"]["architectures"] = ["lenet"]
    gone = compare(full, part, allow_missing=("unselected",))
    assert (gone.status, len(gone.findings)) == (1, 2)
    assert gone.findings[0] == (
        "vgg-mnist: missing: architecture vgg has no file any more; restore it, take the cell out of the baseline, or"
        " accept that: --allow-missing vgg-mnist"
    )
    assert compare(full, part, allow_missing=("vgg-mnist", "vgg-cifar10")).status == 0
    part["suite"] |= {"architectures": ["lenet", "vgg"], "datasets": ["mnist"]}
    (finding,) = compare(full, part, allow_missing=("unselected",)).findings
    assert finding.startswith("vgg-cifar10: missing: data set cifar10 has no file any more")


def test_own_images_never_have_a_file() -> None:
    base = run(cell(), cell(dataset="mine", data_verified=None))
    new = run(cell(), suite={"expected": ["lenet-mnist"], "narrowed": False, "datasets": ["mnist"]})
    assert compare(base, new, allow_missing=("unselected",)).status == 0
    base["benchmarks"][1]["extra_info"]["data_verified"] = True
    assert compare(base, new, allow_missing=("unselected",)).status == 1


def test_a_renamed_cell_is_missing_and_nothing_in_common_is_no_pass() -> None:
    assert compare(run(cell(), cell(architecture="vgg")), run(cell(), cell(architecture="vgg16"))).status == 2
    report = compare(run(cell()), run(cell(architecture="vgg")))
    assert (report.compared, report.status) == (0, 2)


def test_a_finding_fails_where_nothing_could_be_compared() -> None:
    part = run(cell(architecture="vgg"))
    assert compare(run(cell()), part, allow_missing=("unselected",)).status == 2
    assert compare(run(cell()), part, allow_missing=("unselected",), strict=True).status == 1
    part["suite"]["expected"].append("lenet-mnist")
    assert compare(run(cell()), part).status == 1


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


def test_a_differing_recipe_is_named_field_by_field() -> None:
    base = cell(recipe={"optimizer": "adam", "rate": 0.001, "mirror": True})
    new = cell(recipe={"optimizer": "adam", "rate": 0.01, "mirror": True}, fingerprint="e" * 16)
    notes = only(base, new).notes
    assert "recipe.rate: 0.001 -> 0.01" in notes
    assert not any("optimizer" in note or "mirror" in note for note in notes)


def test_a_missed_floor_is_a_finding_where_no_baseline_judges_it() -> None:
    """A recipe made worse has another fingerprint, so that accuracies are not compared."""
    worse = cell([0.5] * 5, fingerprint="b" * 16, floor=0.8)
    report = compare(run(cell(floor=0.8)), run(worse))
    assert (report.cells[0].verdict, report.status) == ("incomparable", 1)
    said = "its floor fails in 5 of 5 seeds (lowest seed 0.5000, floor 0.8000), and no baseline judges it"
    assert report.findings == (f"lenet-mnist: {said}",)
    both = compare(run(cell([0.5] * 5, floor=0.8)), run(worse))
    assert (both.findings, both.status) == ((), 2), "the baseline missed it as well"


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


def test_a_missed_floor_that_the_baseline_kept_is_a_suspicion_and_no_proof() -> None:
    missed = compare(run(cell()), run(cell(OTHER, seeds=LATER, floor=0.95)))
    (found,) = missed.cells
    assert (found.verdict, missed.status) == ("suspect", 2)
    assert found.suspicions == (
        "its floor fails in 5 of 5 seeds (lowest seed 0.8985, floor 0.9500), which the baseline kept",
    )
    same_seeds = compare(run(cell()), run(cell(floor=0.95)))
    assert same_seeds.status == 2
    low = [a - 0.05 for a in STEADY]
    kept = only(cell(), cell(low, seeds=LATER))
    assert "its floor passes (lowest seed 0.8480, floor 0.8000)" in kept.notes
    both = only(cell(), cell(low, seeds=LATER, floor=0.88))
    assert both.verdict == "regressed"
    assert any("its floor fails" in suspicion for suspicion in both.suspicions)
    known = compare(run(cell(floor=0.95)), run(cell(floor=0.95)))
    assert known.status == 0
    assert any(note.endswith(", as it did in the baseline") for note in known.cells[0].notes)


@pytest.mark.parametrize(
    "base",
    [cell(floor=None), cell([0.1] * 5, diverged=[1] * 5, deaths_allowed=5)],
    ids=["no floor", "all died"],
)
def test_a_baseline_that_was_held_to_no_floor_is_not_said_to_have_kept_it(base: dict[str, Any]) -> None:
    verdict = only(base, cell(OTHER, seeds=LATER, floor=0.95))
    assert verdict.suspicions == ("its floor fails in 5 of 5 seeds (lowest seed 0.8985, floor 0.9500)",)


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
    assert "the new run was timed while other cells trained concurrently" in note
    assert compare(run(), run(cell(seed_seconds=[3.0] * 5))).notes == ()


def test_versions_that_differ_are_named() -> None:
    other = run()
    other["suite"]["versions"] = {"tensorflow": "2.22.0"}
    assert compare(run(), other).other_versions == ("tensorflow 2.21.0 -> 2.22.0",)
    assert compare(run(), run()).other_versions == ()


def test_a_run_beside_itself_says_that_it_cannot_fail() -> None:
    one, copied = (from_dict(run(cell()), name) for name in ("one.json", "folder/../one.json"))
    report = judge(one, copied, GateSettings())
    assert report.notes == ("baseline and new run are the same run: this comparison cannot fail",)


def test_more_seeds_than_anybody_trains_are_not_advised() -> None:
    """Beside a single seed there are as many labellings as seeds in all."""
    alone, fallen = run(cell([0.9])), run(cell([0.5], seeds=[1]))
    report = compare(alone, fallen, alpha=1e-5)
    (found,) = report.cells
    assert (found.verdict, report.status) == ("suspect", 2)
    assert (found.to_test, found.to_confirm) == (None, None)
    assert compare(alone, fallen, alpha=0.01).cells[0].to_confirm == 98


def test_a_floor_is_said_beside_the_seed_that_missed_it() -> None:
    """The floor is of every living seed: a mean above it, or one of dead seeds that are excused, contradicts the verdict."""
    found = only(cell(), cell([0.95, 0.95, 0.95, 0.95, 0.5], seeds=LATER))
    assert found.suspicions == (
        "its floor fails (lowest seed 0.5000, floor 0.8000), which the baseline kept",
    )
    dead = {"diverged": [None, None, None, 1, 1], "deaths_allowed": 2}
    kept = only(cell(), cell([0.82, 0.821, 0.819, 0.1, 0.1], seeds=LATER, **dead))
    assert kept.verdict == "regressed"
    assert "its floor passes (lowest seed 0.8190, floor 0.8000)" in kept.notes


@pytest.mark.parametrize(("protocol", "verdict"), [("quick", "unchanged"), ("study", "regressed")])
def test_from_python_the_protocol_says_what_counts_as_on_the_command_line(
    protocol: str, verdict: str
) -> None:
    base = from_dict(run(cell(protocol=protocol)), "base.json")
    lower = [a - 0.007 for a in STEADY]
    new = from_dict(run(cell(lower, protocol=protocol, seeds=LATER)), "new.json")
    (found,) = comparison.compare(base, new).cells
    assert found.verdict == verdict


def test_a_cell_that_improved_since_fewer_die_shows_that_gain() -> None:
    """The living are as they were; what was found is of all, with the dead at chance."""
    base = cell([*STEADY, *[0.1] * 5], diverged=[None] * 5 + [1] * 5)
    found = only(base, cell(STEADY * 2, seeds=list(range(10, 20))))
    assert found.verdict == "improved"
    assert found.drop_pp == pytest.approx(-40)
    assert not found.of_living


def test_an_undecided_cell_whose_accuracy_rose_says_so() -> None:
    """It stays undecided, since the comparison could not have seen a drop."""
    noisy = [0.905, 0.93, 0.92, 0.91, 0.935]
    found = only(cell(noisy), cell([a + 0.06 for a in noisy], seeds=LATER))
    assert found.verdict == "undecided"
    (said,) = [note for note in found.notes if "rose" in note]
    assert said.startswith("accuracy rose by 6.00 points (p 0.00")

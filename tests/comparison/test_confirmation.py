"""A second look at what the first could not decide."""

from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.comparison.confirmation import confirm
from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import GateSettings
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, from_dict
from tests.support.gate_runs import confirmed, grid, more, one_fell
from tests.support.run_factory import STEADY, bits, cell, run


def test_a_suspect_that_stays_one_keeps_what_made_the_further_seeds_suspect() -> None:
    first = one_fell(0.6)
    first["benchmarks"][1]["extra_info"]["floor"] = 0.5
    found = confirmed(first, more(0.4, floor=0.5)).cells[1]
    assert [text[:11] for text in found.suspicions] == ["a collapse:", "its floor f"]


def test_conditions_of_the_second_look_are_said_once() -> None:
    further = more(0.61, 0.6, 0.59, machine=[{"cpu.brand_raw": "Other CPU"}] * 3)
    report = confirmed(one_fell(0.6), further)
    assert len(report.notes) == len(set(report.notes))
    assert any("Other CPU" in note for note in report.notes)
    assert not any("Other CPU" in note for note in confirmed(one_fell(0.6), more(0.61, 0.6, 0.59)).notes)


def test_more_seeds_have_to_fit() -> None:
    with pytest.raises(RunRefused, match=r"has seeds of first\.json again"):
        confirmed(one_fell(0.6), more(0.6, seeds=[7]))
    with pytest.raises(RunRefused, match="fingerprint"):
        confirmed(one_fell(0.6), more(0.6, fingerprint="e" * 16))
    with pytest.raises(RunRefused, match=r"was not tested in first\.json"):
        confirmed(one_fell(0.6), more(0.6, dataset="svhn"))


def test_a_second_look_has_to_be_planned_where_the_first_spent_alpha() -> None:
    first = grid([a - 0.004 for a in STEADY], seeds=[5, 6, 7, 8, 9])
    with pytest.raises(RunRefused, match="plan two looks"):
        confirmed(first, more(0.9, 0.9))
    planned = confirmed(first, more(0.895, 0.894, 0.896), looks=2, max_drop=0.2)
    assert planned.settings.alpha_of_cells(4) == pytest.approx(0.02)
    assert planned.cells[1].adjusted_p is not None


def test_a_look_that_tested_nothing_leaves_all_alpha_to_the_second() -> None:
    """5v1 has 6 labellings, too few to be tested; with 5v4, 4 of 126 are less than 0.04, and more than half of it."""
    report = confirmed(one_fell(0.6), more(0.61, 0.6, 0.59), looks=2)
    assert report.cells[1].verdict == "regressed"


@pytest.mark.parametrize(
    ("further", "labelings", "verdict"),
    [((0.61, 0.6, 0.59), 126, "suspect"), ((0.61, 0.6, 0.59, 0.6), 252, "regressed")],
)
def test_a_look_that_tested_any_cell_leaves_the_planned_half(
    further: tuple[float, ...], labelings: int, verdict: str
) -> None:
    """The other cells have the 56 labellings of 5v3, enough to be tested at 0.02, which 4 of 126 are not."""
    first = grid((0.9, 0.901, 0.899), seeds=[7, 8, 9])
    first["benchmarks"][1] = one_fell(0.6)["benchmarks"][1]
    found = confirmed(first, more(*further), looks=2).cells[1]
    assert found.verdict == verdict
    assert found.adjusted_p == pytest.approx(4 / labelings)


def test_cells_that_cannot_be_compared_spend_nothing() -> None:
    """The one cell that both runs have may spend all of 0.05; among two, 2 of 21 labellings would be more."""
    base = run(cell(), cell(dataset="cifar10"))
    first = run(cell((0.6,), seeds=[7]), cell(dataset="cifar10", epochs=4))
    further = run(cell((0.6,), seeds=[20]))
    old, new, more_seeds = (from_dict(data, "r.json") for data in (base, first, further))
    found = confirm(old, new, more_seeds, GateSettings.for_run(new)).cells[0]
    assert found.verdict == "regressed"
    assert found.adjusted_p == pytest.approx(1 / 21)


def test_findings_of_either_look_stay() -> None:
    first = one_fell(0.9)
    first["benchmarks"][1]["extra_info"]["flops_per_image"] = 1
    report = confirmed(first, more(0.9, 0.901, 0.899, flops_per_image=1), max_drop=99)
    assert [text.split(" changed")[0] for text in report.cells[1].findings] == ["flops_per_image"]
    assert report.status == 1

    short = [{"val_accuracy": [0.5, last], "seconds": [1.0, 1.0]} for last in (0.9, 0.901, 0.899)]
    report = confirmed(one_fell(0.9), more(0.9, 0.901, 0.899, history=short), max_drop=99)
    assert report.cells[1].findings[0] == "seed 20 trained 2 epochs, its recipe has 3"
    assert report.status == 1

    report = confirmed(one_fell(0.9), more(0.9, 0.901, 0.899, flops_per_image=1), max_drop=99)
    assert report.cells[1].findings == ("flops_per_image changed from 1,000,000 to 1",)


@pytest.mark.parametrize("missed_before", [True, False])
def test_further_seeds_that_miss_the_floor_do_not_dispel_a_suspicion(missed_before: bool) -> None:
    first = one_fell(0.79 if missed_before else 0.9)
    found = confirmed(first, more(0.9, 0.901, 0.78), max_drop=99).cells[1]
    assert found.verdict == "suspect"
    assert found.suspicions == (
        "its floor fails (lowest seed 0.7800, floor 0.8000), which the baseline kept",
    )
    assert confirmed(first, more(0.9, 0.901, 0.899), max_drop=99).cells[1].verdict == "unchanged"


def curves(accuracies: Sequence[float], **changes: Any) -> dict[str, Any]:
    """A cell whose seeds all start alike, with its epochs."""
    history = [{"val_accuracy": [0.3, 0.5, last], "seconds": [1.0] * 3} for last in accuracies]
    return cell(accuracies, history=history, **changes)


def test_further_seeds_of_the_baseline_make_pairs_as_in_one_run_of_all() -> None:
    """Ten are pinned; five of these are run first, and the other five to confirm."""
    pinned = (0.88, 0.92, 0.86, 0.94, 0.9, 0.89, 0.91, 0.87, 0.93, 0.9)
    lower = [a - 0.005 - i / 5000 for i, a in enumerate(pinned)]
    base, first, further, whole = (
        from_dict(run(one), "r.json")
        for one in (
            curves(pinned),
            curves(lower[:5]),
            curves(lower[5:], seeds=[5, 6, 7, 8, 9]),
            curves(lower),
        )
    )
    asked = GateSettings(max_drop=0.2, looks=2)
    known, found = judge(base, first, asked).cells[0], confirm(base, first, further, asked).cells[0]
    assert (known.test, known.verdict) == ("labelings", "undecided")
    assert (found.test, found.labelings, found.verdict) == ("pairs", 1024, "regressed")
    assert found.p == judge(base, whole, asked).cells[0].p == 1 / 1024


def test_further_seeds_that_the_baseline_lacks_end_the_pairs() -> None:
    close = [a - 0.002 for a in (0.88, 0.92, 0.86, 0.94, 0.9)]
    base, first, further = (
        from_dict(run(one), "r.json")
        for one in (
            curves((0.88, 0.92, 0.86, 0.94, 0.9)),
            curves(close, floor=0.95),
            curves((0.9, 0.91), seeds=[20, 21]),
        )
    )
    asked = GateSettings(looks=2)
    known, found = judge(base, first, asked).cells[0], confirm(base, first, further, asked).cells[0]
    assert (known.test, known.verdict) == ("labelings", "suspect")
    assert (found.test, found.labelings) == ("labelings", 792)


def test_a_second_look_that_cannot_test_a_cell_does_not_pass_it() -> None:
    """One cell of twenty takes 500 labellings; five seeds against three have 56."""
    names = [f"cell{i}" for i in range(20)]

    def of(low: Sequence[float], seeds: Sequence[int]) -> Run:
        values = [low if name == "cell0" else STEADY[: len(low)] for name in names]
        made = (cell(v, architecture=name, seeds=list(seeds)) for name, v in zip(names, values, strict=True))
        return from_dict(run(*made), "r.json")

    base = from_dict(run(*(cell(STEADY, architecture=name) for name in names)), "b.json")
    report = confirm(base, of([0.86], [10]), of([0.861, 0.859], [11, 12]), GateSettings())
    found = next(c for c in report.cells if c.cell == "cell0-mnist")
    assert (found.labelings, found.detectable_pp, found.verdict) == (56, None, "undecided")


def test_pairs_with_too_few_labelings_for_a_second_look_are_judged_unpaired() -> None:
    """Of seven pairs there are 128 labellings; what a second look may spend on one of ten cells takes 400."""
    pinned = (0.88, 0.92, 0.86, 0.94, 0.9, 0.89, 0.91)
    lower = [a - 0.01 for a in pinned]
    names = [f"cell{i}" for i in range(10)]
    base, first, further = (
        from_dict(run(*(curves(values, architecture=name, **changes) for name in names)), "r.json")
        for values, changes in ((pinned, {}), (lower[:5], {}), (lower[5:], {"seeds": [5, 6]}))
    )
    found = confirm(base, first, further, GateSettings(looks=2)).cells
    assert {(cell.test, cell.labelings) for cell in found} == {("labelings", 3432)}


@pytest.mark.parametrize(("answers", "verdict"), [(bits(930), "changed"), (bits(900), "undecided")])
def test_further_seeds_of_equal_weights_and_other_answers_are_a_changed_evaluation(
    answers: str, verdict: str
) -> None:
    """A second look sees without statistics what one run of all seeds would have shown."""
    weights, kept = [f"{i:064x}" for i in range(5)], [bits(round(1000 * a)) for a in STEADY]
    right = 0.93 if verdict == "changed" else 0.9
    base, first, further = (
        from_dict(run(one), "r.json")
        for one in (
            cell(weights_sha256=weights, correct=kept),
            cell((0.9,), seeds=[7], weights_sha256=["7" * 64], correct=[bits(900)]),
            cell((right,), seeds=[0], weights_sha256=weights[:1], correct=[answers]),
        )
    )
    found = confirm(base, first, further, GateSettings.for_run(first)).cells[0]
    assert found.verdict == verdict
    assert [text.split(":")[0] for text in found.findings] == ["EVALUATION CHANGED"] * (verdict == "changed")

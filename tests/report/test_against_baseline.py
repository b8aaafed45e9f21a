"""What a comparison says of the code on both sides, and what it advises about it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.report.findings import against_baseline
from benchmarks.report.format import plain
from benchmarks.report.views import changes
from benchmarks.results.run import from_dict
from tests.support.full_grid import collection, page_of
from tests.support.gate_runs import LATER, compared, grid, text
from tests.support.run_factory import STEADY, cell, run


def test_the_red_cell_is_trained_again_with_seeds_that_neither_run_has() -> None:
    new = cell([a - 0.2 for a in (*STEADY, 0.9)], seeds=[0, 1, 2, 10, 11, 12])
    (step, *_) = against_baseline.answer(compared(run(cell(seeds=[*range(20, 25)])), run(new))).steps
    assert step.text.startswith("Train lenet on MNIST with 6 unused seeds (")
    assert " --seed 25 --seeds 6 " in step.command


@pytest.mark.parametrize(
    ("base", "new", "said", "mark"),
    [
        ({"id": "abc123"}, {"id": "abc123"}, None, None),
        ({"id": "abc123"}, {"id": "def456"}, "Code: abc123 → def456.", "differs"),
        ({"id": "abc123"}, {"id": "abc123", "dirty": True}, "Code: abc123 → abc123 (with uncommitted changes).", "differs"),
        ({"id": "abc123", "dirty": True}, {"id": "abc123", "dirty": True},
         "Code: abc123 (with uncommitted changes) → abc123 (with uncommitted changes).", "may differ"),
    ],
)  # fmt: skip
def test_code_that_differs_is_named_whatever_the_verdict(
    base: dict[str, Any], new: dict[str, Any], said: str | None, mark: str | None
) -> None:
    found = compared(run(commit_info=base), run(commit_info=new))
    lines = [line for line in text(found).splitlines() if line.startswith("Code:")]
    assert lines == ([] if said is None else [said])
    (row,) = [row for row in changes.both(found).rows if row.entries[0].value == "Commit"]
    assert row.entries[3].value == mark


def test_versions_that_differ_are_named_at_the_head_and_once() -> None:
    old, new = run(cell()), run(cell([a + 1e-3 for a in STEADY]))
    old["suite"]["versions"], new["suite"]["versions"] = {"keras": "3.11.3"}, {"keras": "3.15.1"}
    found = compared(old, new)
    assert against_baseline.answer(found).lede == ["Versions: keras 3.11.3 → 3.15.1."]
    assert text(found).count("3.11.3") == 1
    assert against_baseline.answer(compared(old, old)).lede == []


def test_versions_of_a_second_look_are_named_beside_those_of_the_first() -> None:
    found = compared(run(cell()), run(cell()))
    versions = ("keras 3.11.3 -> 3.15.1", "keras 3.11.3 -> 3.16.0")
    twice = replace(found, report=replace(found.report, other_versions=versions))
    assert against_baseline.answer(twice).lede == ["Versions: keras 3.11.3 → 3.15.1, keras 3.11.3 → 3.16.0."]


@pytest.mark.parametrize(
    ("commit", "said"),
    [
        ("abc123", "Train lenet on MNIST with the versions of each run, with 5 unused seeds (about 20 s in sequence)"),
        ("def456", "Train lenet on MNIST at both commits, abc123 and def456, with the versions of each run, with 5 unused seeds ("),
    ],
)  # fmt: skip
def test_what_an_upgrade_broke_is_trained_with_both_versions(commit: str, said: str) -> None:
    old = run(cell())
    new = run(cell([a - 0.2 for a in STEADY]), commit_info={"id": commit})
    new["suite"]["versions"] = {"tensorflow": "2.22.0"}
    (step, *_) = against_baseline.answer(compared(old, new)).steps
    assert step.text.startswith(said)


def test_further_seeds_of_the_baseline_are_trained_with_its_versions() -> None:
    wide = [0.9, 0.86, 0.94, 0.88, 0.92]
    old, new = grid(wide), grid(wide[::-1], seeds=LATER)
    new["suite"]["versions"] = {"tensorflow": "2.22.0"}
    steps = [step.text for step in against_baseline.answer(compared(old, new, max_drop=3)).steps]
    assert any(
        "at the baseline’s commit abc123, with its versions, and `merge` them with" in step for step in steps
    )


def test_the_page_says_what_shared_seeds_did_in_the_words_of_the_terminal() -> None:
    def side(second: float, drop: float) -> dict[str, Any]:
        values = [a - drop for a in STEADY]
        history = [{"val_accuracy": [0.3, second, a], "seconds": [1.0] * 3} for a in values]
        return run(cell(values, history=history))

    found = compared(side(0.5, 0.0), side(0.6, 0.2))
    (worst,) = found.red
    (shown,) = dict(changes.neighbours(found, worst))["Seeds that both runs have"]
    assert shown == "5 of 5 trained differently, from epoch 2 on"
    assert "5 of 5 shared seeds trained differently, from epoch 2 on" in text(found)


def test_a_commit_that_lacks_what_was_run_is_not_named_as_if_it_held_it() -> None:
    said = "abc123 (with uncommitted changes)"
    wide, dirty = [0.9, 0.86, 0.94, 0.88, 0.92], {"id": "abc123", "dirty": True}
    found = compared(grid(wide) | {"commit_info": dirty}, grid(wide[::-1], seeds=LATER), max_drop=3)
    steps = [step.text for step in against_baseline.answer(found).steps]
    assert any(f"at the baseline’s commit {said} and `merge`" in step for step in steps)
    fallen = [a - 0.1 for a in STEADY]
    for base, new, names in (
        (dirty, {"id": "def456"}, f" at both commits, {said} and def456, with 5 unused seeds ("),
        ({"id": "def456"}, dirty, f" at both commits, def456 and {said}, with 5 unused seeds ("),
        (dirty, {"id": "abc123"}, "Train lenet on MNIST with 5 unused seeds (about 10 s in sequence); "),
        (
            {"id": "abc123"},
            dirty,
            " with and without the uncommitted changes, with 5 unused seeds (about 20 s",
        ),
    ):
        found = compared(
            grid(STEADY) | {"commit_info": base}, grid(fallen, seeds=LATER) | {"commit_info": new}
        )
        assert any(names in step.text for step in against_baseline.answer(found).steps)


def test_a_change_has_one_sign_and_a_chance_one_form_wherever_they_stand() -> None:
    values = [0.9 + i / 1000 for i in range(7)]
    found = compared(run(cell(values)), run(cell([a - 0.069 for a in values], seeds=[*range(10, 17)])))
    (verdict,) = found.report.cells
    p = f"{verdict.adjusted_p:.2g}"
    assert p == "0.00029"
    lines = text(found).splitlines()
    (line,) = [line for line in lines if re.match(r"lenet-mnist +regressed ", line)]
    assert line.split()[-3:-1] == ["−6.90", p]
    assert f"FAILS lenet-mnist: accuracy dropped by 6.90 points (p {p})" in lines
    assert any(f"; p = {p} over the grid" in line for line in lines)
    table = changes.forest(found)
    shown = dict(
        zip((c.title for c in table.columns), map(plain, table.rows[0].entries, table.columns), strict=True)
    )
    assert (shown["Change, points"], shown["p over the grid"]) == ("−6.90", p)
    better = compared(run(cell()), run(cell([a + 0.0088 for a in STEADY], seeds=LATER)))
    assert "+0.88" in text(better)


def test_the_grid_has_the_sign_of_its_cells() -> None:
    told = text(compared(grid(STEADY), grid([a - 0.05 for a in STEADY], seeds=LATER)))
    assert "median change −5.00 (drops beyond 0.50 count)" in told


def test_no_change_has_no_minus_sign() -> None:
    assert "−0.00" not in text(compared(run(cell()), run(cell())))
    table = changes.forest(compared(run(cell()), run(cell([a - 1e-5 for a in STEADY]))))
    assert [plain(row.entries[6], table.columns[6]) for row in table.rows] == ["+0.00"]


def test_equal_answers_are_claimed_only_of_the_seeds_that_gave_them() -> None:
    same: dict[str, Any] = {"weights_sha256": ["a" * 64] * 5}
    sure = against_baseline.answer(compared(run(cell(**same)), run(cell(**same)))).sure
    assert "The cell that passed: it gave the same answers in every seed." in sure
    fewer = run(cell(STEADY[:1], seeds=[0], weights_sha256=["a" * 64]))
    sure = against_baseline.answer(compared(run(cell(**same)), fewer)).sure
    assert "The cell that passed: it gave the same answers in every seed that both runs have." in sure


@pytest.mark.parametrize("gain", [0.0, 0.2])
def test_a_cell_that_fails_by_its_counts_did_not_pass_and_is_not_trained_again(gain: float) -> None:
    new = cell([a - 0.2 + gain for a in STEADY], seeds=LATER, params_total=7)
    answer = against_baseline.answer(compared(run(cell([a - 0.2 for a in STEADY])), run(new)))
    assert answer.headline == "lenet on MNIST fails"
    assert not [said for said in answer.sure if "passed" in said]
    assert answer.steps == []


def test_a_pass_names_the_drop_that_a_pinned_resolution_lets_it_hide() -> None:
    wide = [0.9, 0.92, 0.93, 0.91, 0.92]
    base = run(cell(wide, resolution=12.0), cell(architecture="vgg", resolution=1.0))
    new = run(cell(wide, seeds=LATER), cell(architecture="vgg", seeds=LATER))
    found = compared(base, new)
    sure = [text for text in against_baseline.answer(found).sure if "pinned" in text]
    assert found.report.cells[0].verdict == "unchanged"
    assert sure == [
        "lenet on MNIST had to show only drops of the size that the baseline is pinned with, up to 12 points: smaller ones may be hidden."
    ]


def test_a_pass_hides_no_drop_that_would_have_been_found() -> None:
    quiet = [0.92, 0.9201, 0.9199, 0.92, 0.9201]
    found = compared(run(cell(quiet, resolution=12.0)), run(cell(quiet, seeds=LATER)))
    assert found.report.cells[0].verdict == "unchanged"
    assert not [text for text in against_baseline.answer(found).sure if "pinned" in text]


def test_a_floor_missed_with_another_recipe_is_the_headline_and_is_not_trained_again() -> None:
    worse = cell([0.5] * 5, fingerprint="b" * 16, floor=0.8)
    found = against_baseline.answer(compared(run(cell(floor=0.8)), run(worse)))
    assert found.headline == "lenet on MNIST fails; 1 cell is not comparable"
    assert not any("Train" in step.text for step in found.steps)


@pytest.mark.parametrize(("seeds", "more"), [(range(30), range(40)), (range(5), (0, 1, 2, 4, 7))])
def test_other_seeds_differ_however_many_there_are(seeds: Sequence[int], more: Sequence[int]) -> None:
    old, new = (cell([0.9] * len(own), seeds=[*own]) for own in (seeds, more))
    (line,) = [
        row for row in changes.both(compared(run(old), run(new))).rows if row.entries[0].value == "Seeds"
    ]
    assert line.entries[3].value == "differs"
    assert line.entries[2].value in ("0 to 39", "0 to 2, 4, 7")


def test_runs_that_share_no_cell_are_not_said_to_be_unchanged() -> None:
    facts = dict(changes.beside_accuracy(compared(run(cell()), run(cell(architecture="vgg")))))
    assert facts["Parameters and FLOPs"] == ["no cell is in both runs"]


def test_a_page_sets_the_code_in_its_advice_as_code() -> None:
    base, new = (run(cell(backend=backend)) for backend in ("tensorflow", "jax"))
    written = page_of(collection(new), from_dict(base, "base.json"))
    assert 'with <code>compare BASE NEW <span class="nw">--across-backends</span></code>.' in written

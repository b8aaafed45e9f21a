"""The advice for cells that a comparison left open or could not compare."""

from collections.abc import Sequence
from typing import Any

from benchmarks.report.findings import against_baseline
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.format import count
from tests.support.gate_runs import compared
from tests.support.run_factory import cell, run


def test_a_recipe_or_images_that_the_code_changed_are_pinned_or_undone_also_where_other_cells_compare() -> (
    None
):
    old = [cell(recipe={"learning_rate": 0.002}), cell(dataset="cifar10")]
    new = [cell(recipe={"learning_rate": 0.001}, fingerprint="e" * 16), cell(dataset="cifar10")]
    for kept in (1, 2):
        found = against_baseline.answer(compared(run(*old[:kept]), run(*new[:kept])))
        (step,) = found.steps
        assert step.text.startswith("If the recipe or the images of lenet on MNIST were meant to change, pin")
    assert not against_baseline.answer(compared(run(*old), run(cell(precision="bf16"), old[1]))).steps


def missed(values: Sequence[float]) -> Comparison:
    """One new cell that misses a floor which the baseline kept."""
    low = cell(values, floor=0.89, seeds=[*range(5, 5 + len(values))])
    return compared(run(cell([0.9, 0.93, 0.96, 0.92, 0.91], resolution=8.0)), run(low))


def test_for_a_missed_floor_other_seeds_are_advised_since_more_do_not_lift_it() -> None:
    found = missed([0.885, 0.92, 0.93])
    assert [v.verdict for v in found.report.cells] == ["suspect"]
    (step,) = against_baseline.answer(found).steps
    assert step.text.startswith(
        "Train 3 other seeds of lenet on MNIST (about 6 s in sequence) and judge that run by itself:"
    )
    assert step.command.endswith("--seed 8 --seeds 3 --benchmark-autosave")


def test_the_seeds_that_confirm_a_missed_floor_are_other_ones() -> None:
    found = missed([0.885])
    (verdict,) = found.report.cells
    (step,) = against_baseline.answer(found).steps
    assert verdict.to_confirm is not None
    assert f"Train {count(verdict.to_confirm, 'other seed')} of" in step.text
    assert "--confirm MORE" in step.text
    assert step.command.endswith(f"--seed 6 --seeds {verdict.to_confirm} --benchmark-autosave")


def test_no_number_of_seeds_is_said_to_decide_what_is_not_reproducible() -> None:
    """Equal code, versions and machine, and other weights."""
    same: dict[str, Any] = {"code": ["a" * 16] * 5}
    found = compared(
        run(cell(weights_sha256=["a" * 64] * 5, **same)), run(cell(weights_sha256=["b" * 64] * 5, **same))
    )
    (verdict,) = found.report.cells
    assert verdict.suspicions == (
        "not reproducible any more: code, versions and machine are those of the baseline",
    )
    assert not against_baseline.answer(found).steps

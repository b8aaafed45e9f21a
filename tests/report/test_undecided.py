"""The advice for cells that a comparison left open or could not compare."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, stdev
from typing import Any

import pytest

from benchmarks.report.findings import against_baseline
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.findings.undecided import open_sentences
from benchmarks.report.format import count, duration
from benchmarks.report.table import Step
from benchmarks.report.views import gate
from benchmarks.results.run import Run
from tests.support.gate_runs import compared
from tests.support.run_factory import cell, run

TEN = (0.9, 0.902, 0.898, 0.901, 0.899) * 2


def test_a_recipe_or_images_that_the_code_changed_are_pinned_or_undone_also_where_other_cells_compare() -> (
    None
):
    old = [cell(recipe={"learning_rate": 0.002}), cell(dataset="cifar10")]
    new = [cell(recipe={"learning_rate": 0.001}, fingerprint="e" * 16), cell(dataset="cifar10")]
    for kept in (1, 2):
        found = compared(run(*old[:kept]), run(*new[:kept]))
        (step,) = against_baseline.answer(found).steps
        what = "If the recipe or the images of lenet on MNIST were meant to change, "
        assert step.text == f"{what}compare with this run from now on; otherwise undo the change."
        (step,) = against_baseline.answer(replace(found, base=replace(found.base, pinned=True))).steps
        assert step.text.startswith(f"{what}pin a new baseline (docs/ci.md);")
    assert not against_baseline.answer(compared(run(*old), run(cell(precision="bf16"), old[1]))).steps


def test_cells_that_only_the_backend_keeps_apart_are_judged_across_backends() -> None:
    (step,) = against_baseline.answer(compared(run(cell()), run(cell(backend="jax")))).steps
    assert step.text == "Judge the change of backend with `compare BASE NEW --across-backends`."


def missed(values: Sequence[float]) -> Comparison:
    """One new cell that misses a floor which the baseline kept."""
    low = cell(values, floor=0.89, seeds=[*range(5, 5 + len(values))])
    return compared(run(cell([0.9, 0.93, 0.96, 0.92, 0.91], resolution=8.0)), run(low))


def test_for_a_missed_floor_other_seeds_are_advised_and_none_to_be_merged() -> None:
    found = missed([0.885, 0.92, 0.93])
    assert [v.verdict for v in found.report.cells] == ["suspect"]
    (step,) = against_baseline.answer(found).steps
    assert step.text == (
        "Train 3 other seeds of lenet on MNIST (about 6 s in sequence) and judge that run by itself, "
        "not merged with the seeds that missed the floor."
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


def test_further_seeds_of_a_collapse_are_a_second_look_and_not_merged() -> None:
    """A grid in which only the lowest cells have enough seeds to be tested would alarm too often."""
    nets = {"lenet": 0.9, "resnet20v1": 0.9, "vgg": 0.5}
    base = [cell(TEN, architecture=name, floor=0.4) for name in nets]
    new = [cell([low], seeds=[20], architecture=name, floor=0.4) for name, low in nets.items()]
    found = compared(run(*base), run(*new))
    verdict = next(v for v in found.report.cells if v.verdict == "suspect")
    assert (verdict.cell, verdict.to_confirm) == ("vgg-mnist", 2)
    second, more = against_baseline.answer(found).steps
    assert second.text == (
        "Train 2 further seeds of vgg on MNIST (about 4 s in sequence) and judge that run with `compare BASE NEW --confirm MORE`:"
    )
    assert trained(found.new, second) == {"vgg-mnist": 2}
    assert min(seeds_of(second)) == 21
    assert "merge" in more.text
    assert trained(found.new, more).keys() == {"lenet-mnist", "resnet20v1-mnist"}


@pytest.mark.parametrize(("looks", "option"), [(1, ""), (2, " --looks 2")])
def test_a_second_look_is_advised_with_the_looks_that_were_planned(looks: int, option: str) -> None:
    found = compared(run(cell(TEN)), run(cell([0.5], seeds=[20], floor=0.4)), looks=looks)
    second, *_ = against_baseline.answer(found).steps
    assert second.text.endswith(f"judge that run with `compare BASE NEW --confirm MORE{option}`:")


def test_no_number_of_seeds_is_said_to_decide_what_is_not_reproducible() -> None:
    """Equal code, versions and machine, and other weights."""
    same: dict[str, Any] = {"code": ["a" * 16] * 5}
    found = compared(
        run(cell(weights_sha256=["a" * 64] * 5, **same)), run(cell(weights_sha256=["b" * 64] * 5, **same))
    )
    (verdict,) = found.report.cells
    assert verdict.suspicions == (
        "not reproducible any more: code, versions and machine are those of the baseline, as far as both are recorded",
    )
    assert not against_baseline.answer(found).steps


def undecided(
    *spreads: float, base: Sequence[int] = range(5), new: Sequence[int] = range(20, 25)
) -> Comparison:
    """Cells of these deviations between seeds, in points: too wide for the one point that counts."""

    def cells(seeds: Sequence[int]) -> list[dict[str, Any]]:
        steps = [(i - mean(range(len(seeds)))) / stdev(range(len(seeds))) for i in range(len(seeds))]
        return [
            cell([0.8 + spread / 100 * s for s in steps], seeds=list(seeds), architecture=f"net{i}")
            for i, spread in enumerate(spreads)
        ]

    return compared(run(*cells(base)), run(*cells(new)), max_drop=1.0)


def asked(found: Comparison) -> dict[str, dict[str, int]]:
    """By cell: the seeds that the judgement for machines asks for, of each side."""
    return {one["cell"]: one["to_see"] for one in json.loads(gate.as_json(found.report))["cells"]}


def trained(run: Run, step: Step) -> dict[str, int]:
    """By cell: how many seeds that the run does not have yet the step's command trains."""
    found = {}
    for command in step.command.split("; "):
        words = command.split()
        names, first, number = (words[words.index(word) + 1] for word in ("--arch", "--seed", "--seeds"))
        for name in names.split(","):
            known = run.cells[f"{name}-mnist"].seeds
            found[f"{name}-mnist"] = len({*range(int(first), int(first) + int(number))} - {*known})
    return found


@pytest.mark.parametrize(
    "sides",
    [
        {},
        {"new": [20, 21, 30, 31, 40]},  # their number does not tell which seeds are free
        {"base": range(10)},
    ],
    ids=["as trained", "with gaps", "a larger baseline"],
)
def test_the_commands_train_just_the_further_seeds_that_the_judgement_asks_for(sides: dict[str, Any]) -> None:
    found = undecided(0.6, 0.9, 1.2, **sides)
    more = asked(found)
    assert len({tuple(one.values()) for one in more.values()}) == 3
    here, there = against_baseline.answer(found).steps
    assert trained(found.new, here) == {cell: one["new"] for cell, one in more.items()}
    assert trained(found.base, there) == {cell: one["base"] for cell, one in more.items()}
    for step, side in ((here, "new"), (there, "base")):
        assert f"(about {duration(2.0 * sum(one[side] for one in more.values()))} in sequence)" in step.text
        for name, one in more.items():
            assert f"{one[side]} of {name.removesuffix('-mnist')} on MNIST" in step.text
    assert " here" not in there.text
    assert "at the baseline’s commit abc123 and `merge`" in there.text


def seeds_of(step: Step) -> set[int]:
    """All seeds that a step trains, of any cell."""
    found: set[int] = set()
    for command in step.command.split("; "):
        words = command.split()
        first, number = (int(words[words.index(word) + 1]) for word in ("--seed", "--seeds"))
        found |= {*range(first, first + number)}
    return found


def test_advised_seeds_are_none_that_the_other_side_has() -> None:
    found = undecided(0.9, base=range(5), new=range(5, 10))
    here, there = against_baseline.answer(found).steps
    assert not seeds_of(here) & seeds_of(there)
    assert min(seeds_of(here) | seeds_of(there)) == 10
    wide = [0.9, 0.86, 0.94, 0.88, 0.92]
    here, there, *_ = against_baseline.answer(
        compared(run(cell(wide)), run(cell(wide[::-1])), max_drop=3)
    ).steps
    assert min(seeds_of(here)) == min(seeds_of(there)) == 5, "equal seeds on both sides stay pairs"


def test_seeds_that_make_pairs_are_those_that_the_other_side_has() -> None:
    """One side has the first seeds of the other, and both give nearly the same."""
    wide = (0.88, 0.92, 0.86, 0.94, 0.9)
    old, now = (
        cell(a, epochs=2, history=[{"val_accuracy": [0.3, one], "seconds": [1.0, 1.0]} for one in a])
        for a in (wide, wide[:3])
    )
    (here,) = against_baseline.answer(compared(run(old), run(now), max_drop=1.0)).steps
    assert seeds_of(here) == {3, 4}


def test_the_sentence_gives_the_seeds_of_the_judgement() -> None:
    found = undecided(0.9, 0.6, 1.2, base=range(8))
    more = asked(found)
    (told,) = open_sentences(found.report)
    numbers = [int(number) for number in re.findall(r"(\d+) more", told)]
    assert numbers == [*more["net1-mnist"].values(), *more["net2-mnist"].values()]
    assert re.search(r" net1 on MNIST needs the fewest, .*; net2 on MNIST the most, ", told)


def test_of_many_cells_those_that_need_the_fewest_seeds_are_trained_first() -> None:
    found = undecided(0.9, 0.5, 0.6, 0.7, 0.8, 0.5)
    here, _ = against_baseline.answer(found).steps
    assert "for the 5 of 6 cells that need the fewest" in here.text
    assert [*trained(found.new, here)] == [f"net{i}-mnist" for i in (1, 5, 2, 3, 4)]


def test_a_larger_drop_is_advised_only_for_cells_that_no_advised_seeds_decide() -> None:
    found = undecided(0.5, 4.0)
    *_, last = against_baseline.answer(found).steps
    assert last.text.startswith(
        "Gate net1 on MNIST at a larger drop, which fewer seeds show. With --max-drop "
    )
    assert last.text.endswith("judge 1 of 1 cell.")
    assert not any("--max-drop" in step.text for step in against_baseline.answer(undecided(0.5)).steps)

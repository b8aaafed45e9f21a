"""What a report of one run advises to do next."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.report.findings import one_run
from benchmarks.results.run import from_dict
from tests.support.full_grid import answer
from tests.support.gate_runs import LATER
from tests.support.run_factory import STEADY, cell, run


def test_a_run_that_pin_would_refuse_is_not_advised_to_be_pinned() -> None:
    data = run(*(cell(dataset=d) for d in ("mnist", "cifar10")))
    data["suite"]["narrowed"] = True
    (step,) = answer(data).steps
    assert step.text == "Judge a later run of the same cells against this one:"
    assert step.command == "python -m benchmarks compare run.json NEW"
    data["suite"]["partial"] = True
    (step,) = answer(data).steps
    assert step.text == "Train what this run lacks: repeat the command with --resume."


def test_after_synthetic_images_the_real_ones_are_advised_where_there_are_any() -> None:
    made = run(*(cell(dataset=d, data_source="synthetic", seeds=LATER) for d in ("mnist", "own")))
    real, kept = answer(made).steps
    assert real.text == (
        "Run the same on real images (about 10 s in sequence), after `python -m benchmarks data --fetch --dataset mnist` where they"
        " are not on disk yet:"
    )
    assert real.command == (
        "pytest benchmarks/ --protocol quick --data real --dataset mnist --arch lenet --seed 5 --seeds 5 --benchmark-autosave"
    )
    assert kept.command == "python -m benchmarks pin run.json --synthetic"
    pinned = replace(from_dict(made, "quick-synthetic.json"), pinned=True)
    (step,) = one_run.answer(pinned, []).steps
    assert "--accuracy-compare pinned" in step.command


def test_a_pinned_run_judges_changes() -> None:
    pinned = replace(from_dict(run(cell(), cell(dataset="svhn")), "quick-real.json"), pinned=True)
    (step,) = one_run.answer(pinned, []).steps
    assert step.text.startswith("Judge a change against this run (about 20 s in sequence)")
    assert step.command.endswith("--seed 5 --seeds 5 --accuracy-compare pinned")


def test_an_open_first_place_says_how_many_seeds_would_decide() -> None:
    near = cell([a - 0.0012 for a in (0.9, 0.898, 0.902, 0.899, 0.901)], architecture="vgg")
    wide = cell([a + 0.02 * (i - 2) - 0.002 for i, a in enumerate(STEADY)], architecture="resnet20v1")
    step = next(s for s in answer(run(cell(STEADY), near)).steps if s.text.startswith("Decide first place"))
    seeds = int(step.text.split(": ")[1].split()[0])
    assert f"on MNIST: {seeds} seeds per cell would in 80% of cases, if leads and spreads stay" in step.text
    assert f"--seeds {seeds} --resume" in step.command
    assert not any(s.text.startswith("Decide") for s in answer(run(cell(STEADY), near, wide)).steps)


def test_seeds_of_a_pinned_run_are_not_thought_to_be_stored() -> None:
    pinned = replace(from_dict(run(cell([0.9])), "run.json"), pinned=True)
    (step,) = one_run.answer(pinned, []).steps
    assert step.command.endswith(("--seed 1 --seeds 2", "--seed 1 --seeds 2 --benchmark-autosave"))


@pytest.mark.parametrize("others", [0, 8])
def test_the_advised_seeds_find_the_lead_as_first_places_are_tested(others: int) -> None:
    """Two-sided at 5% over all tests of the group, in 80% of cases; spread and lead are those that the seeds have."""
    lead = 0.0012
    cells = [cell([a - i * lead for a in STEADY], architecture=a) for i, a in enumerate(("lenet", "vgg"))]
    cells += [cell([0.5] * 5, architecture=f"net{i}") for i in range(others)]
    texts = [step.text for step in answer(run(*cells)).steps]
    advised = int(next(text for text in texts if text.startswith("Decide")).split(": ")[1].split()[0])

    def found(seeds: int) -> float:
        df = 2 * seeds - 2
        shift = lead / (float(np.std(STEADY, ddof=1)) * (2 / seeds) ** 0.5)
        return float(stats.nct.sf(stats.t.isf(0.025 / (1 + others), df), df, shift))

    assert found(advised - 2) < 0.8 <= found(advised)


def test_a_command_trains_the_cells_that_its_cost_counts() -> None:
    cells = [cell([0.7], architecture=a, dataset=d) for a, d in (("lenet", "mnist"), ("vgg", "svhn"))]
    step = answer(run(*cells)).steps[0]
    assert "(about 4 s in sequence)" in step.text
    ids = [f"'benchmarks/bench_training.py::test_training[{name}]'" for name in ("lenet-mnist", "vgg-svhn")]
    assert f"pytest {' '.join(ids)} --protocol quick" in step.command
    whole = [cell([0.7], architecture=a) for a in ("lenet", "vgg")]
    assert answer(run(*whole)).steps[0].command.startswith("pytest benchmarks/ ")


@pytest.mark.parametrize(
    ("others", "judged"),
    [
        ((), "pytest benchmarks/ --protocol quick --data real --dataset mnist,svhn --arch lenet,vgg "),
        ((("cct", "mnist"),), "pytest benchmarks/ --protocol quick --data real --dataset mnist,svhn --arch lenet,vgg "),
        (tuple((f"net{i}", f"set{i}") for i in range(5)), "pytest 'benchmarks/bench_training.py::test_training["),
    ],
    ids=["a full grid", "one more cell", "a grid of less than half"],
)  # fmt: skip
def test_a_large_pinned_run_is_judged_by_a_short_command(
    others: tuple[tuple[str, str], ...], judged: str
) -> None:
    grid = [(a, d) for a in ("lenet", "vgg") for d in ("mnist", "svhn")]
    cells = [cell(architecture=a, dataset=d) for a, d in (*grid, *others)]
    pinned = replace(from_dict(run(*cells), "quick-real.json"), pinned=True)
    step = next(s for s in one_run.answer(pinned, []).steps if s.text.startswith("Judge a change"))
    assert step.command.startswith(judged)
    assert ("in the 4 cells of its largest full grid" in step.text) == (len(others) == 1)

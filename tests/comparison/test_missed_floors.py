"""Missed floors that chance explains are notes; others leave their cell suspect."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison.missed_floors import BY_CHANCE, Floors, chance_below
from benchmarks.comparison.simulation import FloorRates, hold_to_floors, judge_floors
from benchmarks.comparison.verdict import CellVerdict
from benchmarks.comparison.worlds import Scenario, draw
from benchmarks.experiment.floors import floor_of
from tests.support.gate_runs import compare, made_up
from tests.support.run_factory import cell, run

PINNED = (0.38, 0.4, 0.39, 0.41, 0.37, 0.4, 0.38, 0.39, 0.41, 0.37)
FLOOR = 0.35
LATER = [20, 21, 22, 23, 24]
GRIDS = 80


def judged(
    cells: int, lowest: float, floors: tuple[float, float] = (FLOOR, FLOOR), **changes: Any
) -> CellVerdict:
    """Judge a grid of this many cells, one of whose new seeds is the lowest by far."""
    new = ([0.39, 0.4, 0.38, 0.39, lowest], *([[0.4, 0.38, 0.39, 0.41, 0.37]] * (cells - 1)))
    names = [f"a{i:02}" for i in range(cells)]
    base = [cell(PINNED, architecture=name, floor=floors[0]) for name in names]
    made: list[dict[str, Any]] = [
        cell(values, architecture=name, floor=floors[1], seeds=LATER)
        for name, values in zip(names, new, strict=True)
    ]
    made[0] |= changes
    return compare(run(*base), run(*made), max_drop=5).cells[0]


def test_one_missed_floor_in_many_trainings_is_chance_and_in_few_it_is_not() -> None:
    """0.345 lies 3 deviations below ten seeds: once in 133 trainings, by Student's t prediction."""
    chance = float(stats.t.sf((np.mean(PINNED) - 0.345) / np.std(PINNED, ddof=1) / math.sqrt(1.1), 9))
    assert 5 * chance < BY_CHANCE < 20 * 5 * chance
    few, many = judged(1, 0.345), judged(20, 0.345)
    said = "its floor fails (lowest seed 0.3450, floor 0.3500)"
    assert (few.verdict, few.suspicions) == ("suspect", (f"{said}, which the baseline kept",))
    assert many.suspicions == ()
    assert many.verdict != "suspect"
    assert f"{said}, as about {100 * chance:.1g} of 100 trainings do by chance" in many.notes


def test_seeds_of_one_cell_that_all_miss_their_floor_are_not_the_chance_of_a_grid() -> None:
    """One seed of a hundred at 0.345 is none to wonder at; three of the same five are: scipy's multivariate t, 0.006 in twenty cells."""
    correlation = (np.eye(3) + 0.1) / 1.1
    far = -(np.mean(PINNED) - 0.345) / np.std(PINNED, ddof=1) / math.sqrt(1.1)
    three = stats.multivariate_t(shape=correlation, df=9, seed=1).cdf([far] * 3)
    assert chance_below(PINNED, 0.345, 3) == pytest.approx(three, rel=0.01)
    assert 20 * math.comb(5, 3) * three < BY_CHANCE
    low = judged(20, 0.345, accuracies=[0.39, 0.4, 0.345, 0.345, 0.345])
    assert low.suspicions == (
        "its floor fails in 3 of 5 seeds (lowest seed 0.3450, floor 0.3500), which the baseline kept",
    )


def test_a_seed_far_below_its_floor_is_suspect_in_a_grid_of_any_size() -> None:
    assert judged(20, 0.2).suspicions == (
        "its floor fails (lowest seed 0.2000, floor 0.3500), which the baseline kept",
    )


@pytest.mark.parametrize(
    ("floors", "changes"),
    [
        ((0.3, FLOOR), {}),
        ((FLOOR, FLOOR), {"diverged": [None] * 4 + [1], "accuracies": [0.39, 0.4, 0.38, 0.39, 0.345]}),
    ],
    ids=["the baseline had another floor", "the seed died"],
)
def test_what_the_baseline_does_not_predict_is_suspect(
    floors: tuple[float, float], changes: dict[str, Any]
) -> None:
    assert any("its floor fails" in text for text in judged(20, 0.345, floors, **changes).suspicions)


def test_trainings_that_repeat_the_baseline_are_none_of_the_chances() -> None:
    """Nineteen cells are repeated bit for bit: only one cell trained anew."""
    names = [f"a{i:02}" for i in range(20)]
    base = run(*(cell(PINNED, architecture=name, floor=FLOOR) for name in names))
    low = cell([0.39, 0.4, 0.38, 0.39, 0.345], architecture=names[0], floor=FLOOR, seeds=LATER)
    new = run(low, *(cell(PINNED, architecture=name, floor=FLOOR) for name in names[1:]))
    assert compare(base, new, max_drop=5).cells[0].verdict == "suspect"


@pytest.mark.parametrize(
    ("accuracies", "chance"), [((), 0.0), ((0.4,), 0.0), ((0.4, 0.4), 0.0), ((0.4, 0.42), 0.275)]
)
def test_the_chance_of_a_low_training(accuracies: tuple[float, ...], chance: float) -> None:
    """With two values, Student's t with one degree of freedom is Cauchy's distribution."""
    expected = 0.5 - math.atan(0.02 / (math.sqrt(2) / 100) / math.sqrt(1.5)) / math.pi
    assert chance_below(accuracies, 0.39) == pytest.approx(expected if chance else 0.0)


def test_what_is_expected_sums_the_chances_that_are_as_small() -> None:
    cells = ((5, PINNED, 0.36), (3, PINNED, 0.33), (2, PINNED, None))
    likely, rare = chance_below(PINNED, 0.36), chance_below(PINNED, 0.33)
    floors = Floors(cells)
    assert floors.trainings == 10
    assert rare < 0.005 < likely
    assert floors.expected(0.005) == pytest.approx(5 * 0.005 + 3 * rare)
    assert floors.expected(1.0) == pytest.approx(5 * likely + 3 * rare)
    assert floors.expected(0.0) == 0.0
    both = chance_below(PINNED, 0.36, 4)
    assert floors.expected(1.0, 4) == pytest.approx(5 * both)


def test_equal_distributions_have_few_suspects_by_floors() -> None:
    """Every missed floor would make one grid in three suspect."""
    rates = hold_to_floors(Scenario(5, 5, "wide"), GRIDS)
    assert rates.missed > 0.2
    assert rates.suspect <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / GRIDS)
    assert hold_to_floors(Scenario(10, 5), GRIDS, fallen=20).caught == 1.0


def test_the_simulation_judges_floors_as_the_gate_does() -> None:
    found = []
    for seed in range(12):
        made = draw(Scenario(5, 5, "wide", "t3"), np.random.default_rng(seed))
        base, new = made_up(made, 5)
        for old, now in zip(base["benchmarks"], new["benchmarks"], strict=True):
            floor = floor_of(old["extra_info"]["accuracies"])
            old["extra_info"]["floor"] = now["extra_info"]["floor"] = floor
        report = compare(base, new)
        missed = [
            text for c in report.cells for text in (*c.suspicions, *c.notes) if "its floor fails" in text
        ]
        suspects = [any("its floor fails" in text for text in c.suspicions) for c in report.cells]
        rates = judge_floors(made.trainings)
        assert rates == (bool(missed), any(suspects), suspects[0])
        found.append(rates[:2])
    assert {(True, True), (True, False)} <= {*found}


def test_rates_are_shares_of_the_grids() -> None:
    assert hold_to_floors(Scenario(1, 1), 2) == FloorRates(2, 0.0, 0.0, 0.0)

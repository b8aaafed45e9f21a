"""The gate on made-up grids in short form; `python -m benchmarks simulate` is the long one."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.comparison import simulation
from benchmarks.comparison.conditions import SharedConditions
from benchmarks.comparison.confirmation import confirm
from benchmarks.comparison.judge_cell import SharedCell
from benchmarks.comparison.relabel import Trainings
from benchmarks.comparison.simulation import Rates, judge_trainings, judge_twice, look_twice, seen, simulate
from benchmarks.comparison.verdict import GateSettings
from benchmarks.comparison.worlds import Scenario, draw, draw_world
from benchmarks.results.run import from_dict
from tests.support.gate_runs import compare, made_up

GRIDS = 80


def at_most(rate: float, limit: float, grids: int) -> bool:
    return rate <= limit + 3 * math.sqrt(limit * (1 - limit) / grids)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(5, 5), Scenario(5, 5, noise="t3"), Scenario(5, 3, "wide", "skewed"), Scenario(10, 1, noise="t3"),
        Scenario(5, 1, dead=0.2), Scenario(5, 5, dead=0.2), Scenario(5, 5, dead=0.5, dying_cells=4),
        Scenario(5, 5, "wide", correlation=0.5), Scenario(5, 5, "wide", correlation=0.95),
    ],
    ids=str,
)  # fmt: skip
def test_equal_distributions_raise_no_more_alarms_than_alpha(scenario: Scenario) -> None:
    assert at_most(simulate(scenario, GRIDS, max_drop=0.0).alarm, 0.05, GRIDS)


def test_a_drop_is_found_in_its_cell() -> None:
    assert simulate(Scenario(5, 5, drop=2.0), 60).cell >= 0.85
    assert simulate(Scenario(5, 5, drop=2.0, dead=0.2), 60).cell >= 0.65
    assert simulate(Scenario(5, 5, deaths=1.0), 40).cell == 1.0


def test_a_small_drop_everywhere_is_found_by_the_grid() -> None:
    rates = simulate(Scenario(5, 3, everywhere=0.5), 40)
    assert rates.grid >= 0.9
    assert simulate(Scenario(1, 1, everywhere=1.0), 40).grid >= 0.9


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 1), (10, 1), (5, 2), (3, 3)])
def test_a_gross_fall_is_caught_with_however_few_seeds(n: int, m: int) -> None:
    assert simulate(Scenario(n, m, drop=40.0), 30).caught == 1.0
    assert simulate(Scenario(n, m), 30).suspect == 0.0


def test_pairs_that_stay_close_find_what_free_labelings_do_not() -> None:
    assert simulate(Scenario(5, 5, "wide", drop=2.0, correlation=0.99), 40).cell >= 0.75
    assert simulate(Scenario(5, 5, "wide", drop=2.0), 40).cell <= 0.5


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(5, 5, drop=1.0),
        pytest.param(Scenario(5, 3, "wide", dead=0.3, drop=5.0), marks=pytest.mark.end_to_end),
        Scenario(5, 1, everywhere=1.0),
    ],
)
def test_the_simulation_judges_as_the_gate_does(scenario: Scenario) -> None:
    for seed in range(6):
        made = draw(scenario, np.random.default_rng(seed))
        report = compare(*made_up(made, scenario.n), max_drop=0.5)
        alarm, first, grid, suspect, _ = judge_trainings(made.trainings, 0.5)
        assert report.grid is not None
        assert (report.cells[0].verdict == "regressed", report.grid.regressed) == (first, grid)
        assert (report.status == 1) == alarm
        assert any("collapse" in text for c in report.cells for text in c.suspicions) == suspect


@pytest.mark.parametrize(
    ("scenario", "further", "looks"), [(Scenario(5, 1, drop=1.0), 6, 1), (Scenario(5, 4, drop=1.0), 3, 2)]
)
def test_the_simulation_looks_twice_as_the_gate_does(scenario: Scenario, further: int, looks: int) -> None:
    found = []
    for seed in range(6):
        made = draw(replace(scenario, m=scenario.m + further), np.random.default_rng(seed))
        seen_first = scenario.n + scenario.m
        first = replace(made, values=made.values[:, :seen_first], alive=made.alive[:, :seen_first])
        rest = replace(made, values=made.values[:, seen_first:], alive=made.alive[:, seen_first:])
        base, new = made_up(first, scenario.n)
        settings, more = GateSettings(looks=looks), made_up(rest, further)[0]
        report = confirm(from_dict(base, "base"), from_dict(new, "new"), from_dict(more, "more"), settings)
        alarm, cell = judge_twice(made.trainings, further, settings)
        assert (report.cells[0].verdict == "regressed", report.status == 1) == (cell, alarm)
        found.append(cell)
    assert {*found} == {False, True}


def test_a_second_look_raises_no_more_alarms_than_alpha_and_finds_what_the_first_could_not() -> None:
    assert at_most(look_twice(Scenario(5, 1), 6, GRIDS, max_drop=0.0).alarm, 0.05, GRIDS)
    assert look_twice(Scenario(5, 1, drop=5.0), 6, 30).cell >= 0.9
    assert simulate(Scenario(5, 1, drop=5.0), 30).cell == 0.0


def test_the_simulation_is_seeded() -> None:
    scenario = Scenario(3, 3, drop=2.0)
    assert simulate.__wrapped__(scenario, 5) == simulate.__wrapped__(scenario, 5)


def test_pinned_runs_do_not_regress_against_themselves() -> None:
    rates, floors = simulation.splits(simulation.pinned_samples("quick-real"), 2, 100)
    assert at_most(rates.alarm, 0.05, 100)
    assert at_most(floors.suspect, 0.05, 100)
    assert floors.missed >= floors.suspect > 0


def test_the_splits_of_a_pinned_run_are_tested_as_the_gate_tests_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of the pinned seeds of squeezenet on SVHN died."""
    tested: list[Trainings] = []

    def keep(trainings: Sequence[Trainings], max_drop: float) -> tuple[bool, ...]:
        tested.extend(trainings)
        return (False,) * 5

    monkeypatch.setattr(simulation, "judge_trainings", keep)
    (sample,) = [one for one in simulation.pinned_samples("quick-synthetic") if not all(one.alive)]
    simulation.splits([sample], 2, 1)
    conditions = SharedConditions(same_platform=True, same_code=True)
    both = SharedCell(sample, sample, None, conditions).trainings
    assert tested[0].unit == pytest.approx(both.unit)


def test_monte_carlo_error() -> None:
    assert Rates(100, 0.5, 0, 0, 0, 0).error(0.5) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("scenario", "least", "most"),
    [
        (Scenario(5, 5), 0.77, 0.98),
        (Scenario(10, 10, "wide", correlation=0.95), 0.77, 1.0),
    ],
    ids=str,
)
def test_a_drop_of_the_size_that_a_cell_sees_is_found(scenario: Scenario, least: float, most: float) -> None:
    found = seen(scenario, GRIDS)
    error = math.sqrt(0.8 * 0.2 / GRIDS)
    assert found.grids == GRIDS
    assert least - 3 * error <= found.found <= most + 2 * error
    assert 0 < found.median < 20


def test_where_no_drop_is_seen_none_is_looked_for() -> None:
    found = seen(Scenario(3, 1), 3)
    assert (found.grids, found.found) == (0, 0.0)
    assert math.isnan(found.median)


def test_a_world_that_is_given_is_not_drawn_again() -> None:
    """The world is the first thing that is drawn, so that a comparison in it is the same comparison."""
    scenario = Scenario(3, 2, "wide")
    whole = draw(scenario, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    apart = draw(scenario, rng, draw_world("wide", rng))
    np.testing.assert_array_equal(whole.values, apart.values)


def test_a_second_look_can_complete_pairs_that_the_first_look_lacked() -> None:
    assert look_twice(Scenario(5, 2, "wide", correlation=0.95), 3, 2).grids == 2

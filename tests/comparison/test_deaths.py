"""The sentence about deaths."""

import numpy as np

from benchmarks.comparison import relabel
from benchmarks.comparison.deaths import least_found, sentence
from benchmarks.comparison.relabel import Trainings
from tests.support.gate_runs import LATER, compare
from tests.support.run_factory import STEADY, cell, run


def grid(n: int, m: int, cells: int) -> list[Trainings]:
    """Equal cells with normal noise; in the first the last new training died."""
    rng = np.random.default_rng(0)
    made = [Trainings(rng.normal(0.9, 0.003, n + m), np.ones(n + m, bool), n, 9e-6) for _ in range(cells)]
    alive = np.arange(n + m) < n + m - 1
    made[0] = Trainings(np.where(alive, made[0].values, 0.1), alive, n, 9e-6)
    return made


def least(cells: list[Trainings], alpha: float) -> int | None:
    """The fewest deaths that would have been found in the first cell."""
    return least_found(cells[0], [scores.by_labeling for scores in relabel.score(cells)[1:]], alpha)


def test_in_a_grid_of_twenty_with_five_seeds_a_side_three_deaths_are_never_found() -> None:
    cells = grid(5, 5, 20)
    assert least(cells, 0.04) in (4, 5)


def test_more_seeds_find_a_smaller_share_of_deaths() -> None:
    cells = grid(10, 10, 20)
    assert least(cells, 0.04) == 6


def test_too_few_labelings_find_none() -> None:
    cells = grid(2, 2, 20)
    assert least(cells, 0.04) is None
    assert sentence(None, 2, 2) == "deaths: 2 of 2 against 0 of 2 would not have been found"


def test_the_gate_says_it_where_a_seed_died_and_only_there() -> None:
    died = cell([*STEADY[:4], 0.1], diverged=[None] * 4 + [1], seeds=LATER)
    (verdict,) = compare(run(cell(STEADY)), run(died)).cells
    assert "deaths: 4 of 5 against 0 of 5 would have been found, 3 not" in verdict.notes
    (verdict,) = compare(run(cell(STEADY)), run(cell(STEADY[::-1], seeds=LATER))).cells
    assert not any("deaths" in note for note in verdict.notes)


def test_one_death_of_many_can_be_the_least_that_is_found() -> None:
    cells = grid(60, 1, 1)
    assert least(cells, 0.05) == 1
    assert sentence(1, 60, 1) == "deaths: 1 of 1 against 0 of 60 would have been found"
    assert sentence(2, 9, 5) == "deaths: 2 of 5 against 0 of 9 would have been found, 1 not"


def test_a_cell_whose_seeds_all_died_finds_no_death() -> None:
    cells = grid(5, 5, 3)
    alive = np.zeros(10, bool)
    dead = [Trainings(np.full(10, 0.1), alive, 5, 9e-6), *cells[1:]]
    assert least(dead, 0.04) is None


def test_seeds_that_were_paired_are_not_where_some_died() -> None:
    cells = grid(5, 5, 3)
    first = cells[0]
    paired = Trainings(first.values, first.alive, first.n, first.unit, paired=True)
    expected = least(cells, 0.04)
    assert least([paired, *cells[1:]], 0.04) == expected


def test_without_a_living_seed_nothing_is_said_of_deaths_that_would_be_found() -> None:
    """Where no accuracy but chance is known, deaths cannot be told from living; five of five against none are found elsewhere."""
    (verdict,) = compare(
        run(cell([0.1] * 5, diverged=[1] * 5)), run(cell([0.1] * 5, diverged=[1] * 5, seeds=LATER))
    ).cells
    assert verdict.verdict == "undecided"
    assert not any(note.startswith("deaths:") for note in verdict.notes)

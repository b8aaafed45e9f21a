"""Floors follow from pinned seeds by their rule, in the pinned files and in what runs are held to."""

import math
import statistics
from pathlib import Path

import pytest

from benchmarks.commands.main import main
from benchmarks.experiment.floors import deaths_allowed, floor_of, least_floor
from benchmarks.paths import BASELINES
from benchmarks.results.baselines import PinnedGroup
from benchmarks.results.run import load_run
from benchmarks.results.standard import Standard, standard

PINNED = sorted(BASELINES.glob("*.json"))


@pytest.mark.parametrize(("seeds", "deviations"), [(3, 7.703), (5, 4.0), (10, 4.0)])
def test_the_margin_grows_where_few_seeds_know_little_of_the_spread(seeds: int, deviations: float) -> None:
    # Student's quantile at 1 - 1/92 with n - 1 degrees of freedom (6.671, 3.652), times sqrt(1 + 1/n); four at least.
    found = [0.8 + 0.02 * (i % 3) for i in range(seeds)]
    exact = statistics.fmean(found) - deviations * statistics.stdev(found)
    floor = floor_of(found)
    assert floor == pytest.approx(exact - 0.005, abs=0.0051)
    assert floor is not None
    assert floor <= exact + 1e-4


def test_the_margin_is_at_least_three_hundredths_and_ten_of_a_single_seed() -> None:
    assert floor_of([0.93] * 5) == 0.90
    assert floor_of([0.93, 0.93]) == 0.90
    assert floor_of([0.93]) == 0.83


def test_no_floor_is_near_chance_or_set_by_nothing() -> None:
    assert floor_of([0.2, 0.3, 0.15, 0.2, 0.4]) == least_floor(10)
    assert floor_of([0.04, 0.03], classes=100) == least_floor(100)
    assert floor_of([], classes=100) == least_floor(100)


def test_where_a_living_seed_learned_nothing_no_floor_is_asserted() -> None:
    assert floor_of([0.9, 0.9, 0.14]) is None
    assert floor_of([0.04, 0.02], classes=100) is None


@pytest.mark.parametrize(
    ("classes", "expected"), [(2, 0.58), (10, 0.15), (26, 0.07), (100, 0.03), (256, 0.02)]
)
def test_the_lowest_floor_follows_the_number_of_classes(classes: int, expected: float) -> None:
    assert least_floor(classes) == expected
    assert expected > 1 / classes


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_runs_are_held_to_the_floors_that_follow_from_the_pinned_seeds(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = load_run(path).cells.values()
    for cell in cells:
        living = cell.living_accuracies
        floor = floor_of(living, cell.classes)
        held_to = standard(PinnedGroup.of(cell), cell.id, cell.classes)
        assert held_to == Standard(floor, cell.diverged_seeds, len(cell.seeds)), cell.id
        if living and floor is not None:
            assert min(living) >= floor, f"{cell.id}: only what died may be pinned below its floor"
    assert main(["floors", str(path)]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines.keys() == {cell.id for cell in cells}
    for cell in cells:
        assert f" {'none' if cell.floor is None else f'{cell.floor:.2f}'} " in lines[cell.id]
        assert ("died" in lines[cell.id]) == (cell.diverged_seeds > 0)


@pytest.mark.parametrize(
    ("died", "pinned", "seeds", "allowed"),
    [
        (0, 5, 5, 0),
        (0, 5, 1, 0),
        (1, 1, 1, 1),
        (5, 5, 5, 5),
        (1, 5, 1, 1),
        (1, 5, 5, 4),
        (1, 100, 5, 1),
        (1, 5, 0, 0),
    ],
)
def test_few_pinned_seeds_allow_many_deaths(died: int, pinned: int, seeds: int, allowed: int) -> None:
    assert deaths_allowed(died, pinned, seeds) == allowed


def test_more_deaths_than_allowed_are_improbable() -> None:
    # The beta-binomial, summed by hand: the predictive probability of each count is a ratio of beta functions.
    def beta(a: float, b: float) -> float:
        return math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))

    died, pinned, seeds = 2, 10, 10
    a, b = died + 0.5, pinned - died + 0.5
    chances = [math.comb(seeds, k) * beta(k + a, seeds - k + b) / beta(a, b) for k in range(seeds + 1)]
    assert sum(chances) == pytest.approx(1)
    allowed = deaths_allowed(died, pinned, seeds)
    assert sum(chances[allowed + 1 :]) <= 1 / 92 < sum(chances[allowed:])

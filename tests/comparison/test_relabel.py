"""The test by relabelling, against brute force and SciPy."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison import relabel, significance
from benchmarks.comparison.relabel import Trainings, adjusted_p, cell_p, grid_p, labelings, score, swaps

UNIT = 9e-5


def cell(
    base: list[float], new: list[float], dead: tuple[int, ...] = (), *, paired: bool = False
) -> Trainings:
    values, alive = np.array([*base, *new]), np.ones(len(base) + len(new), np.bool_)
    alive[list(dead)] = False
    return Trainings(np.where(alive, values, 0.1), alive, len(base), UNIT, paired)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (5, 1), (5, 5), (10, 3)])
def test_labelings_are_all_ways_to_call_as_many_new(n: int, m: int) -> None:
    found = labelings(n, m)
    assert len({tuple(row) for row in found}) == len(found) == math.comb(n + m, m)
    assert set(found.sum(1)) == {m}
    assert found[0].tolist() == [0] * n + [1] * m


def test_too_many_labelings_are_drawn_with_the_real_one_among_them() -> None:
    found = labelings(10, 10)
    assert len(found) == relabel.LABELINGS
    assert set(found.sum(1)) == {10}
    assert found[0].tolist() == [0] * 10 + [1] * 10
    assert found.mean(0)[1:] == pytest.approx([0.5] * 19, abs=0.02)
    assert (found == labelings(10, 10)).all()


@pytest.mark.parametrize("n", [2, 5, 20])
def test_swaps_exchange_the_two_of_a_pair(n: int) -> None:
    found = swaps(n)
    assert (found[:, :n] + found[:, n:] == 1).all()
    assert found[0].tolist() == [0] * n + [1] * n
    assert len(found) == min(2**n, relabel.LABELINGS)


def test_a_lone_cells_score_is_students_t_as_a_normal_value() -> None:
    base, new = [0.912, 0.918, 0.905, 0.921, 0.909], [0.901, 0.910, 0.899, 0.907, 0.9]
    (scores,) = score([cell(base, new)])
    p = stats.ttest_ind(base, new, alternative="greater").pvalue
    assert scores.by_labeling[0] == pytest.approx(stats.norm.isf(p), abs=2e-3)
    assert scores.drop == pytest.approx(np.mean(base) - np.mean(new))
    # Its share of labellings is SciPy's permutation test with the same statistic.
    exact = stats.permutation_test(
        (base, new), lambda a, b: stats.ttest_ind(a, b).statistic, alternative="greater", n_resamples=10_000
    )
    assert cell_p(scores.by_labeling) == pytest.approx(exact.pvalue)


def test_a_score_credits_half_of_the_freedom_that_the_grid_lends() -> None:
    """Student's t with Smyth's moderated variance: the prior is of the spread about the mean of both sides together."""
    values = np.random.default_rng(4).normal(0.9, 0.01, (12, 7))
    prior = significance.variance_prior((values.var(1, ddof=1) / UNIT).tolist(), [6.0] * 12)
    assert prior is not None
    lent, ratio = prior
    assert lent > 4
    for row, scores in zip(
        values, score([cell(r[:4].tolist(), r[4:].tolist()) for r in values]), strict=True
    ):
        base, new = row[:4], row[4:]
        within = 4 * base.var() + 3 * new.var()
        variance = (lent * ratio * UNIT + within) / (lent + 5)
        t = (base.mean() - new.mean()) / math.sqrt(variance * (1 / 4 + 1 / 3))
        assert scores.by_labeling[0] == pytest.approx(stats.norm.isf(stats.t.sf(t, 5 + lent / 2)), abs=2e-3)


def test_pairs_are_scored_by_the_paired_t() -> None:
    base, new = [0.88, 0.92, 0.86, 0.94, 0.9], [0.868, 0.912, 0.853, 0.931, 0.897]
    (scores,) = score([cell(base, new, paired=True)])
    p = stats.ttest_rel(base, new, alternative="greater").pvalue
    assert scores.by_labeling[0] == pytest.approx(stats.norm.isf(p), abs=0.05)
    assert cell_p(scores.by_labeling) == 1 / 32


def test_upwards_looks_for_gains() -> None:
    drop, gain = cell([0.9, 0.91, 0.92], [0.8, 0.81, 0.82]), cell([0.8, 0.81, 0.82], [0.9, 0.91, 0.92])
    (down,), (up,) = score([drop]), score([gain], upwards=True)
    assert up.by_labeling[0] == pytest.approx(down.by_labeling[0])
    assert up.drop == pytest.approx(-down.drop)


def brute_force(cells: list[Trainings]) -> list[float]:
    """Relabel the whole grid in every way, and count how often its worst cell looks as bad; step-down."""
    found = [s.by_labeling for s in score(cells)]
    remaining, adjusted, highest = list(range(len(cells))), [0.0] * len(cells), 0.0
    for i in sorted(remaining, key=lambda i: -found[i][0]):
        worst = [max(scores) for scores in product(*(found[j] for j in remaining))]
        highest = max(highest, float(np.mean(np.array(worst) >= found[i][0] - 1e-9)))
        adjusted[i] = highest
        remaining.remove(i)
    return adjusted


def test_the_adjusted_p_is_exact() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        grid = [
            cell(*(rng.normal(0.9, 0.01, k).round(3).tolist() for k in shape))
            for shape in ((3, 3), (4, 2), (3, 2))
        ]
        grid[0].values[3:] -= 0.02
        assert adjusted_p([s.by_labeling for s in score(grid)]) == pytest.approx(brute_force(grid))


def test_a_found_cell_leaves_the_product() -> None:
    bad, quiet = np.array([9.0, *[0.0] * 99]), np.array([2.5, 3.0, *[0.0] * 98])
    assert adjusted_p([quiet, bad]) == pytest.approx([0.02, 0.01])
    assert adjusted_p([bad, quiet[[1, 0, *range(2, 100)]]]) == pytest.approx([0.01, 0.01])


def test_equal_scores_count_as_equal() -> None:
    values = [0.9, 0.9, 0.9, 0.8]
    (scores,) = score([cell(values[:2], values[2:])])
    assert cell_p(scores.by_labeling) == 0.5  # the low one is new in half of the labellings


def test_cells_with_too_few_labelings_are_not_tested() -> None:
    grid = [cell([0.9] * 5, [0.1]), cell([0.9, 0.91, 0.92, 0.9, 0.91], [0.8, 0.81, 0.8])]
    found = relabel.adjusted_p_of(grid, score(grid), 0.04)
    assert found[0] is None
    assert found[1] == pytest.approx(1 / 56)
    assert relabel.adjusted_p_of(grid, score(grid), 1 / 56)[1] == pytest.approx(1 / 56)


@pytest.mark.parametrize("paired", [True, False])
def test_more_labelings_than_a_float_can_count_are_enough(*, paired: bool) -> None:
    many = Trainings.of(np.full(2200, 0.9), np.ones(2200, bool), 1100, 1000, paired=paired)
    assert many.testable(0.04)


def test_the_grids_p_is_exact_up_to_the_draw() -> None:
    rng = np.random.default_rng(2)
    grid = [cell(*rng.normal(0.9, 0.01, (2, 3)).tolist()) for _ in range(3)]
    found = [s.by_labeling for s in score(grid)]
    sums = [sum(z / f.std() for z, f in zip(scores, found, strict=True)) for scores in product(*found)]
    exact = np.mean(np.array(sums) >= sums[0] - 1e-9)
    assert grid_p(found) == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / relabel.LABELINGS))


def test_all_seeds_alike_everywhere_is_no_drop() -> None:
    grid = [cell([0.9] * 3, [0.9] * 3)] * 4
    found = [s.by_labeling for s in score(grid)]
    assert adjusted_p(found) == [1.0] * 4
    assert grid_p(found) == 1.0


def test_deaths_and_drops_among_the_living_are_both_found() -> None:
    living = [0.9, 0.905, 0.895, 0.902, 0.9]
    died = cell(living, [0.9] * 5, dead=(5, 6, 7, 8, 9))
    (scores,) = score([died])
    assert not scores.living
    assert scores.drop == pytest.approx(np.mean(living) - 0.1)
    assert cell_p(scores.by_labeling) == pytest.approx(1 / 252)
    # One dead seed hides a drop of the mean of all, not that of the living.
    lower = cell(living, [0.88, 0.885, 0.9, 0.879, 0.88], dead=(0, 7))
    (scores,) = score([lower])
    assert scores.living
    assert scores.drop == pytest.approx(np.mean(living[1:]) - np.mean([0.88, 0.885, 0.879, 0.88]))
    assert cell_p(scores.by_labeling) < 0.02


def test_deaths_are_scored_by_students_t_of_their_cell_alone() -> None:
    """What quiet cells lend would make every death look significant."""
    rng = np.random.default_rng(5)
    quiet = [cell(*rng.normal(0.9, 0.005, (2, 5)).tolist()) for _ in range(6)]
    died = cell([0.9, 0.905, 0.895, 0.902, 0.9], [0.9] * 5, dead=(6, 7, 8, 9))
    scores = score([*quiet, died])[-1]
    assert not scores.living
    p = stats.ttest_ind(died.values[:5], died.values[5:], alternative="greater").pvalue
    assert scores.by_labeling[0] == pytest.approx(stats.norm.isf(p), abs=1e-2)


def test_one_dead_seed_is_found_as_often_as_chance_has_it() -> None:
    (scores,) = score([cell([0.9, 0.905, 0.895, 0.902, 0.9], [0.9], dead=(5,))])
    assert cell_p(scores.by_labeling) == pytest.approx(1 / 6)


def test_labels_do_not_enter_what_cells_lend() -> None:
    """Whichever labelling is the real one, the set of scores is the same."""
    rng = np.random.default_rng(3)
    values = rng.normal(0.9, 0.01, (5, 6))
    for chosen in list(combinations(range(6), 3))[:4]:
        order = [i for i in range(6) if i not in chosen] + list(chosen)
        grid = [cell(row[:3].tolist(), row[3:].tolist()) for row in [values[0][order], *values[1:]]]
        found = score(grid)[0].by_labeling
        if chosen == (0, 1, 2):
            first = np.sort(found)
        assert np.sort(found) == pytest.approx(first)

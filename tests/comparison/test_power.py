"""What a comparison sees, and how many more seeds decide, against SciPy and published figures."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison import power
from benchmarks.comparison.verdict import MoreSeeds


@pytest.mark.parametrize(
    ("n", "m", "expected"),
    [(5, 3, 7.7), (5, 5, 4.9), (10, 3, 4.3), (10, 5, 3.3), (10, 10, 2.4), (20, 20, 1.5)],
)
def test_the_drop_seen_in_deviations(n: int, m: int, expected: float) -> None:
    found = power.sees(n, m, 1.0, cells=20, alpha=0.04)
    assert found is not None
    assert found == pytest.approx(expected, abs=0.05)
    # At this drop, the true deviation being its upper limit, a t test at the cell's level has 80% power.
    df, level = n + m - 2, (0.04 - 1 / math.comb(n + m, m)) / 20
    limit = math.sqrt(df / stats.chi2.ppf(0.1, df))
    assert power.upper_limit(1.0, df) == pytest.approx(limit)
    noncentrality = found / (limit * math.sqrt(1 / n + 1 / m))
    assert stats.nct.sf(stats.t.isf(level, df), df, noncentrality) == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 1), (3, 3), (5, 0)])
def test_too_few_seeds_see_nothing(n: int, m: int) -> None:
    assert power.sees(n, m, 1.0, cells=20, alpha=0.04) is None


def test_pairs_see_by_the_deviation_within_them() -> None:
    assert power.sees_in_pairs(4, 0.1, cells=20, alpha=0.04) is None
    found = power.sees_in_pairs(10, 0.1, cells=20, alpha=0.04)
    assert found is not None
    level = (0.04 - 2**-10) / 20
    noncentrality = found / (power.upper_limit(0.1, 9) / math.sqrt(10))
    assert stats.nct.sf(stats.t.isf(level, 9), 9, noncentrality) == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(
    ("n", "m", "deviation"), [(5, 5, 0.4), (5, 5, 1.0), (10, 5, 1.0), (5, 12, 1.0), (20, 1, 0.4)]
)
def test_more_seeds_are_the_fewest_of_both_sides_together(n: int, m: int, deviation: float) -> None:
    limit = power.upper_limit(deviation, n + m - 2)

    def seen(base: int, new: int) -> bool:
        drop = power.would_see(n + base, m + new, limit, cells=20, alpha=0.04)
        return drop is not None and drop <= 2.0

    more = power.more_seeds(n, m, deviation, 2.0, cells=20, alpha=0.04)
    assert more is not None
    assert seen(more.base, more.new)
    assert not any(seen(base, more.total - 1 - base) for base in range(more.total))


def test_the_baseline_trains_again_only_where_that_saves_seeds() -> None:
    """Beside 20 seeds, 5 new ones do as well as 1 and 4."""
    assert power.more_seeds(20, 1, 0.4, 1.0, cells=20, alpha=0.04) == MoreSeeds(0, 5)
    assert power.more_seeds(5, 5, 1.0, 2.0, cells=20, alpha=0.04) == MoreSeeds(13, 14)
    assert power.more_seeds(10, 5, 1.0, 9.0, cells=20, alpha=0.04) == MoreSeeds(0, 0)
    assert power.more_seeds(5, 5, 50.0, 0.1, cells=20, alpha=0.04) is None
    assert power.more_seeds(1, 1, 1.0, 2.0, cells=20, alpha=0.04) is None


@pytest.mark.parametrize(
    ("deviation", "drop", "seeds"), [(0.2, 0.5, 7), (0.5, 2, 5), (1, 1, 30), (2, 0.5, 445)]
)
def test_seeds_per_side(deviation: float, drop: float, seeds: int) -> None:
    assert power.seeds_per_side(deviation, drop, cells=20, alpha=0.04) == seeds


@pytest.mark.parametrize(("deviation", "drop"), [(0.3, 1.0), (1.0, 1.0), (2.0, 1.0), (2.0, 5.0)])
def test_pairs_needed_are_the_least_that_find_the_drop(deviation: float, drop: float) -> None:
    def found(pairs: int) -> float:
        level = (0.04 - 0.5**pairs) / 20
        critical = stats.t.isf(level, pairs - 1)
        return float(stats.nct.sf(critical, pairs - 1, drop / deviation * math.sqrt(pairs)))

    pairs = power.pairs_needed(deviation, drop, cells=20, alpha=0.04)
    assert pairs is not None
    assert pairs >= power.LEAST_PAIRS
    assert found(pairs) >= 0.8 - 1e-6
    assert pairs == power.LEAST_PAIRS or found(pairs - 1) < 0.8


def test_no_number_of_pairs_is_enough_for_a_drop_far_below_the_spread() -> None:
    assert power.pairs_needed(10.0, 0.01, cells=20, alpha=0.04) is None


def test_seeds_of_one_cell_are_those_of_the_normal_test() -> None:
    # (1.6449 + 0.8416)^2 = 6.18
    assert power.seeds_of_one_cell(1.0, 1.0, sides=2) == pytest.approx(2 * 6.183, abs=0.01)
    assert power.seeds_of_one_cell(2.0, 4.0, sides=1) == pytest.approx(6.183 / 4, abs=0.01)


def test_the_upper_limit_covers_the_deviation_in_nine_of_ten() -> None:
    estimates = np.random.default_rng(0).normal(size=(4000, 9)).std(1, ddof=1)
    covered = np.mean([power.upper_limit(float(s), 8) >= 1 for s in estimates])
    assert covered == pytest.approx(0.9, abs=0.02)


def test_two_pairs_see_where_alpha_is_large() -> None:
    assert power.sees_in_pairs(2, 0.1, cells=1, alpha=0.25) is None
    assert power.sees_in_pairs(2, 0.1, cells=1, alpha=0.3) is not None
    assert power.sees_in_pairs(1, 0.1, cells=1, alpha=0.9) is None


def test_the_least_number_of_seeds_for_labelings() -> None:
    assert power.seeds_for_labelings(5, 6) == 1
    assert power.seeds_for_labelings(5, 6.5) == 2
    assert power.seeds_for_labelings(5, 252) == 5
    assert power.seeds_for_labelings(5, 0.5) == 1
    assert [power.seeds_for_labelings(n, 20 / 0.04) for n in (5, 10, 20)] == [7, 4, 3]
    assert [power.seeds_for_labelings(n, 1 / 0.04) for n in (1, 5)] == [24, 3]


def test_a_search_goes_to_its_limit_and_no_further() -> None:
    least = power.would_see(power.SEARCH_LIMIT, power.SEARCH_LIMIT, 2.0, cells=1, alpha=0.05)
    assert least is not None
    seeds = power.seeds_per_side(2.0, least + 1e-4, cells=1, alpha=0.05)
    assert seeds is not None
    assert 9_900 < seeds <= power.SEARCH_LIMIT
    assert power.seeds_per_side(2.0, least - 1e-4, cells=1, alpha=0.05) is None


def test_pairs_needed_are_no_fewer_than_can_be_pairs() -> None:
    assert power.pairs_needed(1e-6, 0.5, cells=1, alpha=0.9) == power.LEAST_PAIRS
    assert power.pairs_needed(50.0, 0.01, cells=20, alpha=0.04) is None

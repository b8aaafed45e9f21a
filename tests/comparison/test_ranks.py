"""Ranks, Friedman, Nemenyi and Spearman against the literature and SciPy."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison.ranks import (
    Friedman,
    critical_difference,
    friedman,
    least_p,
    range_quantile,
    ranks,
    spearman,
)

# Demsar (2006), table 6: AUC of C4.5, with m, with cf, with both, on 14 data sets. The table is rounded to
# three digits; 'voting' tells its last two apart by a rank, so they do here.
DEMSAR = [
    (0.763, 0.768, 0.771, 0.798), (0.599, 0.591, 0.590, 0.569), (0.954, 0.971, 0.968, 0.967),
    (0.628, 0.661, 0.654, 0.657), (0.882, 0.888, 0.886, 0.898), (0.936, 0.931, 0.916, 0.931),
    (0.661, 0.668, 0.609, 0.685), (0.583, 0.583, 0.563, 0.625), (0.775, 0.838, 0.866, 0.875),
    (1.000, 1.000, 1.000, 1.000), (0.940, 0.962, 0.965, 0.962), (0.619, 0.666, 0.614, 0.669),
    (0.972, 0.981, 0.975, 0.9749), (0.957, 0.978, 0.946, 0.970),
]  # fmt: skip


def test_demsars_example() -> None:
    result = friedman(DEMSAR)
    assert result.ranks == pytest.approx((3.143, 2.0, 2.893, 1.964), abs=5e-4)
    # The paper does not correct for ties: Q = 12 N / (k (k + 1)) (sum R^2 - k (k + 1)^2 / 4).
    plain = 12 * 14 / 20 * (sum(r**2 for r in result.ranks) - 4 * 25 / 4)
    assert plain == pytest.approx(9.28, abs=0.005)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


@pytest.mark.parametrize(
    ("methods", "five", "ten"),
    [(2, 1.960, 1.645), (3, 2.343, 2.052), (5, 2.728, 2.459), (10, 3.164, 2.920)],  # his table 5
)
def test_nemenyis_constants(methods: int, five: float, ten: float) -> None:
    for constant, probability in ((five, 0.95), (ten, 0.9)):
        assert range_quantile(methods, probability) / np.sqrt(2) == pytest.approx(constant, abs=1.1e-3)
    exact = float(stats.studentized_range.ppf(0.95, methods, np.inf))
    assert range_quantile(methods, 0.95) == pytest.approx(exact, abs=1e-6)


def test_friedman_and_spearman_agree_with_scipy() -> None:
    generator = np.random.default_rng(1)
    for _ in range(5):
        table = generator.integers(0, 6, (4, 5))  # ties abound
        result, expected = friedman(table), stats.friedmanchisquare(*table.T)
        assert (result.chi2, result.chi2_p) == pytest.approx((expected.statistic, expected.pvalue))
        assert result.ranks == pytest.approx(tuple(stats.rankdata(-table, axis=1).mean(0)))
        x, y = table[:2]
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_the_same_order_everywhere_is_the_strongest_result() -> None:
    result = friedman([(1, 2, 3, 4, 5)] * 4)
    assert result.ranks == (5, 4, 3, 2, 1)
    assert result.chi2 == pytest.approx(16)
    assert result.p < 0.001
    assert friedman([(1, 1), (1, 1)]).p == 1
    # Two methods in the same order on two data sets: every second pair of coins shows that.
    assert friedman([(1, 2), (1, 2)]).p == pytest.approx(0.5, abs=0.02)
    # Of the 36 ways in which two data sets can order three methods, one agrees with a third.
    assert friedman([(1, 2, 3)] * 3).p == pytest.approx(1 / 36, abs=0.005)
    with pytest.raises(ValueError, match="expected two data sets"):
        friedman([(1, 2, 3)])


def test_what_cannot_be_correlated_is_none() -> None:
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1, 2], [1, 2]) is None
    assert least_p(4) == pytest.approx(1 / 12)
    assert ranks([3, 1, 3]).tolist() == [1.5, 3, 1.5]


def test_no_difference_anywhere_is_none() -> None:
    found = friedman([[0.5, 0.5, 0.5]] * 2)
    assert found == Friedman((2.0, 2.0, 2.0), 0.0, 1.0, 1.0)


def test_three_pairs_can_be_correlated() -> None:
    assert spearman([1.0, 2.0, 3.0], [3.0, 5.0, 9.0]) == pytest.approx(1)
    assert spearman([1.0, 2.0], [3.0, 5.0]) is None


def test_no_random_order_of_ranks_lies_as_far_apart_as_a_perfect_one() -> None:
    """The p-value counts the order that was seen among those that are drawn, so it is never zero."""
    found = friedman([[0.9, 0.8, 0.7, 0.6, 0.5]] * 12)
    assert found.p == pytest.approx(1 / 20_001)

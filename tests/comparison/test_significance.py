"""The statistics against SciPy's and published values."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import polygamma

from benchmarks.comparison import significance

BASE = [0.912, 0.918, 0.905, 0.921, 0.909]
NEW = [0.901, 0.910, 0.899, 0.907, 0.9]
CLOSE = 1e-9


def test_pooled_is_students_t() -> None:
    expected = stats.ttest_ind(BASE, NEW, alternative="greater")
    found = significance.pooled(BASE, NEW)
    assert found.t == pytest.approx(expected.statistic, rel=CLOSE)
    assert found.p_drop == pytest.approx(expected.pvalue, rel=CLOSE)
    assert found.p_drop + found.p_gain == pytest.approx(1, rel=CLOSE)


def test_welch_with_unequal_numbers() -> None:
    expected = stats.ttest_ind(BASE, NEW[:3], equal_var=False, alternative="greater")
    found = significance.welch(BASE, NEW[:3])
    assert (found.t, found.df, found.p_drop) == pytest.approx(
        (expected.statistic, expected.df, expected.pvalue), rel=CLOSE
    )


def test_paired() -> None:
    expected = stats.ttest_rel(BASE, NEW, alternative="greater")
    found = significance.paired(BASE, NEW)
    assert (found.t, found.p_drop) == pytest.approx((expected.statistic, expected.pvalue), rel=CLOSE)
    interval = stats.ttest_rel(BASE, NEW).confidence_interval(0.95)
    assert found.interval() == pytest.approx((interval.low, interval.high), rel=CLOSE)


@pytest.mark.parametrize("swapped", [False, True])
def test_one_new_value_is_a_prediction_interval(swapped: bool) -> None:
    # The textbook's form: (mean - new) / (s * sqrt(1 + 1/n)) with n - 1 degrees of freedom.
    t = (np.mean(BASE) - 0.88) / (np.std(BASE, ddof=1) * math.sqrt(1 + 1 / 5))
    found = significance.pooled([0.88], BASE) if swapped else significance.pooled(BASE, [0.88])
    assert found.df == 4
    assert found.t == pytest.approx(-t if swapped else t, rel=CLOSE)
    assert (found.p_gain if swapped else found.p_drop) == pytest.approx(stats.t.sf(t, 4), rel=CLOSE)


@pytest.mark.parametrize("test", [significance.pooled, significance.welch, significance.paired])
def test_equal_values_break_nothing(test: Callable[..., significance.Difference]) -> None:
    same = test([0.9, 0.9], [0.9, 0.9])
    assert (same.t, same.p_drop, same.p_gain) == (0, 0.5, 0.5)
    lower = test([0.9, 0.9], [0.8, 0.8])
    assert (lower.t, lower.p_drop) == (math.inf, 0)


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (1, 0), (0, 5), (12, 3), (59, 80), (200, 100)])
def test_mcnemar_is_the_exact_binomial_test(lost: int, won: int) -> None:
    base = np.r_[np.ones(lost, bool), np.zeros(won, bool), np.ones(50, bool)]
    new = np.r_[np.zeros(lost, bool), np.ones(won, bool), np.ones(50, bool)]
    expected = stats.binomtest(lost, lost + won, 0.5, "greater").pvalue if lost + won else 1.0
    assert significance.mcnemar(base, new) == pytest.approx(expected, rel=CLOSE)


def test_holm_against_a_published_example() -> None:
    # R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    assert significance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02], rel=CLOSE)
    assert significance.holm([]) == []
    assert significance.holm([0.7, 0.9]) == [1.0, 1.0]


@pytest.mark.parametrize("df", [1, 2, 4.5, 8, 40, 1e5])
@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_detectable_drop_has_its_power(df: float, alpha: float) -> None:
    drop = significance.noncentrality(df, alpha, 0.8)
    assert stats.nct.sf(stats.t.isf(alpha, df), df, drop) == pytest.approx(0.8, abs=CLOSE)


def test_mean_interval() -> None:
    expected = stats.t.interval(0.95, 4, np.mean(BASE), stats.sem(BASE))
    assert significance.mean_interval(BASE) == pytest.approx(expected, rel=CLOSE)
    assert significance.mean_interval([0.9]) is None


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (0, 10_000), (10_000, 10_000), (9_834, 10_000)])
def test_wilson_interval(right: int, n: int) -> None:
    expected = stats.binomtest(right, n).proportion_ci(0.95, "wilson")
    assert significance.wilson_interval(right / n, n) == pytest.approx(
        (expected.low, expected.high), abs=CLOSE
    )


@pytest.mark.parametrize(("found", "of"), [(0, 1), (1, 1), (4, 5), (5, 5), (2, 5), (0, 10), (37, 100)])
def test_rate_interval(found: int, of: int) -> None:
    expected = stats.binomtest(found, of).proportion_ci(0.95, "exact")
    assert significance.rate_interval(found, of) == pytest.approx((expected.low, expected.high), abs=CLOSE)


def test_trigamma_inverse() -> None:
    for x in (1e-3, 0.1, 1.0, 20.0, 1e3):
        assert polygamma(1, significance.trigamma_inverse(x)) == pytest.approx(x, rel=CLOSE)


def test_variance_prior_against_a_direct_solution() -> None:
    ratios, df = [0.5, 0.9, 1.4, 2.5, 8.0], 8.0
    logs = np.log(ratios) - polygamma(0, df / 2) + math.log(df / 2)
    excess = ((logs - logs.mean()) ** 2).sum() / stats.chi2.ppf(0.05, 4) - polygamma(1, df / 2)
    d0 = optimize.brentq(lambda d: polygamma(1, d / 2) - excess, 1e-3, 1e3, xtol=1e-14)
    s0 = math.exp(logs.mean() + polygamma(0, d0 / 2) - math.log(d0 / 2))
    assert significance.variance_prior(ratios, [df] * 5) == pytest.approx((d0, s0), rel=CLOSE)
    assert significance.variance_prior(ratios[:3], [df] * 3) is None


def test_binomial_variance_stays_above_zero() -> None:
    assert significance.binomial_variance(0.9, 10_000) == pytest.approx(0.9 * 0.1 / 10_000, rel=1e-3)
    assert significance.binomial_variance(1.0, 1) == pytest.approx(2 / 9)
    assert significance.binomial_variance(0.0, 10_000) > 0


def test_correlation_limit() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(size=(20, 5))
    close = [(list(c), list(c + 0.1 * rng.normal(size=5))) for c in common]
    apart = [(list(c), list(rng.normal(size=5))) for c in common]
    assert significance.correlation_limit(close, [1.0] * 20) > 0.95
    assert significance.correlation_limit(apart, [1.0] * 20) < 0.2
    assert significance.correlation_limit(close[:1], [1.0]) < significance.correlation_limit(
        close, [1.0] * 20
    )
    assert significance.correlation_limit([], []) == -1
    assert significance.correlation_limit([([0.9] * 5, [0.9] * 5)], [1.0]) == -1


def test_standard_deviation() -> None:
    assert significance.standard_deviation(BASE) == pytest.approx(np.std(BASE, ddof=1), rel=CLOSE)
    assert significance.standard_deviation([0.9]) is None
    assert significance.standard_deviation([0.9, 0.9, 0.9]) == 0


@pytest.mark.parametrize(("lead", "changed", "images"), [(0.01, 30, 1000), (-0.2, 240, 1000), (0.0, 0, 50)])
def test_two_models_on_the_same_images(lead: float, changed: int, images: int) -> None:
    """The variance is that of +1, 0 and -1 per image, with one image more of each sign."""
    won, lost = ((changed + sign * lead * images) / 2 for sign in (1, -1))
    total = images + 2
    square = (won + 1 + lost + 1) / total
    found = significance.paired_images(lead, changed, images)
    assert (found.drop, found.df) == (lead, significance.NORMAL)
    assert found.variance == pytest.approx((square - lead**2) / images)


def test_two_models_that_differ_in_all_they_can_are_not_known_for_certain() -> None:
    """Without a bound, 1,000 images that one model alone got right would have a variance near zero."""
    assert significance.paired_images(1.0, 1000, 1000).variance == 1e-6
    assert significance.paired_images(1.0, 10, 10).variance == 0.01


def test_the_limit_of_a_correlation_is_that_of_fisher() -> None:
    rng = np.random.default_rng(3)
    base = rng.normal(0.9, 0.01, (3, 6))
    new = base + rng.normal(-0.002, 0.004, (3, 6))
    units = [1e-4, 2e-4, 5e-5]
    x, y = ((v - v.mean(1, keepdims=True)) / np.sqrt(units)[:, None] for v in (base, new))
    r = (x * y).sum() / math.sqrt((x**2).sum() * (y**2).sum())
    expected = math.tanh(math.atanh(r) - stats.norm.isf(0.05) / math.sqrt(3 * 5 - 2))
    found = significance.correlation_limit(list(zip(base.tolist(), new.tolist(), strict=True)), units)
    assert found == pytest.approx(expected, rel=1e-9)


def test_too_few_pairs_have_no_correlation() -> None:
    five = [0.1, 0.2, 0.4, 0.3, 0.5]
    assert significance.correlation_limit([(five, five)], [1.0]) > 0.9  # four degrees of freedom
    assert significance.correlation_limit([(five[:4], five[:4])], [1.0]) == -1
    assert significance.correlation_limit([(five, [0.3] * 5)], [1.0]) == -1
    assert significance.correlation_limit([([0.3] * 5, five)], [1.0]) == -1
    opposite = significance.correlation_limit([(five, [-v for v in five])], [1.0])
    assert -1 <= opposite < -0.9


def test_an_accuracy_has_an_interval_over_seeds_or_over_its_images() -> None:
    two = [0.9, 0.92]
    half = stats.t.ppf(0.975, 1) * 0.01
    assert significance.accuracy_interval(two, 1000) == pytest.approx((0.91 - half, 0.91 + half))
    assert significance.accuracy_interval([0.9], 1000) == significance.wilson_interval(0.9, 1000)
    for right, images in ((1.0, 10), (1.0, 7), (0.0, 10), (0.0, 7)):
        low, high = significance.wilson_interval(right, images)
        assert 0 <= low < high <= 1


def test_welch_without_any_spread_counts_all_values() -> None:
    assert significance.welch([0.9] * 3, [0.9] * 4).df == 5
    assert significance.welch([0.9] * 3, [0.8] * 4).drop == pytest.approx(0.1)
    even = significance.welch([0.9, 0.92], [0.8, 0.82])
    assert even.df == pytest.approx(2)

"""Which test two cells get, and what it says, against SciPy."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison.sample import Sample
from benchmarks.comparison.select_test import SelectedTest, select_test
from tests.support.gate_runs import sample
from tests.support.run_factory import bits


def chosen(a: Sample, b: Sample) -> SelectedTest:
    (result,) = select_test([(a, b)], alpha=0.05)
    return result


def test_one_seed_each_and_known_images_is_mcnemar() -> None:
    # All images that the second has right the first has too, and 20 more: p is 2 / 2^20.
    result = chosen(sample([0.9], correct=[bits(900)]), sample([0.88], correct=[bits(880)]))
    assert result.test == "mcnemar"
    assert result.p == pytest.approx(2 / 2**20)
    assert result.difference.drop == pytest.approx(0.02)


def test_cells_of_other_training_shares_are_compared_image_by_image_if_their_test_images_are_the_same() -> (
    None
):
    one = sample([0.9], correct=[bits(900)], data_fingerprint="one", test_fingerprint="t")
    two = sample([0.88], correct=[bits(880)], data_fingerprint="two", test_fingerprint="t")
    assert chosen(one, two).test == "mcnemar"
    other = sample([0.88], correct=[bits(880)], data_fingerprint="two", test_fingerprint="u")
    assert chosen(one, other).test == "binomial"


@pytest.mark.parametrize("other", [{}, {"correct": [bits(880)], "data_fingerprint": "else"}])
def test_without_bits_of_the_same_images_two_binomials(other: dict[str, Any]) -> None:
    result = chosen(sample([0.9], correct=[bits(900)]), sample([0.88], **other))
    assert result.test == "binomial"
    # scipy's z test of two shares; ours counts one image more each way.
    z = 0.02 / np.sqrt(0.9 * 0.1 / 1000 + 0.88 * 0.12 / 1000)
    assert result.p == pytest.approx(2 * stats.norm.sf(z), abs=0.01)


def test_welch_and_prediction_agree_with_scipy() -> None:
    a, b = [0.91, 0.93, 0.92, 0.94], [0.90, 0.89, 0.91]
    result = chosen(sample(a), sample(b))
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert result.test == "welch"
    assert result.p == pytest.approx(expected.pvalue)
    assert result.difference.interval() == pytest.approx(tuple(expected.confidence_interval()))
    t = (np.mean(a) - 0.95) / (np.std(a, ddof=1) * np.sqrt(1 + 1 / 4))
    result = chosen(sample(a), sample([0.95]))
    assert result.test == "predict"
    assert result.p == pytest.approx(2 * stats.t.sf(abs(t), 3))


def test_equal_seeds_are_paired_only_where_they_are_shown_to_go_together() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (6, 2, 5))

    def tests(*, together: bool) -> set[str]:
        pairs = [
            (sample(0.8 + a + b / 10), sample(0.79 + (a if together else b) + b[::-1] / 10)) for a, b in noise
        ]
        return {result.test for result in select_test(pairs, alpha=0.05)}

    assert tests(together=True) == {"paired"}
    assert tests(together=False) == {"welch"}


@pytest.mark.parametrize(("base", "new", "test"), [(2, 3, "welch"), (1, 3, "predict")])
def test_seeds_that_all_agree_are_known_as_well_as_their_images_tell(base: int, new: int, test: str) -> None:
    """Each mean has the variance of a share of 1000 images, one right and one wrong added, by its number of seeds."""
    result = chosen(sample([0.9] * base), sample([0.8] * new))
    variance = (901 / 1002) * (101 / 1002) / 1000 / base + (801 / 1002) * (201 / 1002) / 1000 / new
    assert result.test == test
    assert result.difference.variance == pytest.approx(variance)
    assert result.p == pytest.approx(2 * stats.t.sf(0.1 / np.sqrt(variance), base + new - 2))


@pytest.mark.parametrize("drop", [0.01, 0.003])
def test_equal_differences_that_rounding_sets_apart_are_not_certain(drop: float) -> None:
    values = (0.912, 0.932, 0.893, 0.951, 0.917, 0.94)
    one, two = sample(values), sample(round(v - drop, 4) for v in values)
    found = chosen(one, two)
    assert found.test == "paired"
    assert found.difference.variance == pytest.approx((one.draw_variance + two.draw_variance) / 6)

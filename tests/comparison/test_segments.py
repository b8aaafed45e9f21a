"""Steps in series of accuracies."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparison.segments import segment_starts


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_short_series(n: int) -> None:
    assert segment_starts([0.9] * n, [1e-6] * n) == [0]


@pytest.mark.parametrize(
    ("before", "after", "odd"),
    [
        ((6, 1e-5), (6, 1e-5), 1.0),  # a short series pays for 50 runs
        ((30, 1e-5), (30, 1e-5), 1.0),
        ((12, 1e-5), (48, 3e-5), 1.0),  # seeds may become fewer
        ((48, 1e-5), (12, 3e-5), 0.7),
        ((30, 1e-5), (30, 1e-5), 0.0),  # repeats that all agree have a hundredth of the draw's variance
    ],
)
def test_a_step_counts_from_seven_times_the_logarithm_of_the_runs(
    before: tuple[int, float], after: tuple[int, float], odd: float
) -> None:
    """Every third run lies `odd` deviations off, which the running median takes out: the step alone is left.

    It has to be so large that its square, over the variance of the difference of both means, is the penalty.
    """
    (n, v), (m, w) = before, after
    noise = max((odd / stats.norm.ppf(0.75)) ** 2, 0.01)  # of a median deviation, a variance
    least = math.sqrt(7 * math.log(max(n + m, 50)) * noise * (v / n + w / m))
    variances = [v] * n + [w] * m
    spikes = [odd * math.sqrt(2 * one) * (i % 3 == 1) for i, one in enumerate(variances)]
    for step, starts in ((0.999 * least, [0]), (1.001 * least, [0, n])):
        values = [0.9 + spike if i < n else 0.9 - step - spike for i, spike in enumerate(spikes)]
        assert segment_starts(values, variances) == starts


def test_a_step_takes_four_runs() -> None:
    assert segment_starts([0.9, 0.9, 0.8], [1e-6, 1e-3, 1e-6]) == [0]
    assert segment_starts([0.9, 0.9, 0.9, 0.8], [1e-6] * 4) == [0, 3]


def test_an_accuracy_that_is_known_to_the_last_digit_has_no_step() -> None:
    assert segment_starts([0.9] * 1000, [1e-14] * 1000) == [0]


def test_segments_in_noise() -> None:
    rng = np.random.default_rng(3)
    clean = sum(len(segment_starts(list(rng.normal(0.9, 0.01, 60)), [1e-5] * 60)) > 1 for _ in range(200))
    assert clean <= 4
    truth = np.repeat([0.9, 0.86, 0.88], 20)
    assert segment_starts(list(truth + rng.normal(0, 0.004, 60)), [1e-5] * 60) == [
        0, pytest.approx(20, abs=1), pytest.approx(40, abs=2),
    ]  # fmt: skip


def test_three_clean_series_of_four_runs_in_a_hundred_show_a_false_step() -> None:
    series = np.random.default_rng(0).normal(0.9, 0.01, (600, 4))
    false = sum(len(segment_starts(list(one), [1e-5] * 4)) > 1 for one in series)
    assert 0.015 < false / len(series) < 0.055


@pytest.mark.parametrize(("odd", "starts"), [(0, [0, 1]), (1, [0]), (6, [0]), (7, [0, 7])])
def test_a_single_odd_run_is_a_step_at_either_end_alone(odd: int, starts: list[int]) -> None:
    values = [0.8 if i == odd else 0.9 for i in range(8)]
    assert segment_starts(values, [1e-5] * 8) == starts


def test_a_long_history_is_quick() -> None:
    values = list(np.random.default_rng(0).normal(0.9, 0.01, 1000) - np.repeat([0, 0.02], 500))
    assert segment_starts(values, [1e-5] * 1000) == [0, pytest.approx(500, abs=5)]

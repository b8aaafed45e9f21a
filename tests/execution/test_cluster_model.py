"""The model of many nodes."""

import pytest

from benchmarks.execution.cluster_model import DRIVER_SECONDS, WORKER_SECONDS, ModelJob, simulate


def jobs(*seconds: float) -> list[ModelJob]:
    return [ModelJob("lenet", one, 2.0, 1000) for one in seconds]


def test_a_node_alone_takes_the_sum_and_traces_once() -> None:
    found = simulate(jobs(10, 20, 30), nodes=1)
    assert found.seconds == pytest.approx(WORKER_SECONDS + 3 * DRIVER_SECONDS + 2 + 60)
    assert found.busy == pytest.approx(60 / found.seconds)


def test_the_longest_start_first() -> None:
    found = simulate(jobs(10, 10, 10, 30), nodes=2)
    assert found.seconds == pytest.approx(WORKER_SECONDS + 2 + 30, abs=0.1)


def test_a_driver_that_is_too_slow_is_the_limit() -> None:
    found = simulate(jobs(*[0.0] * 1000), nodes=1000)
    assert found.seconds == pytest.approx(WORKER_SECONDS + 1000 * DRIVER_SECONDS + 2)
    assert found.driver_busy == pytest.approx(1000 * DRIVER_SECONDS / found.seconds)

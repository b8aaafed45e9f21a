"""The timer that pytest-benchmark reads: it only moves while training runs.

pytest-benchmark times whole calls. A call here also evaluates after every epoch, and may reuse a seed that an interrupted run has
already trained; so the timer moves on by the seconds that training alone took.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

_trained = 0.0


def training_seconds() -> float:
    """Return the seconds of training so far; the `timer` of the benchmarks."""
    return _trained


def advance(seconds: float) -> None:
    """Count a training that took this long."""
    global _trained
    _trained += seconds


def time_seeds(benchmark: BenchmarkFixture, seconds: Iterator[float], rounds: int) -> None:
    """Have pytest-benchmark time the seeds of a cell, each as one round.

    Args:
        benchmark: The fixture, with `training_seconds` as its timer.
        seconds: Training alone, per seed; a seed may train only once its seconds are asked for.
        rounds: How many seeds there are. Where pytest-benchmark is disabled it asks for one of them.
    """
    benchmark.pedantic(lambda: advance(next(seconds)), rounds=rounds, iterations=1, warmup_rounds=0)

"""The speed benchmarks in pytest: who trains on which shapes, and how far they are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import pytest

from benchmarks.engine.interface import Shape
from benchmarks.engine.rivals.trainers import TRAINERS, why_missing
from benchmarks.experiment import names
from benchmarks.experiment.shapes import STUDY, parse
from benchmarks.plugin.progress import clock

SUITE = "suite" if why_missing("suite") is None else "jax"
"""The contender that the others are compared with, so it always trains: the engine on TensorFlow, or on JAX without TensorFlow."""


def contenders(chosen: str | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return who trains here, the suite first, and why the others cannot, by name.

    Args:
        chosen: Names separated by commas; None means all that are installed.

    Raises:
        UsageError: A name does not exist, or was asked for and is not installed.
    """
    try:
        wanted = tuple(TRAINERS) if chosen is None else names.several("--contender", chosen, tuple(TRAINERS))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    missing = {name: why for name in wanted if (why := why_missing(name))}
    if missing and chosen is not None:
        raise pytest.UsageError("; ".join(f"--contender {name}: {why}" for name, why in missing.items()))
    return tuple(dict.fromkeys((SUITE, *(name for name in wanted if name not in missing)))), missing


def shapes(chosen: str | None) -> tuple[Shape, ...]:
    """Return image shapes: height, width, channels.

    Raises:
        UsageError: One is not written as 28x28x1.
    """
    if chosen is None:
        return STUDY
    try:
        return tuple(dict.fromkeys(map(parse, chosen.split(","))))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def count_cases(items: Iterable[pytest.Item], precisions: Collection[str]) -> int:
    """Return how many of pytest's items train contenders, without those of other precisions, which are skipped."""
    cases = [item.callspec.params for item in items if hasattr(item, "callspec")]
    return sum("shape" in given and given["precision"] in precisions for given in cases)


class Progress:
    """Says after each round how long the remaining ones may take, and each case's figures at its end."""

    def __init__(self, cases: int, rounds: int, say: Callable[[str], None]) -> None:
        """Start the clock.

        Args:
            cases: How many cases will run.
            rounds: Rounds per case.
            say: Writes one line.
        """
        self._cases, self._rounds, self._say = cases, rounds, say
        self._case = self._rounds_done = 0
        self._start_time = time.monotonic()

    def begin(self) -> None:
        """Count a case that begins."""
        self._rounds_done = self._case * self._rounds
        self._case += 1

    def round_done(self, case: str, number: int) -> None:
        """Say that a round of a case has ended, and the time left."""
        self._rounds_done += 1
        seconds = (time.monotonic() - self._start_time) / self._rounds_done
        left = seconds * (self._cases * self._rounds - self._rounds_done)
        self._say(f"[{self._case}/{self._cases}]  {case}  round {number}/{self._rounds}  left: {clock(left)}")

    def result(self, case: str, rates: Mapping[str, Sequence[float]], ratios: Mapping[str, float]) -> None:
        """Say what a case came to: the suite's images per second, and how many times as fast as each contender it is."""
        beside = "".join(f"  {ratio:.2f} x {name}" for name, ratio in ratios.items())
        rate = statistics.median(rates[SUITE])
        self._say(f"[{self._case}/{self._cases}]  {case}  suite {rate:,.0f} img/s{beside}")

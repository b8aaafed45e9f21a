"""The clock that pytest-benchmark reads: it stands still but for training.

pytest-benchmark times whole calls. A call here also evaluates after every epoch, and may restore a seed that an interrupted run has
already trained; so the call says how long training alone took, and the clock moves on by that.
"""

from __future__ import annotations

_trained = 0.0


def training_seconds() -> float:
    """Seconds of training so far; the ``timer`` of the benchmarks."""
    return _trained


def advance(seconds: float) -> None:
    """Count a training that took this long."""
    global _trained
    _trained += seconds

"""What a profile of training steps holds, whatever the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Times of whole training steps on one thread."""

    step: float
    """Milliseconds per step without the profiler, the median of several runs."""
    operations: Mapping[str, float]
    """Milliseconds per step of each kind of operation, with the profiler on."""
    multiply_adds: int
    """Those of a batch's forward pass."""
    peak: float
    """FLOP/s of a large matrix product."""
    batch: int
    """Images per step."""

    @property
    def ideal_ms(self) -> float:
        """Milliseconds of a step at the rate of the matrix product: forward and backward take 6 FLOP per multiply-add."""
        return 6e3 * self.multiply_adds / self.peak

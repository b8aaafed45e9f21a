"""What a profile of training steps holds, whatever the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Of whole training steps on one thread."""

    step: float
    """Milliseconds per step, without the profiler: median of several."""
    operations: Mapping[str, float]
    """Milliseconds per step of each kind of operation, with the profiler on."""
    multiply_adds: int
    """Of a batch's forward pass."""
    peak: float
    """FLOP/s of the matrix product."""
    batch: int
    """Images per step."""

    @property
    def ideal_ms(self) -> float:
        """Milliseconds that a step would take at the matrix product's rate: 6 x multiply-adds."""
        return 6e3 * self.multiply_adds / self.peak

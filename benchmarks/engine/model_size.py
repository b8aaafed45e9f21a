"""Size of a Keras model: counts that need no training."""

from __future__ import annotations

import math
from typing import Any


def multiply_adds(model: Any) -> int:
    """Count the multiply-adds of one image's forward pass in convolutions and dense layers; the rest is left out, as is customary.

    Args:
        model: A built functional Keras model.
    """
    total = 0
    for layer in model.layers:
        kind = type(layer).__name__
        if "Conv" in kind or "Dense" in kind:
            total += math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    return total

"""Size of a Keras model: counts that need no training."""

from __future__ import annotations

import math
from typing import Any


def multiply_adds(model: Any) -> int:
    """Count the multiply-adds of one image's forward pass in convolutions, dense layers and attention: the rest is customarily left out.

    Args:
        model: A built functional Keras model.
    """
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model as a layer
            total += multiply_adds(layer)
            continue
        kind = type(layer).__name__
        if kind == "MultiHeadAttention":
            tokens, width = layer.output.shape[1:]
            projections = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 2)
            # Each token meets every token twice: as a key, and as a value.
            total += tokens * projections + 2 * tokens**2 * width
        if "Conv" in kind or "Dense" in kind:
            kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
            total += math.prod(layer.output.shape[1:-1]) * kernels
    return total

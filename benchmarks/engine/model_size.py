"""Size of a Keras model: counts that need no training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


def multiply_adds(model: Any) -> int:
    """Count the multiply-adds of one image's forward pass in convolutions, dense layers and attention: the rest is customarily left out.

    Args:
        model: A built functional Keras model.
    """
    total = 0
    for layer, shape in _calls(model):
        if hasattr(layer, "layers"):  # a model as a layer
            total += multiply_adds(layer)
            continue
        kind = type(layer).__name__
        if kind == "MultiHeadAttention":
            tokens, width = shape
            projections = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 2)
            # Each token meets every token twice: as a key, and as a value.
            total += tokens * projections + 2 * tokens**2 * width
        if "Conv" in kind or "Dense" in kind:
            kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
            total += math.prod(shape[:-1]) * kernels
    return total


def _calls(model: Any) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Yield every call of a layer with the shape of one output: a shared layer works as often as it is called, on any size."""
    graph = getattr(model, "_functional", model)  # what a Sequential model wraps
    for nodes in graph._nodes_by_depth.values():
        for node in nodes:
            if hasattr(node.operation, "weights"):  # operations have none
                yield node.operation, node.outputs[0].shape[1:]

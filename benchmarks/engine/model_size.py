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
    for layer, given, shape in _calls(model):
        if hasattr(layer, "layers"):  # a model as a layer
            total += multiply_adds(layer)
            continue
        kind = type(layer).__name__
        if kind == "MultiHeadAttention":
            tokens, heads = math.prod(shape[:-1]), layer.get_config()
            projections = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 2)
            # In each head, each token meets every token twice: as a key, and as a value.
            width = heads["num_heads"] * (heads["key_dim"] + (heads["value_dim"] or heads["key_dim"]))
            total += tokens * projections + tokens**2 * width
        if "Conv" in kind or "Dense" in kind:
            kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
            # Each kernel is applied at every position of the outputs, but a transposed one at those of the inputs.
            total += math.prod((given if "Transpose" in kind else shape)[:-1]) * kernels
    return total


def _calls(model: Any) -> list[tuple[Any, tuple[int, ...], tuple[int, ...]]]:
    """Return every call of a layer, with the shapes of one input and one output.

    A shared layer works as often as it is called, on any size.
    """
    import keras  # which has built the model

    found = []

    def call(layer: Any, *given: Any, **named: Any) -> Any:
        outputs = layer(*given, **named)
        if isinstance(layer, keras.layers.Layer):  # operations have no weights
            first_input, first_output = (keras.tree.flatten(tensors)[0] for tensors in (given, outputs))
            found.append((layer, first_input.shape[1:], first_output.shape[1:]))
        return outputs

    # A clone of the same layers: they are called once more, on symbols alone. A Sequential model would not tell its calls.
    functional = keras.Model(model.inputs, model.outputs)
    keras.models.clone_model(functional, clone_function=lambda layer: layer, call_function=call)
    return found

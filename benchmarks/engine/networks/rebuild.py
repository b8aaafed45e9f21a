"""Rebuilds a model as it is trained: an engine's own layers where they compute the same faster, logits, L2 penalties kept apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from benchmarks.engine.interface import Floats
from models import BadArchitecture

FasterClass = Callable[[Any], type[Any]]
"""Returns the class to replace a layer's: its own where no faster form computes the same."""


def rebuild(
    model: keras.Model, precision: str, norm_momentum: float | None, faster_class: FasterClass
) -> tuple[keras.Model, Floats]:
    """Rebuild a model for training: faster layers, the given dtype policy, and logits instead of a softmax at its end.

    Weights are not copied. Their order and shapes are those of `model`.

    Args:
        model: A functional model that ends in a softmax; it is not changed.
        precision: `float32` or `mixed_bfloat16`.
        norm_momentum: That of all batch norms, 0..1; None: each layer's own.
        faster_class: The engine's.

    Returns:
        The new model, without the L2 penalties of kernels, and the L2 factor of each trainable weight, (trainable parameters,) float32,
        for adding these penalties to the gradient in one operation.

    Raises:
        BadArchitecture: The last layer is not a softmax, or a weight has a constraint.
    """
    last = operations(model)[-1]
    if getattr(last, "activation", None) is not keras.activations.softmax:
        raise BadArchitecture(
            f"architecture {model.name!r} ends in {last.name!r}, a {type(last).__name__} without activation='softmax'; "
            "end it in layers.Dense(classes, activation='softmax')"
        )

    for weight in model.trainable_weights:
        if weight.constraint is not None:
            raise BadArchitecture(
                f"architecture {model.name!r} constrains {weight.path}, which no engine does; remove the constraint"
            )

    factors: dict[int, float] = {}

    def renewed(layer: keras.Operation) -> keras.Operation:
        if not isinstance(layer, keras.layers.Layer):  # of `keras.ops`: no weights, no dtype of its own
            return layer
        config = layer.get_config()
        config["dtype"] = precision
        if layer is last:
            config["activation"] = "linear"
        if norm_momentum is not None and isinstance(layer, keras.layers.BatchNormalization):
            config["momentum"] = norm_momentum
        penalty = getattr(layer, "kernel_regularizer", None)
        if type(penalty) is keras.regularizers.L2:
            factors[id(layer.kernel)] = float(penalty.l2)  # type: ignore[union-attr]
            config["kernel_regularizer"] = None
        return faster_class(layer).from_config(config)

    fast = keras.models.clone_model(model, clone_function=renewed)
    weights = model.trainable_weights
    per_weight = [np.full(int(np.prod(v.shape)), factors.get(id(v), 0.0), np.float32) for v in weights]
    return fast, np.concatenate(per_weight)


def operations(model: keras.Model) -> list[keras.Operation]:
    """Return a model's layers and its calls of `keras.ops`, from the first to the last."""
    return list(getattr(model, "operations", model.layers))  # a Sequential model has layers alone

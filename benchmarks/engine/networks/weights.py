"""A network's weights as two flat vectors: the trainable ones, and the moving statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from benchmarks.engine.interface import Floats


def flat_weights(model: keras.Model) -> tuple[Floats, Floats]:
    """Return a model's trainable and non-trainable weights, each as a flat vector in the model's order."""

    def flat(variables: Sequence[Any]) -> Floats:
        return np.concatenate([np.zeros(0, np.float32), *(np.asarray(v).ravel() for v in variables)])

    return flat(model.trainable_weights), flat(model.non_trainable_weights)


def rate_factors(model: keras.Model, norm_bias_rate: float) -> Floats | None:
    """Return what the learning rate of each trainable parameter is multiplied by, (trainable parameters,); None where all are 1.

    Args:
        model: The network.
        norm_bias_rate: That of a recipe: the factor of biases (beta) of batch norms.
    """
    if norm_bias_rate == 1.0:
        return None
    biases = {
        id(layer.beta)
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer.center
    }
    per_weight = [
        np.full(int(np.prod(v.shape)), norm_bias_rate if id(v) in biases else 1.0, np.float32)
        for v in model.trainable_variables
    ]
    return np.concatenate(per_weight)


def assign(model: keras.Model, weights: Floats, moving_statistics: Floats) -> None:
    """Give a model the weights of two flat vectors: the reverse of `flat_weights`."""
    for variables, flat in (
        (model.trainable_weights, weights),
        (model.non_trainable_weights, moving_statistics),
    ):
        starts = np.cumsum([0] + [int(np.prod(v.shape)) for v in variables])
        for variable, start, end in zip(variables, starts[:-1], starts[1:], strict=True):
            variable.assign(flat[start:end].reshape(variable.shape))

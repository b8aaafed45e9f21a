"""A new model's initial weights, bit for bit those of the TensorFlow engine for the same seed.

Keras draws initializers' seeds from Python's generator, so they are equal on all backends, but the weights from the backend's. While a
model is built here, Keras's random initializers draw from `philox` instead; others (orthogonal) draw from JAX.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import keras
import numpy as np
from keras import initializers

import models
from benchmarks.engine.interface import Shape
from benchmarks.engine.jax import philox

DrawWeights = Callable[..., Any]
"""Draws weights for an initializer, a shape and a dtype."""

_TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of a standard normal truncated at two of them, for which Keras corrects."""


def build(architecture: str, shape: Shape, classes: int, seed: int) -> keras.Model:
    """Build a model with TensorFlow's initial weights for this seed."""
    with _drawing(_DRAWS):
        return models.build(architecture, shape, classes, seed=seed)


def _variance_scaling(self: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    fan_in, fan_out = _fans(shape, self)
    fan = {"fan_in": fan_in, "fan_out": fan_out}.get(self.mode, (fan_in + fan_out) / 2.0)
    scale = self.scale / max(1.0, fan)
    if self.distribution == "truncated_normal":
        return philox.truncated_normal(_seed(self), shape, 0.0, math.sqrt(scale) / _TRUNCATED_STDDEV)
    if self.distribution == "untruncated_normal":
        return philox.normal(_seed(self), shape, 0.0, math.sqrt(scale))
    limit = math.sqrt(3.0 * scale)
    return philox.uniform(_seed(self), shape, -limit, limit)


def _random_uniform(self: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    return philox.uniform(_seed(self), shape, self.minval, self.maxval)


def _random_normal(self: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    return philox.normal(_seed(self), shape, self.mean, self.stddev)


def _truncated_normal(self: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    return philox.truncated_normal(_seed(self), shape, self.mean, self.stddev)


_DRAWS: Mapping[type[Any], DrawWeights] = {
    initializers.VarianceScaling: _variance_scaling,  # and its subclasses: Glorot's, He's, LeCun's
    initializers.RandomUniform: _random_uniform,
    initializers.RandomNormal: _random_normal,
    initializers.TruncatedNormal: _truncated_normal,
}


def without_draws() -> AbstractContextManager[None]:
    """Give new models zeros for random weights within this context: where weights are not used, JAX need not compile the draws."""

    def zeros(self: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return np.zeros(shape, np.float32)

    return _drawing(dict.fromkeys(_DRAWS, zeros))


@contextmanager
def _drawing(draws: Mapping[type[Any], DrawWeights]) -> Iterator[None]:
    own = {kind: kind.__call__ for kind in draws}
    for kind, draw in draws.items():
        kind.__call__ = draw
    try:
        yield
    finally:
        for kind, call in own.items():
            kind.__call__ = call


def _seed(initializer: Any) -> int:
    """Return an initializer's seed; a generator's would change with every draw, and no architecture uses one."""
    if not isinstance(initializer.seed, int):
        raise TypeError(
            f"{initializer!r} draws from {initializer.seed!r}; expected a whole number as its seed"
        )
    return initializer.seed


def _fans(shape: tuple[int, ...], initializer: Any) -> tuple[int, int]:
    """Return how many inputs and outputs a weight joins, as Keras counts them."""
    inputs, outputs = getattr(initializer, "input_axes", None), getattr(initializer, "output_axes", None)
    if inputs is not None and outputs is not None:
        return math.prod(shape[axis] for axis in inputs), math.prod(shape[axis] for axis in outputs)
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field

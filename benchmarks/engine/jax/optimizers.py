"""Updates of all weights at once; the same formulas as those of `engine.tensorflow.optimizers`, in the same order.

By hand: optax places Nesterov momentum, Adadelta's epsilon and Adam's bias correction differently from Keras, and on one flat vector
each rule is three lines.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.engine.networks.states import AVERAGED_STEPS
from benchmarks.experiment.recipe import Recipe

_ONE = np.float32(1.0)
_MEAN, _SQUARE, _ADADELTA = np.float32(0.9), np.float32(0.999), np.float32(0.95)
"""What moving averages keep. TensorFlow's kernels subtract these from 1 in float32, where 1 - 0.999 is 1.3e-5 (relative) below 0.001."""


def apply(recipe: Recipe, weights: Any, state: Any, step: Any, gradient: Any, rate: Any) -> tuple[Any, Any]:
    """Return the updated weights and the optimizer's own vectors.

    Args:
        recipe: Names the optimizer.
        weights: (parameters,) float32.
        state: (vectors, parameters) float32, at least as many vectors as `networks.states.VECTORS` gives.
        step: How many steps have been taken, including this one; () int32.
        gradient: (parameters,) float32.
        rate: The learning rate, () float32.
    """
    if recipe.optimizer == "sgd":
        velocity = recipe.momentum * state[0] - rate * gradient
        return weights + recipe.momentum * velocity - rate * gradient, velocity[None]
    if recipe.optimizer == "adam":
        taken = step.astype(jnp.float32)
        alpha = rate * jnp.sqrt(_ONE - _SQUARE**taken) / (_ONE - _MEAN**taken)
        mean = state[0] + (gradient - state[0]) * (_ONE - _MEAN)
        square = state[1] + (gradient * gradient - state[1]) * (_ONE - _SQUARE)
        return weights - mean * alpha / (jnp.sqrt(square) + 1e-7), jnp.stack([mean, square])
    square = state[0] * _ADADELTA + gradient * gradient * (_ONE - _ADADELTA)
    update = jnp.sqrt(state[1] + 1e-7) * lax.rsqrt(square + 1e-7) * gradient
    updates = state[1] * _ADADELTA + update * update * (_ONE - _ADADELTA)
    return weights - update * rate, jnp.stack([square, updates])


def decayed(recipe: Recipe, weights: Any, rate: Any) -> Any:
    """Return the weights as shrunk before a step: see `Recipe.weight_decay`.

    Args:
        recipe: Says by how much.
        weights: (parameters,) float32.
        rate: The learning rate, () float32.
    """
    return weights - weights * (rate * recipe.weight_decay)


def average(recipe: Recipe, weights: Any, averaged: Any, step: Any, steps: int) -> tuple[Any, Any]:
    """Return the weights and the averaged weights, which take in the current ones when due: see `Recipe.averaging`.

    Args:
        recipe: Says how much of the average is kept.
        weights: (parameters,) float32.
        averaged: (parameters,) float32.
        step: How many steps have been taken, including this one; () int32.
        steps: Steps of the whole training.
    """
    kept = recipe.averaging * (step.astype(jnp.float32) / np.float32(steps)) ** 3
    due = step % AVERAGED_STEPS == 0
    after = jnp.where(due, averaged + (_ONE - kept) * (weights - averaged), averaged)
    return jnp.where(due | (step >= steps), after, weights), after

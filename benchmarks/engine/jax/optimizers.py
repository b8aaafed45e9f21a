"""Updates of all weights at once; the same formulas as those of `engine.tensorflow.optimizers`, in the same order.

By hand rather than by optax: its Nesterov momentum, its epsilon in Adadelta and its bias correction in Adam are placed differently from
Keras's, and on one flat vector each rule is three lines.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from benchmarks.experiment.recipe import Recipe


def apply(recipe: Recipe, weights: Any, state: Any, step: Any, gradient: Any, rate: Any) -> tuple[Any, Any]:
    """Return the updated weights and optimizer state.

    Args:
        recipe: Names the optimizer.
        weights: (parameters,) float32.
        state: (vectors, parameters) float32, as many vectors as `networks.states.VECTORS` says.
        step: How many steps have been taken, including this one; () int32.
        gradient: (parameters,) float32.
        rate: The learning rate, () float32.
    """
    if recipe.optimizer == "sgd":
        velocity = recipe.momentum * state[0] - rate * gradient
        return weights + recipe.momentum * velocity - rate * gradient, velocity[None]
    if recipe.optimizer == "adam":
        taken = step.astype(jnp.float32)
        alpha = rate * jnp.sqrt(1.0 - 0.999**taken) / (1.0 - 0.9**taken)
        mean = state[0] + (gradient - state[0]) * (1.0 - 0.9)
        square = state[1] + (gradient * gradient - state[1]) * (1.0 - 0.999)
        return weights - mean * alpha / (jnp.sqrt(square) + 1e-7), jnp.stack([mean, square])
    square = state[0] * 0.95 + gradient * gradient * (1.0 - 0.95)
    update = jnp.sqrt(state[1] + 1e-7) * lax.rsqrt(square + 1e-7) * gradient
    updates = state[1] * 0.95 + update * update * (1.0 - 0.95)
    return weights - update * rate, jnp.stack([square, updates])

"""Fused updates of all weights at once; the same formulas as Keras's optimizers of these names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from benchmarks.experiment.recipe import Recipe


def apply(
    recipe: Recipe, weights: Any, optimizer_state: Sequence[Any], step: Any, gradient: Any, rate: Any
) -> None:
    """Update `weights` and `optimizer_state` in place.

    Args:
        recipe: Names the optimizer.
        weights: A variable of shape (parameters,).
        optimizer_state: Variables of the same shape, as many as `networks.states.VECTORS` says.
        step: How many steps have been taken, including this one; a variable.
        gradient: (parameters,) float32.
        rate: The learning rate, () float32.
    """
    w, accumulators, ops = weights.handle, [vector.handle for vector in optimizer_state], tf.raw_ops
    if recipe.optimizer == "sgd":
        ops.ResourceApplyKerasMomentum(
            var=w,
            accum=accumulators[0],
            lr=rate,
            grad=gradient,
            momentum=recipe.momentum,
            use_nesterov=True,
        )
    elif recipe.optimizer == "adam":
        taken = tf.cast(step, tf.float32)
        ops.ResourceApplyAdam(
            var=w,
            m=accumulators[0],
            v=accumulators[1],
            beta1_power=tf.pow(0.9, taken),
            beta2_power=tf.pow(0.999, taken),
            lr=rate,
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-7,
            grad=gradient,
        )
    else:
        ops.ResourceApplyAdadelta(
            var=w,
            accum=accumulators[0],
            accum_update=accumulators[1],
            lr=rate,
            rho=0.95,
            epsilon=1e-7,
            grad=gradient,
        )

"""Fused updates of all weights at once, by the formulas of Keras's optimizers of the same names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from benchmarks.engine.networks.states import AVERAGED_STEPS
from benchmarks.experiment.recipe import Recipe


def apply(
    recipe: Recipe, weights: Any, optimizer_state: Sequence[Any], step: Any, gradient: Any, rate: Any
) -> None:
    """Update `weights` and `optimizer_state` in place.

    Args:
        recipe: Names the optimizer.
        weights: A variable of shape (parameters,).
        optimizer_state: Variables of the same shape, at least as many as `networks.states.VECTORS` gives.
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


def decay(recipe: Recipe, weights: Any, rate: Any) -> None:
    """Shrink weights in place, before a step: see `Recipe.weight_decay`.

    Args:
        recipe: Says by how much.
        weights: A variable of shape (parameters,).
        rate: The learning rate, () float32.
    """
    weights.assign_sub(weights.read_value() * (rate * recipe.weight_decay))


def average(recipe: Recipe, weights: Any, averaged: Any, step: Any, steps: Any) -> None:
    """Let averaged weights take in the current ones when due, and go on from the average: see `Recipe.averaging`.

    Args:
        recipe: Says how much of the average is kept.
        weights: A variable of shape (parameters,).
        averaged: A variable of the same shape.
        step: How many steps have been taken, including this one; a variable.
        steps: Steps of the whole training, () int64.
    """
    taken = step.read_value()
    kept = recipe.averaging * tf.cast(taken / steps, tf.float32) ** 3
    current, before = weights.read_value(), averaged.read_value()
    due = tf.equal(taken % AVERAGED_STEPS, 0)
    after = tf.where(due, before + (1.0 - kept) * (current - before), before)
    averaged.assign(after)
    weights.assign(tf.where(tf.logical_or(due, taken >= steps), after, current))

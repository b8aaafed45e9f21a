"""The steps of a training and the prediction, as functions of arrays that JAX compiles.

The state is what `engine.tensorflow.steps` keeps in variables: all trainable weights in one flat vector, the optimizer's vectors beside
it, the moving statistics in another. Many steps run in one compiled call, over images that stay on the device as uint8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jax import lax

from benchmarks.engine.interface import EVALUATION_BATCH, Floats
from benchmarks.engine.jax import optimizers
from benchmarks.engine.jax.augmentation import augment, first_mirrored
from benchmarks.engine.networks.layout import Layout
from benchmarks.engine.networks.weights import rate_factors
from benchmarks.experiment.recipe import Recipe


class State(NamedTuple):
    """A training between two steps, on the device: see `interface.TrainState`."""

    weights: Any
    optimizer_state: Any
    moving_statistics: Any
    rng_state: Any
    """(dropout layers, 2) uint32"""
    step: Any
    """() int32"""


class Data(NamedTuple):
    """What the steps read, and never change."""

    images: Any
    """(N, H, W, C) uint8"""
    labels: Any
    """(N,) uint8"""
    scale: Any
    """(C,) float32"""
    offset: Any
    """(C,) float32"""


class Steps:
    """The functions of one network and recipe."""

    def __init__(self, network: keras.Model, penalties: Floats, recipe: Recipe) -> None:
        """Compile nothing yet.

        Args:
            network: Returns logits; its own weights are not used.
            penalties: L2 factor of each trainable weight, (trainable parameters,).
            recipe: Decides what a step does.
        """
        self._network, self._recipe = network, recipe
        self._penalties = penalties if penalties.any() else None
        self._rate_factors = rate_factors(network, recipe.norm_bias_rate)
        self.layout = Layout(network)

    def train(
        self, state: State, data: Data, order: Any, rates: Any, seed: Any, count: Any
    ) -> tuple[State, Any, Any]:
        """Run the first `count` of `len(rates)` steps.

        Args:
            state: Before them; its memory is reused.
            data: The training set.
            order: Positions of the images, (steps, batch) int32.
            rates: Learning rates, (steps,) float32.
            seed: The augmentation's, () uint32.
            count: How many steps to run, () int32.

        Returns:
            The state after them, the mean cross-entropy of each step's batch, (steps,), and the number of correct answers.
        """
        mirrored = None
        augmentation = self._recipe.augmentation
        if augmentation is not None and augmentation.mirror and augmentation.alternate:
            mirrored = first_mirrored(len(data.images), seed)

        def body(i: Any, carry: tuple[State, Any, Any]) -> tuple[State, Any, Any]:
            before, losses, correct = carry
            after, loss, right = self._step(before, data, order[i], rates[i], seed, mirrored)
            return after, losses.at[i].set(loss), correct + right

        start = state, jnp.zeros(len(rates), jnp.float32), jnp.zeros((), jnp.int32)
        found: tuple[State, Any, Any] = lax.fori_loop(0, count, body, start)
        return found

    def _step(
        self, state: State, data: Data, batch: Any, rate: Any, seed: Any, mirrored: Any
    ) -> tuple[State, Any, Any]:
        x = data.images[batch].astype(jnp.float32) * data.scale + data.offset
        y = data.labels[batch].astype(jnp.int32)
        if self._recipe.augmentation is not None:
            if mirrored is not None:
                epoch = state.step // self._recipe.steps(len(data.images))
                mirrored = mirrored[batch] != (epoch % 2 == 1)
            x = augment(x, self._recipe.augmentation, (seed, state.step.astype(jnp.uint32)), mirrored)
        parts = unflatten(state.weights, self.layout.trainable)
        differentiate = jax.value_and_grad(self._objective, has_aux=True)
        (_, (loss, logits, non_trainable)), gradients = differentiate(parts, state, x, y)
        gradient = jnp.concatenate([part.ravel() for part in gradients])
        if self._penalties is not None:
            gradient += 2.0 * self._penalties * state.weights
        step = state.step + 1
        before = state.weights
        if self._recipe.weight_decay:
            before = optimizers.decayed(self._recipe, before, rate)
        weights, optimizer_state = optimizers.apply(
            self._recipe, before, state.optimizer_state, step, gradient, rate
        )
        if self._rate_factors is not None:  # every optimizer's update is proportional to its rate
            weights = before + self._rate_factors * (weights - before)
        if self._recipe.averaging:
            steps = self._recipe.epochs * self._recipe.steps(len(data.images))
            weights, averaged = optimizers.average(
                self._recipe, weights, state.optimizer_state[-1], step, steps
            )
            optimizer_state = jnp.concatenate([optimizer_state, averaged[None]])
        moving, generators = self.layout.split(non_trainable, jnp.ravel)
        after = State(
            weights,
            optimizer_state,
            jnp.concatenate(moving) if moving else state.moving_statistics,
            jnp.stack(generators) if generators else state.rng_state,
            step,
        )
        return after, loss, jnp.sum(jnp.argmax(logits, 1) == y, dtype=jnp.int32)

    def _objective(self, parts: Sequence[Any], state: State, x: Any, y: Any) -> tuple[Any, Any]:
        logits, non_trainable, extra = self._network.stateless_call(
            parts, self._non_trainable_values(state), x, training=True, return_losses=True
        )
        logits = logits.astype(jnp.float32)
        loss = jnp.mean(self._losses(y, logits))
        return sum(extra, loss), (loss, logits, non_trainable)

    def _losses(self, y: Any, logits: Any) -> Any:
        """Return the cross-entropy of each image in nats, (N,)."""
        smoothing, classes = self._recipe.label_smoothing, logits.shape[-1]
        if self._recipe.loss == "clipped":
            p = jax.nn.softmax(logits)
            p = jnp.where(p < 1e-7, 1e-7, jnp.where(p > 1.0 - 1e-7, 1.0 - 1e-7, p))  # no gradient outside
            if not smoothing:
                return -jnp.log(jnp.take_along_axis(p, y[:, None], 1)[:, 0])
        target = jax.nn.one_hot(y, classes) * (1.0 - smoothing) + smoothing / classes
        logs = jnp.log(p) if self._recipe.loss == "clipped" else jax.nn.log_softmax(logits)
        return -jnp.sum(target * logs, -1)

    def predict(self, state: State, images: Any, scale: Any, offset: Any) -> Any:
        """Return the logits of images, (N, classes) float32."""

        def of(batch: Any) -> Any:
            x = batch.astype(jnp.float32) * scale + offset
            weights = unflatten(state.weights, self.layout.trainable)
            logits, _ = self._network.stateless_call(
                weights, self._non_trainable_values(state), x, training=False
            )
            return logits.astype(jnp.float32)

        whole = len(images) // EVALUATION_BATCH * EVALUATION_BATCH
        parts = [of(images[whole:])] if whole < len(images) else []
        if whole:
            batches = images[:whole].reshape(-1, EVALUATION_BATCH, *images.shape[1:])
            logits = lax.map(of, batches)
            parts.insert(0, logits.reshape(whole, -1))
        return jnp.concatenate(parts)

    def _non_trainable_values(self, state: State) -> list[Any]:
        moving = unflatten(state.moving_statistics, self.layout.moving)
        return self.layout.non_trainable(moving, list(state.rng_state))


def unflatten(flat: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Split a flat array into parts of these shapes; differentiable."""
    parts, start = [], 0
    for shape in shapes:
        end = start + math.prod(shape)
        parts.append(flat[start:end].reshape(shape))
        start = end
    return parts

"""The steps of a training and the prediction, as TensorFlow graphs.

All trainable weights lie in one flat vector, their optimizer's state in vectors beside it, and the moving statistics in another, so that a
step updates everything in a handful of operations. Many steps run in one graph call, over images that stay in memory as uint8.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from benchmarks.engine.interface import Floats
from benchmarks.engine.networks.layout import Layout
from benchmarks.engine.networks.states import vectors
from benchmarks.engine.networks.weights import rate_factors
from benchmarks.engine.tensorflow import optimizers
from benchmarks.engine.tensorflow.augmentation import augment, first_mirrored
from benchmarks.experiment.recipe import Recipe


class StepOutput(NamedTuple):
    """What one batch gives, as tensors in a graph."""

    loss: Any
    """Mean cross-entropy in nats, () float32."""
    correct: Any
    """Number of correct answers, () int32."""
    gradient: Any
    """(trainable parameters,), that of the weight penalties included."""
    moving_statistics: Any
    """As in `TrainState`; None where there are none."""
    rng_state: Any
    """As in `TrainState`; None where there is none."""
    zero_gradient: Any
    """Whether it is known that the gradient is zero, () bool."""


class Steps:
    """The graphs of one network and recipe, with the variables that they update."""

    def __init__(self, network: keras.Model, penalties: Floats, recipe: Recipe) -> None:
        """Create the variables, all zero; a graph is traced when it first runs.

        Args:
            network: Returns logits; its own weights are not used.
            penalties: L2 factor of each trainable weight, (trainable parameters,).
            recipe: Decides what a step does.
        """
        shape = tuple(network.input_shape[1:])
        self._network, self._recipe = network, recipe
        self._penalties = tf.constant(penalties) if penalties.any() else None
        self.layout = Layout(network)
        size = len(penalties)
        factors = rate_factors(network, recipe.norm_bias_rate)
        self._rate_factors = None if factors is None else tf.constant(factors)
        self.weights = tf.Variable(tf.zeros([size]))
        self.optimizer_state = [tf.Variable(tf.zeros([size])) for _ in range(vectors(recipe))]
        self.moving_statistics = tf.Variable(tf.zeros([self.layout.moving_size]))
        self.rng_state = tf.Variable(tf.zeros([self.layout.generators, 2], tf.int64))
        self.step = tf.Variable(0, dtype=tf.int64)
        images, channels = tf.TensorSpec([None, *shape], tf.uint8), tf.TensorSpec([shape[-1]], tf.float32)
        steps = [
            images,
            tf.TensorSpec([None], tf.uint8),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([], tf.int32),
            channels,
            channels,
        ]
        self.train = _graph(functools.partial(self._run, self._differentiate), steps)
        """Run steps; takes images, labels, order, rates, seed, scale and offset; returns each step's loss, the correct answers, False."""
        self.train_without_gradients = _graph(functools.partial(self._run, self._without_gradient), steps)
        """As `train`, for steps without gradients; the third value says whether no step had one."""
        self.predict = _graph(self._predict, [images, channels, channels])
        """Return the logits of images, (N, classes) float32; takes images, scale and offset."""

    def _run(
        self,
        output_of: Callable[[Any, Any], StepOutput],
        images: Any,
        labels: Any,
        order: Any,
        rates: Any,
        seed: Any,
        scale: Any,
        offset: Any,
    ) -> Any:
        steps = self._recipe.epochs * self._epoch_steps(images)

        def step(i: Any, losses: Any, correct: Any, zero_gradients: Any) -> tuple[Any, ...]:
            output = output_of(*self._batch(images, labels, order, i, seed, scale, offset))
            self._update(output, rates[i], steps)
            return (
                i + 1,
                losses.write(i, output.loss),
                correct + output.correct,
                tf.logical_and(zero_gradients, output.zero_gradient),
            )

        count = tf.size(rates)
        losses = tf.TensorArray(tf.float32, count, element_shape=[])
        start = tf.constant(0), losses, tf.constant(0), tf.constant(True)
        _, losses, correct, zero_gradients = tf.while_loop(lambda i, *_: i < count, step, start)
        return losses.stack(), correct, zero_gradients

    def _batch(
        self, images: Any, labels: Any, order: Any, i: Any, seed: Any, scale: Any, offset: Any
    ) -> tuple[Any, Any]:
        """Return the images that the i-th step sees, and their labels."""
        size = self._recipe.batch_size
        batch = order[i * size : (i + 1) * size]
        x = tf.cast(tf.gather(images, batch), tf.float32) * scale + offset
        y = tf.cast(tf.gather(labels, batch), tf.int32)
        augmentation = self._recipe.augmentation
        if augmentation is not None:
            mirrored = None
            if augmentation.mirror and augmentation.alternate:
                epoch = self.step // self._epoch_steps(images)
                first = first_mirrored(tf.shape(images)[0], seed)
                mirrored = tf.not_equal(tf.gather(first, batch), epoch % 2 == 1)
            x = augment(x, augmentation, tf.stack([seed, tf.cast(self.step, tf.int32)]), mirrored)
        return x, y

    def _epoch_steps(self, images: Any) -> Any:
        """Return the steps of an epoch, () int64."""
        size = self._recipe.batch_size
        return tf.cast((tf.shape(images)[0] + size - 1) // size, tf.int64)

    def _differentiate(self, x: Any, y: Any) -> StepOutput:
        with tf.GradientTape() as tape:
            weights = self.weights.read_value()
            tape.watch(weights)
            logits, non_trainable, extra = self._forward(weights, x)
            loss = tf.reduce_mean(self._losses(y, logits))
            objective = tf.add_n([loss, *extra]) if extra else loss
        gradient = tape.gradient(objective, weights)
        if self._penalties is not None:
            gradient += 2.0 * self._penalties * weights
        return self._output(y, logits, loss, gradient, non_trainable, tf.constant(False))

    def _without_gradient(self, x: Any, y: Any) -> StepOutput:
        """Return what a batch gives if its gradient is zero: no logit has a gradient, no weight a penalty."""
        weights = self.weights.read_value()
        logits, non_trainable, extra = self._forward(weights, x)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = tf.reduce_mean(self._losses(y, logits))
        slopes = tape.gradient(loss, logits)
        unpenalized = self._penalties is None and not extra
        zero_gradient = tf.reduce_all(tf.equal(slopes, 0.0)) if unpenalized else tf.constant(False)
        return self._output(y, logits, loss, tf.zeros_like(weights), non_trainable, zero_gradient)

    def _forward(self, weights: Any, x: Any) -> tuple[Any, Any, Any]:
        """Return the logits in training mode, (N, classes) float32, the new non-trainable values, and the layers' own losses."""
        logits, non_trainable, extra = self._network.stateless_call(
            _unflatten(weights, self.layout.trainable),
            self._non_trainable_values(),
            x,
            training=True,
            return_losses=True,
        )
        return tf.cast(logits, tf.float32), non_trainable, extra

    def _output(
        self, y: Any, logits: Any, loss: Any, gradient: Any, non_trainable: Any, zero_gradient: Any
    ) -> StepOutput:
        moving, generators = self.layout.split(non_trainable, lambda value: tf.reshape(value, [-1]))
        correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.int32))
        return StepOutput(
            loss,
            correct,
            gradient,
            tf.concat(moving, 0) if moving else None,
            tf.stack(generators) if generators else None,
            zero_gradient,
        )

    def _losses(self, y: Any, logits: Any) -> Any:
        """Return the cross-entropy of each image in nats, (N,)."""
        smoothing, classes = self._recipe.label_smoothing, logits.shape[-1]
        target = tf.one_hot(y, classes) * (1.0 - smoothing) + smoothing / classes if smoothing else None
        if self._recipe.loss == "clipped":
            p = tf.clip_by_value(tf.nn.softmax(logits), 1e-7, 1.0 - 1e-7)
            if target is None:
                return -tf.math.log(tf.gather(p, y, batch_dims=1))
            return -tf.reduce_sum(target * tf.math.log(p), 1)
        if target is not None:
            return tf.nn.softmax_cross_entropy_with_logits(target, logits)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)

    def _update(self, output: StepOutput, rate: Any, steps: Any) -> None:
        """Take one step of the `steps` of the training."""
        if output.moving_statistics is not None:
            self.moving_statistics.assign(output.moving_statistics)
        if output.rng_state is not None:
            self.rng_state.assign(output.rng_state)
        self.step.assign_add(1)
        if self._recipe.weight_decay:
            optimizers.decay(self._recipe, self.weights, rate)
        before = None if self._rate_factors is None else tf.identity(self.weights.read_value())
        optimizers.apply(self._recipe, self.weights, self.optimizer_state, self.step, output.gradient, rate)
        if before is not None:  # every optimizer's update is proportional to its rate
            self.weights.assign(before + self._rate_factors * (self.weights.read_value() - before))
        if self._recipe.averaging:
            optimizers.average(self._recipe, self.weights, self.optimizer_state[-1], self.step, steps)

    def _predict(self, images: Any, scale: Any, offset: Any) -> Any:
        x = tf.cast(images, tf.float32) * scale + offset
        weights = _unflatten(self.weights.read_value(), self.layout.trainable)
        logits, _ = self._network.stateless_call(weights, self._non_trainable_values(), x, training=False)
        return tf.cast(logits, tf.float32)

    def _non_trainable_values(self) -> list[Any]:
        moving = _unflatten(self.moving_statistics.read_value(), self.layout.moving)
        return self.layout.non_trainable(moving, tf.unstack(self.rng_state.read_value()))


def _graph(function: Callable[..., Any], signature: Sequence[Any]) -> Any:
    """Compile a function. Its only loop is `tf.while_loop`, so it needs no AutoGraph, which takes two seconds to rewrite its source."""
    return tf.function(function, input_signature=signature, autograph=False)


def _unflatten(flat: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Split a flat tensor into parts of these shapes; differentiable."""
    if not shapes:
        return []
    parts = tf.split(flat, [math.prod(shape) for shape in shapes])
    return [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]

"""The training program of one architecture, image shape, recipe and precision: traced once, shared by cells and seeds.

All trainable weights lie in one flat vector, their optimizer's slots in vectors beside it, and the moving statistics in another, so that
a step updates everything in a handful of operations, and the state of a training is a few arrays. Many steps run in one
graph call, over images that stay in memory as uint8.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import models
from benchmarks.engine.model_size import multiply_adds
from benchmarks.engine.tensorflow import optimizers
from benchmarks.engine.tensorflow.augmentation import augment
from benchmarks.engine.tensorflow.initialization import fit_initial_weights
from benchmarks.engine.tensorflow.layers import accelerate
from benchmarks.engine.tensorflow.weights import (
    FIRST_SEED,
    Floats,
    assign,
    flat_weights,
    initial_weights,
    unflatten,
)
from benchmarks.experiment.recipe import Initialization, Recipe

EVALUATION_BATCH = 200


@dataclass(frozen=True)
class State:
    """A training between two steps; arrays only, so that it can be written down and taken up again."""

    weights: Floats
    """(trainable parameters,)"""
    slots: Floats
    """(slots of the optimizer, trainable parameters)"""
    moving: Floats
    """(non-trainable parameters,): moving means and variances of batch norms."""
    dice: NDArray[np.int64]
    """(random layers, 2): where the dropout generators stand."""
    step: int


@dataclass(frozen=True)
class Normalization:
    """What pixels are multiplied with and then shifted by, a channel; (C,) float32 each."""

    scale: Floats
    offset: Floats

    @classmethod
    def of(cls, pixels: str, images: NDArray[np.uint8]) -> Normalization:
        """The normalization that a recipe's ``pixels`` names, measured on training images (N, H, W, C)."""
        channels = images.shape[-1]
        if pixels != "standardized":
            scale = 1.0 if pixels == "raw" else 1.0 / 255.0
            return cls(np.full(channels, scale, np.float32), np.zeros(channels, np.float32))
        # Counting the 256 values is exact, and needs no float copy of the images.
        counts = np.stack([np.bincount(images[..., c].ravel(), minlength=256) for c in range(channels)])
        values = np.arange(256)
        mean = counts @ values / counts.sum(1)
        deviation = np.sqrt(np.maximum((counts @ values**2) / counts.sum(1) - mean**2, 1e-12))
        return cls((1.0 / deviation).astype(np.float32), (-mean / deviation).astype(np.float32))


@dataclass(frozen=True)
class Setup:
    """Seconds that a program cost before its first timed step."""

    build: float
    """Keras builds the layers."""
    trace: float
    """The graph is traced, optimized, and run for one step."""


class Found(NamedTuple):
    """What one batch gives, as tensors in a graph."""

    loss: Any
    """Mean cross-entropy."""
    hits: Any
    gradient: Any
    """(trainable parameters,), of weight penalties too."""
    moving: Any
    """As in :class:`State`; None where there is none."""
    dice: Any


class Program:
    """A compiled network with its optimizer. Not for two trainings at once: :meth:`load` begins another."""

    def __init__(
        self, architecture: str, shape: tuple[int, int, int], recipe: Recipe, precision: str = "float32"
    ) -> None:
        begin = time.perf_counter()
        self.architecture = architecture
        self._recipe = recipe
        self._plain = model = models.build(architecture, shape, seed=FIRST_SEED)
        self._first = flat_weights(model)
        self.parameters = (
            sum(int(np.prod(v.shape)) for v in model.trainable_weights),
            sum(int(np.prod(v.shape)) for v in model.non_trainable_weights),
        )
        """Trainable and non-trainable."""
        self.multiply_adds = multiply_adds(model)
        self._net, penalties = accelerate(model, precision)
        self._trainable = [tuple(v.shape) for v in self._net.trainable_variables]
        self._fixed = self._net.non_trainable_variables
        self._moving_shapes = [tuple(v.shape) for v in self._fixed if v.dtype == "float32"]
        rolls = len(self._fixed) - len(self._moving_shapes)
        self._penalties = tf.constant(penalties) if penalties.any() else None
        size, moving = self.parameters
        self._weights = tf.Variable(tf.zeros([size]))
        self._slots = [tf.Variable(tf.zeros([size])) for _ in range(optimizers.SLOTS[recipe.optimizer])]
        self._moving = tf.Variable(tf.zeros([moving]))
        self._dice = tf.Variable(tf.zeros([rolls, 2], tf.int64))
        self._step = tf.Variable(0, dtype=tf.int64)
        self._steps = tf.function(
            self._run_steps,
            input_signature=[
                tf.TensorSpec([None, *shape], tf.uint8),
                tf.TensorSpec([None], tf.uint8),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.float32),
                tf.TensorSpec([], tf.int32),
                tf.TensorSpec([shape[-1]], tf.float32),
                tf.TensorSpec([shape[-1]], tf.float32),
            ],
        )
        self._predict = tf.function(
            self._run_prediction,
            input_signature=[
                tf.TensorSpec([None, *shape], tf.uint8),
                tf.TensorSpec([shape[-1]], tf.float32),
                tf.TensorSpec([shape[-1]], tf.float32),
            ],
        )
        built = time.perf_counter()
        self._warm_up(shape)
        self.setup = Setup(build=built - begin, trace=time.perf_counter() - built)

    def start(
        self, seed: int, images: Any, pixels: Normalization, initialization: Initialization = "model"
    ) -> State:
        """The state before the first step: the seed's initial weights, zeroed slots.

        :param images: some training images, (N, H, W, C) uint8 tensor, for initial weights that are fitted to the data.
        """
        shape = tuple(self._net.input_shape[1:])
        weights, moving = (
            self._first if seed == FIRST_SEED else initial_weights(self.architecture, shape, seed)
        )
        if initialization != "model":
            assign(self._plain, weights, moving)
            scaled = tf.cast(images, tf.float32) * pixels.scale + pixels.offset
            fit_initial_weights(self._plain, scaled, initialization)
            weights, moving = flat_weights(self._plain)
        rolls = self._dice.shape[0]
        dice = np.random.SeedSequence([seed, 1]).generate_state(2 * rolls).reshape(rolls, 2)
        slots = np.zeros((len(self._slots), len(weights)), np.float32)
        return State(weights, slots, moving, dice.astype(np.int64), 0)

    def load(self, state: State) -> None:
        """Take up a training at this state.

        :raises ValueError: where the state is another architecture's.
        """
        if not self.fits(state):
            raise ValueError(
                f"a state of {state.weights.size:,} weights and {len(state.slots)} slots is not one of {self.architecture},"
                f" which has {self._weights.shape[0]:,} and {len(self._slots)}"
            )
        self._weights.assign(state.weights)
        for slot, value in zip(self._slots, state.slots, strict=True):
            slot.assign(value)
        self._moving.assign(state.moving)
        self._dice.assign(state.dice)
        self._step.assign(state.step)

    def fits(self, state: State) -> bool:
        """Whether a state has the shapes of this program's."""
        return (
            state.weights.shape == self._weights.shape
            and state.slots.shape == (len(self._slots), *self._weights.shape)
            and state.moving.shape == self._moving.shape
            and state.dice.shape == self._dice.shape
        )

    def state(self) -> State:
        """Where the training stands."""
        return State(
            self._weights.numpy(),
            np.stack([slot.numpy() for slot in self._slots]),
            self._moving.numpy(),
            self._dice.numpy(),
            int(self._step.numpy()),
        )

    def train(
        self,
        images: Any,
        labels: Any,
        order: NDArray[np.int32],
        rates: Floats,
        seed: int,
        pixels: Normalization,
    ) -> tuple[float, int]:
        """Run ``len(rates)`` steps.

        :param images: (N, H, W, C) uint8 tensor; :param labels: (N,) uint8 tensor.
        :param order: positions of the images of these steps, one batch after the other; the last may be short.
        :param rates: the learning rate of each step.
        :param seed: of the augmentation.
        :return: the sum of cross-entropies and the number of right answers over these images, seen before each update.
        """
        loss, right = self._steps(images, labels, order, rates, seed, pixels.scale, pixels.offset)
        return float(loss), int(right)

    def logits(self, images: Any, pixels: Normalization) -> Floats:
        """Outputs before the softmax, (N, classes) float32, of a uint8 tensor (N, H, W, C), in inference mode."""
        found = [
            self._predict(images[i : i + EVALUATION_BATCH], pixels.scale, pixels.offset)
            for i in range(0, len(images), EVALUATION_BATCH)
        ]
        return np.concatenate([part.numpy() for part in found])

    def keras_model(self) -> keras.Model:
        """The architecture as plain Keras, with the weights of this state, to save or to use elsewhere."""
        model = models.build(self.architecture, tuple(self._net.input_shape[1:]))
        assign(model, self._weights.numpy(), self._moving.numpy())
        return model

    def _warm_up(self, shape: tuple[int, int, int]) -> None:
        """Trace both functions and run each once, so that no timed step pays for it."""
        images = tf.zeros([self._recipe.batch_size, *shape], tf.uint8)
        labels = tf.zeros([self._recipe.batch_size], tf.uint8)
        pixels = Normalization(np.ones(shape[-1], np.float32), np.zeros(shape[-1], np.float32))
        order = np.arange(self._recipe.batch_size, dtype=np.int32)
        self.train(images, labels, order, np.zeros(1, np.float32), 0, pixels)
        self.logits(images[:1], pixels)

    def _run_steps(
        self, images: Any, labels: Any, order: Any, rates: Any, seed: Any, scale: Any, offset: Any
    ) -> Any:
        size = self._recipe.batch_size
        # Exact in float64, so that it does not matter into how many calls an epoch is cut.
        total, right = tf.constant(0.0, tf.float64), tf.constant(0)
        for i in tf.range(tf.size(rates)):
            batch = order[i * size : (i + 1) * size]
            loss, hits = self._one_batch(images, labels, batch, rates[i], seed, scale, offset)
            total += tf.cast(loss, tf.float64) * tf.cast(tf.size(batch), tf.float64)
            right += hits
        return total, right

    def _one_batch(
        self, images: Any, labels: Any, batch: Any, rate: Any, seed: Any, scale: Any, offset: Any
    ) -> Any:
        x = tf.cast(tf.gather(images, batch), tf.float32) * scale + offset
        y = tf.cast(tf.gather(labels, batch), tf.int32)
        if self._recipe.augmentation is not None:
            x = augment(x, self._recipe.augmentation, tf.stack([seed, tf.cast(self._step, tf.int32)]))
        found = self._differentiate(x, y)
        self._update(found, rate)
        return found.loss, found.hits

    def _differentiate(self, x: Any, y: Any) -> Found:
        with tf.GradientTape() as tape:
            weights = self._weights.read_value()
            tape.watch(weights)
            logits, fixed, extra = self._net.stateless_call(
                unflatten(weights, self._trainable),
                self._fixed_values(),
                x,
                training=True,
                return_losses=True,
            )
            logits = tf.cast(logits, tf.float32)
            loss = tf.reduce_mean(self._losses(y, logits))
            objective = tf.add_n([loss, *extra]) if extra else loss
        gradient = tape.gradient(objective, weights)
        if self._penalties is not None:
            gradient += 2.0 * self._penalties * weights
        moving = [tf.reshape(value, [-1]) for value in fixed if value.dtype == tf.float32]
        dice = [value for value in fixed if value.dtype != tf.float32]
        hits = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.int32))
        return Found(
            loss, hits, gradient, tf.concat(moving, 0) if moving else None, tf.stack(dice) if dice else None
        )

    def _update(self, found: Found, rate: Any) -> None:
        if found.moving is not None:
            self._moving.assign(found.moving)
        if found.dice is not None:
            self._dice.assign(found.dice)
        self._step.assign_add(1)
        optimizers.apply(self._recipe, self._weights, self._slots, self._step, found.gradient, rate)

    def _losses(self, y: Any, logits: Any) -> Any:
        if self._recipe.loss == "clipped":
            p = tf.clip_by_value(tf.nn.softmax(logits), 1e-7, 1.0 - 1e-7)
            return -tf.math.log(tf.gather(p, y, batch_dims=1))
        smoothing, classes = self._recipe.label_smoothing, logits.shape[-1]
        if smoothing:
            target = tf.one_hot(y, classes) * (1.0 - smoothing) + smoothing / classes
            return tf.nn.softmax_cross_entropy_with_logits(target, logits)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)

    def _run_prediction(self, images: Any, scale: Any, offset: Any) -> Any:
        x = tf.cast(images, tf.float32) * scale + offset
        weights = unflatten(self._weights.read_value(), self._trainable)
        logits, _ = self._net.stateless_call(weights, self._fixed_values(), x, training=False)
        return tf.cast(logits, tf.float32)

    def _fixed_values(self) -> list[Any]:
        """Values of the network's non-trainable variables, in its order."""
        moving = iter(unflatten(self._moving.read_value(), self._moving_shapes))
        dice = iter(tf.unstack(self._dice.read_value()))
        return [next(moving) if v.dtype == "float32" else next(dice) for v in self._fixed]


@functools.lru_cache(maxsize=32)
def _program(architecture: str, shape: tuple[int, int, int], recipe: Recipe, precision: str) -> Program:
    return Program(architecture, shape, recipe, precision)


def program_for(
    architecture: str,
    shape: tuple[int, int, int],
    recipe: Recipe,
    precision: str = "float32",
) -> tuple[Program, bool]:
    """The program of this network and recipe, and whether it was traced in this call: a process traces it once.

    What is not part of the graph (epochs, learning rate and its schedule, pixel scaling, initial weights) does not need another one.
    """
    static = replace(
        recipe,
        epochs=1,
        learning_rate=1.0,
        schedule="constant",
        warmup=0.0,
        pixels="raw",
        initialization="model",
    )
    before = _program.cache_info().misses
    program = _program(architecture, shape, static, precision)
    return program, _program.cache_info().misses > before

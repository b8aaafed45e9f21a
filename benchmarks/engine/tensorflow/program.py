"""The training program of one architecture, image shape, recipe and precision: traced once, shared by cells and seeds."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import models
from benchmarks.engine.interface import (
    DeviceData,
    Floats,
    Normalization,
    SetupSeconds,
    Shape,
    TrainState,
    of_steps,
)
from benchmarks.engine.model_size import multiply_adds
from benchmarks.engine.networks.initialization import adapt_layers, fit_initial_weights
from benchmarks.engine.networks.weights import FIRST_SEED, assign, flat_weights
from benchmarks.engine.tensorflow.layers import replace_layers
from benchmarks.engine.tensorflow.steps import Steps
from benchmarks.experiment.recipe import Initialization, Recipe

EVALUATION_BATCH = 200


class Program:
    """A compiled network with its optimizer; an `interface.Program`."""

    def __init__(
        self,
        architecture: str,
        shape: Shape,
        recipe: Recipe,
        precision: str = "float32",
        classes: int = 10,
    ) -> None:
        """Build the network and trace its graphs.

        Args:
            architecture: A name of `models.names()`.
            shape: Of an image.
            recipe: Decides what a step does.
            precision: `float32` or `mixed_bfloat16`.
            classes: Of the data set.
        """
        start_time = time.perf_counter()
        self.architecture = architecture
        self._shape, self._classes, self._batch_size = shape, classes, recipe.batch_size
        self._model = models.build(architecture, shape, classes, seed=FIRST_SEED)
        self._first = flat_weights(self._model)
        self._adapts = any(hasattr(layer, "adapt") for layer in self._model.layers)
        weights, moving_statistics = self._first
        self.parameters = len(weights), len(moving_statistics)
        self.multiply_adds = multiply_adds(self._model)
        self._steps = Steps(*replace_layers(self._model, precision, recipe.norm_momentum), recipe)
        built = time.perf_counter()
        self._warm_up()
        self.setup = SetupSeconds(build=built - start_time, trace=time.perf_counter() - built)

    @property
    def whole_epochs(self) -> bool:
        """A graph runs any number of steps."""
        return False

    def prepare(self, data: DeviceData) -> float:
        """Do nothing: the graphs take data sets of any size."""
        return 0.0

    def start(
        self, seed: int, images: Any, normalization: Normalization, initialization: Initialization = "model"
    ) -> TrainState:
        """Return the state before the first step: see `interface.Program.start`."""
        weights, moving_statistics = (
            self._first
            if seed == FIRST_SEED
            else _initial_weights(self.architecture, self._shape, self._classes, seed)
        )
        if initialization != "model" or self._adapts:
            assign(self._model, weights, moving_statistics)
            scaled = tf.cast(images, tf.float32) * normalization.scale + normalization.offset
            adapt_layers(self._model, scaled)
            if initialization != "model":
                fit_initial_weights(self._model, scaled, initialization, moments)
            weights, moving_statistics = flat_weights(self._model)
        generators = self._steps.rng_state.shape[0]
        rng_state = np.random.SeedSequence([seed, 1]).generate_state(2 * generators).reshape(generators, 2)
        optimizer_state = np.zeros((len(self._steps.optimizer_state), len(weights)), np.float32)
        return TrainState(weights, optimizer_state, moving_statistics, rng_state.astype(np.int64), 0)

    def load(self, state: TrainState) -> None:
        """Continue from this state.

        Raises:
            ValueError: The state is another architecture's or optimizer's.
        """
        steps = self._steps
        if not self.fits(state):
            raise ValueError(
                f"a state of {state.weights.size:,} weights and {len(state.optimizer_state)} optimizer vectors does not fit"
                f" {self.architecture}, which has {steps.weights.shape[0]:,} and {len(steps.optimizer_state)}"
            )
        steps.weights.assign(state.weights)
        for variable, value in zip(steps.optimizer_state, state.optimizer_state, strict=True):
            variable.assign(value)
        steps.moving_statistics.assign(state.moving_statistics)
        steps.rng_state.assign(state.rng_state)
        steps.step.assign(state.step)

    def fits(self, state: TrainState) -> bool:
        """Whether a state has the shapes of this program's."""
        steps = self._steps
        return (
            state.weights.shape == steps.weights.shape
            and state.optimizer_state.shape == (len(steps.optimizer_state), *steps.weights.shape)
            and state.moving_statistics.shape == steps.moving_statistics.shape
            and state.rng_state.shape == steps.rng_state.shape
        )

    def state(self) -> TrainState:
        """Copy the present state."""
        steps = self._steps
        return TrainState(
            steps.weights.numpy(),
            np.stack([variable.numpy() for variable in steps.optimizer_state]),
            steps.moving_statistics.numpy(),
            steps.rng_state.numpy(),
            int(steps.step.numpy()),
        )

    def train(
        self,
        images: Any,
        labels: Any,
        order: NDArray[np.int32],
        rates: Floats,
        seed: int,
        normalization: Normalization,
    ) -> tuple[float, int]:
        """Run `len(rates)` steps: see `interface.Program.train`."""
        loss, correct = self._steps.train(
            images, labels, order, rates, seed, normalization.scale, normalization.offset
        )
        return float(loss), int(correct)

    def train_without_gradients(
        self,
        images: Any,
        labels: Any,
        order: NDArray[np.int32],
        rates: Floats,
        seed: int,
        normalization: Normalization,
    ) -> tuple[float, int] | None:
        """Run steps whose gradients are all zero: see `interface.Program.train_without_gradients`."""
        loss, correct, still = self._steps.train_without_gradients(
            images, labels, order, rates, seed, normalization.scale, normalization.offset
        )
        return (float(loss), int(correct)) if still else None

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        """Return the outputs before the softmax in inference mode, (N, classes), of images (N, H, W, C) uint8."""
        parts = [
            self._steps.predict(images[i : i + EVALUATION_BATCH], normalization.scale, normalization.offset)
            for i in range(0, len(images), EVALUATION_BATCH)
        ]
        return np.concatenate([part.numpy() for part in parts])

    def keras_model(self) -> keras.Model:
        """Return the architecture as plain Keras, with the weights of the present state."""
        model = models.build(self.architecture, self._shape, self._classes)
        assign(model, self._steps.weights.numpy(), self._steps.moving_statistics.numpy())
        return model

    def _warm_up(self) -> None:
        """Trace both graphs and run each once, so that no timed step pays for it."""
        size, channels = self._batch_size, self._shape[-1]
        images, labels = tf.zeros([size, *self._shape], tf.uint8), tf.zeros([size], tf.uint8)
        unchanged = Normalization(np.ones(channels, np.float32), np.zeros(channels, np.float32))
        self.train(images, labels, np.arange(size, dtype=np.int32), np.zeros(1, np.float32), 0, unchanged)
        self.logits(images[:1], unchanged)


def moments(values: Any, axes: Sequence[int]) -> tuple[Any, Any]:
    """Return mean and deviation over some axes, as `networks.initialization.Moments`."""
    mean, variance = tf.nn.moments(values, axes)
    return mean, tf.sqrt(variance)


@functools.lru_cache(maxsize=32)
def _initial_weights(architecture: str, shape: Shape, classes: int, seed: int) -> tuple[Floats, Floats]:
    """Return the trainable and the non-trainable weights of a new model, each as a flat vector."""
    return flat_weights(models.build(architecture, shape, classes, seed=seed))


@functools.lru_cache(maxsize=32)
def _program(architecture: str, shape: Shape, recipe: Recipe, precision: str, classes: int) -> Program:
    return Program(architecture, shape, recipe, precision, classes)


def program_for(
    architecture: str, shape: Shape, recipe: Recipe, precision: str = "float32", classes: int = 10
) -> tuple[Program, bool]:
    """Return the program of this network and recipe, and whether this call built it: see `interface.Engine.program_for`."""
    before = _program.cache_info().misses
    program = _program(architecture, shape, of_steps(recipe), precision, classes)
    return program, _program.cache_info().misses > before

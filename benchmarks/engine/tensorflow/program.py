"""The training program of one architecture, image shape, recipe and precision: traced once, shared by cells and seeds."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import models
from benchmarks.engine.interface import (
    EVALUATION_BATCH,
    DeviceData,
    Floats,
    Normalization,
    SetupSeconds,
    Shape,
    TrainState,
)
from benchmarks.engine.networks.network import Network
from benchmarks.engine.networks.program import NetworkProgram
from benchmarks.engine.networks.programs import Programs
from benchmarks.engine.tensorflow.layers import replace_layers
from benchmarks.engine.tensorflow.steps import Steps
from benchmarks.experiment.recipe import Recipe


class Program(NetworkProgram):
    """A compiled network with its optimizer; an `interface.Program`."""

    whole_epochs = False  # a graph runs any number of steps

    def __init__(
        self,
        architecture: str,
        shape: Shape,
        recipe: Recipe,
        precision: str = "float32",
        classes: int = 10,
    ) -> None:
        """Build the network and trace its graphs; takes what `interface.Engine.program_for` does."""
        start_time = time.perf_counter()
        self._shape, self._batch_size = shape, recipe.batch_size
        network = Network(architecture, shape, classes, models.build, moments)
        self._steps = Steps(*replace_layers(network.model, precision, recipe.norm_momentum), recipe)
        super().__init__(network, recipe, self._steps.layout)
        built = time.perf_counter()
        self._warm_up()
        self.setup = SetupSeconds(build=built - start_time, trace=time.perf_counter() - built)

    def prepare(self, data: DeviceData, further: Collection[int] = ()) -> float:
        """Do nothing: the graphs take any number of images."""
        return 0.0

    def _put(self, state: TrainState) -> None:
        steps = self._steps
        steps.weights.assign(state.weights)
        for variable, value in zip(steps.optimizer_state, state.optimizer_state, strict=True):
            variable.assign(value)
        steps.moving_statistics.assign(state.moving_statistics)
        steps.rng_state.assign(state.rng_state)
        steps.step.assign(state.step)

    def state(self) -> TrainState:
        """Copy the current state."""
        steps = self._steps
        return TrainState(
            steps.weights.numpy(),
            np.stack([variable.numpy() for variable in steps.optimizer_state]),
            steps.moving_statistics.numpy(),
            steps.rng_state.numpy(),
            int(steps.step.numpy()),
        )

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int]:
        """Run `len(rates)` steps: see `interface.Program.train`."""
        losses, correct, _ = self._steps.train(*_arguments(data, order, rates, seed))
        return losses.numpy(), int(correct)

    def train_without_gradients(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int] | None:
        """Run steps whose gradients are all zero: see `interface.Program.train_without_gradients`."""
        losses, correct, zero_gradients = self._steps.train_without_gradients(
            *_arguments(data, order, rates, seed)
        )
        return (losses.numpy(), int(correct)) if zero_gradients else None

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        """Return the outputs before the softmax in inference mode, (N, classes), of images (N, H, W, C) uint8."""
        parts = [
            self._steps.predict(images[i : i + EVALUATION_BATCH], normalization.scale, normalization.offset)
            for i in range(0, len(images), EVALUATION_BATCH)
        ]
        return np.concatenate([part.numpy() for part in parts])

    def _warm_up(self) -> None:
        """Trace training and prediction and run each once, so that no timed step pays for it.

        The graph without gradients is traced by the first epoch that uses it, once a network freezes.
        """
        size, channels = self._batch_size, self._shape[-1]
        images, labels = tf.zeros([size, *self._shape], tf.uint8), tf.zeros([size], tf.uint8)
        unchanged = Normalization(np.ones(channels, np.float32), np.zeros(channels, np.float32))
        data = DeviceData(images, labels, images[:1], np.zeros(1, np.uint8), unchanged, seconds=0.0)
        self.train(data, np.arange(size, dtype=np.int32), np.zeros(1, np.float32), 0)
        self.logits(data.x_test, unchanged)


def _arguments(data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int) -> tuple[Any, ...]:
    """Return what the training graphs take."""
    normalization = data.normalization
    return data.x_train, data.y_train, order, rates, seed, normalization.scale, normalization.offset


def moments(values: Any, axes: Sequence[int]) -> tuple[Any, Any]:
    """Return mean and standard deviation over some axes, as `networks.initialization.Moments`."""
    mean, variance = tf.nn.moments(values, axes)
    return mean, tf.sqrt(variance)


program_for = Programs(Program)

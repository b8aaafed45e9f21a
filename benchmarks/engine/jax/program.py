"""The training program of one architecture, image shape, recipe and precision on JAX: built once, compiled once per size of data set."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import (
    DeviceData,
    Floats,
    Normalization,
    SetupSeconds,
    Shape,
    TrainState,
)
from benchmarks.engine.jax.initial_weights import build, without_draws
from benchmarks.engine.jax.layers import replace_layers
from benchmarks.engine.jax.steps import Data, State, Steps
from benchmarks.engine.networks.network import FIRST_SEED, Network
from benchmarks.engine.networks.program import NetworkProgram
from benchmarks.engine.networks.programs import Programs
from benchmarks.experiment.recipe import Recipe

Compiled = Callable[..., Any]


class Program(NetworkProgram):
    """A compiled network with its optimizer; an `interface.Program`.

    JAX compiles for the shapes of all arrays. On a processor one program runs any number of steps up to an epoch's; a GPU would have to
    ask the host after each step whether it was the last, so there the number is part of the program, and an epoch is one call.
    """

    def __init__(
        self,
        architecture: str,
        shape: Shape,
        recipe: Recipe,
        precision: str = "float32",
        classes: int = 10,
        *,
        on_processor: bool | None = None,
    ) -> None:
        """Build the network; it is compiled when the size of the data is known.

        It takes what `interface.Engine.program_for` does, and `on_processor`: whether to take the form for a processor, not that for a
        GPU; None: by the device.
        """
        start_time = time.perf_counter()
        self._shape, self._batch_size = shape, recipe.batch_size
        network = Network(architecture, shape, classes, build, _moments)
        if on_processor is None:
            on_processor = jax.default_backend() == "cpu"
        self.whole_epochs = not on_processor
        with without_draws():
            self._steps = Steps(
                *replace_layers(network.model, precision, recipe.norm_momentum, on_processor=on_processor),
                recipe,
            )
        super().__init__(network, recipe, self._steps.layout)
        self._compiled: dict[tuple[Any, ...], Compiled] = {}
        self._state = self._on_device(self._sizes.first(FIRST_SEED, *network.first))
        self.setup = SetupSeconds(build=time.perf_counter() - start_time, trace=0.0)

    def prepare(self, data: DeviceData, further: Collection[int] = ()) -> float:
        """Compile for numbers of images, and return the seconds this took: see `interface.Program.prepare`."""
        start_time = time.perf_counter()
        count, size = len(data.x_train), self._batch_size
        for steps, batch in ((count // size, size), (1, count % size)):
            if steps and batch:
                self._training(data.x_train, data.y_train, steps, batch)
        for images in (len(data.x_test), *further):
            self._prediction(images)
        return time.perf_counter() - start_time

    def _put(self, state: TrainState) -> None:
        self._state = self._on_device(state)

    def state(self) -> TrainState:
        """Copy the current state."""
        state = self._state
        return TrainState(
            np.array(state.weights),
            np.array(state.optimizer_state),
            np.array(state.moving_statistics),
            np.asarray(state.rng_state).astype(np.int64),
            int(state.step),
        )

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int]:
        """Run `len(rates)` steps: see `interface.Program.train`."""
        size = self._batch_size
        losses, correct, whole = [], 0, len(order) // size
        capacity = max(1, len(data.x_train) // size)
        normalization = data.normalization
        read = Data(data.x_train, data.y_train, normalization.scale, normalization.offset)
        cuts = [(i, min(i + capacity, whole), size) for i in range(0, whole, capacity)]
        if whole < len(rates):
            cuts.append((whole, whole + 1, len(order) - whole * size))
        for first, end, batch in cuts:
            part = order[first * size : first * size + (end - first) * batch]
            found, right = self._run(read, part.reshape(end - first, batch), rates[first:end], seed)
            losses.append(found)
            correct += right
        return np.concatenate(losses), correct

    def train_without_gradients(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int] | None:
        """Return None and change nothing: this would be another program to compile, so `train` computes the gradients."""
        return None

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        """Return the outputs before the softmax in inference mode, (N, classes), of images (N, H, W, C) uint8."""
        predict = self._prediction(len(images))
        return np.asarray(predict(self._state, images, normalization.scale, normalization.offset))

    def _run(self, data: Data, order: NDArray[np.int32], rates: Floats, seed: int) -> tuple[Floats, int]:
        count, batch = order.shape
        exact = self.whole_epochs or batch < self._batch_size
        capacity = count if exact else max(1, len(data.images) // batch)
        call = self._training(data.images, data.labels, capacity, batch)
        padding = capacity - count
        self._state, losses, correct = call(
            self._state,
            data,
            np.pad(order, ((0, padding), (0, 0))),
            np.pad(rates, (0, padding)),
            np.uint32(seed),
            np.int32(count),
        )
        return np.asarray(losses)[:count], int(correct)

    def _training(self, images: Any, labels: Any, steps: int, batch: int) -> Compiled:
        """Return the compiled training of up to `steps` steps; on a GPU, of exactly that many."""

        def compiled() -> Compiled:
            train = (
                functools.partial(self._steps.train, count=steps) if self.whole_epochs else self._steps.train
            )
            channels = jax.ShapeDtypeStruct((self._shape[-1],), jnp.float32)
            shapes = (
                self._state,
                Data(images, labels, channels, channels),
                jax.ShapeDtypeStruct((steps, batch), jnp.int32),
                jax.ShapeDtypeStruct((steps,), jnp.float32),
                jax.ShapeDtypeStruct((), jnp.uint32),
            )
            if self.whole_epochs:
                alone = jax.jit(train, donate_argnums=0).lower(*shapes).compile()
                return lambda *given: alone(*given[:-1])
            count = jax.ShapeDtypeStruct((), jnp.int32)
            whole: Compiled = jax.jit(train, donate_argnums=0).lower(*shapes, count).compile()
            return whole

        return self._once(("train", images.shape, steps, batch), compiled)

    def _prediction(self, count: int) -> Compiled:
        """Return the compiled prediction of this many images."""
        images = jax.ShapeDtypeStruct((count, *self._shape), jnp.uint8)
        channels = jax.ShapeDtypeStruct((self._shape[-1],), jnp.float32)
        return self._once(
            ("predict", count),
            lambda: jax.jit(self._steps.predict).lower(self._state, images, channels, channels).compile(),
        )

    def _once(self, key: tuple[Any, ...], compiled: Callable[[], Compiled]) -> Compiled:
        if key not in self._compiled:
            self._compiled[key] = compiled()
        return self._compiled[key]

    @staticmethod
    def _on_device(state: TrainState) -> State:
        """Copy a state; JAX may otherwise use NumPy's memory, which steps would then overwrite."""
        return State(
            jnp.array(state.weights, copy=True),
            jnp.array(state.optimizer_state, copy=True),
            jnp.array(state.moving_statistics, copy=True),
            jnp.array(state.rng_state.astype(np.uint32), copy=True),
            jnp.array(state.step, jnp.int32),
        )


def _moments(values: Any, axes: Sequence[int]) -> tuple[Any, Any]:
    mean = jnp.mean(values, tuple(axes), keepdims=True)
    sd = jnp.sqrt(jnp.mean(jnp.square(values - mean), tuple(axes)))
    return jnp.squeeze(mean, tuple(axes)), sd


program_for = Programs(Program)

"""What the suite asks of a training framework: an engine, its programs, and the plain values that pass between them.

An engine is the package of its framework, such as `benchmarks.engine.tensorflow`, whose functions are those of `Engine`; another
framework is another package beside it and another name in `experiment.backend.BACKENDS`. Nothing here imports a framework, and neither
does the package until `Engine.start` is called. One process has one backend: see `engine.backend`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiment.recipe import Initialization, Recipe

Floats = NDArray[np.float32]
Shape = tuple[int, int, int]
"""Height, width and channels of one image."""
EVALUATION_BATCH = 200
"""Images per batch of an evaluation, in every engine."""


@dataclass(frozen=True)
class Threads:
    """Sizes of a framework's thread pools; 0 leaves the choice to the framework (one thread per core)."""

    intra_op: int = 0
    inter_op: int = 0


DEFAULT_THREADS = Threads()


@dataclass(frozen=True)
class SetupSeconds:
    """Seconds that a program cost before its first timed step."""

    build: float
    """Building the layers."""
    trace: float
    """Tracing and compiling the steps, and running each once."""


@dataclass(frozen=True)
class TrainState:
    """A training between two steps; arrays only, so that it can be stored and resumed."""

    weights: Floats
    """(trainable parameters,)"""
    optimizer_state: Floats
    """(vectors of the optimizer, trainable parameters); the averaged weights, where a recipe averages, are the last"""
    moving_statistics: Floats
    """(non-trainable parameters,): moving means and variances of batch norms."""
    rng_state: NDArray[np.int64]
    """(random layers, 2): the states of the dropout generators."""
    step: int
    """Steps taken so far."""


@dataclass(frozen=True)
class Normalization:
    """What pixels are multiplied by and then shifted by, per channel; (C,) float32 each."""

    scale: Floats
    offset: Floats

    @classmethod
    def of(cls, pixels: str, images: NDArray[np.uint8]) -> Normalization:
        """Measure the normalization that a recipe asks for.

        Args:
            pixels: A recipe's `pixels`: `raw`, `unit` or `standardized`.
            images: Training images, (N, H, W, C) uint8.
        """
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


class LabelledImages(Protocol):
    """What a training needs of a data set; `datasets.Dataset` is one."""

    @property
    def x_train(self) -> NDArray[np.uint8]:
        """(N, H, W, C)"""
        ...

    @property
    def y_train(self) -> NDArray[np.uint8]:
        """(N,)"""
        ...

    @property
    def x_test(self) -> NDArray[np.uint8]:
        """(M, H, W, C)"""
        ...

    @property
    def y_test(self) -> NDArray[np.uint8]:
        """(M,)"""
        ...


@dataclass(frozen=True)
class DeviceData:
    """A data set as an engine's own arrays, which stay in memory, with the normalization of its pixels."""

    x_train: Any
    """(N, H, W, C) uint8"""
    y_train: Any
    """(N,) uint8"""
    x_test: Any
    """(M, H, W, C) uint8"""
    y_test: NDArray[np.uint8]
    """(M,)"""
    normalization: Normalization
    seconds: float
    """Seconds that measuring and copying took."""


class Program(Protocol):
    """A compiled network with its optimizer, for one architecture, image shape, recipe and precision.

    It runs one training at a time: `load` begins another. The images that it is given are arrays of its engine.
    """

    @property
    def parameters(self) -> tuple[int, int]:
        """Trainable and non-trainable parameters."""
        ...

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one image's forward pass."""
        ...

    @property
    def setup(self) -> SetupSeconds: ...

    @property
    def whole_epochs(self) -> bool:
        """Whether an epoch is best run in one call; otherwise any number of steps is as good as another."""
        ...

    def prepare(self, data: DeviceData) -> float:
        """Compile what depends on the size of a data set, and return the seconds this took.

        It costs nothing the second time. Without it, the first calls take longer.
        """
        ...

    def start(
        self, seed: int, images: Any, normalization: Normalization, initialization: Initialization = "model"
    ) -> TrainState:
        """Return the state before the first step: the seed's initial weights, a zeroed optimizer.

        Args:
            seed: The same seed gives the same state, bit for bit.
            images: Some training images, (N, H, W, C) uint8, for initial weights that are fitted to the data.
            normalization: Of these images.
            initialization: Of the recipe.
        """
        ...

    def load(self, state: TrainState) -> None:
        """Continue from this state.

        Raises:
            ValueError: The state does not fit the program.
        """
        ...

    def fits(self, state: TrainState) -> bool:
        """Whether a state has the shapes of this program's."""
        ...

    def state(self) -> TrainState:
        """Copy the current state."""
        ...

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[float, int]:
        """Run `len(rates)` steps.

        Args:
            data: Its training images are used.
            order: Positions of the images of these steps, batch after batch; the last batch may be smaller.
            rates: The learning rate of each step.
            seed: Of the augmentation.

        Returns:
            The sum of the cross-entropies (nats) and the number of correct answers over these images, each seen before the
            update of its batch.
        """
        ...

    def train_without_gradients(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[float, int] | None:
        """Run steps whose gradients are all zero, with a forward pass alone: everything else ends as after `train`.

        Args:
            data: As for `train`, like the others.
            order: Positions of the images of these steps.
            rates: The learning rate of each step.
            seed: Of the augmentation.

        Returns:
            What `train` returns; None where a step has a gradient, or the engine cannot tell: the state is then to be loaded again.
        """
        ...

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        """Return the outputs before the softmax in inference mode, (N, classes), of images (N, H, W, C) uint8."""
        ...


class Engine(Protocol):
    """A training framework."""

    @property
    def LIBRARIES(self) -> tuple[str, ...]:  # noqa: N802 - a constant of the package
        """Distributions of which another version may compute other bits."""
        ...

    def start(self, threads: Threads = DEFAULT_THREADS) -> float:
        """Import the framework and return the seconds this took; 0 where it has started. Everything else needs it first.

        The threads of a process are those of the first call.

        Raises:
            ImportError: The framework cannot be imported.
            BackendTaken: This process has begun with another backend.
        """
        ...

    def machine(self) -> dict[str, Any]:
        """Return what trainings in this process run on, for `machine_info`, as plain JSON values; it starts nothing.

        `backend`, `device` (`CPU`, or the names of GPUs), `matmul_precision` (what float32 products are computed in, once started),
        `intra_op_threads` and `inter_op_threads` (0: the framework chose), and what else the framework's results or times depend on.
        """
        ...

    def on_processor(self) -> bool:
        """Whether trainings will run on a processor, as far as is known before the start."""
        ...

    def to_device(self, data: LabelledImages, pixels: str) -> DeviceData:
        """Copy a data set to where the steps read it, and measure the normalization that a recipe's `pixels` names."""
        ...

    def program_for(
        self,
        architecture: str,
        shape: Shape,
        recipe: Recipe,
        precision: str = "float32",
        classes: int = 10,
    ) -> tuple[Program, bool]:
        """Return the program of this network and recipe, and whether this call built it: a process builds each once.

        Args:
            architecture: A name of `models.names()`.
            shape: Of an image.
            recipe: What is not part of the steps (epochs, learning rate, schedule, pixels, initial weights) needs no other program.
            precision: `float32` or `mixed_bfloat16`.
            classes: Of the data set, 2 to 256.
        """
        ...


def of_steps(recipe: Recipe) -> Recipe:
    """Return the recipe with what is no part of the steps taken out: recipes that agree in the rest share a program."""
    return replace(
        recipe,
        # How far a training has come decides how much an average keeps.
        epochs=recipe.epochs if recipe.averaging else 1,
        learning_rate=1.0,
        schedule="constant",
        warmup=0.0,
        pixels="raw",
        initialization="model",
    )

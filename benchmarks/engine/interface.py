"""What the suite asks of a training framework: an engine, its programs, and the plain values that pass between them.

An engine is a package with the functions of `Engine`, such as `benchmarks.engine.tensorflow`; another framework takes another package
and another name in `experiment.backend.BACKENDS`. Nothing here imports a framework, nor does such a package before `Engine.start`.
One process has one backend: see `engine.backend`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiment.recipe import Initialization, Recipe

Floats = NDArray[np.float32]
Shape = tuple[int, int, int]
"""Height, width and channels of one image."""
EVALUATION_BATCH = 200
"""Images per batch when an engine evaluates."""


@dataclass(frozen=True)
class Threads:
    """Sizes of a framework's thread pools; 0 leaves the choice to the framework (one thread per core)."""

    intra_op: int = 0
    inter_op: int = 0


DEFAULT_THREADS = Threads()


@dataclass(frozen=True)
class SetupSeconds:
    """Seconds that a new program took before its first timed step."""

    build: float
    """Building the layers."""
    trace: float
    """Tracing the steps and running each once; 0 where `prepare` compiles."""


@dataclass(frozen=True)
class TrainState:
    """A training between two steps; arrays only, so that it can be stored and resumed."""

    weights: Floats
    """(trainable parameters,)"""
    optimizer_state: Floats
    """(vectors, trainable parameters): the optimizer's vectors, then the averaged weights if the recipe averages."""
    moving_statistics: Floats
    """(non-trainable parameters,): moving means and variances of batch norms, and frozen kernels."""
    rng_state: NDArray[np.int64]
    """(dropout layers, 2): the states of their generators."""
    step: int
    """Steps taken so far."""


@dataclass(frozen=True)
class Normalization:
    """The factor of each channel's pixels, and what is then added to them; (C,) float32 each."""

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
        sd = np.sqrt(np.maximum((counts @ values**2) / counts.sum(1) - mean**2, 1e-12))
        return cls((1.0 / sd).astype(np.float32), (-mean / sd).astype(np.float32))


class LabelledImages(Protocol):
    """What a training needs of a data set; `datasets.Dataset` is one."""

    @property
    def x_train(self) -> NDArray[np.uint8]:
        """Training images, (N, H, W, C) uint8."""
        ...

    @property
    def y_train(self) -> NDArray[np.uint8]:
        """Their classes, (N,) uint8."""
        ...

    @property
    def x_test(self) -> NDArray[np.uint8]:
        """Test images, (M, H, W, C) uint8."""
        ...

    @property
    def y_test(self) -> NDArray[np.uint8]:
        """Their classes, (M,) uint8."""
        ...


@dataclass(frozen=True)
class DeviceData:
    """A data set in an engine's own arrays, which stay in memory, with the normalization of its pixels."""

    x_train: Any
    """(N, H, W, C) uint8"""
    y_train: Any
    """(N,) uint8"""
    x_test: Any
    """(M, H, W, C) uint8"""
    y_test: NDArray[np.uint8]
    """(M,) uint8, in NumPy"""
    normalization: Normalization
    seconds: float
    """Seconds that measuring it and copying took."""


class Program(Protocol):
    """A compiled network with its optimizer, for one architecture, image shape, recipe and precision.

    It runs one training at a time: `load` begins another. It takes images as arrays of its engine.
    """

    @property
    def parameters(self) -> tuple[int, int]:
        """Numbers of trainable and non-trainable parameters."""
        ...

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one image's forward pass."""
        ...

    @property
    def setup(self) -> SetupSeconds:
        """Seconds that building and tracing took."""
        ...

    @property
    def whole_epochs(self) -> bool:
        """Whether `train` is best called once per epoch; otherwise any number of steps per call will do."""
        ...

    def prepare(self, data: DeviceData, further: Collection[int] = ()) -> float:
        """Compile what depends on numbers of images, and return the seconds this took: next to none the second time.

        Args:
            data: What it will be trained on and evaluated on.
            further: Numbers of images in other calls of `logits`.
        """
        ...

    def start(
        self, seed: int, images: Any, normalization: Normalization, initialization: Initialization = "model"
    ) -> TrainState:
        """Return the state before the first step: the seed's initial weights, a zeroed optimizer.

        Args:
            seed: The same seed gives the same state, bit for bit.
            images: Some training images, (N, H, W, C) uint8, for initial weights that are fitted to the data.
            normalization: That of these images.
            initialization: That of the recipe.
        """
        ...

    def load(self, state: TrainState) -> None:
        """Continue from this state.

        Raises:
            ValueError: The state does not fit the program.
        """
        ...

    def fits(self, state: TrainState) -> bool:
        """Whether a state's arrays have the shapes of this program's."""
        ...

    def state(self) -> TrainState:
        """Copy the current state."""
        ...

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int]:
        """Run `len(rates)` steps.

        Args:
            data: Only its training images are used.
            order: Positions of the images of these steps, (images,), batch after batch; the last batch may be smaller.
            rates: The learning rate of each step, (steps,).
            seed: The augmentation's.

        Returns:
            The mean cross-entropy (nats) of each step's batch, (steps,), and the number of correct answers over these images, each
            seen before the update of its batch.
        """
        ...

    def train_without_gradients(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int] | None:
        """Run steps whose gradients are all zero by a forward pass alone; arguments and final state are those of `train`.

        Returns:
            As `train`; None where a step has a gradient, or the engine cannot tell: the caller must then load the state again.
        """
        ...

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        """Return the outputs before the softmax in inference mode, (N, classes), of images (N, H, W, C) uint8."""
        ...


class Engine(Protocol):
    """A training framework."""

    @property
    def LIBRARIES(self) -> tuple[str, ...]:  # noqa: N802 - a constant of the package
        """Distributions; another version of one may compute other bits."""
        ...

    def settings(self) -> dict[str, str]:
        """Return the environment variables that decide a training's bits, as `start` sets them; unset ones are left out.

        Numbers of threads are none of them, although they decide bits too: see `execution.resume_key`.
        """
        ...

    def start(self, threads: Threads = DEFAULT_THREADS) -> float:
        """Import the framework and return the seconds this took; 0 if it has started. Everything else needs it first.

        The threads of a process are those of the first call.

        Raises:
            ImportError: The framework cannot be imported.
            BackendTaken: This process has begun with another backend.
        """
        ...

    def machine(self) -> dict[str, Any]:
        """Return what trainings in this process run on, for `machine_info`, as plain JSON values; this imports nothing.

        `backend`, `device` (`CPU`, or the names of GPUs), `matmul_precision` (what float32 products are computed in, once started),
        `intra_op_threads` and `inter_op_threads` (0: the framework chose; None: not known before the start, or it has no such number),
        and whatever else affects the framework's results or times.
        """
        ...

    def on_processor(self) -> bool:
        """Whether trainings will run on a processor, as far as is known before the start."""
        ...

    def to_device(self, data: LabelledImages, pixels: str) -> DeviceData:
        """Copy a data set to where the steps read it, and measure the normalization for a recipe's `pixels`."""
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
            shape: Height, width and channels of an image.
            recipe: Recipes whose steps agree (see `of_steps`) share a program.
            precision: `float32` or `mixed_bfloat16`.
            classes: Number of classes, 2 to 256.

        Raises:
            ValueError: The architecture is unknown, or cannot be built for these images.
        """
        ...


def of_steps(recipe: Recipe) -> Recipe:
    """Return the recipe without what is not part of its steps: recipes that agree in the rest share a program."""
    return replace(
        recipe,
        # What an average keeps depends on the share of all steps taken.
        epochs=recipe.epochs if recipe.averaging else 1,
        learning_rate=1.0,
        schedule="constant",
        warmup=0.0,
        pixels="raw",
        initialization="model",
    )

"""One training: epochs over a data set with a seed, evaluated after each epoch, timed without the evaluation."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiment.recipe import Recipe

if TYPE_CHECKING:  # a stored training is read without TensorFlow
    from benchmarks.engine.tensorflow.program import Normalization, Program, State

CHUNK_SECONDS = 2.0
"""About how long one graph call runs: between two, progress is told, and a signal gets through."""

INITIAL_IMAGES = 128
"""Training images that a data-dependent initialization looks at."""


class Data(Protocol):
    """What a training needs of a data set; ``datasets.Dataset`` is one."""

    @property
    def x_train(self) -> NDArray[np.uint8]: ...
    @property
    def y_train(self) -> NDArray[np.uint8]: ...
    @property
    def x_test(self) -> NDArray[np.uint8]: ...
    @property
    def y_test(self) -> NDArray[np.uint8]: ...


@dataclass(frozen=True)
class Resident:
    """A data set as tensors that stay in memory, with what its pixels are normalized by."""

    x_train: Any
    y_train: Any
    x_test: Any
    y_test: NDArray[np.uint8]
    pixels: Normalization
    seconds: float
    """What it cost to bring it there."""

    @classmethod
    def of(cls, data: Data, pixels: str) -> Resident:
        import tensorflow as tf

        from benchmarks.engine.tensorflow.program import Normalization

        begin = time.perf_counter()
        normalization = Normalization.of(pixels, data.x_train)
        x_train, y_train, x_test = (tf.constant(a) for a in (data.x_train, data.y_train, data.x_test))
        took = time.perf_counter() - begin
        return cls(x_train, y_train, x_test, np.asarray(data.y_test), normalization, took)


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch; losses are cross-entropies in nats, without weight penalties."""

    loss: float
    """Mean over the training images as they were seen, before each update."""
    accuracy: float
    val_loss: float
    """On the test images, after the epoch. Nothing is chosen by it."""
    val_accuracy: float
    seconds: float
    """Training alone."""
    evaluation_seconds: float
    constant: bool
    """Every test image got the same answer."""


@dataclass(frozen=True)
class Checkpoint:
    """A training after whole epochs."""

    state: State
    history: tuple[Epoch, ...]


@dataclass(frozen=True)
class Training:
    """A finished training."""

    seed: int
    history: tuple[Epoch, ...]
    predictions: NDArray[np.uint8]
    """Class of each test image after the last epoch, (test images,)."""
    weights_sha256: str
    """Of all weights after the last step: equal digests are equal bits."""

    @property
    def loss(self) -> float:
        return self.history[-1].val_loss

    @property
    def accuracy(self) -> float:
        return self.history[-1].val_accuracy

    @property
    def seconds(self) -> float:
        return math.fsum(epoch.seconds for epoch in self.history)

    @property
    def divergence(self) -> tuple[Literal["nan", "dead"], int] | None:
        """Whether and since which epoch (from 1) the loss was not finite, or every image got the same answer."""
        for number, epoch in enumerate(self.history, 1):
            if not (math.isfinite(epoch.loss) and math.isfinite(epoch.val_loss)):
                return "nan", number
        alive = [number for number, epoch in enumerate(self.history, 1) if not epoch.constant]
        since = max(alive, default=0) + 1
        return ("dead", since) if since <= len(self.history) else None


@dataclass(frozen=True)
class Moment:
    """Where a training stands, for the one who waits for it."""

    epoch: int
    epochs: int
    step: int
    steps: int
    """Of the whole training."""
    loss: float
    accuracy: float
    images_per_second: float


Watch = Callable[[Moment], None]


@dataclass
class _Tally:
    """Sums over the chunks of one epoch."""

    loss: float = 0.0
    right: int = 0
    images: int = 0
    seconds: float = 0.0

    def add(self, loss: float, right: int, images: int, seconds: float) -> None:
        self.loss += loss
        self.right += right
        self.images += images
        self.seconds += seconds

    def moment(self, epoch: int, epochs: int, step: int, steps: int) -> Moment:
        loss, accuracy = self.loss / self.images, self.right / self.images
        return Moment(epoch, epochs, step, steps, loss, accuracy, self.images / self.seconds)


def train(
    program: Program,
    data: Resident,
    recipe: Recipe,
    seed: int,
    *,
    watch: Watch | None = None,
    begin: Checkpoint | None = None,
    keep: Callable[[Checkpoint], None] | None = None,
) -> Training:
    """Train from the seed's initial weights, or from a checkpoint, to the recipe's last epoch.

    A loss that is not finite ends the training with that epoch: nothing after it could be learnt.

    :param watch: is told of every chunk of steps.
    :param keep: is given the state after each epoch but the last.
    """
    images = int(data.x_train.shape[0])
    steps = recipe.steps(images)
    rates = recipe.rates(steps * recipe.epochs)
    history = list(begin.history) if begin else []
    program.load(
        begin.state
        if begin
        else program.start(seed, data.x_train[:INITIAL_IMAGES], data.pixels, recipe.initialization)
    )
    predictions = np.zeros(len(data.y_test), np.uint8)
    pace = recipe.batch_size * 4.0  # images a second: a low guess, so that the first chunk is short
    for number in range(len(history), recipe.epochs):
        order = _order(images, seed, number)
        tally = _Tally()
        at, done = number * steps, 0
        while done < steps and math.isfinite(tally.loss):
            # About as many steps a graph call as take CHUNK_SECONDS.
            ahead = min(steps - done, max(1, round(pace * CHUNK_SECONDS / recipe.batch_size)))
            part = order[done * recipe.batch_size : (done + ahead) * recipe.batch_size]
            chunk = rates[at + done : at + done + ahead]
            start = time.perf_counter()
            loss, right = program.train(data.x_train, data.y_train, part, chunk, seed, data.pixels)
            seconds = time.perf_counter() - start
            tally.add(loss, right, len(part), seconds)
            done += ahead
            pace = len(part) / seconds
            if watch:
                watch(tally.moment(number + 1, recipe.epochs, at + done, steps * recipe.epochs))
        start = time.perf_counter()
        val_loss, predictions = evaluate(program, data)
        history.append(
            Epoch(
                loss=tally.loss / tally.images,
                accuracy=tally.right / tally.images,
                val_loss=val_loss,
                val_accuracy=float(np.mean(predictions == data.y_test)),
                seconds=tally.seconds,
                evaluation_seconds=time.perf_counter() - start,
                constant=len(np.unique(predictions)) == 1 and len(np.unique(data.y_test)) > 1,
            )
        )
        if not (math.isfinite(tally.loss) and math.isfinite(val_loss)):
            break
        if keep and number + 1 < recipe.epochs:
            keep(Checkpoint(program.state(), tuple(history)))
    state = program.state()
    digest = hashlib.sha256(state.weights.tobytes() + state.moving.tobytes()).hexdigest()
    return Training(seed, tuple(history), predictions, digest)


def evaluate(program: Program, data: Resident) -> tuple[float, NDArray[np.uint8]]:
    """Mean cross-entropy (nats) on the test images, and the class given to each, (N,) uint8."""
    logits = program.logits(data.x_test, data.pixels).astype(np.float64)
    shifted = logits - logits.max(1, keepdims=True)
    normalizers = np.log(np.exp(shifted).sum(1))
    losses = normalizers - shifted[np.arange(len(logits)), data.y_test]
    return float(losses.mean()), logits.argmax(1).astype(np.uint8)


def _order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """The order in which an epoch (from 0) takes the training images."""
    return np.random.default_rng([seed, epoch, 0]).permutation(images).astype(np.int32)

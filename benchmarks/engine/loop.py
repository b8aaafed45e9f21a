"""One training: epochs over a data set with one seed, evaluated after each epoch, timed without the evaluation.

It runs any engine's program and knows no framework.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import DeviceData, Floats, Program, TrainState
from benchmarks.experiment.recipe import Recipe
from benchmarks.metrics.measures import accuracy, cross_entropy
from benchmarks.metrics.outputs import Outputs

CHUNK_SECONDS = 2.0
"""About how long one call of a program's steps runs: between two, progress is reported, and a signal gets through."""

INITIAL_IMAGES = 128
"""Training images that a data-dependent initialization looks at."""


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch; losses are cross-entropies in nats, without weight penalties."""

    loss: float
    """Mean over the training images, each seen before the update of its batch."""
    accuracy: float
    """Share of the training images (0..1), seen as for the loss."""
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

    state: TrainState
    history: tuple[Epoch, ...]


@dataclass(frozen=True)
class Training:
    """A finished training."""

    seed: int
    history: tuple[Epoch, ...]
    outputs: Outputs
    """On the test images after the last epoch."""
    weights_sha256: str
    """Of all weights after the last step: equal digests are equal bits."""

    @property
    def loss(self) -> float:
        """On the test images, after the last epoch."""
        return self.history[-1].val_loss

    @property
    def accuracy(self) -> float:
        """On the test images, after the last epoch (0..1)."""
        return self.history[-1].val_accuracy

    @property
    def seconds(self) -> float:
        """Training alone, all epochs."""
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
class ProgressEvent:
    """How far a training has come."""

    epoch: int
    """From 1."""
    epochs: int
    step: int
    """Steps taken so far, of the whole training."""
    steps: int
    """Of the whole training."""
    loss: float
    """Mean over the epoch so far."""
    accuracy: float
    """Over the epoch so far (0..1)."""
    images_per_second: float


OnProgress = Callable[[ProgressEvent], None]


def train(
    program: Program,
    data: DeviceData,
    recipe: Recipe,
    seed: int,
    *,
    on_progress: OnProgress | None = None,
    checkpoint: Checkpoint | None = None,
    save_checkpoint: Callable[[Checkpoint], None] | None = None,
) -> Training:
    """Train from the seed's initial weights, or from a checkpoint, to the recipe's last epoch.

    A loss that is not finite ends the training with that epoch: nothing could be learnt after it.

    Args:
        program: Built for this recipe; its state is replaced.
        data: What it trains on and is evaluated on.
        recipe: How it is trained.
        seed: Decides initial weights, the order of images, dropout and augmentation.
        on_progress: Called after every chunk of steps.
        checkpoint: Of the same training, to be continued.
        save_checkpoint: Called after each epoch but the last.
    """
    if checkpoint is None:
        first_images = data.x_train[:INITIAL_IMAGES]
        program.load(program.start(seed, first_images, data.normalization, recipe.initialization))
        history: list[Epoch] = []
    else:
        program.load(checkpoint.state)
        history = list(checkpoint.history)
    runner = _EpochRunner(program, data, recipe, seed, on_progress)
    outputs = Outputs(np.zeros((0, 2)), np.zeros(0, np.uint8))
    for number in range(len(history), recipe.epochs):
        totals = runner.run_epoch(number)
        start_time = time.perf_counter()
        outputs = evaluate(program, data)
        val_loss = cross_entropy(outputs)
        history.append(
            Epoch(
                loss=totals.loss / totals.images,
                accuracy=totals.correct / totals.images,
                val_loss=val_loss,
                val_accuracy=accuracy(outputs),
                seconds=totals.seconds,
                evaluation_seconds=time.perf_counter() - start_time,
                constant=len(np.unique(outputs.predictions)) == 1 and len(np.unique(data.y_test)) > 1,
            )
        )
        if not (math.isfinite(totals.loss) and math.isfinite(val_loss)):
            break
        if save_checkpoint and number + 1 < recipe.epochs:
            save_checkpoint(Checkpoint(program.state(), tuple(history)))
    return Training(seed, tuple(history), outputs, _digest(program.state()))


def evaluate(program: Program, data: DeviceData) -> Outputs:
    """Return the network's outputs on the test images."""
    return Outputs.of(program.logits(data.x_test, data.normalization), data.y_test)


def epoch_order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order in which an epoch (from 0) takes the training images, (images,)."""
    return np.random.default_rng([seed, epoch, 0]).permutation(images).astype(np.int32)


@dataclass
class _Totals:
    """Sums over the chunks of one epoch."""

    loss: float = 0.0
    correct: int = 0
    images: int = 0
    seconds: float = 0.0

    def add(self, loss: float, correct: int, images: int, seconds: float) -> None:
        self.loss += loss
        self.correct += correct
        self.images += images
        self.seconds += seconds


class _EpochRunner:
    """The steps of one training, an epoch at a time, in calls of about `CHUNK_SECONDS`."""

    def __init__(
        self, program: Program, data: DeviceData, recipe: Recipe, seed: int, on_progress: OnProgress | None
    ) -> None:
        self._program, self._data, self._recipe, self._seed = program, data, recipe, seed
        self._on_progress = on_progress
        self._images = int(data.x_train.shape[0])
        self._per_epoch = recipe.steps(self._images)
        self._rates: Floats = recipe.rates(self._per_epoch * recipe.epochs)
        self._images_per_second = recipe.batch_size * 4.0  # a low guess, so that the first chunk is short

    def run_epoch(self, number: int) -> _Totals:
        """Run the steps of an epoch (from 0), or those up to a loss that is not finite."""
        size = self._recipe.batch_size
        order = epoch_order(self._images, self._seed, number)
        rates = self._rates[number * self._per_epoch : (number + 1) * self._per_epoch]
        totals, done = _Totals(), 0
        while done < self._per_epoch and math.isfinite(totals.loss):
            # About as many steps per call as take CHUNK_SECONDS.
            ahead = max(1, round(self._images_per_second * CHUNK_SECONDS / size))
            end = min(done + ahead, self._per_epoch)
            self._run(order[done * size : end * size], rates[done:end], totals)
            done = end
            self._report(number, done, totals)
        return totals

    def _run(self, order: NDArray[np.int32], rates: Floats, totals: _Totals) -> None:
        data = self._data
        start_time = time.perf_counter()
        loss, correct = self._program.train(
            data.x_train, data.y_train, order, rates, self._seed, data.normalization
        )
        seconds = time.perf_counter() - start_time
        totals.add(loss, correct, len(order), seconds)
        self._images_per_second = len(order) / seconds

    def _report(self, number: int, done: int, totals: _Totals) -> None:
        if self._on_progress is None:
            return
        epochs = self._recipe.epochs
        self._on_progress(
            ProgressEvent(
                epoch=number + 1,
                epochs=epochs,
                step=number * self._per_epoch + done,
                steps=self._per_epoch * epochs,
                loss=totals.loss / totals.images,
                accuracy=totals.correct / totals.images,
                images_per_second=totals.images / totals.seconds,
            )
        )


def _digest(state: TrainState) -> str:
    return hashlib.sha256(state.weights.tobytes() + state.moving_statistics.tobytes()).hexdigest()

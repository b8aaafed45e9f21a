"""One training: epochs over a data set with one seed, an evaluation after each; training and evaluation are timed apart.

It runs the program of any engine and knows no framework.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import DeviceData, Floats, Program, TrainState
from benchmarks.experiment.recipe import Recipe
from benchmarks.metrics.measures import accuracy, cross_entropy
from benchmarks.metrics.outputs import Outputs

CHUNK_SECONDS = 2.0
"""About how long one call of a program's steps runs; between calls, progress is reported and signals get through."""

INITIAL_IMAGES = 128
"""Training images that a data-dependent initialization looks at."""


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch; losses are cross-entropies in nats, without weight penalties."""

    number: int
    """From 1; it decides the order of images and the learning rates."""
    steps: int
    """Number of batches."""
    loss: float
    """Mean over the training images, each seen before the update of its batch."""
    accuracy: float
    """Share of the training images answered correctly (0..1), seen as for the loss."""
    val_loss: float
    """Mean over the test images, after the epoch; nothing is selected by it."""
    val_accuracy: float
    """Share of the test images answered correctly (0..1), after the epoch."""
    seconds: float
    """Of training alone."""
    evaluation_seconds: float
    constant: bool
    """Every test image got the same answer; False where all are of one class, so that one answer is right."""
    still: bool = False
    """It left every weight and moving statistic as it was, bit for bit."""
    without_gradients: bool = False
    """No image had a gradient, so none was computed."""


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
    """Digest of all weights after the last step: equal digests mean equal bits."""

    @property
    def accuracy(self) -> float:
        """Share of the test images answered correctly after the last epoch (0..1)."""
        return self.history[-1].val_accuracy

    @property
    def divergence(self) -> tuple[Literal["nan", "dead"], int] | None:
        """Whether and since which epoch (from 1) the loss was not finite, or every test image got the same answer."""
        for number, epoch in enumerate(self.history, 1):
            if not (math.isfinite(epoch.loss) and math.isfinite(epoch.val_loss)):
                return "nan", number
        alive = [number for number, epoch in enumerate(self.history, 1) if not epoch.constant]
        since = max(alive, default=0) + 1
        return ("dead", since) if since <= len(self.history) else None

    @property
    def frozen(self) -> int | None:
        """The first epoch (from 1) from which no weight changed again; None unless later ones ran, all without gradients.

        It is always None on JAX, whose engine does not look for such epochs.
        """
        trained = [number for number, epoch in enumerate(self.history, 1) if not epoch.without_gradients]
        since = max(trained, default=1)
        return since if since < len(self.history) and self.history[since - 1].still else None


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
_Steps = Callable[[DeviceData, NDArray[np.int32], Floats, int], tuple[Floats, int] | None]
"""`Program.train`, or `Program.train_without_gradients`."""


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

    A loss that is not finite ends the training with that epoch: nothing could be learnt after it. After an epoch that has changed no
    weight, the next one is a forward pass alone as long as no image has a gradient: weights, optimizer, random states and figures end
    as after training, bit for bit; its seconds are those of the forward pass.

    Args:
        program: Built for this recipe; its state is replaced.
        data: What it trains on and is evaluated on.
        recipe: How to train.
        seed: Decides initial weights, the order of images, dropout and augmentation.
        on_progress: Called after every chunk of steps.
        checkpoint: The same training, unfinished, to be continued.
        save_checkpoint: Called after each epoch but the last.

    Raises:
        ValueError: The checkpoint does not fit the program.
    """
    if checkpoint is None:
        first_images = data.x_train[:INITIAL_IMAGES]
        program.load(program.start(seed, first_images, data.normalization, recipe.initialization))
        history: list[Epoch] = []
    else:
        program.load(checkpoint.state)
        history = list(checkpoint.history)
    watch = _Watch(program, history)
    runner = _EpochRunner(program, data, recipe, seed, on_progress)
    outputs: Outputs | None = None
    for number in range(len(history), recipe.epochs):
        totals = runner.run_epoch(number, watch.held if watch.unchanged else None)
        start_time = time.perf_counter()
        watch.compare()
        if outputs is None or not watch.unchanged:
            outputs = evaluate(program, data)
        history.append(totals.epoch(number + 1, outputs, start_time, still=watch.unchanged))
        watch.hold(history)
        if not (math.isfinite(totals.loss) and math.isfinite(history[-1].val_loss)):
            break
        if save_checkpoint and number + 1 < recipe.epochs:
            save_checkpoint(Checkpoint(program.state(), tuple(history)))
    assert outputs is not None, "a checkpoint is of an unfinished training"
    return Training(seed, tuple(history), outputs, _digest(program.state()))


def evaluate(program: Program, data: DeviceData) -> Outputs:
    """Return the network's outputs on the test images."""
    return Outputs.of(program.logits(data.x_test, data.normalization), data.y_test)


def epoch_order(images: int, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order in which an epoch (from 0) takes the training images: their positions, (images,)."""
    return np.random.default_rng([seed, epoch, 0]).permutation(images).astype(np.int32)


class _Watch:
    """Notices an epoch that changes no weight.

    Weights are copied only where the figures suggest such an epoch, so that a network that learns pays nothing. Only the history decides
    this, so that a resumed training watches as if it had never stopped.
    """

    def __init__(self, program: Program, history: Sequence[Epoch]) -> None:
        self._program = program
        self.held: TrainState | None = None
        """The state after the last epoch, if the next one may change nothing."""
        self.unchanged = bool(history) and history[-1].still
        """Whether the last epoch changed nothing."""
        self.hold(history)

    def compare(self) -> None:
        """Compare the weights with those that are held, if any, and hold the current ones instead."""
        self.unchanged = False
        if self.held is not None:
            before, self.held = self.held, self._program.state()
            self.unchanged = _digest(before) == _digest(self.held)

    def hold(self, history: Sequence[Epoch]) -> None:
        """Hold the weights if all test images got one answer, or their loss is as it was; let go of them otherwise."""
        last = history[-2:]
        as_it_was = len(last) == 2 and last[0].val_loss == last[1].val_loss
        if not (as_it_was or (last and last[-1].constant)):
            self.held = None
        elif self.held is None:
            self.held = self._program.state()


@dataclass
class _Totals:
    """Sums over the chunks of one epoch."""

    losses: list[float] = field(default_factory=list)
    """Of each step, the sum over its images."""
    correct: int = 0
    images: int = 0
    steps: int = 0
    seconds: float = 0.0
    without_gradients: bool = False

    @property
    def loss(self) -> float:
        """Mean over the images; rounded once, since the machine's speed decides where calls end, and must not decide the figure."""
        return math.fsum(self.losses) / self.images

    def add(self, losses: Iterable[float], correct: int, images: int, steps: int, seconds: float) -> None:
        self.losses += losses
        self.correct += correct
        self.images += images
        self.steps += steps
        self.seconds += seconds

    def epoch(self, number: int, outputs: Outputs, start_time: float, *, still: bool) -> Epoch:
        """Return the figures of an epoch (from 1), whose evaluation began at `start_time` (`time.perf_counter`) and ends here."""
        return Epoch(
            number=number,
            steps=self.steps,
            loss=self.loss,
            accuracy=self.correct / self.images,
            val_loss=cross_entropy(outputs),
            val_accuracy=accuracy(outputs),
            seconds=self.seconds,
            constant=outputs.constant,
            still=still,
            without_gradients=self.without_gradients,
            evaluation_seconds=time.perf_counter() - start_time,
        )


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

    def run_epoch(self, number: int, held: TrainState | None) -> _Totals:
        """Run the steps of an epoch (from 0).

        Args:
            number: Number of the epoch.
            held: The current state if the epoch may have no gradient: it is then tried without, and repeated if it has one.
        """
        if held is not None:
            totals = self._run_epoch(number, self._program.train_without_gradients)
            if totals is not None:
                totals.without_gradients = True
                return totals
            self._program.load(held)
        totals = self._run_epoch(number, self._program.train)
        assert totals is not None, "only steps without gradients can fail"
        return totals

    def _run_epoch(self, number: int, steps: _Steps) -> _Totals | None:
        size = self._recipe.batch_size
        order = epoch_order(self._images, self._seed, number)
        rates = self._rates[number * self._per_epoch : (number + 1) * self._per_epoch]
        totals, done = _Totals(), 0
        # A loss that is not finite ends nothing: where a call ends depends on the machine, and weights and figures must not.
        while done < self._per_epoch:
            # About as many steps per call as take CHUNK_SECONDS.
            ahead = max(1, round(self._images_per_second * CHUNK_SECONDS / size))
            end = self._per_epoch if self._program.whole_epochs else min(done + ahead, self._per_epoch)
            if not self._run(steps, order[done * size : end * size], rates[done:end], totals):
                return None
            done = end
            self._report(number, done, totals)
        return totals

    def _run(self, steps: _Steps, order: NDArray[np.int32], rates: Floats, totals: _Totals) -> bool:
        start_time = time.perf_counter()
        found = steps(self._data, order, rates, self._seed)
        seconds = time.perf_counter() - start_time
        if found is None:
            return False
        losses, correct = found
        images = np.full(len(rates), self._recipe.batch_size)
        images[-1] -= images.sum() - len(order)  # the last batch may be smaller
        totals.add((images * losses.astype(np.float64)).tolist(), correct, len(order), len(rates), seconds)
        self._images_per_second = len(order) / seconds
        return True

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
                loss=totals.loss,
                accuracy=totals.correct / totals.images,
                images_per_second=totals.images / totals.seconds,
            )
        )


def _digest(state: TrainState) -> str:
    digest = hashlib.sha256(state.weights.data)
    digest.update(state.moving_statistics.data)
    return digest.hexdigest()

"""The training loop: what it asks of a program, what it tells and stores, and times that leave evaluation out."""

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.engine import loop
from benchmarks.engine.interface import DeviceData, Floats, Normalization, SetupSeconds, TrainState
from benchmarks.engine.loop import Checkpoint, Epoch, ProgressEvent, Training
from benchmarks.engine.loop import train as run
from benchmarks.experiment.recipe import Recipe
from benchmarks.metrics.outputs import Outputs
from tests.support.tiny_data import PLAIN, Images
from tests.support.traced_memory import traced


@dataclass
class Recorder:
    """A program without a framework: notes what it is asked, learns nothing."""

    orders: list[NDArray[np.int32]] = field(default_factory=list)
    rates: list[Floats] = field(default_factory=list)
    losses: Sequence[float] = ()
    """Loss of the steps of each call of `train`; 2 once they are used up."""
    parameters = (1, 1)
    whole_epochs = False
    multiply_adds = 0
    setup = SetupSeconds(build=0.0, trace=0.0)

    def start(self, *given: Any, **named: Any) -> TrainState:
        nothing = np.zeros(1, np.float32)
        return TrainState(nothing, nothing[None], nothing, np.zeros((0, 2), np.int64), 0)

    def state(self) -> TrainState:
        """Other weights after every call of `train`."""
        return replace(self.start(), weights=np.array([len(self.orders)], np.float32))

    def fits(self, state: TrainState) -> bool:
        return True

    def load(self, state: TrainState) -> None:
        pass

    def prepare(self, data: DeviceData, further: Collection[int] = ()) -> float:
        return 0.0

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int]:
        loss = self.losses[len(self.orders)] if len(self.orders) < len(self.losses) else 2.0
        self.orders.append(order)
        self.rates.append(rates)
        return np.full(len(rates), loss, np.float32), len(order) // 2

    def train_without_gradients(self, *given: Any) -> None:
        """It cannot tell."""

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        return np.zeros((len(images), 10), np.float32)


def run_recorded(
    data: Images, recipe: Recipe, seed: int = 0, *, recorder: Recorder | None = None, **rest: Any
) -> tuple[Recorder, Training]:
    recorder = recorder or Recorder()
    arrays = DeviceData(
        data.x_train, data.y_train, data.x_test, data.y_test, Normalization.of("raw", data.x_train), 0.0
    )
    return recorder, run(recorder, arrays, recipe, seed, **rest)


def test_every_epoch_takes_every_image_once_in_an_order_of_its_own(data: Images) -> None:
    recorder, training = run_recorded(data, PLAIN)
    order = np.concatenate(recorder.orders)
    assert len(order) == 3 * 70
    epochs = order.reshape(3, 70)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), np.arange(70))
    assert len({epoch.tobytes() for epoch in epochs}) == 3
    again, other = run_recorded(data, PLAIN)[0], run_recorded(data, PLAIN, seed=1)[0]
    np.testing.assert_array_equal(np.concatenate(again.orders), order)
    assert not np.array_equal(np.concatenate(other.orders), order)
    assert [e.loss for e in training.history] == [2.0] * 3
    assert [e.accuracy for e in training.history] == pytest.approx([0.5] * 3, abs=0.02)
    assert [(e.number, e.steps) for e in training.history] == [(1, 5), (2, 5), (3, 5)]


def test_epochs_keep_their_numbers_when_a_training_goes_on(data: Images) -> None:
    kept: list[Checkpoint] = []
    _, whole = run_recorded(data, PLAIN, save_checkpoint=kept.append)
    _, resumed = run_recorded(data, PLAIN, checkpoint=kept[1])
    assert [(e.number, e.steps) for e in resumed.history] == [(e.number, e.steps) for e in whole.history]


@dataclass
class Sleeper(Recorder):
    """Its one weight moves in some epochs only, and is what every other image's answer depends on."""

    moves: Sequence[float] = ()
    """What each epoch adds to the weight; where that is 0, no image has a gradient."""
    constant: bool = False
    """Whether all images have one answer."""
    whole_epochs = True
    at: TrainState = field(default_factory=lambda: Recorder().start())

    def state(self) -> TrainState:
        return self.at

    def load(self, state: TrainState) -> None:
        self.at = state

    def train(self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int) -> Any:
        moved = self.at.weights + np.float32(self.moves[self.at.step])
        self.at = replace(self.at, weights=moved, step=self.at.step + 1)
        return np.full(len(rates), 2.0, np.float32), 0

    def train_without_gradients(self, *given: Any) -> Any:
        return None if self.moves[self.at.step] else self.train(*given)

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        answers = np.zeros(len(images), int) if self.constant else np.arange(len(images)) % 10
        found: Floats = np.eye(10, dtype=np.float32)[answers] * (1 + self.at.weights)
        return found


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("moves", [[1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 3], [0, 0, 0, 3, 0, 0]], ids=str)
def test_a_training_that_may_be_frozen_ends_the_same_wherever_it_was_stopped(
    data: Images, moves: list[float], constant: bool
) -> None:
    def run_from(checkpoint: Checkpoint | None) -> tuple[Any, ...]:
        sleeper = Sleeper(moves=moves, constant=constant)
        _, training = run_recorded(
            data, recipe, recorder=sleeper, checkpoint=checkpoint, save_checkpoint=kept.append
        )
        epochs = [replace(epoch, seconds=0.0, evaluation_seconds=0.0) for epoch in training.history]
        return epochs, training.frozen, training.outputs.logits.tolist()

    recipe, kept = replace(PLAIN, epochs=len(moves)), list[Checkpoint]()
    whole = run_from(None)
    assert whole[2][0][0] == 1 + sum(moves)
    for checkpoint in kept.copy():
        assert run_from(checkpoint) == whole


def test_the_schedule_runs_over_all_epochs(data: Images) -> None:
    recipe = replace(PLAIN, schedule="one_cycle")
    recorder, _ = run_recorded(data, recipe)
    np.testing.assert_array_equal(np.concatenate(recorder.rates), recipe.rates(3 * 5))


@dataclass
class Timed(Recorder):
    """Takes a second an image to train, and a thousand to evaluate."""

    now: float = 0.0

    def train(self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int) -> Any:
        self.now += len(order)
        return super().train(data, order, rates, seed)

    def logits(self, images: Any, normalization: Normalization) -> Floats:
        self.now += 1000
        return super().logits(images, normalization)


def test_evaluation_is_timed_apart(data: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    timed = Timed()
    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: timed.now))
    _, training = run_recorded(data, PLAIN, recorder=timed)
    assert [epoch.seconds for epoch in training.history] == [len(data.x_train)] * PLAIN.epochs
    assert [epoch.evaluation_seconds for epoch in training.history] == [1000] * PLAIN.epochs


def test_a_loss_that_is_no_number_ends_the_training_with_its_epoch(train: Any) -> None:
    kept: list[Checkpoint] = []
    train(PLAIN, save_checkpoint=kept.append)
    broken = replace(kept[0].state, weights=np.full_like(kept[0].state.weights, np.nan))
    training = train(PLAIN, checkpoint=Checkpoint(broken, kept[0].history))
    assert training.divergence == ("nan", 2)
    assert len(training.history) == 2
    assert math.isnan(training.history[-1].loss)


def test_the_epoch_of_a_loss_that_is_no_number_is_the_last_and_has_all_its_steps(
    data: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a call ends depends on the machine, and what is left of such a training must not."""
    monkeypatch.setattr(loop, "CHUNK_SECONDS", 0.0)  # a call for each step
    saved: list[Checkpoint] = []
    losses = [*[1.0] * 5, 1.0, math.nan]
    recorder, training = run_recorded(
        data, PLAIN, recorder=Recorder(losses=losses), save_checkpoint=saved.append
    )
    assert training.divergence == ("nan", 2)
    assert [len(order) for order in recorder.orders] == [16, 16, 16, 16, 6] * 2
    assert [epoch.steps for epoch in training.history] == [5, 5]
    assert [len(checkpoint.history) for checkpoint in saved] == [1]


@dataclass
class Scattered(Recorder):
    """In each epoch one large loss, and then small ones, each of which is lost if it alone is added to the large one in float64."""

    done: int = 0
    """Steps so far."""

    def train(
        self, data: DeviceData, order: NDArray[np.int32], rates: Floats, seed: int
    ) -> tuple[Floats, int]:
        found, self.done = SCATTERED[self.done : self.done + len(rates)], self.done + len(rates)
        return found, 0


SCATTERED = np.tile(np.array([1e8, *[3e-9] * 34], np.float32), 3)


@pytest.mark.parametrize("chunk", [0.0, 1e-5, 1e9])
def test_the_loss_of_an_epoch_is_rounded_once_wherever_its_calls_end(
    data: Images, chunk: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHUNK_SECONDS", chunk)
    _, training = run_recorded(data, replace(PLAIN, batch_size=2), recorder=Scattered())
    expected = [
        float(sum(2 * Fraction(float(loss)) for loss in epoch)) / 70 for epoch in SCATTERED.reshape(3, 35)
    ]
    assert [epoch.loss for epoch in training.history] == expected


@pytest.mark.parametrize(
    ("constant", "losses", "expected"),
    [
        ([False, False, False], [2.0, 1.0, 1.0], None),
        ([True, False, False], [2.0, 1.0, 1.0], None),  # a slow start
        ([False, True, False], [2.0, 1.0, 1.0], None),  # it came back
        ([False, True, True], [2.0, 1.0, 1.0], ("dead", 2)),
        ([False, False, True], [2.0, 1.0, 1.0], ("dead", 3)),
        ([True, True, True], [2.0, 1.0, 1.0], ("dead", 1)),
        ([False, True], [2.0, math.nan], ("nan", 2)),
        ([True, True], [math.inf, math.nan], ("nan", 1)),
    ],
)
def test_divergence_names_its_kind_and_epoch(
    constant: list[bool], losses: list[float], expected: tuple[str, int] | None
) -> None:
    history = tuple(
        Epoch(1 + i, 4, loss, 0.1, 2.3, 0.1, 1.0, 0.5, flat)
        for i, (flat, loss) in enumerate(zip(constant, losses, strict=True))
    )
    training = Training(0, history, Outputs(np.zeros((3, 10)), np.zeros(3, np.uint8)), "")
    assert training.divergence == expected


def test_the_digest_is_of_all_weights(train: Any, data: Images) -> None:
    still = replace(PLAIN, learning_rate=0.0, epochs=1)
    first = train(still)
    assert train(still, on=_mirrored(data)).weights_sha256 != first.weights_sha256


def test_the_digest_is_of_the_weights_and_then_the_statistics_without_a_copy_of_either() -> None:
    weights, statistics = np.arange(2**18, dtype=np.float32), np.ones(2**18, np.float32)
    state = TrainState(weights, weights[None], statistics, np.zeros((0, 2), np.int64), 0)
    expected = hashlib.sha256(weights.tobytes() + statistics.tobytes()).hexdigest()
    with traced() as memory:
        assert loop._digest(state) == expected
    assert memory.peak < 2**18


def _mirrored(data: Images) -> Images:
    """Other images: with no learning rate, they move nothing but the batch norms' statistics."""
    return replace(data, x_train=data.x_train[:, ::-1].copy())


def test_the_test_split_never_touches_training(train: Any, data: Images) -> None:
    other = replace(data, x_test=255 - data.x_test[:17], y_test=(data.y_test[:17] + 1) % 10)
    one, two = train(PLAIN), train(PLAIN, on=other)
    assert one.weights_sha256 == two.weights_sha256
    assert [(e.loss, e.accuracy) for e in one.history] == [(e.loss, e.accuracy) for e in two.history]
    assert one.history[-1].val_loss != two.history[-1].val_loss


def test_progress_is_reported(train: Any) -> None:
    events: list[ProgressEvent] = []
    train(PLAIN, on_progress=events.append)
    assert [e.step for e in events] == sorted({e.step for e in events})
    assert events[-1].step == events[-1].steps == 15
    assert {e.epoch for e in events} == {1, 2, 3}
    assert all(e.epochs == 3 and e.images_per_second > 0 and 0 <= e.accuracy <= 1 for e in events)

"""What the training loop asks of a program: orders, learning rates, and times that leave evaluation out."""

import time
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.experiment.recipe import Recipe

PLAIN = Recipe("sgd", 0.02, epochs=3, batch_size=16, momentum=0.8)


@pytest.fixture(scope="module")
def data(engine: ModuleType) -> Any:
    """70 training images: four batches of 16 and one of 6."""
    return engine.Images.drawn()


@dataclass
class Recorder:
    """Stands in for a program: notes what it is asked, learns nothing."""

    orders: list[Any] = field(default_factory=list)
    rates: list[Any] = field(default_factory=list)
    evaluation: float = 0.0

    def start(self, *given: Any) -> Any:
        from benchmarks.engine.tensorflow.program import State

        nothing = np.zeros(1, np.float32)
        return State(nothing, nothing[None], nothing, np.zeros((0, 2), np.int64), 0)

    def state(self) -> Any:
        return self.start()

    def load(self, state: Any) -> None:
        pass

    def train(self, images: Any, labels: Any, order: Any, rates: Any, *rest: Any) -> tuple[float, int]:
        self.orders.append(order)
        self.rates.append(rates)
        return 2.0 * len(order), len(order) // 2

    def logits(self, images: Any, pixels: Any) -> Any:
        time.sleep(self.evaluation)
        return np.zeros((len(images), 10), np.float32)


def run_recorded(data: Any, recipe: Recipe, seed: int = 0, **rest: Any) -> tuple[Recorder, Any]:
    from benchmarks.engine.loop import Resident, train

    recorder = Recorder(**rest)
    return recorder, train(recorder, Resident.of(data, "raw"), recipe, seed)  # type: ignore[arg-type]


def test_every_epoch_takes_every_image_once_in_an_order_of_its_own(engine: ModuleType, data: Any) -> None:
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
    assert [(e.loss, e.accuracy) for e in training.history] == [(2.0, pytest.approx(0.5, abs=0.02))] * 3


def test_the_schedule_runs_over_all_epochs(engine: ModuleType, data: Any) -> None:
    recipe = replace(PLAIN, schedule="one_cycle")
    recorder, _ = run_recorded(data, recipe)
    np.testing.assert_array_equal(np.concatenate(recorder.rates), recipe.rates(3 * 5))


def test_evaluation_is_timed_apart(engine: ModuleType, data: Any) -> None:
    _, training = run_recorded(data, PLAIN, evaluation=0.02)
    assert all(epoch.evaluation_seconds >= 0.02 for epoch in training.history)
    assert training.seconds < 0.02


def test_one_cycle_rises_to_its_peak_and_falls() -> None:
    recipe = Recipe("sgd", 2.0, epochs=1, schedule="one_cycle", warmup=0.2)
    rates = recipe.rates(10)
    np.testing.assert_allclose(rates, [1.0, 2.0, 2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5, 0.25], rtol=1e-6)
    assert rates.dtype == np.float32


@pytest.mark.parametrize("warmup", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
def test_one_cycle_stays_within_its_peak(steps: int, warmup: float) -> None:
    rates = Recipe("sgd", 0.3, epochs=1, schedule="one_cycle", warmup=warmup).rates(steps)
    assert rates.shape == (steps,)
    assert 0 < rates.min() <= rates.max() <= np.float32(0.3)
    peak = int(rates.argmax())
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak:]) <= 0)


def test_a_constant_schedule_is_constant() -> None:
    np.testing.assert_array_equal(Recipe("sgd", 0.3, epochs=1).rates(4), np.full(4, 0.3, np.float32))


@pytest.mark.parametrize(("images", "steps"), [(1, 1), (16, 1), (17, 2), (70, 5)])
def test_no_image_is_dropped(images: int, steps: int) -> None:
    assert PLAIN.steps(images) == steps

"""Engines that are broken on purpose: the engine's own tests must fail on each, as no fingerprint shows them."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.engine import loop
from tests.engine import test_loop as loop_tests
from tests.engine import test_steps as step_tests
from tests.support.tiny_data import ADAM, PLAIN, Images, as_keras

pytestmark = pytest.mark.end_to_end
Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def checks(keras: Any, program: Any, first: Any, train: Any, data: Images) -> dict[str, Callable[[], None]]:
    """The tests that have to notice."""
    return {
        "steps": lambda: step_tests.test_steps_are_those_of_keras(keras, program, first, data, ADAM),
        "learning": lambda: step_tests.test_evaluation_is_that_of_keras(keras, train, program),
        "epochs": lambda: loop_tests.test_every_epoch_takes_every_image_once_in_an_order_of_its_own(data),
        "schedule": lambda: loop_tests.test_the_schedule_runs_over_all_epochs(data),
    }


def wrap(patch: pytest.MonkeyPatch, name: str, change: Callable[..., Any]) -> None:
    """Put `change(original, program, *arguments)` in a method's place."""
    from benchmarks.engine.tensorflow.program import Program

    original = getattr(Program, name)
    patch.setattr(Program, name, lambda self, *given, **named: change(original, self, *given, **named))


def half_the_learning_rate(patch: pytest.MonkeyPatch) -> None:
    wrap(patch, "train", lambda train, p, data, order, rates, *rest: train(p, data, order, rates / 2, *rest))


def biases_that_stay(patch: pytest.MonkeyPatch) -> None:
    def change(train: Any, program: Any, *given: Any) -> Any:
        before = program.state().weights[-10:]  # of the softmax
        outcome = train(program, *given)
        state = program.state()
        program.load(dataclasses.replace(state, weights=np.concatenate([state.weights[:-10], before])))
        return outcome

    wrap(patch, "train", change)


def labels_of_which_three_percent_are_wrong(patch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    def change(train: Any, program: Any, data: Any, *rest: Any) -> Any:
        wrong = np.array(data.y_train)
        wrong[:2] = (wrong[:2] + 1) % 10
        return train(program, dataclasses.replace(data, y_train=tf.constant(wrong)), *rest)

    wrap(patch, "train", change)


def weight_decay_twice(patch: pytest.MonkeyPatch) -> None:
    from benchmarks.engine.tensorflow import program, steps

    original = steps.Steps.__init__
    patch.setattr(
        steps.Steps,
        "__init__",
        lambda self, net, penalties, recipe: original(self, net, 2 * penalties, recipe),
    )
    # A graph of its own, since the penalties are part of it.
    patch.setattr(program.program_for, "_built", functools.cache(program.Program))


def no_last_epoch(patch: pytest.MonkeyPatch) -> None:
    run = loop._EpochRunner.run_epoch

    def change(self: Any, number: int, held: Any = None) -> Any:
        return (
            run(self, number, held)
            if number + 1 < self._recipe.epochs
            else loop._Totals([2.0], 1, 2, seconds=1.0)
        )

    patch.setattr(loop._EpochRunner, "run_epoch", change)


def the_same_order_in_every_epoch(patch: pytest.MonkeyPatch) -> None:
    order = loop.epoch_order
    patch.setattr(loop, "epoch_order", lambda images, seed, epoch: order(images, seed, 0))


def evaluation_in_training_mode(patch: pytest.MonkeyPatch) -> None:
    def change(logits: Any, program: Any, images: Any, by: Any) -> Any:
        floats = np.asarray(images).astype(np.float32) * by.scale + by.offset
        return np.log(np.asarray(as_keras(program)(floats, training=True)))

    wrap(patch, "logits", change)


def evaluation_one_pixel_off(patch: pytest.MonkeyPatch) -> None:
    wrap(patch, "logits", lambda logits, p, images, by: logits(p, np.roll(np.asarray(images), 1, axis=2), by))


def evaluation_of_mirrored_images(patch: pytest.MonkeyPatch) -> None:
    def change(logits: Any, program: Any, images: Any, by: Any) -> Any:
        augmented = np.array(images)
        augmented[::2] = augmented[::2, :, ::-1]
        return logits(program, augmented, by)

    wrap(patch, "logits", change)


BROKEN: list[tuple[Break, str]] = [
    (half_the_learning_rate, "steps"),
    (biases_that_stay, "steps"),
    (labels_of_which_three_percent_are_wrong, "steps"),
    (weight_decay_twice, "steps"),
    (no_last_epoch, "epochs"),
    (no_last_epoch, "schedule"),
    (the_same_order_in_every_epoch, "epochs"),
    (evaluation_in_training_mode, "learning"),
    (evaluation_one_pixel_off, "learning"),
    (evaluation_of_mirrored_images, "learning"),
]


@pytest.mark.parametrize(("broken", "caught_by"), BROKEN, ids=[f"{b.__name__}-{by}" for b, by in BROKEN])
def test_a_broken_engine_fails_a_test_of_the_engine(
    broken: Break, caught_by: str, checks: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        checks[caught_by]()


def test_labels_reach_the_program_as_they_are(train: Any, data: Images) -> None:
    from benchmarks.engine.backend import load_engine

    on_device = load_engine("tensorflow").to_device(data, PLAIN.pixels)
    np.testing.assert_array_equal(np.asarray(on_device.y_train), data.y_train)
    np.testing.assert_array_equal(np.asarray(on_device.x_train), data.x_train)
    np.testing.assert_array_equal(on_device.y_test, data.y_test)

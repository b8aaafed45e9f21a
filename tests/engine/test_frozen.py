"""A network that cannot learn any more: its epochs need no gradients, and end as if they had been trained."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.engine.interface import TrainState
from benchmarks.engine.loop import Checkpoint, Epoch, Training
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.metrics.outputs import Outputs
from tests.support.tiny_data import PLAIN, figures

DEADLY = Recipe("sgd", 1000, epochs=6, batch_size=16, momentum=0.0, pixels="raw", loss="clipped")
STUDY = dataclasses.replace(DEADLY, optimizer="adadelta", learning_rate=1.0, pixels="unit")


@pytest.fixture
def both(
    train: Any, program: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[tuple[Training, TrainState], tuple[Training, TrainState], int]]:
    """Train as usual and with every gradient computed; also return how many calls computed none."""

    def call(recipe: Recipe, **rest: Any) -> Any:
        network = program(recipe, "saturating")
        without, calls = type(network).train_without_gradients, []

        def counted(self: Any, *given: Any) -> Any:
            found = without(self, *given)
            calls.append(found is not None)
            return found

        monkeypatch.setattr(type(network), "train_without_gradients", counted)
        quick = train(recipe, name="saturating", **rest), network.state()
        monkeypatch.setattr(type(network), "train_without_gradients", lambda self, *given: None)
        whole = train(recipe, name="saturating", **rest), network.state()
        return quick, whole, calls

    return call


def assert_same(one: tuple[Training, TrainState], other: tuple[Training, TrainState]) -> None:
    assert figures(one[0].history) == figures(other[0].history)
    assert one[0].weights_sha256 == other[0].weights_sha256
    np.testing.assert_array_equal(one[0].outputs.logits, other[0].outputs.logits)
    for name, array in vars(one[1]).items():
        assert np.asarray(array).tobytes() == np.asarray(getattr(other[1], name)).tobytes(), name


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    "recipe",
    [
        DEADLY,
        dataclasses.replace(DEADLY, optimizer="adadelta"),
        dataclasses.replace(DEADLY, momentum=0.05),
        dataclasses.replace(DEADLY, optimizer="adam"),
        dataclasses.replace(DEADLY, schedule="one_cycle", augmentation=Augmentation(shift=0.2, mirror=True)),
    ],
    ids=["sgd", "adadelta", "momentum", "adam", "augmented"],
)
def test_training_on_gives_the_same_bits(recipe: Recipe, both: Any) -> None:
    quick, whole, _ = both(recipe)
    assert_same(quick, whole)
    assert len(quick[0].history) == recipe.epochs
    assert all(epoch.seconds > 0 for epoch in quick[0].history)
    passed = [epoch.without_gradients for epoch in quick[0].history]
    if (since := quick[0].frozen) is not None:
        assert passed[since:] == [True] * (recipe.epochs - since)
    assert not any(epoch.without_gradients for epoch in whole[0].history)


def test_a_network_that_dies_is_frozen_and_computes_no_gradients(both: Any) -> None:
    (training, _), _, calls = both(DEADLY)
    assert training.frozen is not None
    assert 1 < training.frozen < DEADLY.epochs
    assert training.divergence is not None
    assert calls
    assert all(calls)


def test_the_studys_optimizer_and_loss_freeze_a_network_that_is_certain(first: Any, both: Any) -> None:
    """Every answer is 3, with certainty, whatever dropout does, as in the study's vgg; Adadelta's accumulators decay."""
    state = first(STUDY, name="saturating")
    weights = state.weights.copy()
    weights[-10:] = np.where(np.arange(10) == 3, 5000.0, 0.0)  # the biases of the softmax
    dead = Checkpoint(
        dataclasses.replace(state, weights=weights, optimizer_state=np.ones_like(state.optimizer_state)), ()
    )
    quick, whole, calls = both(STUDY, checkpoint=dead)
    assert_same(quick, whole)
    assert quick[0].divergence == ("dead", 1)
    assert (
        quick[0].frozen == 2
    )  # the first epoch is only known to have changed nothing if the weights before it were held
    assert [epoch.without_gradients for epoch in quick[0].history] == [False] * 2 + [True] * (
        STUDY.epochs - 2
    )
    assert all(calls)
    assert quick[1].optimizer_state.max() < 1


def test_a_network_that_learns_is_never_asked(both: Any) -> None:
    (training, _), _, calls = both(dataclasses.replace(PLAIN, pixels="standardized", learning_rate=0.01))
    assert (training.frozen, calls) == (None, [])


def test_a_gradient_that_comes_back_is_trained(train: Any, both: Any) -> None:
    """A checkpoint says that it was dead, but the network is alive: all its steps are trained after all."""
    alive = dataclasses.replace(PLAIN, epochs=4)
    kept: list[Checkpoint] = []
    train(alive, name="saturating", save_checkpoint=kept.append)
    claimed = [dataclasses.replace(epoch, constant=True, still=True) for epoch in kept[0].history]
    quick, whole, calls = both(alive, checkpoint=Checkpoint(kept[0].state, tuple(claimed)))
    assert_same(quick, whole)
    assert calls == [False]
    assert quick[0].frozen is None


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ("mm", None),
        ("ms", None),
        ("mss", None),
        ("msp", 2),
        ("mspp", 2),
        ("msppm", None),
        ("mspspp", 4),
        ("msps", None),
    ],
)
def test_frozen_since(epochs: str, expected: int | None) -> None:
    """m: moved, s: still, p: passed without gradients."""
    history = tuple(
        Epoch(i, 4, 2.0, 0.1, 2.0, 0.1, 1.0, 0.1, True, each != "m", each == "p")
        for i, each in enumerate(epochs, 1)
    )
    assert Training(0, history, Outputs(np.zeros((1, 2)), np.zeros(1, np.uint8)), "").frozen == expected


def test_steps_at_rate_zero_change_no_weight_but_are_not_taken_for_frozen(both: Any) -> None:
    """A rate that rises again would move them: what counts are gradients."""
    quick, whole, calls = both(dataclasses.replace(PLAIN, learning_rate=0.0, epochs=4))
    assert_same(quick, whole)
    assert not any(calls)
    assert quick[0].frozen is None


def test_weight_penalties_and_batch_norm_always_count_as_gradients(
    first: Any, program: Any, data: Any
) -> None:
    network, state = program(PLAIN, "tiny"), first(PLAIN, name="tiny")
    zeros = dataclasses.replace(state, weights=np.zeros_like(state.weights))
    network.load(zeros)
    from benchmarks.engine.tensorflow.data import to_device

    arrays, order = to_device(data, PLAIN.pixels), np.arange(16, dtype=np.int32)
    assert network.train_without_gradients(arrays, order, np.zeros(1, np.float32), 0) is None


def test_a_resumed_frozen_training_goes_on_without_gradients(train: Any, both: Any) -> None:
    kept: list[Checkpoint] = []
    whole = train(DEADLY, name="saturating", save_checkpoint=kept.append)
    frozen = next(state for state in kept if state.history[-1].still)
    resumed, trained, calls = both(DEADLY, checkpoint=frozen)
    assert_same(resumed, trained)
    assert resumed[0].weights_sha256 == whole.weights_sha256
    assert figures(resumed[0].history) == figures(whole.history)
    assert all(calls)

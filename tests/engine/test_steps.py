"""TensorFlow's training steps: those of plain Keras where Keras does the same, and the study's loss, by which networks die."""

import importlib
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import models
from benchmarks.engine.interface import Normalization
from benchmarks.engine.loop import Checkpoint
from benchmarks.experiment.backend import BACKENDS
from benchmarks.experiment.recipe import Recipe
from tests.support.tiny_data import ADAM, PLAIN, SHAPE, STUDY, Images, as_keras

SATURATED = -math.log(1e-7)


def normalized(pixels: str, data: Images, images: Any) -> Any:
    by = Normalization.of(pixels, data.x_train)
    return images.astype(np.float32) * by.scale + by.offset


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(PLAIN, id="nesterov"),
        pytest.param(replace(PLAIN, weight_decay=2.0), id="decayed"),
        pytest.param(ADAM, id="adam", marks=pytest.mark.end_to_end),
        pytest.param(STUDY, id="adadelta", marks=pytest.mark.end_to_end),
    ],
)
def test_steps_are_those_of_keras(keras: Any, program: Any, first: Any, data: Images, recipe: Recipe) -> None:
    from benchmarks.engine.tensorflow.data import to_device

    steps = 7  # an epoch with its short batch, and two more
    order = np.concatenate([np.random.default_rng(i).permutation(70) for i in range(2)])[: 70 + 32]
    rates = (recipe.learning_rate * np.linspace(1.0, 0.4, steps)).astype(np.float32)
    batches = [*np.split(order[:70], range(16, 70, 16)), *np.split(order[70:], [16])]
    fast = program(recipe)
    fast.load(first(recipe, seed=3))
    arrays = to_device(data, recipe.pixels)
    losses, right = list[float](), 0
    for part, chunk in ((order[:70], rates[:5]), (order[70:], rates[5:])):
        found, correct = fast.train(arrays, part.astype(np.int32), chunk, 3)
        losses, right = [*losses, *found], right + correct

    model = models.build("tiny", data.x_train.shape[1:], seed=3)
    decay = recipe.weight_decay or None
    optimizer = {
        "sgd": keras.optimizers.SGD(momentum=recipe.momentum, nesterov=True, weight_decay=decay),
        "adam": keras.optimizers.Adam(weight_decay=decay),
        "adadelta": keras.optimizers.Adadelta(rho=0.95, weight_decay=decay),
    }[recipe.optimizer]
    model.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[keras.metrics.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing), "accuracy"],
        run_eagerly=True,
    )
    x, y = normalized(recipe.pixels, data, data.x_train), np.eye(10, dtype=np.float32)[data.y_train]
    expected_losses, expected_right = list[float](), 0.0
    for batch, rate in zip(batches, rates, strict=True):
        optimizer.learning_rate = float(rate)
        model.reset_metrics()  # before Keras 3.15, `train_on_batch` returns means since the last reset
        logs = model.train_on_batch(x[batch], y[batch], return_dict=True)
        expected_losses.append(float(logs["categorical_crossentropy"]))
        expected_right += len(batch) * float(logs["accuracy"])

    trained = as_keras(fast)
    for got, expected in zip(trained.weights, model.weights, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5, rtol=1e-4)
    moved = np.abs(trained.layers[1].kernel - models.build("tiny", x.shape[1:], seed=3).layers[1].kernel)
    assert moved.max() > 1e-3
    assert losses == pytest.approx(expected_losses, rel=1e-4)
    assert right == pytest.approx(expected_right)


def test_evaluation_is_that_of_keras(keras: Any, train: Any, program: Any) -> None:
    many = Images.drawn(test=1013)  # no multiple of anything
    training = train(PLAIN, on=many)
    model = as_keras(program(PLAIN))
    answers = model.predict_on_batch(normalized(PLAIN.pixels, many, many.x_test))
    np.testing.assert_array_equal(training.outputs.predictions, answers.argmax(1))
    assert training.accuracy == np.mean(answers.argmax(1) == many.y_test)
    losses = keras.losses.sparse_categorical_crossentropy(many.y_test, answers)
    assert training.history[-1].val_loss == pytest.approx(float(np.mean(losses)), rel=1e-3)


def test_what_can_be_learnt_is_learnt(train: Any) -> None:
    training = train(replace(PLAIN, learning_rate=0.05, epochs=8))
    assert training.accuracy > 0.9
    assert training.history[-1].loss < 0.5 < training.history[0].loss
    assert training.divergence is None


def test_bfloat16_trains_alike_and_keeps_float32_weights(data: Images, train: Any) -> None:
    from benchmarks.engine import loop
    from benchmarks.engine.tensorflow.data import to_device
    from benchmarks.engine.tensorflow.program import program_for

    low, _ = program_for("tiny", SHAPE, PLAIN, "mixed_bfloat16")
    training = loop.train(low, to_device(data, PLAIN.pixels), PLAIN, 0)
    assert low.state().weights.dtype == np.float32
    for one, other in zip(training.history, train(PLAIN).history, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=0.05)
        assert one.loss != other.loss


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("loss", ["logits", "clipped"])
def test_losses_by_hand(tf: Any, backend: str, loss: Any, smoothing: float) -> None:
    """The last image is so certain that its probabilities are clipped."""
    steps = importlib.import_module(f"benchmarks.engine.{backend}.steps")
    to = importlib.import_module("jax.numpy").asarray if backend == "jax" else tf.constant
    logits = np.array([[0.5, -1.0, 2.0], [0.0, 0.0, 0.0], [40.0, 0.0, 0.0]], np.float32)
    labels = np.array([2, 0, 1], np.int32)
    recipe = replace(PLAIN, loss=loss, label_smoothing=smoothing)
    found = steps.Steps._losses(SimpleNamespace(_recipe=recipe), to(labels), to(logits))
    targets = np.eye(3)[labels] * (1 - smoothing) + smoothing / 3
    p = np.exp(logits - np.log(np.exp(logits.astype(float)).sum(1, keepdims=True)))
    if loss == "clipped":
        p = p.clip(1e-7, 1 - 1e-7)
    np.testing.assert_allclose(found, -(targets * np.log(p)).sum(1), rtol=1e-4)


def dead(first: Any, recipe: Recipe) -> Any:
    """A checkpoint before the first step whose every answer is 3, with certainty."""
    state = first(recipe)
    weights = state.weights.copy()
    weights[-10:] = np.where(np.arange(10) == 3, 60.0, 0.0)  # the biases of the softmax
    return Checkpoint(replace(state, weights=weights), ())


def test_the_clipped_loss_lets_a_network_die_as_the_studys_vgg_did(
    train: Any, program: Any, first: Any
) -> None:
    recipe = replace(STUDY, epochs=2)
    checkpoint = dead(first, recipe)
    training = train(recipe, checkpoint=checkpoint)
    assert training.divergence == ("dead", 1)
    assert training.history[0].loss == pytest.approx(14.5063, abs=1e-4)  # the study's VGG on SVHN
    assert training.history[0].loss == pytest.approx(0.9 * SATURATED, rel=1e-5)
    assert training.accuracy == pytest.approx(0.1)
    # No gradient: the dense layer, which has no penalty either, stands as it was.
    np.testing.assert_array_equal(program(recipe).state().weights[-10:], checkpoint.state.weights[-10:])


def test_the_loss_from_logits_brings_it_back(train: Any, program: Any, first: Any) -> None:
    checkpoint = dead(first, PLAIN)
    before = checkpoint.state.weights[-10:]
    train(replace(PLAIN, learning_rate=10.0, epochs=1), checkpoint=checkpoint)
    after = program(PLAIN).state().weights[-10:]
    assert not np.array_equal(after, before)


def test_a_learning_rate_that_is_far_too_high_diverges(train: Any) -> None:
    training = train(replace(PLAIN, learning_rate=1000.0, epochs=20))
    assert training.divergence is not None
    assert training.divergence[0] == "nan"
    assert len(training.history) == training.divergence[1]

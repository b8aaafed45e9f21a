"""The training engine, held to plain Keras where Keras does the same, and to itself where bits count."""

import math
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models
from benchmarks.experiment.recipe import Augmentation, Recipe

PLAIN = Recipe("sgd", 0.02, epochs=3, batch_size=16, momentum=0.8)
ADAM = replace(PLAIN, optimizer="adam", learning_rate=5e-4, label_smoothing=0.2)
STUDY = replace(PLAIN, optimizer="adadelta", learning_rate=1.0, pixels="unit", loss="clipped")
RANDOM = Recipe(
    "adam",
    3e-3,
    epochs=3,
    batch_size=16,
    schedule="one_cycle",
    augmentation=Augmentation(shift=0.13, subpixel=True, mirror=True),
)
"""All that is random at once, on `dropping`."""
SATURATED = -math.log(1e-7)


@pytest.fixture(scope="module")
def architectures(engine: ModuleType) -> Iterator[None]:
    with engine.registered("tiny", engine.tiny), engine.registered("dropping", engine.dropping):
        yield


@pytest.fixture(scope="module")
def data(engine: ModuleType) -> Any:
    """70 training images: four batches of 16 and one of 6."""
    return engine.Images.drawn()


@pytest.fixture
def train(architectures: None, engine: ModuleType, data: Any) -> Any:
    """Train with this recipe; the program is shared with all tests that can."""
    from benchmarks.engine.loop import Resident, train
    from benchmarks.engine.tensorflow.program import program_for

    def call(recipe: Recipe, seed: int = 0, *, on: Any = data, name: str = "tiny", **rest: Any) -> Any:
        program, _ = program_for(name, engine.SHAPE, recipe)
        return train(program, Resident.of(on, recipe.pixels), recipe, seed, **rest)

    return call


@pytest.fixture
def program(architectures: None, engine: ModuleType) -> Any:
    from benchmarks.engine.tensorflow.program import program_for

    return lambda recipe, name="tiny": program_for(name, engine.SHAPE, recipe)[0]


@pytest.fixture
def first(train: Any, program: Any) -> Any:
    """The state before a training's first step."""

    def call(recipe: Recipe, seed: int = 0, name: str = "tiny") -> Any:
        train(replace(recipe, epochs=0, schedule="constant"), seed, name=name)
        return program(recipe, name).state()

    return call


def figures(training: Any) -> list[tuple[float, ...]]:
    """All of a history but its seconds."""
    return [(e.loss, e.accuracy, e.val_loss, e.val_accuracy, e.constant) for e in training.history]


def adapted(pixels: str, data: Any, images: Any) -> Any:
    from benchmarks.engine.tensorflow.program import Normalization

    by = Normalization.of(pixels, data.x_train)
    return images.astype(np.float32) * by.scale + by.offset


# --- the same as Keras ---


@pytest.mark.parametrize("recipe", [PLAIN, ADAM, STUDY], ids=["nesterov", "adam", "adadelta"])
def test_steps_are_those_of_keras(
    keras: Any, tf: Any, program: Any, first: Any, data: Any, recipe: Recipe
) -> None:
    steps = 7  # an epoch with its short batch, and two more
    order = np.concatenate([np.random.default_rng(i).permutation(70) for i in range(2)])[: 70 + 32]
    rates = (recipe.learning_rate * np.linspace(1.0, 0.4, steps)).astype(np.float32)
    batches = [*np.split(order[:70], range(16, 70, 16)), *np.split(order[70:], [16])]
    fast = program(recipe)
    fast.load(first(recipe, seed=3))
    pixels = _normalization(recipe, data)
    losses, right = 0.0, 0
    for part, chunk in ((order[:70], rates[:5]), (order[70:], rates[5:])):
        loss, hits = fast.train(
            tf.constant(data.x_train), tf.constant(data.y_train), part.astype(np.int32), chunk, 3, pixels
        )
        losses, right = losses + loss, right + hits

    model = models.build("tiny", data.x_train.shape[1:], seed=3)
    optimizer = {
        "sgd": keras.optimizers.SGD(momentum=recipe.momentum, nesterov=True),
        "adam": keras.optimizers.Adam(),
        "adadelta": keras.optimizers.Adadelta(rho=0.95),
    }[recipe.optimizer]
    model.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[keras.metrics.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing), "accuracy"],
        run_eagerly=True,
    )
    x, y = adapted(recipe.pixels, data, data.x_train), np.eye(10, dtype=np.float32)[data.y_train]
    expected_losses = expected_right = 0.0
    for batch, rate in zip(batches, rates, strict=True):
        optimizer.learning_rate = float(rate)
        logs = model.train_on_batch(x[batch], y[batch], return_dict=True)
        expected_losses += len(batch) * float(logs["categorical_crossentropy"])
        expected_right += len(batch) * float(logs["accuracy"])

    trained = fast.keras_model()
    for got, expected in zip(trained.weights, model.weights, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5, rtol=1e-4)
    moved = np.abs(trained.layers[1].kernel - models.build("tiny", x.shape[1:], seed=3).layers[1].kernel)
    assert moved.max() > 1e-3
    assert losses == pytest.approx(expected_losses, rel=1e-4)
    assert right == pytest.approx(expected_right)


def _normalization(recipe: Recipe, data: Any) -> Any:
    from benchmarks.engine.tensorflow.program import Normalization

    return Normalization.of(recipe.pixels, data.x_train)


def test_evaluation_is_that_of_keras(keras: Any, engine: ModuleType, train: Any, program: Any) -> None:
    many = engine.Images.drawn(test=1013)  # no multiple of anything
    training = train(PLAIN, on=many)
    model = program(PLAIN).keras_model()
    answers = model.predict_on_batch(adapted(PLAIN.pixels, many, many.x_test))
    np.testing.assert_array_equal(training.predictions, answers.argmax(1))
    assert training.accuracy == np.mean(answers.argmax(1) == many.y_test)
    losses = keras.losses.sparse_categorical_crossentropy(many.y_test, answers)
    assert training.loss == pytest.approx(float(np.mean(losses)), rel=1e-3)


def test_a_seeds_first_weights_are_the_models_own(engine: ModuleType, program: Any, first: Any) -> None:
    fast = program(PLAIN)
    fast.load(first(PLAIN, seed=11))
    for got, expected in zip(
        fast.keras_model().weights, models.build("tiny", engine.SHAPE, seed=11).weights, strict=True
    ):
        np.testing.assert_array_equal(got, expected)


def test_what_can_be_learnt_is_learnt(train: Any) -> None:
    training = train(replace(PLAIN, learning_rate=0.05, epochs=8))
    assert training.accuracy > 0.9
    assert training.history[-1].loss < 0.5 < training.history[0].loss
    assert training.divergence is None


def test_bfloat16_trains_alike_and_keeps_float32_weights(
    architectures: None, engine: ModuleType, data: Any, train: Any
) -> None:
    from benchmarks.engine.loop import Resident
    from benchmarks.engine.loop import train as run
    from benchmarks.engine.tensorflow.program import program_for

    low, _ = program_for("tiny", engine.SHAPE, PLAIN, "mixed_bfloat16")
    training = run(low, Resident.of(data, PLAIN.pixels), PLAIN, 0)
    assert low.state().weights.dtype == np.float32
    for one, other in zip(training.history, train(PLAIN).history, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=0.05)
        assert one.loss != other.loss


# --- the study's loss, and how trainings die ---


def dead(first: Any, recipe: Recipe) -> Any:
    """A checkpoint before the first step whose every answer is 3, with certainty."""
    from benchmarks.engine.loop import Checkpoint

    state = first(recipe)
    weights = state.weights.copy()
    weights[-10:] = np.where(np.arange(10) == 3, 60.0, 0.0)  # the biases of the softmax
    return Checkpoint(replace(state, weights=weights), ())


def test_the_clipped_loss_lets_a_network_die_as_the_studys_vgg_did(
    train: Any, program: Any, first: Any
) -> None:
    recipe = replace(STUDY, epochs=2)
    begin = dead(first, recipe)
    training = train(recipe, begin=begin)
    assert training.divergence == ("dead", 1)
    assert training.history[0].loss == pytest.approx(14.5063, abs=1e-4)  # the study's VGG on SVHN
    assert training.history[0].loss == pytest.approx(0.9 * SATURATED, rel=1e-5)
    assert training.accuracy == pytest.approx(0.1)
    # No gradient: the dense layer, which has no penalty either, stands as it was.
    np.testing.assert_array_equal(program(recipe).state().weights[-10:], begin.state.weights[-10:])


def test_the_loss_from_logits_brings_it_back(train: Any, program: Any, first: Any) -> None:
    begin = dead(first, PLAIN)
    before = begin.state.weights[-10:]
    train(replace(PLAIN, learning_rate=10.0, epochs=1), begin=begin)
    after = program(PLAIN).state().weights[-10:]
    assert not np.array_equal(after, before)


def test_a_loss_that_is_no_number_ends_the_training_with_its_epoch(train: Any, program: Any) -> None:
    from benchmarks.engine.loop import Checkpoint

    kept: list[Checkpoint] = []
    train(PLAIN, keep=kept.append)
    broken = replace(kept[0].state, weights=np.full_like(kept[0].state.weights, np.nan))
    training = train(PLAIN, begin=Checkpoint(broken, kept[0].history))
    assert training.divergence == ("nan", 2)
    assert len(training.history) == 2
    assert math.isnan(training.history[-1].loss)


def test_a_learning_rate_out_of_bounds_diverges(train: Any) -> None:
    training = train(replace(PLAIN, learning_rate=1e25))
    assert training.divergence is not None
    assert training.divergence[0] == "nan"
    assert len(training.history) == training.divergence[1]


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
    engine: ModuleType, constant: list[bool], losses: list[float], expected: tuple[str, int] | None
) -> None:
    from benchmarks.engine.loop import Epoch, Training

    history = tuple(
        Epoch(loss, 0.1, 2.3, 0.1, 1.0, 0.5, flat) for flat, loss in zip(constant, losses, strict=True)
    )
    training = Training(0, history, np.zeros(3, np.uint8), "")
    assert training.divergence == expected
    assert training.seconds == len(history)


# --- bits ---


def test_a_program_carries_nothing_from_one_training_to_the_next(train: Any) -> None:
    first, other, again = (train(RANDOM, seed, name="dropping") for seed in (5, 6, 5))
    assert again.weights_sha256 == first.weights_sha256
    assert figures(again) == figures(first)
    np.testing.assert_array_equal(again.predictions, first.predictions)
    assert other.weights_sha256 != first.weights_sha256


def test_a_program_of_its_own_gives_the_same_bits(
    architectures: None, engine: ModuleType, data: Any, train: Any
) -> None:
    from benchmarks.engine.loop import Resident
    from benchmarks.engine.loop import train as run
    from benchmarks.engine.tensorflow.program import Program

    own = Program("dropping", engine.SHAPE, RANDOM)
    alone = run(own, Resident.of(data, RANDOM.pixels), RANDOM, 5)
    assert alone.weights_sha256 == train(RANDOM, 5, name="dropping").weights_sha256


def test_a_training_taken_up_again_ends_as_the_uninterrupted_one(train: Any) -> None:
    from benchmarks.engine.loop import Checkpoint

    kept: list[Checkpoint] = []
    whole = train(RANDOM, 5, name="dropping", keep=kept.append)
    assert [len(checkpoint.history) for checkpoint in kept] == [1, 2]
    train(RANDOM, 6, name="dropping")  # something else in between
    for checkpoint in kept:
        rest = train(RANDOM, 5, name="dropping", begin=checkpoint)
        assert rest.weights_sha256 == whole.weights_sha256
        assert figures(rest) == figures(whole)
        assert rest.history[: len(checkpoint.history)] == checkpoint.history


def test_the_digest_is_of_all_weights(train: Any, program: Any) -> None:
    still = replace(PLAIN, learning_rate=0.0, epochs=1)
    first = train(still)
    assert train(still, on=_shuffled_pixels(train)).weights_sha256 != first.weights_sha256


def _shuffled_pixels(train: Any) -> Any:
    """Other images: with no learning rate, they move nothing but the batch norms' statistics."""
    from tests.support.tiny_models import Images

    drawn = Images.drawn()
    return replace(drawn, x_train=drawn.x_train[:, ::-1].copy())


def test_the_test_split_never_touches_training(train: Any, data: Any) -> None:
    other = replace(data, x_test=255 - data.x_test[:17], y_test=(data.y_test[:17] + 1) % 10)
    one, two = train(PLAIN), train(PLAIN, on=other)
    assert one.weights_sha256 == two.weights_sha256
    assert [(e.loss, e.accuracy) for e in one.history] == [(e.loss, e.accuracy) for e in two.history]
    assert one.loss != two.loss


def test_recipes_share_a_program_where_the_graph_is_the_same(architectures: None, engine: ModuleType) -> None:
    from benchmarks.engine.tensorflow.program import program_for

    first, _ = program_for("tiny", engine.SHAPE, PLAIN)
    same = replace(PLAIN, learning_rate=1.0, epochs=9, schedule="one_cycle", warmup=0.5, pixels="raw")
    same = replace(same, initialization="lsuv")
    assert program_for("tiny", engine.SHAPE, same) == (first, False)
    for other in (ADAM, STUDY):
        assert program_for("tiny", engine.SHAPE, other)[0] is not first


def test_a_state_of_another_network_is_refused(program: Any, first: Any) -> None:
    fast = program(PLAIN)
    with pytest.raises(ValueError, match=r"9,746 weights and 2 slots .*tiny"):
        fast.load(first(RANDOM, name="dropping"))
    with pytest.raises(ValueError, match=r"2 slots .*tiny"):
        fast.load(first(ADAM))


def test_whoever_waits_is_told(train: Any) -> None:
    from benchmarks.engine.loop import Moment

    moments: list[Moment] = []
    train(PLAIN, watch=moments.append)
    assert [m.step for m in moments] == sorted({m.step for m in moments})
    assert moments[-1].step == moments[-1].steps == 15
    assert {m.epoch for m in moments} == {1, 2, 3}
    assert all(m.epochs == 3 and m.images_per_second > 0 and 0 <= m.accuracy <= 1 for m in moments)


# --- figures that need no network ---


@pytest.mark.parametrize("pixels", ["raw", "unit", "standardized"])
def test_normalization_is_that_of_numpy(engine: ModuleType, pixels: str) -> None:
    from benchmarks.engine.tensorflow.program import Normalization

    dice = np.random.default_rng(0)
    images = np.stack([dice.integers(0, 256, (9, 5, 4)), dice.integers(30, 60, (9, 5, 4))], -1).astype(
        np.uint8
    )
    by = Normalization.of(pixels, images)
    floats = images.astype(np.float64)
    expected = {
        "raw": floats,
        "unit": floats / 255,
        "standardized": (floats - floats.mean((0, 1, 2))) / floats.std((0, 1, 2)),
    }[pixels]
    np.testing.assert_allclose(images * by.scale + by.offset, expected, rtol=1e-5, atol=1e-5)
    assert by.scale.dtype == by.offset.dtype == np.float32


def test_a_channel_without_contrast_stays_finite(engine: ModuleType) -> None:
    from benchmarks.engine.tensorflow.program import Normalization

    by = Normalization.of("standardized", np.full((2, 3, 3, 1), 7, np.uint8))
    np.testing.assert_allclose(7 * by.scale + by.offset, 0, atol=1)

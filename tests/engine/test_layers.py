"""The faster layers compute what Keras's own do."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models
from tests.support.tiny_data import SHAPE

LAYERS: dict[str, Callable[[Any], Any]] = {
    "convolution": lambda layers: layers.Conv2D(5, 3, padding="same", activation="tanh"),
    "strided": lambda layers: layers.Conv2D(5, 2, strides=2, activation="relu"),
    "strided, same": lambda layers: layers.Conv2D(5, 3, strides=2, padding="same"),
    "pointwise": lambda layers: layers.Conv2D(7, 1),
    "batch norm": lambda layers: layers.BatchNormalization(),
    "slow batch norm": lambda layers: layers.BatchNormalization(momentum=0.7, epsilon=0.1),
    "dense on maps": lambda layers: layers.Dense(6, activation="relu"),
}
"""Layers that have a faster form, to follow an input of 8x8x3."""

UNUSUAL: dict[str, Callable[[Any], Any]] = {
    "groups": lambda layers: layers.Conv2D(6, 3, groups=3),
    "dilation": lambda layers: layers.Conv2D(4, 3, dilation_rate=2),
    "convolution without bias": lambda layers: layers.Conv2D(4, 3, use_bias=False),
    "batch norm without scale": lambda layers: layers.BatchNormalization(scale=False),
    "batch norm without center": lambda layers: layers.BatchNormalization(center=False),
    "batch norm of rows": lambda layers: layers.BatchNormalization(axis=1),
    "frozen batch norm": lambda layers: layers.BatchNormalization(trainable=False),
    "dense without bias": lambda layers: layers.Dense(4, use_bias=False),
    "dropout of a tenth": lambda layers: layers.Dropout(0.1),
    "dropout of channels": lambda layers: layers.Dropout(0.5, noise_shape=(None, 1, 1, 3)),
}
"""Layers that Keras alone computes right."""


@pytest.fixture
def keras(keras: Any) -> Any:
    """Keras, its weights of a test drawn alike whatever ran before."""
    keras.utils.set_random_seed(0)
    return keras


def around(keras: Any, layer: Any, precision: str = "float32", width: int = 8) -> tuple[Any, Any]:
    """A model of this layer and a softmax, and its faster twin with the same, random weights."""
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((8, width, 3))
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(layer(inputs)))
    model = keras.Model(inputs, outputs)
    fast, _ = replace_layers(model, precision)
    rng = np.random.default_rng(3)
    weights = [w + 0.3 * rng.random(w.shape, np.float32) for w in model.get_weights()]
    for twin in (model, fast):
        for variable, value in zip(_floats(twin), [w for w in weights if w.dtype == np.float32], strict=True):
            variable.assign(value)
    return model.layers[1], fast.layers[1]


def _floats(model: Any) -> list[Any]:
    return [w for w in model.weights if w.dtype == "float32"]


def batch(width: int = 8) -> Any:
    return (3 * np.random.default_rng(0).normal(size=(6, 8, width, 3)) + 1).astype(np.float32)


def is_faster(layer: Any) -> bool:
    return type(layer).__module__ == "benchmarks.engine.tensorflow.layers"


COLUMNS: dict[str, Callable[[Any], Any]] = {
    "3x3": lambda layers: layers.Conv2D(5, 3, padding="same", activation="relu"),
    "2x2": lambda layers: layers.Conv2D(5, 2, padding="same"),
    "3x1": lambda layers: layers.Conv2D(5, (3, 1), activation="tanh"),
    "1x3": lambda layers: layers.Conv2D(5, (1, 3), padding="same"),
    "5x5": lambda layers: layers.Conv2D(5, 5, padding="same"),
    "strided": lambda layers: layers.Conv2D(5, 3, strides=2, padding="same"),
}
"""Convolutions of maps one pixel wide, as SqueezeNet's last."""


@pytest.mark.parametrize(
    ("kind", "width"), [*((kind, 8) for kind in LAYERS), *((kind, 1) for kind in COLUMNS)]
)
def test_outputs_gradients_and_statistics_are_keras_own(keras: Any, tf: Any, kind: str, width: int) -> None:
    layer = (LAYERS if width > 1 else COLUMNS)[kind](keras.layers)
    slow, fast = around(keras, layer, width=width)
    assert is_faster(fast)
    assert not is_faster(slow)
    images = tf.constant(batch(width))
    weighting = tf.constant(np.random.default_rng(1).normal(size=slow(images).shape).astype(np.float32))
    found = []
    for layer in (slow, fast):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images, training=True)
            value = tf.reduce_sum(outputs * weighting)
        gradients = tape.gradient(value, [images, *(w.value for w in layer.trainable_weights)])
        moved = [w.numpy() for w in layer.non_trainable_weights]
        found.append([outputs, *gradients, *moved, layer(images, training=False)])
    for expected, got in zip(*found, strict=True):
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=2e-5 * max(scale, 1.0))


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_strided_pointwise_convolutions_of_few_channels_have_their_gradient(
    keras: Any, tf: Any, padding: str
) -> None:
    # Keras's own is no measure here: it takes oneDNN's wrong one.
    _, fast = around(keras, keras.layers.Conv2D(6, 1, strides=3, padding=padding))
    images = batch()
    weighting = np.random.default_rng(1).normal(size=(6, 3, 3, 6)).astype(np.float32)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(fast(images) * weighting)
    sampled = images[:, ::3, ::3]
    expected = np.einsum("nhwi,nhwo->io", sampled, weighting)
    np.testing.assert_allclose(tape.gradient(value, fast.kernel.value)[0, 0], expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(
        fast(images), sampled @ np.asarray(fast.kernel)[0, 0] + fast.bias, rtol=1e-4, atol=1e-4
    )


def test_moving_statistics_move(keras: Any) -> None:
    _, fast = around(keras, keras.layers.BatchNormalization(momentum=0.5))
    images = batch()
    before = [w.numpy() for w in fast.non_trainable_weights]
    fast(images, training=False)
    for weight, old in zip(fast.non_trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    fast(images, training=True)
    for weight, old, batch_value in zip(
        fast.non_trainable_weights, before, (images.mean((0, 1, 2)), images.var((0, 1, 2))), strict=True
    ):
        np.testing.assert_allclose(weight, 0.5 * old + 0.5 * batch_value, rtol=1e-5)


@pytest.mark.parametrize("kind", ["batch norm", "batch norm without scale"])
def test_a_recipe_sets_the_momentum_of_every_batch_norm(keras: Any, kind: str) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()((LAYERS | UNUSUAL)[kind](keras.layers)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(flat))
    kept, set_to = (replace_layers(model, "float32", momentum)[0].layers[1] for momentum in (None, 0.5))
    assert (kept.momentum, set_to.momentum) == (0.99, 0.5)
    set_to(batch(), training=True)
    np.testing.assert_allclose(set_to.moving_mean, batch().mean((0, 1, 2)) / 2, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", LAYERS)
def test_bfloat16_computes_low_and_keeps_its_weights_high(keras: Any, tf: Any, kind: str) -> None:
    slow, fast = around(keras, LAYERS[kind](keras.layers), "mixed_bfloat16")
    assert is_faster(fast)
    images = batch()
    low, high = fast(images, training=True), slow(images, training=True)
    assert low.dtype == tf.bfloat16
    assert {w.dtype for w in fast.weights} == {"float32"}
    high = np.asarray(high)
    # Eight bits of mantissa: 2 ** -8 of the largest partial sum.
    np.testing.assert_allclose(tf.cast(low, tf.float32), high, atol=0.03 * np.abs(high).max())
    for one, other in zip(fast.non_trainable_weights, slow.non_trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("kind", UNUSUAL)
def test_layers_without_a_faster_form_stay_as_they_are(keras: Any, kind: str) -> None:
    slow, fast = around(keras, UNUSUAL[kind](keras.layers))
    assert type(fast) is type(slow)
    assert not is_faster(fast)


def test_a_frozen_batch_norm_uses_and_keeps_its_statistics_in_training(keras: Any) -> None:
    slow, fast = around(keras, UNUSUAL["frozen batch norm"](keras.layers))
    before = [w.numpy() for w in fast.weights]
    np.testing.assert_array_equal(fast(batch(), training=True), slow(batch(), training=False))
    for weight, old in zip(fast.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_batch_norms_that_are_frozen_or_renormalize_are_keras_own_on_jax_too(keras: Any) -> None:
    from benchmarks.engine.jax.layers import _faster_class as on_jax
    from benchmarks.engine.tensorflow.layers import _faster_class as on_tensorflow

    norm = keras.layers.BatchNormalization
    plain, frozen, renormalizing = norm(), norm(trainable=False), norm()
    for layer in (plain, frozen, renormalizing):
        layer(keras.Input((8, 8, 3)))
    renormalizing.renorm = True  # an argument of newer versions of Keras
    for layer in (frozen, renormalizing):
        assert on_jax(layer, on_processor=True) is on_tensorflow(layer) is norm
    assert norm not in (on_jax(plain, on_processor=True), on_tensorflow(plain))


def test_a_batch_norm_of_vectors_stays_as_it_is(keras: Any) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((4, 4, 3))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(5)(keras.layers.Flatten()(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    fast, _ = replace_layers(model)
    assert type(fast.layers[3]) is keras.layers.BatchNormalization
    images = np.random.default_rng(0).normal(size=(6, 4, 4, 3)).astype(np.float32)
    assert fast(images, training=True).shape == (6, 3)


def dropout(keras: Any, rate: float) -> Any:
    _, fast = around(keras, keras.layers.Dropout(rate, seed=4))
    assert is_faster(fast)
    return fast


@pytest.mark.parametrize("rate", [0.5, 0.25, 3 / 256])
def test_dropout_drops_its_share_and_scales_the_rest(keras: Any, rate: float) -> None:
    units = np.ones((25, 8, 8, 63), np.float32)  # not a multiple of four
    kept = np.asarray(dropout(keras, rate)(units, training=True))
    share = np.mean(kept == 0)
    assert abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / units.size)
    np.testing.assert_allclose(kept[kept != 0], 1 / (1 - rate), rtol=1e-6)
    # No row, column or channel is spared or lost.
    for axes in ((0, 1, 2), (1, 2, 3)):
        shares = np.mean(kept == 0, axes)
        count = units.size / shares.size
        assert np.abs(shares - rate).max() < 6 * np.sqrt(rate * (1 - rate) / count)


def test_dropout_draws_new_masks_repeatably(keras: Any) -> None:
    units = np.ones((2, 8, 8, 3), np.float32)
    one, other = dropout(keras, 0.5), dropout(keras, 0.5)
    first, second = (np.asarray(one(units, training=True)) for _ in range(2))
    assert np.any(first != second)
    np.testing.assert_array_equal(other(units, training=True), first)
    np.testing.assert_array_equal(other(units, training=True), second)


def test_dropout_lets_inference_through(keras: Any) -> None:
    images = batch()
    np.testing.assert_array_equal(dropout(keras, 0.5)(images, training=False), images)
    np.testing.assert_array_equal(dropout(keras, 0.0)(images, training=True), images)


AT_EVERY_CHANGE = "lenet", "vgg", "resnet20v1"
"""The others, which are larger, with the end-to-end tests."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name in AT_EVERY_CHANGE else pytest.mark.end_to_end)
        for name in models.names()
    ],
)
def network(request: pytest.FixtureRequest, engine: ModuleType) -> tuple[Any, Any, Any]:
    """An architecture, its faster twin with the same weights, and the penalties of these."""
    from benchmarks.engine.tensorflow.layers import replace_layers

    model = models.build(request.param, (32, 32, 3), seed=0)
    fast, penalties = replace_layers(model)
    for target, source in zip(_floats(fast), _floats(model), strict=True):
        target.assign(source)
    return model, fast, penalties


def test_an_architecture_of_faster_layers_answers_as_the_plain_one(
    keras: Any, network: tuple[Any, Any, Any]
) -> None:
    model, fast, penalties = network
    assert [w.shape for w in fast.trainable_weights] == [w.shape for w in model.trainable_weights]
    assert penalties.shape == (sum(np.prod(w.shape) for w in model.trainable_weights),)
    images = np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype(np.float32)
    logits = fast(images, training=False)
    np.testing.assert_allclose(keras.ops.softmax(logits), model(images, training=False), atol=1e-5)


def test_gradients_are_those_of_double_precision(keras: Any, tf: Any, network: tuple[Any, Any, Any]) -> None:
    """Some kernels of oneDNN compute a wrong one, such as that of a strided 1x1 convolution of few channels."""
    model, fast, _ = network
    exact = keras.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config(layer.get_config() | {"dtype": "float64"})
    )
    images, labels = np.random.default_rng(0).normal(size=(2, 32, 32, 3)), np.array([1, 5])
    found = []
    for target, source in zip(exact.trainable_weights, model.trainable_weights, strict=True):
        target.assign(np.asarray(source))
    for twin, logits in ((fast, True), (exact, False)):
        with tf.GradientTape() as tape:
            answers = twin(tf.constant(images, twin.compute_dtype), training=False)
            losses = keras.losses.sparse_categorical_crossentropy(labels, answers, from_logits=logits)
        found.append(tape.gradient(losses, [w.value for w in twin.trainable_weights]))
    for weight, got, expected in zip(model.trainable_weights, *found, strict=True):
        # Rounding tips a ReLU or a maximum here and there.
        error = np.linalg.norm(np.asarray(got) - np.asarray(expected)) / np.linalg.norm(expected)
        assert error < 0.05, weight.path


def test_penalties_are_taken_out_of_the_model_and_given_a_weight_each(engine: ModuleType) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    model = engine.tiny(SHAPE)
    fast, penalties = replace_layers(model)
    assert not fast.losses
    at = 0
    for weight in model.trainable_weights:
        size = int(np.prod(weight.shape))
        expected = 1e-2 if len(weight.shape) == 4 else 0.0
        np.testing.assert_allclose(penalties[at : at + size], expected)
        at += size


def test_penalties_of_another_kind_stay_in_the_model(keras: Any) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(3, activation="softmax", kernel_regularizer="l1")(inputs)
    fast, penalties = replace_layers(keras.Model(inputs, outputs))
    assert len(fast.losses) == 1
    assert not penalties.any()


def test_a_model_without_softmax_is_refused(keras: Any) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((4,))
    for last in (keras.layers.Dense(3, name="scores"), keras.layers.ReLU(name="scores")):
        with pytest.raises(ValueError, match=r"'bare' ends in 'scores', a .* without activation='softmax'"):
            replace_layers(keras.Model(inputs, last(inputs), name="bare"))

"""Recipe fields that came after the first pinned runs: alternating mirrors, rates of batch norm biases, averages, weight decay."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.engine.loop import epoch_order
from benchmarks.experiment.recipe import Augmentation, Recipe
from tests.support.tiny_data import PLAIN, Images, as_keras


def test_fields_at_their_defaults_are_neither_saved_nor_hashed() -> None:
    plain = replace(PLAIN, augmentation=Augmentation(mirror=True))
    assert {"norm_bias_rate", "averaging", "weight_decay"}.isdisjoint(plain.parts())
    assert replace(plain, weight_decay=0.05).parts()["weight_decay"] == 0.05
    assert replace(plain, averaging=0.5).parts()["averaging"] == 0.5
    assert "alternate" not in plain.parts()["augmentation"]
    changed = replace(plain, norm_bias_rate=64.0, augmentation=Augmentation(mirror=True, alternate=True))
    assert changed.parts()["norm_bias_rate"] == 64.0
    assert changed.parts()["augmentation"]["alternate"] is True


@pytest.mark.parametrize(
    "optimizer", ["sgd", *(pytest.param(name, marks=pytest.mark.end_to_end) for name in ("adam", "adadelta"))]
)
def test_biases_of_batch_norms_move_at_their_own_rate(
    train: Any, program: Any, first: Any, optimizer: str
) -> None:
    """After one step, which begins from the same weights, a bias has moved so many times as far."""
    recipe = Recipe(optimizer, 1e-3, epochs=1, batch_size=70)  # type: ignore[arg-type]
    moved = []
    for rate in (1.0, 8.0):
        fields = replace(recipe, norm_bias_rate=rate)
        before = first(fields).weights
        train(fields)
        moved.append(program(fields).state().weights - before)
    from benchmarks.engine.networks.weights import rate_factors

    factors = rate_factors(as_keras(program(recipe)), 8.0)
    assert factors is not None
    biases = factors == 8.0
    assert biases.sum() == 14  # batch norms of 8 and 6 channels
    np.testing.assert_allclose(moved[1][biases], 8 * moved[0][biases], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(moved[1][~biases], moved[0][~biases], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("optimizer", ["sgd", pytest.param("adam", marks=pytest.mark.end_to_end)])
def test_averaged_weights_are_as_by_hand(
    data: Images, program: Any, first: Any, train: Any, optimizer: str
) -> None:
    """The plain steps of the same program, with the averages taken between them in float64."""
    recipe = Recipe(optimizer, 0.01, epochs=3, batch_size=16, averaging=0.8)  # type: ignore[arg-type]
    plain = replace(recipe, averaging=0.0)
    state, network = first(plain), program(plain)
    from benchmarks.engine.tensorflow.data import to_device

    average, steps, arrays = state.weights.astype(float), 15, to_device(data, plain.pixels)
    for step in range(1, steps + 1):
        epoch, at = divmod(step - 1, 5)
        order = epoch_order(70, 0, epoch)[at * 16 : (at + 1) * 16]
        rates = plain.rates(steps)[step - 1 : step]
        network.load(state)
        network.train(arrays, order, rates, 0)
        state = network.state()
        if step % 5 == 0:
            average += (1 - 0.8 * (step / steps) ** 3) * (state.weights - average)
            state = replace(state, weights=average.astype(np.float32))
    train(recipe)
    found = program(recipe).state()
    np.testing.assert_allclose(found.weights, state.weights, atol=2e-6)
    np.testing.assert_array_equal(found.optimizer_state[-1], found.weights)
    assert np.abs(found.weights - first(plain).weights).max() > 0.01
    train(plain)
    assert np.abs(program(plain).state().weights - found.weights).max() > 1e-3


@pytest.mark.end_to_end
def test_what_is_left_is_the_average_wherever_the_last_step_falls(train: Any, program: Any) -> None:
    recipe = Recipe("sgd", 0.01, epochs=2, batch_size=18, averaging=0.8)  # eight steps
    train(recipe)
    found = program(recipe).state()
    assert found.step == 8
    np.testing.assert_array_equal(found.optimizer_state[-1], found.weights)


@pytest.mark.end_to_end
def test_an_averaged_training_goes_on_from_a_checkpoint_bit_for_bit(train: Any) -> None:
    recipe = Recipe("adam", 1e-3, epochs=3, batch_size=18, averaging=0.8)
    kept: list[Any] = []
    whole = train(recipe, save_checkpoint=kept.append)
    train(recipe, seed=1)
    assert train(recipe, checkpoint=kept[0]).weights_sha256 == whole.weights_sha256


def test_mirrors_alternate_from_a_first_draw(tf: Any) -> None:
    from benchmarks.engine.tensorflow.augmentation import augment, first_mirrored

    first = np.asarray(first_mirrored(tf.constant(400), tf.constant(3)))
    assert 140 < first.sum() < 260
    np.testing.assert_array_equal(first_mirrored(tf.constant(400), tf.constant(3)), first)
    assert np.any(np.asarray(first_mirrored(tf.constant(400), tf.constant(4))) != first)
    images = np.random.default_rng(0).normal(size=(400, 6, 6, 1)).astype(np.float32)
    chosen = Augmentation(mirror=True, alternate=True)
    for mirrored in (first, ~first):
        changed = np.asarray(augment(tf.constant(images), chosen, tf.constant([3, 0]), tf.constant(mirrored)))
        expected = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        np.testing.assert_allclose(changed, expected, atol=1e-6)


@pytest.mark.end_to_end
def test_a_whitening_layer_makes_patches_white_and_stays_as_it_is(engine: Any) -> None:
    """Fitted to the first images, and the same after training."""
    from benchmarks.engine.backend import load_engine
    from models.cifarnet import WhiteningConv2D

    tensorflow = load_engine()
    recipe = Recipe("sgd", 0.01, epochs=1, batch_size=8)
    images = np.random.default_rng(0).integers(0, 256, (16, 12, 12, 3), dtype=np.uint8)
    images[..., 1] = images[..., 0] // 2 + images[..., 1] // 2  # channels that go together
    labels = np.arange(16, dtype=np.uint8) % 10
    data = tensorflow.to_device(Images(images, labels, images, labels), "standardized")
    normalization = data.normalization
    program: Any
    program, _ = tensorflow.program_for("cifarnet", (12, 12, 3), recipe)
    program.load(program.start(1, images, normalization))
    before = program.state()
    layer = as_keras(program, "cifarnet", (12, 12, 3)).layers[1]
    assert isinstance(layer, WhiteningConv2D)
    outputs = np.asarray(layer(images * normalization.scale + normalization.offset)).reshape(-1, 24)
    covariance = np.cov(outputs.T)[:12, :12]
    np.testing.assert_allclose(covariance, np.eye(12), atol=0.05)
    np.testing.assert_allclose(outputs[:, 12:], -outputs[:, :12], atol=1e-5)
    program.train(data, np.arange(16, dtype=np.int32), np.full(2, 0.01, np.float32), 0)
    kernel = layer.kernel.shape
    size = int(np.prod(kernel))
    np.testing.assert_array_equal(program.state().moving_statistics[:size], before.moving_statistics[:size])
    assert np.any(program.state().weights != before.weights)

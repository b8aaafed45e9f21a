"""Recipe fields that came after the first pinned runs: alternating mirrors, and rates of batch norms' biases."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.experiment.recipe import Augmentation, Recipe
from tests.support.tiny_data import PLAIN, as_keras


def test_fields_at_their_defaults_are_neither_saved_nor_hashed() -> None:
    plain = replace(PLAIN, augmentation=Augmentation(mirror=True))
    assert {"norm_bias_rate"}.isdisjoint(plain.parts())
    assert "alternate" not in plain.parts()["augmentation"]
    changed = replace(plain, norm_bias_rate=64.0, augmentation=Augmentation(mirror=True, alternate=True))
    assert changed.parts()["norm_bias_rate"] == 64.0
    assert changed.parts()["augmentation"]["alternate"] is True


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adadelta"])
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
    from benchmarks.engine.networks.weights import norm_biases

    biases = norm_biases(as_keras(program(recipe)))
    assert biases.sum() == 14  # batch norms of 8 and 6 channels
    np.testing.assert_allclose(moved[1][biases], 8 * moved[0][biases], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(moved[1][~biases], moved[0][~biases], rtol=1e-4, atol=1e-7)


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


def test_a_whitening_layer_makes_patches_white_and_stays_as_it_is(engine: Any) -> None:
    """Fitted to the first images, and the same after training."""
    from benchmarks.engine.backend import load_engine
    from benchmarks.engine.interface import Normalization
    from models.cifarnet import WhiteningConv2D

    tensorflow = load_engine()
    recipe = Recipe("sgd", 0.01, epochs=1, batch_size=8)
    images = np.random.default_rng(0).integers(0, 256, (16, 12, 12, 3), dtype=np.uint8)
    images[..., 1] = images[..., 0] // 2 + images[..., 1] // 2  # channels that go together
    normalization = Normalization.of("standardized", images)
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
    labels = np.arange(16, dtype=np.uint8) % 10
    import tensorflow as tf

    program.train(
        tf.constant(images),
        tf.constant(labels),
        np.arange(16, dtype=np.int32),
        np.full(2, 0.01, np.float32),
        0,
        normalization,
    )
    kernel = layer.kernel.shape
    size = int(np.prod(kernel))
    np.testing.assert_array_equal(program.state().moving_statistics[:size], before.moving_statistics[:size])
    assert np.any(program.state().weights != before.weights)

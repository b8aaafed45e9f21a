"""Initial weights fitted to the data: unit variance where it is promised, and nothing else changed."""

from types import ModuleType
from typing import Literal

import numpy as np
import pytest

import models
from benchmarks.engine.tensorflow import startup
from tests.support.tiny_data import SHAPE


@pytest.fixture(scope="module", autouse=True)
def _tensorflow() -> None:
    startup.start()


@pytest.mark.parametrize("form", ["lsuv", "standardized"])
@pytest.mark.parametrize("architecture", ["vgg", pytest.param("squeezenet", marks=pytest.mark.end_to_end)])
def test_outputs_before_activations_have_unit_variance(
    architecture: str, form: Literal["lsuv", "standardized"]
) -> None:
    import keras

    from benchmarks.engine.networks.initialization import fit_initial_weights
    from benchmarks.engine.tensorflow.program import moments

    images = np.random.default_rng(0).normal(size=(16, 28, 28, 1)).astype(np.float32)
    model = models.build(architecture, (28, 28, 1), seed=0)
    plain = models.build(architecture, (28, 28, 1), seed=0)
    fit_initial_weights(model, images, form, moments)
    weighted = [layer for layer in model.layers if getattr(layer, "kernel", None) is not None]
    for layer in weighted:
        before = layer.activation
        layer.activation = keras.activations.linear
        inputs = keras.Model(model.inputs[0], layer.input)(images)
        outputs = np.asarray(layer(inputs))
        layer.activation = before
        expected = 0.1 if layer is weighted[-1] else 1.0
        kernel, drawn = np.asarray(layer.kernel), np.asarray(plain.get_layer(layer.name).kernel)
        if form == "lsuv":
            assert float(np.std(outputs)) == pytest.approx(expected, rel=1e-3)
            assert np.corrcoef(kernel.ravel(), drawn.ravel())[0, 1] == pytest.approx(1, abs=1e-6)
            assert not np.any(np.asarray(layer.bias))
        else:
            channels = outputs.reshape(-1, outputs.shape[-1])
            np.testing.assert_allclose(channels.std(0), expected, rtol=0.05)
            np.testing.assert_allclose(channels.mean(0), 0, atol=1e-3 * expected)
            for column, own in zip(
                kernel.reshape(-1, len(channels[0])).T, drawn.reshape(-1, len(channels[0])).T, strict=True
            ):
                assert np.corrcoef(column, own)[0, 1] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("architecture", "layer"), [("cct", "encoder2_out"), ("cifarnet", "block3_conv2")])
def test_attention_and_a_frozen_layer_are_passed_through(architecture: str, layer: str) -> None:
    import keras

    from benchmarks.engine.networks.initialization import fit_initial_weights
    from benchmarks.engine.tensorflow.program import moments

    images = np.random.default_rng(0).normal(size=(8, 12, 12, 1)).astype(np.float32)
    model = models.build(architecture, (12, 12, 1), seed=0)
    fixed = [np.asarray(v) for v in model.non_trainable_weights]
    fit_initial_weights(model, images, "lsuv", moments)
    outputs = keras.Model(model.inputs[0], model.get_layer(layer).output)(images)
    assert float(np.std(outputs)) == pytest.approx(1.0, rel=1e-3)
    for before, after in zip(fixed, model.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(before, after)


def test_activations_are_put_back() -> None:
    from benchmarks.engine.networks.initialization import fit_initial_weights
    from benchmarks.engine.tensorflow.program import moments

    model = models.build("lenet", (28, 28, 1), seed=0)
    images = np.random.default_rng(0).normal(size=(4, 28, 28, 1)).astype(np.float32)
    fit_initial_weights(model, images, "standardized", moments)
    assert [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")] == [
        "tanh",
        "tanh",
        "tanh",
        "softmax",
    ]


@pytest.mark.usefixtures("architectures")
@pytest.mark.parametrize(
    ("architecture", "shape"), [("lenet", (28, 28, 1)), ("tiny", SHAPE)]
)  # without moving statistics, and with them
def test_a_program_starts_each_seed_from_its_own_fitted_weights(
    architecture: str, shape: tuple[int, int, int]
) -> None:
    from benchmarks.engine.interface import Normalization
    from benchmarks.engine.networks.initialization import fit_initial_weights
    from benchmarks.engine.tensorflow.program import moments, program_for
    from benchmarks.experiment.recipe import Recipe

    images = np.random.default_rng(0).integers(0, 256, (16, *shape), np.uint8)
    pixels = Normalization.of("unit", images)
    program, _ = program_for(architecture, shape, Recipe("sgd", 0.1, epochs=1, batch_size=4))
    for seed in (3, 0, 3):
        state = program.start(seed, images, pixels, "standardized")
        model = models.build(architecture, shape, seed=seed)
        fit_initial_weights(
            model, (images * pixels.scale + pixels.offset).astype(np.float32), "standardized", moments
        )
        expected = [np.asarray(v).ravel() for v in model.trainable_weights]
        np.testing.assert_allclose(state.weights, np.concatenate(expected), rtol=1e-4, atol=1e-6)


def test_a_depthwise_convolution_is_fitted_channel_by_channel(engine: ModuleType) -> None:
    import keras

    from benchmarks.engine.networks.initialization import fit_initial_weights
    from benchmarks.engine.tensorflow.program import moments

    images = np.random.default_rng(0).normal(size=(16, 8, 8, 3)).astype(np.float32)
    inputs = keras.Input((8, 8, 3))
    hidden = keras.layers.DepthwiseConv2D(3, depth_multiplier=2)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(4)(hidden))
    fit_initial_weights(model, images, "standardized", moments)
    outputs = np.asarray(model.layers[1](images)).reshape(-1, 6)
    np.testing.assert_allclose(outputs.std(0), 1.0, rtol=0.02)
    np.testing.assert_allclose(outputs.mean(0), 0.0, atol=1e-3)

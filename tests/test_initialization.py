"""Initial weights scaled on the data: unit variance where it is promised, and nothing else changed."""

import numpy as np
import pytest

import models
from benchmarks import runtime


@pytest.fixture(scope="module", autouse=True)
def _tensorflow() -> None:
    runtime.start()


@pytest.mark.parametrize("architecture", ["vgg", "squeezenet"])
def test_outputs_before_activations_have_unit_variance(architecture: str) -> None:
    import keras

    from benchmarks.initialization import scale_to_unit_variance

    images = np.random.default_rng(0).normal(size=(16, 28, 28, 1)).astype(np.float32)
    model = models.build(architecture, (28, 28, 1), seed=0)
    plain = models.build(architecture, (28, 28, 1), seed=0)
    scale_to_unit_variance(model, images)
    weighted = [layer for layer in model.layers if getattr(layer, "kernel", None) is not None]
    for layer in weighted:
        before = layer.activation
        layer.activation = keras.activations.linear
        inputs = keras.Model(model.inputs[0], layer.input)(images)
        expected = 0.1 if layer is weighted[-1] else 1.0
        assert float(np.std(layer(inputs))) == pytest.approx(expected, rel=1e-3)
        layer.activation = before
        kernel, drawn = np.asarray(layer.kernel), np.asarray(plain.get_layer(layer.name).kernel)
        assert np.corrcoef(kernel.ravel(), drawn.ravel())[0, 1] == pytest.approx(1, abs=1e-6)
        assert not np.any(np.asarray(layer.bias))


def test_activations_are_put_back() -> None:
    from benchmarks.initialization import scale_to_unit_variance

    model = models.build("lenet", (28, 28, 1), seed=0)
    scale_to_unit_variance(model, np.random.default_rng(0).normal(size=(4, 28, 28, 1)).astype(np.float32))
    assert [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")] == [
        "tanh",
        "tanh",
        "tanh",
        "softmax",
    ]

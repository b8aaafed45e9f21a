"""The form of a model that is trained: what rebuilding keeps, and what it refuses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.engine.interface import Normalization
from tests.support.tiny_data import PLAIN, SHAPE, Images, as_keras


def test_a_model_may_call_keras_operations_between_its_layers(train: Any, program: Any, data: Images) -> None:
    training = train(replace(PLAIN, initialization="standardized"), name="operating")
    model = as_keras(program(PLAIN, "operating"), "operating")
    normalization = Normalization.of(PLAIN.pixels, data.x_train)
    images = data.x_test * normalization.scale + normalization.offset
    answers = np.asarray(model(images, training=False))
    logits = training.outputs.logits
    expected = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(answers, expected / expected.sum(1, keepdims=True), atol=1e-5)
    assert training.history[-1].loss < training.history[0].loss


def test_an_operation_after_the_softmax_is_refused(keras: Any) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(3, activation="softmax")(inputs)
    with pytest.raises(ValueError, match=r"'sharper' ends in 'multiply.*', a Multiply without act"):
        replace_layers(keras.Model(inputs, 2.0 * outputs, name="sharper"))


@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_a_constraint_is_refused_with_its_weight(keras: Any, name: str) -> None:
    from benchmarks.engine.tensorflow.layers import replace_layers

    inputs = keras.Input(SHAPE)
    bounded = {f"{name}_constraint": keras.constraints.MaxNorm(0.01)}
    x = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, name="conv", **bounded)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x), name="bounded")
    with pytest.raises(ValueError, match=f"'bounded' constrains conv/{name}, which no engine does"):
        replace_layers(model)

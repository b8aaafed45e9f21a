"""Multiply-adds, derived by hand from the published layers."""

from types import ModuleType
from typing import Any

import pytest

import models
from benchmarks.engine.model_size import multiply_adds

# Multiply-adds by hand from the published layers: positions x filters x (kernel x input channels).
_STAGES_V1 = (
    6 * (1024 * 16 * 9 * 16)
    + (256 * 32 * 9 * 16 + 5 * 256 * 32 * 9 * 32 + 256 * 32 * 16)
    + (64 * 64 * 9 * 32 + 5 * 64 * 64 * 9 * 64 + 64 * 64 * 32)
)
_STAGES_V2 = (
    (1024 * 16 * 16 + 1024 * 16 * 9 * 16 + 1024 * 64 * 16 + 1024 * 64 * 16)
    + (1024 * 16 * 64 + 1024 * 16 * 9 * 16 + 1024 * 64 * 16)
    + (256 * 64 * 64 + 256 * 64 * 9 * 64 + 256 * 128 * 64 + 256 * 128 * 64)
    + (256 * 64 * 128 + 256 * 64 * 9 * 64 + 256 * 128 * 64)
    + (64 * 128 * 128 + 64 * 128 * 9 * 128 + 64 * 256 * 128 + 64 * 256 * 128)
    + (64 * 128 * 256 + 64 * 128 * 9 * 128 + 64 * 256 * 128)
)


def _fire(positions: int, before: int, squeeze: int, expand: int) -> int:
    return positions * squeeze * before + positions * expand * squeeze * (1 + 9)


MULTIPLY_ADDS = {
    ("lenet", 1): (26 * 26 * 6 * 9 + 12 * 12 * 16 * 4 * 6 + 576 * 256 + 256 * 10, 241_816),
    ("lenet", 3): (30 * 30 * 6 * 27 + 14 * 14 * 16 * 4 * 6 + 784 * 256 + 256 * 10, 424_328),
    ("vgg", 1): (
        28 * 28 * (32 * 9 + 64 * 9 * 32) + 14 * 14 * 128 * 9 * 64 + 12 * 12 * 256 * 9 * 128
        + 4096 * 256 + 256 * 256 + 256 * 10,
        72_711_168,
    ),
    ("vgg", 3): (
        32 * 32 * (32 * 27 + 64 * 9 * 32) + 16 * 16 * 128 * 9 * 64 + 14 * 14 * 256 * 9 * 128
        + 4096 * 256 + 256 * 256 + 256 * 10,
        97_552_896,
    ),
    ("resnet20v1", 1): (1024 * 16 * 9 + _STAGES_V1 + 64 * 10, 40_518_272),
    ("resnet20v1", 3): (1024 * 16 * 27 + _STAGES_V1 + 64 * 10, 40_813_184),
    ("resnet20v2", 1): (1024 * 16 * 9 + _STAGES_V2 + 256 * 10, 65_948_160),
    ("resnet20v2", 3): (1024 * 16 * 27 + _STAGES_V2 + 256 * 10, 66_243_072),
    ("squeezenet", 1): (
        13 * 13 * 96 * 9
        + _fire(6 * 6, 96, 16, 64) + _fire(12 * 6, 64, 16, 64) + _fire(24 * 6, 64, 32, 128)
        + _fire(24 * 3, 128, 32, 128) + _fire(48 * 3, 128, 48, 192) + _fire(96 * 3, 192, 48, 192)
        + _fire(192 * 3, 192, 64, 256) + _fire(192 * 1, 256, 64, 256)
        + 384 * 10 * 256 + 3840 * 10,
        191_244_384,
    ),
    ("squeezenet", 3): (
        15 * 15 * 96 * 27
        + _fire(7 * 7, 96, 16, 64) + _fire(14 * 7, 64, 16, 64) + _fire(28 * 7, 64, 32, 128)
        + _fire(28 * 3, 128, 32, 128) + _fire(56 * 3, 128, 48, 192) + _fire(112 * 3, 192, 48, 192)
        + _fire(224 * 3, 192, 64, 256) + _fire(224 * 1, 256, 64, 256)
        + 448 * 10 * 256 + 4480 * 10,
        224_975_648,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "channels"), MULTIPLY_ADDS)
def test_multiply_adds_are_those_of_the_layers(engine: ModuleType, name: str, channels: int) -> None:
    derived, pinned = MULTIPLY_ADDS[name, channels]
    shape = (28, 28, 1) if channels == 1 else (32, 32, 3)
    assert multiply_adds(models.build(name, shape)) == derived == pinned


def test_multiply_adds_of_attention_follow_the_heads_not_the_output(keras: Any) -> None:
    inputs = keras.Input((7, 20))  # 7 tokens
    attention = keras.layers.MultiHeadAttention(num_heads=2, key_dim=3, value_dim=5, output_shape=11)
    projections = 7 * (20 * 2 * 3 + 20 * 2 * 3 + 20 * 2 * 5 + 2 * 5 * 11)  # query, key, value, output
    products = 7 * 7 * 2 * 3 + 7 * 7 * 2 * 5  # scores, weighted values
    assert multiply_adds(keras.Model(inputs, attention(inputs, inputs))) == projections + products


def test_multiply_adds_of_grouped_and_strided_layers(keras: Any) -> None:
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(6, 3, strides=2, groups=2, use_bias=False)(inputs)  # 3, 3, 6
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(5)(keras.layers.Flatten()(x))
    assert multiply_adds(keras.Model(inputs, x)) == 3 * 3 * 6 * 9 * 2 + 54 * 5


def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one(keras: Any) -> None:
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, keras.layers.SeparableConv2D(6, 3, padding="same")(inputs))
    assert multiply_adds(model) == 64 * (9 * 4 + 4 * 6)


def test_a_transposed_convolution_works_at_each_position_of_its_input(keras: Any) -> None:
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, keras.layers.Conv2DTranspose(4, 2, strides=2)(inputs))
    assert multiply_adds(model) == 64 * (4 * 2 * 2 * 4)


def test_a_model_as_a_layer_is_counted_as_if_its_layers_stood_there(keras: Any) -> None:
    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    inputs = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(inner(inputs))
    model = keras.Model(inputs, keras.layers.Dense(10)(flat))
    assert multiply_adds(model) == 6 * 6 * 4 * 9 * 3 + 6 * 6 * 4 * 10


def test_a_shared_layer_counts_as_often_as_it_is_called_and_by_the_size_of_each_call(keras: Any) -> None:
    inputs = keras.Input((8, 8, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same")
    inner = keras.Sequential([keras.Input((48,)), keras.layers.Dense(48)])
    x = keras.layers.MaxPooling2D(2)(shared(shared(inputs)))
    x = keras.layers.Flatten()(shared(x))
    model = keras.Model(inputs, inner(inner(x)))
    assert multiply_adds(model) == (64 + 64 + 16) * 9 * 3 * 3 + 2 * 48 * 48

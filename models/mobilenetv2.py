"""MobileNetV2 of half width, with strides for 32 pixels.

Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: inverted residuals and linear bottlenecks, 2018,
https://arxiv.org/abs/1801.04381.

Deviations from the paper: the strides of the first convolution and of the second stage are 1 instead of 2, as in public
implementations for CIFAR-10, so that 32x32 becomes 4x4 instead of 1x1 (the strides of the other stages are those of the paper's
table 2); batch norm keeps 0.9 of its averages per step, since ten epochs are short. Those implementations have 0.70 million
parameters and reach 0.9288 on CIFAR-10 after 200 epochs (https://github.com/chenyaofo/pytorch-cifar-models).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers

if TYPE_CHECKING:
    from keras import KerasTensor

IN_DEFAULT_GRID = False

WIDTH = 0.5
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels at full width, blocks, and stride of the first block: the paper's table 2, whose second stage has stride 2."""


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 718,746 parameters for 28x28x1 and 719,034 for 32x32x3. Shapes below are for 32x32x3."""
    inputs = keras.Input(input_shape)  # 32, 32, 3
    x = _convolution(inputs, _channels(32), 3, name="stem")  # 32, 32, 16
    # 32, 32, 8 - 32, 32, 16 - 16, 16, 16 - 8, 8, 32 - 8, 8, 48 - 4, 4, 80 - 4, 4, 160
    for stage, (expansion, channels, blocks, first_stride) in enumerate(_STAGES, 1):
        for block in range(1, blocks + 1):
            strides = first_stride if block == 1 else 1
            x = _block(x, expansion, _channels(channels), strides=strides, name=f"stage{stage}_block{block}")
    x = _convolution(x, 1280, 1, name="last")  # 4, 4, 1280
    x = layers.GlobalAveragePooling2D(name="pool")(x)  # 1280
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)
    return keras.Model(inputs, x, name="mobilenetv2")


def _channels(full: int) -> int:
    """Round a scaled width to a multiple of eight, never down by more than a tenth."""
    scaled = full * WIDTH
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def _block(x: KerasTensor, expansion: int, channels: int, *, strides: int, name: str) -> KerasTensor:
    """Expand by 1x1, filter each channel by 3x3, project by 1x1 without activation; add the input where shapes allow."""
    inner = x.shape[-1] * expansion
    y = x if expansion == 1 else _convolution(x, inner, 1, name=f"{name}_expand")
    y = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{name}_filter",
    )(y)
    y = _norm(y, name=f"{name}_filter")
    y = _convolution(y, channels, 1, name=f"{name}_project", activation=False)
    if strides == 1 and x.shape[-1] == channels:
        return layers.Add(name=f"{name}_add")([x, y])
    return y


def _convolution(
    x: KerasTensor, filters: int, size: int, *, name: str, activation: bool = True
) -> KerasTensor:
    x = layers.Conv2D(
        filters, size, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)
    return _norm(x, name=name, activation=activation)


def _norm(x: KerasTensor, *, name: str, activation: bool = True) -> KerasTensor:
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.ReLU(max_value=6.0, name=f"{name}_relu")(x) if activation else x

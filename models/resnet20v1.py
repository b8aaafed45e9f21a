"""ResNet version 1 with depth 6n+2 (default 20), which the 2018 study took from Keras's example.

He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2015, https://arxiv.org/abs/1512.03385, section 4.2.

Deviations from the paper: convolutions have biases; the shortcut that halves the map is a 1x1 convolution with stride 2,
without batch norm, instead of zero-padded identity; the L2 penalty of Keras's example replaces the weight decay: twice as strong, and
on kernels of convolutions only. On grey images the input is padded to 32x32 and the stem is bare
(see `_blocks.residual_stem`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers

from models._blocks import blocks_per_stage, norm_relu, residual_convolution, residual_head, residual_stem

if TYPE_CHECKING:
    from keras import KerasTensor


def build(input_shape: tuple[int, int, int], classes: int = 10, *, depth: int = 20) -> keras.Model:
    """Build a network of 274,090 parameters for 28x28x1 and 274,442 for 32x32x3 at depth 20.

    Args:
        input_shape: Height, width and channels of one image.
        classes: Number of classes.
        depth: 6n+2: 8, 14, 20, 26, 32, ...

    Raises:
        ValueError: The depth is not one of these.
    """
    blocks = blocks_per_stage(depth, layers_per_block=2)
    inputs = keras.Input(input_shape)
    x = residual_stem(inputs)  # 32, 32, 16
    for stage, filters in enumerate((16, 32, 64), 1):  # 32, 32, 16 - 16, 16, 32 - 8, 8, 64
        for block in range(1, blocks + 1):
            halve = stage > 1 and block == 1
            x = _block(x, filters, halve=halve, name=f"stage{stage}_block{block}")
    return keras.Model(inputs, residual_head(x, classes), name=f"resnet{depth}v1")


def _block(x: KerasTensor, filters: int, *, halve: bool, name: str) -> KerasTensor:
    strides = 2 if halve else 1
    y = residual_convolution(x, filters, 3, strides=strides, name=f"{name}_conv1")
    y = norm_relu(y, name=f"{name}_conv1")
    y = residual_convolution(y, filters, 3, name=f"{name}_conv2")
    y = layers.BatchNormalization(name=f"{name}_conv2_bn")(y)
    if halve:
        x = residual_convolution(x, filters, 1, strides=2, name=f"{name}_shortcut")
    x = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(x)

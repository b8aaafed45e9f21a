"""ResNet version 2 (pre-activation, bottleneck) with depth 9n+2 (default 20), which the 2018 study took from Keras's example.

He, Zhang, Ren, Sun: Identity mappings in deep residual networks, 2016, https://arxiv.org/abs/1603.05027.

Deviations from the paper: convolutions have biases; the L2 penalty of Keras's example replaces the weight decay: twice as
strong, and on kernels of convolutions only; the inner convolutions of stages 2 and 3 have half as many filters as the block's
output instead of a quarter (64 of 128, 128 of 256); their shortcuts take the block's input as it is, in the authors' code after
its batch norm and ReLU. On grey images the stem is bare, and the first 1x1 convolution still has neither batch norm nor ReLU before it
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
    """Build a network of 573,738 parameters for 28x28x1 and 574,090 for 32x32x3 at depth 20.

    Args:
        input_shape: Height, width and channels of one image.
        classes: Number of classes.
        depth: 9n+2: 11, 20, 29, 38, ...

    Raises:
        ValueError: The depth is not one of these.
    """
    blocks = blocks_per_stage(depth, layers_per_block=3)
    inputs = keras.Input(input_shape)
    x = residual_stem(inputs)  # 32, 32, 16
    widths = ((16, 64), (64, 128), (128, 256))
    for stage, (narrow, wide) in enumerate(widths, 1):  # 32, 32, 64 - 16, 16, 128 - 8, 8, 256
        for block in range(1, blocks + 1):
            x = _block(x, narrow, wide, stage=stage, block=block)
    x = norm_relu(x, name="final")
    return keras.Model(inputs, residual_head(x, classes), name=f"resnet{depth}v2")


def _block(x: KerasTensor, narrow: int, wide: int, *, stage: int, block: int) -> KerasTensor:
    name = f"stage{stage}_block{block}"
    strides = 2 if stage > 1 and block == 1 else 1
    y = x if stage == block == 1 else norm_relu(x, name=f"{name}_conv1")
    y = residual_convolution(y, narrow, 1, strides=strides, name=f"{name}_conv1")
    y = norm_relu(y, name=f"{name}_conv2")
    y = residual_convolution(y, narrow, 3, name=f"{name}_conv2")
    y = norm_relu(y, name=f"{name}_conv3")
    y = residual_convolution(y, wide, 1, name=f"{name}_conv3")
    if block == 1:
        x = residual_convolution(x, wide, 1, strides=strides, name=f"{name}_shortcut")
    return layers.Add(name=f"{name}_add")([x, y])

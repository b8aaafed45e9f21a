"""SqueezeNet as in the 2018 study, which differs from the published network.

After Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size, 2016,
https://arxiv.org/abs/1602.07360.

The study's code joins the two expand convolutions of a fire module along axis 1, the *height*; the paper joins the channels.
This is a slip, but the study's 711,956 and 720,084 parameters cannot be reached otherwise: the maps grow tall (448x1 before the
classifier, on 32x32) instead of deep. It is kept because this is the network that the study measured. The study
also has a first kernel of 3x3 instead of 7x7, 2x2 poolings, no activation on the last convolution, and at the end a 13x13
average pooling of stride 1, which keeps the map's size, then a dense softmax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers

if TYPE_CHECKING:
    from keras import KerasTensor

SMALLEST_SIZE = 17
"""Fewer pixels leave no width for the third pooling."""

HEIGHT = 1
"""Axis along which the study joins the expand convolutions; the channel axis would be -1."""


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 711,956 parameters for 28x28x1 and 720,084 for 32x32x3. Shapes below are for 28x28x1."""
    inputs = keras.Input(input_shape)  # 28, 28, 1
    x = layers.Conv2D(96, 3, strides=2, activation="relu", name="conv1")(inputs)  # 13, 13, 96
    x = layers.MaxPooling2D(2, name="pool1")(x)  # 6, 6, 96
    x = _fire(x, 16, 64, name="fire2")  # 12, 6, 64
    x = _fire(x, 16, 64, name="fire3")  # 24, 6, 64
    x = _fire(x, 32, 128, name="fire4")  # 48, 6, 128
    x = layers.MaxPooling2D(2, name="pool4")(x)  # 24, 3, 128
    x = _fire(x, 32, 128, name="fire5")  # 48, 3, 128
    x = _fire(x, 48, 192, name="fire6")  # 96, 3, 192
    x = _fire(x, 48, 192, name="fire7")  # 192, 3, 192
    x = _fire(x, 64, 256, name="fire8")  # 384, 3, 256
    x = layers.MaxPooling2D(2, name="pool8")(x)  # 192, 1, 256
    x = _fire(x, 64, 256, name="fire9")  # 384, 1, 256
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Conv2D(classes, 1, name="conv10")(x)  # 384, 1, 10
    x = layers.AveragePooling2D(13, strides=1, padding="same", name="pool10")(x)  # 384, 1, 10
    x = layers.Flatten(name="flatten")(x)  # 3840
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)
    return keras.Model(inputs, x, name="squeezenet")


def _fire(x: KerasTensor, squeeze: int, expand: int, *, name: str) -> KerasTensor:
    """Apply a squeeze convolution of 1x1, then expand 1x1 and 3x3 one above the other: (H, W, C) to (2H, W, expand)."""
    x = layers.Conv2D(squeeze, 1, activation="relu", name=f"{name}_squeeze")(x)
    narrow = layers.Conv2D(expand, 1, activation="relu", name=f"{name}_expand1x1")(x)
    wide = layers.Conv2D(expand, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(x)
    return layers.Concatenate(axis=HEIGHT, name=f"{name}_concat")([narrow, wide])

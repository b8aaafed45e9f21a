"""AlexNet in one tower, with strides for 28 and 32 pixels: what the 2018 study wanted to run and could not.

Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks, 2012,
https://doi.org/10.1145/3065386.

From the paper: the widths 96-256-384-384-256 and 4096-4096, overlapping 3x3 poolings of stride 2 after the first, second and
fifth convolution, ReLU, dropout of 0.5 after both large dense layers. Deviations: the first kernel is 5x5 with stride 2 instead
of 11x11 with stride 4, since the images are seven times smaller; one tower instead of two that meet in some layers; paddings
`same`; no local response normalization; he_normal kernels and zero biases instead of a standard deviation of 0.01 and biases
of 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers

if TYPE_CHECKING:
    from keras import KerasTensor

IN_DEFAULT_GRID = False


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 24,735,434 parameters for 28x28x1 and 24,740,234 for 32x32x3. Shapes below are for 28x28x1."""
    inputs = keras.Input(input_shape)  # 28, 28, 1
    x = _convolution(inputs, 96, 5, strides=2, name="conv1")  # 14, 14, 96
    x = _pooling(x, name="pool1")  # 7, 7, 96
    x = _convolution(x, 256, 5, name="conv2")  # 7, 7, 256
    x = _pooling(x, name="pool2")  # 4, 4, 256
    x = _convolution(x, 384, 3, name="conv3")  # 4, 4, 384
    x = _convolution(x, 384, 3, name="conv4")  # 4, 4, 384
    x = _convolution(x, 256, 3, name="conv5")  # 4, 4, 256
    x = _pooling(x, name="pool5")  # 2, 2, 256
    x = layers.Flatten(name="flatten")(x)  # 1024
    for name in ("dense6", "dense7"):  # 4096 - 4096
        x = layers.Dense(4096, activation="relu", kernel_initializer="he_normal", name=name)(x)
        x = layers.Dropout(0.5, name=f"{name}_dropout")(x)
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)
    return keras.Model(inputs, x, name="alexnet")


def _convolution(x: KerasTensor, filters: int, size: int, *, name: str, strides: int = 1) -> KerasTensor:
    return layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )(x)


def _pooling(x: KerasTensor, *, name: str) -> KerasTensor:
    """Apply overlapping max pooling: (H, W, C) to (H / 2, W / 2, C), rounded up."""
    return layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)

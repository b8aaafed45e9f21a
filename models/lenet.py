"""LeNet-5, as in the 2018 study.

LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998,
https://doi.org/10.1109/5.726791.

Deviations from the paper, all made by the study: kernels of 3x3 and 2x2 instead of 5x5, max pooling instead of trainable
subsampling, full connections between the two convolutions, one dense layer of 256 units instead of two of 120 and 84, softmax
with cross-entropy instead of radial basis functions.
"""

from __future__ import annotations

import keras
from keras import layers


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 150,742 parameters for 28x28x1 and 204,098 for 32x32x3. Shapes below are for 28x28x1."""
    inputs = keras.Input(input_shape)  # 28, 28, 1
    x = layers.Conv2D(6, 3, activation="tanh", name="conv1")(inputs)  # 26, 26, 6
    x = layers.MaxPooling2D(2, name="pool1")(x)  # 13, 13, 6
    x = layers.Conv2D(16, 2, activation="tanh", name="conv2")(x)  # 12, 12, 16
    x = layers.MaxPooling2D(2, name="pool2")(x)  # 6, 6, 16
    x = layers.Flatten(name="flatten")(x)  # 576
    x = layers.Dense(256, activation="tanh", name="dense")(x)
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)
    return keras.Model(inputs, x, name="lenet")

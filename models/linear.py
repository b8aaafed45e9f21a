"""Softmax regression: no hidden layer, the baseline that every network should beat.

Cox: The regression analysis of binary sequences, 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x, for many
classes; on images as in LeCun et al. 1998, https://doi.org/10.1109/5.726791, section III.C.1.

Deviations: none. Reported test accuracies are about 0.92 on MNIST and 0.84 on Fashion-MNIST.
"""

from __future__ import annotations

import keras
from keras import layers

IN_DEFAULT_GRID = False


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 7,850 parameters for 28x28x1 and 30,730 for 32x32x3. Shapes below are for 28x28x1."""
    inputs = keras.Input(input_shape)  # 28, 28, 1
    x = layers.Flatten(name="flatten")(inputs)  # 784
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)  # 10
    return keras.Model(inputs, x, name="linear")

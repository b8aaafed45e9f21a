"""A small VGG-like network with four convolutions, as in the 2018 study.

After Simonyan and Zisserman: Very deep convolutional networks for large-scale image recognition, 2014,
https://arxiv.org/abs/1409.1556. From the paper: stacks of 3x3 convolutions with ReLU between poolings. From the study: four
convolutions, the fourth without padding, a 3x3 second pooling, leaky ReLUs after the dense layers, and dropout of 0.5 only
after each pooling and after the first dense layer.
"""

from __future__ import annotations

import keras
from keras import layers

SMALLEST_SIZE = 10
"""Fewer pixels leave the second pooling less than its 3x3."""


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 1,505,034 parameters for 28x28x1 and 1,505,610 for 32x32x3. Shapes below are for 28x28x1."""
    inputs = keras.Input(input_shape)  # 28, 28, 1
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="conv1")(inputs)  # 28, 28, 32
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="conv2")(x)  # 28, 28, 64
    x = layers.MaxPooling2D(2, name="pool1")(x)  # 14, 14, 64
    x = layers.Dropout(0.5, name="dropout1")(x)
    x = layers.Conv2D(128, 3, padding="same", activation="relu", name="conv3")(x)  # 14, 14, 128
    x = layers.Conv2D(256, 3, padding="valid", activation="relu", name="conv4")(x)  # 12, 12, 256
    x = layers.MaxPooling2D(3, name="pool2")(x)  # 4, 4, 256
    x = layers.Dropout(0.5, name="dropout2")(x)
    x = layers.Flatten(name="flatten")(x)  # 4096
    x = layers.Dense(256, name="dense1")(x)
    x = layers.LeakyReLU(name="leaky1")(x)
    x = layers.Dropout(0.5, name="dropout3")(x)
    x = layers.Dense(256, name="dense2")(x)
    x = layers.LeakyReLU(name="leaky2")(x)
    x = layers.Dense(classes, activation="softmax", name="softmax")(x)
    return keras.Model(inputs, x, name="vgg")

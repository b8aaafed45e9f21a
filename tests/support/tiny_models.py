"""Small networks for tests of the training engine. Imports TensorFlow: only fixtures import this."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import keras
from keras import layers, ops, regularizers

import models


@contextmanager
def registered(name: str, build: Callable[..., keras.Model]) -> Iterator[None]:
    """While this lasts, `models` has one more architecture."""
    listed, module = models.names, ModuleType(f"models.{name}")
    module.build = build  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    models.names = lambda: (*listed(), name)
    try:
        yield
    finally:
        models.names = listed
        del sys.modules[module.__name__]


def tiny(shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Stem, one residual block with a strided shortcut, two batch norms, L2 on kernels of convolutions; nothing random.

    No bias before a batch norm: it has no effect, so its gradient is rounding noise, and Adam follows noise.
    Eight channels before the shortcut: under six, oneDNN (TensorFlow 2.21, AVX2) computes a wrong kernel gradient for
    1x1 convolutions with strides.
    """

    def convolution(x: Any, filters: int, size: int, strides: int = 1, *, bias: bool = False) -> Any:
        penalty = regularizers.L2(1e-2)  # strong, so that leaving it out would show
        return layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding="same",
            use_bias=bias,
            kernel_initializer="he_normal",
            kernel_regularizer=penalty,
        )(x)

    inputs = keras.Input(shape)
    x = layers.ReLU()(layers.BatchNormalization()(convolution(inputs, 8, 3)))
    y = layers.BatchNormalization()(convolution(x, 6, 3, 2))
    x = layers.ReLU()(layers.Add()([convolution(x, 6, 1, 2, bias=True), y]))
    x = layers.Dense(classes, activation="softmax")(layers.Flatten()(x))
    return keras.Model(inputs, x, name="tiny")


def saturating(shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Dropout and no batch norm: under a large rate it gives one answer for all images, and probabilities of 0 and 1."""
    inputs = keras.Input(shape)
    x = layers.Dense(16, activation="relu")(layers.Flatten()(inputs))
    x = layers.Dense(classes, activation="softmax")(layers.Dropout(0.5)(x))
    return keras.Model(inputs, x, name="saturating")


def dropping(shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """A batch norm and two dropouts."""
    inputs = keras.Input(shape)
    x = layers.BatchNormalization()(layers.Conv2D(8, 3, activation="relu")(inputs))
    x = layers.Dense(32, activation="relu")(layers.Flatten()(layers.Dropout(0.25)(x)))
    x = layers.Dense(classes, activation="softmax")(layers.Dropout(0.5)(x))
    return keras.Model(inputs, x, name="dropping")


def operating(shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Calls `keras.ops` between its layers: with one array and with two, with numbers, and with a list."""
    inputs = keras.Input(shape)
    x = layers.Conv2D(8, 3, padding="same")(inputs)
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(ops.relu(x))
    x = ops.relu(x + 0.5 * y)
    x = ops.concatenate([ops.mean(x, axis=(1, 2)), ops.max(x, axis=(1, 2))], axis=-1)
    x = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, x, name="operating")

"""Initial weights scaled on the data (LSUV), for deep networks without batch norm.

Mishkin and Matas: All you need is a good init, 2015, https://arxiv.org/abs/1511.06422. Here the kernels are the architecture's own draws
instead of orthonormal ones, one pass is made instead of several, and the logits are scaled down further.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


def scale_to_unit_variance(model: keras.Model, images: Any) -> None:
    """Scale kernels so that the outputs of every convolution and dense layer, before the activation, have deviation 1.

    It is done once, layer by layer, on these images alone. Keras's default kernels let the signal of a deep stack of ReLUs fade, and
    training begins with a long plateau. The logits get a deviation of 0.1: the first guess is an even one, and no step is spent on
    unlearning another.

    :param model: a functional model whose layers are used once each; changed in place.
    :param images: (N, H, W, C) float32, normalized as in training.
    """
    values = {id(model.inputs[0]): images}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        given = [values[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        inputs = given if isinstance(layer.input, list) else given[0]
        if getattr(layer, "kernel", None) is not None:
            _scale(layer, inputs, deviation=0.1 if layer is model.layers[-1] else 1.0)
        values[id(layer.output)] = layer(inputs, training=False)


def _scale(layer: keras.layers.Layer, inputs: Any, deviation: float) -> None:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        outputs = layer(inputs, training=False)
    finally:
        layer.activation = activation
    layer.kernel.assign(layer.kernel * deviation / (tf.math.reduce_std(outputs) + 1e-6))

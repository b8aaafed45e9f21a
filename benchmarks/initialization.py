"""Initial weights fitted to the data, for deep networks without batch norm.

Krähenbühl, Doersch, Donahue, Darrell: Data-dependent initializations of convolutional neural networks, 2015,
https://arxiv.org/abs/1511.06856; Salimans and Kingma: Weight normalization, 2016, https://arxiv.org/abs/1602.07868, section 3.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


def standardize_activations(model: keras.Model, images: Any) -> None:
    """Scale kernels and set biases so that every channel of every convolution and dense layer has mean 0 and variance 1.

    The logits get a deviation of 0.1, so that the first guess is an even one and no step is spent on unlearning another.

    It is done once, layer by layer, before the activation and on these images alone. In a deep stack of ReLUs as Keras initializes it,
    the images' signals fade and become alike, and training begins with a long plateau.

    :param model: a functional model whose layers are used once each; changed in place.
    :param images: (N, H, W, C) float32, normalized as in training.
    """
    values = {id(model.inputs[0]): images}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        given = [values[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        inputs = given if isinstance(layer.input, list) else given[0]
        if getattr(layer, "kernel", None) is not None and getattr(layer, "bias", None) is not None:
            _standardize(layer, inputs, deviation=0.1 if layer is model.layers[-1] else 1.0)
        values[id(layer.output)] = layer(inputs, training=False)


def _standardize(layer: keras.layers.Layer, inputs: Any, deviation: float) -> None:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        outputs = layer(inputs, training=False)
    finally:
        layer.activation = activation
    mean, variance = tf.nn.moments(outputs, list(range(len(outputs.shape) - 1)))
    scale = deviation * tf.math.rsqrt(variance + 1e-6)
    layer.kernel.assign(layer.kernel * scale)
    layer.bias.assign((layer.bias - mean) * scale)

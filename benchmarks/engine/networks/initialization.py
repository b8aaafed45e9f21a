"""Initial weights fitted to the data, for deep networks without batch norm.

With Keras's default weights the signal of a deep stack of ReLUs fades, all images come to look alike, and training begins with a long
plateau. Both forms here keep the directions of the architecture's own kernels and visit every layer once, on a few training images:

`lsuv`: one scale per layer. Mishkin and Matas: All you need is a good init, 2015, https://arxiv.org/abs/1511.06422.
`standardized`: a scale and a bias per channel. Salimans and Kingma: Weight Normalization, 2016, section 3, https://arxiv.org/abs/1602.07868.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from benchmarks.experiment.recipe import Fitted

Moments = Callable[[Any, Sequence[int]], tuple[Any, Any]]
"""Gives mean and deviation of an array over some of its axes."""


def adapt_layers(model: keras.Model, images: Any) -> None:
    """Have every layer with a method `adapt`, as Keras's `Normalization` and models' own have, fit itself to images.

    Args:
        model: Such layers stand directly behind its input; changed in place.
        images: (N, H, W, C) float32, normalized as in training.
    """
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(np.asarray(images))


def fit_initial_weights(model: keras.Model, images: Any, form: Fitted, moments: Moments) -> None:
    """Give the outputs of every convolution and dense layer, before the activation, deviation 1 on these images.

    `lsuv` does it for a layer as a whole; `standardized` for each channel, and sets its mean to 0, as batch norm would.
    The logits get a deviation of 0.1: the first guess is an even one, and no step is spent on unlearning another. Frozen kernels and those
    within an attention stay as they are.

    Args:
        model: A functional model that uses each of its layers once; changed in place.
        images: (N, H, W, C) float32, normalized as in training.
        form: `lsuv` or `standardized`.
        moments: The backend's.
    """
    values = {id(model.inputs[0]): images}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        given = [values[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        inputs = given if isinstance(layer.input, list) else given[0]
        if getattr(layer, "kernel", None) is not None and layer.trainable_weights:
            _fit(layer, inputs, form, moments, deviation=0.1 if layer is model.layers[-1] else 1.0)
        apart = isinstance(layer, keras.layers.MultiHeadAttention)  # its tensors are arguments of their own
        values[id(layer.output)] = layer(*given, training=False) if apart else layer(inputs, training=False)


def _fit(layer: keras.layers.Layer, inputs: Any, form: Fitted, moments: Moments, deviation: float) -> None:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        outputs = layer(inputs, training=False)
    finally:
        layer.activation = activation
    axes = list(range(len(outputs.shape)))
    if form == "lsuv":
        _, spread = moments(outputs, axes)
        layer.kernel.assign(layer.kernel * deviation / (spread + 1e-6))
        return
    mean, spread = moments(outputs, axes[:-1])
    scale = deviation / (spread + 1e-3)  # a channel that is the same everywhere is not blown up
    # A depthwise kernel ends in (channels, outputs per channel), not in outputs.
    ends = layer.kernel.shape[-2:] if layer.kernel.shape[-1] != scale.shape[0] else (scale.shape[0],)
    layer.kernel.assign(layer.kernel * keras.ops.reshape(scale, ends))
    if layer.bias is not None:
        layer.bias.assign((layer.bias - mean) * scale)

"""Initial weights fitted to the data, for deep networks without batch norm.

With Keras's default weights the signal fades in a deep stack of ReLUs, all images come to look alike, and training begins with a long
plateau. Both forms here keep the directions of the architecture's own kernels and visit every layer once, with a few training images:

`lsuv`: one scale per layer. Mishkin and Matas: All you need is a good init, 2015, https://arxiv.org/abs/1511.06422.
`standardized`: a scale and a bias per channel. Salimans and Kingma: Weight Normalization, 2016, section 3, https://arxiv.org/abs/1602.07868.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from benchmarks.engine.networks.rebuild import operations
from benchmarks.experiment.recipe import Fitted

Moments = Callable[[Any, Sequence[int]], tuple[Any, Any]]
"""Returns mean and standard deviation of an array over some of its axes."""


def adapt_layers(model: keras.Model, images: Any) -> None:
    """Fit every layer with a method `adapt`, such as Keras's `Normalization` or a model's own, to images.

    Args:
        model: Such layers come directly after its input; changed in place.
        images: (N, H, W, C) float32, normalized as in training.
    """
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(np.asarray(images))


def fit_initial_weights(model: keras.Model, images: Any, form: Fitted, moments: Moments) -> None:
    """Scale every convolution and dense layer so that its outputs on these images have standard deviation 1 before the activation.

    `lsuv` scales a layer as a whole; `standardized` each channel, and sets its mean to 0, as batch norm would.
    The logits get a standard deviation of 0.1: the first guess is an even one, and no step is spent on unlearning another. Frozen
    kernels and those of attention stay as they are.

    Args:
        model: A functional model that uses each of its layers once; changed in place.
        images: (N, H, W, C) float32, normalized as in training.
        form: `lsuv` or `standardized`.
        moments: The engine's.
    """
    values = {id(model.inputs[0]): images}
    for operation in operations(model):
        if isinstance(operation, keras.layers.InputLayer):
            continue
        tensors = keras.tree.flatten(operation.input)
        # Calls it as the model does: with tensors in a list or one by one, and with the model's other arguments.
        call = functools.partial(
            keras.Function(tensors, operation.output), [values[id(tensor)] for tensor in tensors]
        )
        if getattr(operation, "kernel", None) is not None and operation.trainable_weights:
            _fit(operation, call, form, moments, sd=0.1 if operation is model.layers[-1] else 1.0)
        values[id(operation.output)] = call()


def _fit(
    layer: keras.layers.Layer, call: Callable[[], Any], form: Fitted, moments: Moments, sd: float
) -> None:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        outputs = call()
    finally:
        layer.activation = activation
    axes = list(range(len(outputs.shape)))
    if form == "lsuv":
        _, found = moments(outputs, axes)
        layer.kernel.assign(layer.kernel * sd / (found + 1e-6))
        return
    mean, found = moments(outputs, axes[:-1])
    scale = sd / (found + 1e-3)  # a constant channel must not be blown up
    # A depthwise kernel ends in (channels, outputs per channel), not in (outputs,).
    ends = layer.kernel.shape[-2:] if layer.kernel.shape[-1] != scale.shape[0] else (scale.shape[0],)
    layer.kernel.assign(layer.kernel * keras.ops.reshape(scale, ends))
    if layer.bias is not None:
        layer.bias.assign((layer.bias - mean) * scale)

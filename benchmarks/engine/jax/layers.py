"""Keras's layers on JAX in the form that is trained, with the same mathematics and the same weights.

On a GPU convolutions and poolings stay Keras's own; on a processor XLA's gradients of both are slow, so they are written differently here.
All other layers run as plain Keras layers.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import keras
from jax import lax
from keras import layers

from benchmarks.engine.interface import Floats
from benchmarks.engine.jax import philox
from benchmarks.engine.jax.convolution import convolve
from benchmarks.engine.networks.rebuild import rebuild


class TwoPassBatchNormalization(layers.BatchNormalization):
    """Computes the variance from deviations, as TensorFlow's kernel does; Keras subtracts the squared mean and loses digits."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        x = inputs.astype(jnp.float32)
        if training:
            axes = tuple(range(x.ndim - 1))
            mean = jnp.mean(x, axes)
            variance = jnp.mean(jnp.square(x - mean), axes)
            for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
                old = _float32(moving)
                moving.assign(old - (1.0 - self.momentum) * (old - lax.stop_gradient(batch)))
        else:
            mean, variance = _float32(self.moving_mean), _float32(self.moving_variance)
        scale = lax.rsqrt(variance + self.epsilon) * _float32(self.gamma)
        return ((x - mean) * scale + _float32(self.beta)).astype(inputs.dtype)


class ProductConv2D(layers.Conv2D):
    """A convolution for a processor: see `convolution`. A 1x1 kernel is a matrix product, as is its gradient."""

    def call(self, inputs: Any) -> Any:
        kernel, strides = self.kernel.value, self.strides
        rows, columns, inner, outer = kernel.shape
        if (rows, columns) == (1, 1):
            x = inputs[:, :: strides[0], :: strides[1]]
            outputs = (x.reshape(-1, inner) @ kernel.reshape(inner, outer)).reshape(*x.shape[:-1], outer)
        elif inputs.shape[2] == 1 and strides == (1, 1) and self.padding == "same" and columns % 2:
            # The kernel's other columns would only meet padding. A row makes the gradient faster.
            row = inputs.reshape(-1, 1, inputs.shape[1], inner)
            outputs = convolve(
                row, kernel[None, :, columns // 2], (1, 1), ((0, 0), _same(inputs.shape[1], rows, 1))
            )
            outputs = outputs.reshape(-1, inputs.shape[1], 1, outer)
        else:
            sides = zip(inputs.shape[1:3], (rows, columns), strides, strict=True)
            above, beside = (_same(*side) if self.padding == "same" else (0, 0) for side in sides)
            outputs = convolve(inputs, kernel, strides, (above, beside))
        return self.activation(outputs if self.bias is None else outputs + self.bias.value)


class SelectingMaxPooling2D(layers.MaxPooling2D):
    """Max pooling for a processor, by comparing shifted slices. The first of equal values gets the gradient, as in XLA's own."""

    def call(self, inputs: Any) -> Any:
        (rows, columns), strides = self.pool_size, self.strides
        x = inputs
        if self.padding == "same":
            sides = zip(x.shape[1:3], (rows, columns), strides, strict=True)
            x = jnp.pad(x, ((0, 0), *(_same(*side) for side in sides), (0, 0)), constant_values=-jnp.inf)
        (down, right), (height, width) = strides, x.shape[1:3]
        best = None
        for i in range(rows):
            for j in range(columns):
                part = x[:, i : height - rows + i + 1 : down, j : width - columns + j + 1 : right]
                best = part if best is None else jnp.where((part > best) | jnp.isnan(part), part, best)
        return best


class PhiloxDropout(layers.Dropout):
    """Dropout with the masks of the TensorFlow engine; JAX's generator would give others."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        first, second = self.seed_generator.next()
        shape = inputs.shape
        if self.noise_shape is not None:  # a mask for whole images or channels; None: as the input
            shape = tuple(
                given if own is None else own for own, given in zip(self.noise_shape, shape, strict=True)
            )
        size, threshold = math.prod(shape), self.rate * 256
        # One byte per unit, as in tensorflow.layers.ByteDropout, which takes only masks of the input's shape.
        if threshold.is_integer() and self.noise_shape is None:
            words = philox.stream((first[None], second[None]), (size + 3) // 4, jnp)
            drawn = lax.bitcast_convert_type(words, jnp.uint8).reshape(-1)[:size]
            keep = drawn >= jnp.uint8(threshold)
        else:  # Keras's own on TensorFlow, which takes seeds modulo 2^31 - 2
            first, second = (word % jnp.uint32(2**31 - 2) for word in (first, second))
            words = philox.stream((first[None], second[None]), size, jnp)
            keep = philox.floats(words) >= self.rate
        mask = keep.reshape(shape).astype(inputs.dtype)
        return inputs * (mask * jnp.asarray(1.0 / (1.0 - self.rate), inputs.dtype))


def replace_layers(
    model: keras.Model, precision: str, norm_momentum: float | None, *, on_processor: bool
) -> tuple[keras.Model, Floats]:
    """Rebuild a model for training with the layers of this module: see `networks.rebuild`."""
    return rebuild(
        model, precision, norm_momentum, lambda layer: _faster_class(layer, on_processor=on_processor)
    )


def _faster_class(layer: keras.layers.Layer, *, on_processor: bool) -> type[keras.layers.Layer]:
    """Return the class to replace this layer's: its own where no other form here computes the same."""
    kind = type(layer)
    if kind is layers.BatchNormalization:
        usual = layer.trainable and not layer.synchronized and not getattr(layer, "renorm", False)
        plain = usual and layer.center and layer.scale and layer.axis in (-1, 3)
        return TwoPassBatchNormalization if plain else kind
    if kind is layers.Dropout:
        return PhiloxDropout
    if kind is layers.Conv2D and on_processor:
        plain = layer.groups == 1 and layer.dilation_rate == (1, 1)
        return ProductConv2D if plain and layer.data_format == "channels_last" else kind
    if kind is layers.MaxPooling2D and on_processor:
        return SelectingMaxPooling2D if layer.data_format == "channels_last" else kind
    return kind


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after one side with which `same` padding gives size / stride outputs."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _float32(variable: Any) -> Any:
    """Return a variable's full-precision value, also inside a bfloat16 scope: statistics are kept in float32."""
    return variable.value.astype(jnp.float32)

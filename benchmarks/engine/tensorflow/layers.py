"""Faster forms of Keras's layers on TensorFlow, with the same mathematics and the same weights.

`replace_layers` rebuilds a functional model layer by layer: layers with a faster form here are replaced, all others stay as they are,
so architectures are written in plain Keras and know nothing of this. docs/performance.md says what each form saves.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from benchmarks.engine.interface import Floats
from benchmarks.engine.networks.rebuild import rebuild


class FusedBatchNormalization(layers.BatchNormalization):
    """TensorFlow's fused kernel; Keras 3 computes the moments and normalizes in separate operations.

    The moving variance takes in the biased batch variance, as in Keras; the kernel returns the unbiased one.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training:
            outputs, *_ = tf.compat.v1.nn.fused_batch_norm(
                inputs,
                _float32(self.gamma),
                _float32(self.beta),
                mean=_float32(self.moving_mean),
                variance=_float32(self.moving_variance),
                epsilon=self.epsilon,
                is_training=False,
            )
            return outputs
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, _float32(self.gamma), _float32(self.beta), epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), tf.float32)
        variance *= (count - 1.0) / count
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            old = _float32(moving)
            moving.assign(old - (1.0 - self.momentum) * (old - tf.stop_gradient(batch)))
        return outputs


class FusedConv2D(layers.Conv2D):
    """Bias added by BiasAdd, which TensorFlow fuses into the convolution forward and backward; Keras 3 adds by broadcasting.

    Two shapes have forms of their own: a 1x1 kernel is a matrix product, whose gradient of the kernel is faster, and a map one pixel
    wide is treated as a row, since a kernel's other columns would only meet padding.
    """

    def call(self, inputs: Any) -> Any:
        kernel, strides, padding = self.kernel.value, list(self.strides), self.padding.upper()
        rows, columns, inner, outer = kernel.shape
        height, width = inputs.shape[1:3]
        # oneDNN's gradient of a strided 1x1 kernel is wrong for few input channels (seen below six; TensorFlow 2.21, AVX2).
        if (rows, columns) == (1, 1) and (strides == [1, 1] or inner < 8):
            if strides != [1, 1]:  # otherwise the slice's gradient would be a needless copy
                inputs = inputs[:, :: strides[0], :: strides[1]]
                height, width = inputs.shape[1:3]
            outputs = tf.matmul(tf.reshape(inputs, [-1, inner]), tf.reshape(kernel, [inner, outer]))
            outputs = self.activation(tf.nn.bias_add(outputs, self.bias.value))
            return tf.reshape(outputs, [-1, height, width, outer])
        if width == 1 and strides == [1, 1] and padding == "SAME" and columns % 2:
            row = tf.reshape(inputs, [-1, 1, height, inner])
            outputs = tf.nn.conv2d(row, kernel[None, :, columns // 2], 1, padding)
            outputs = self.activation(tf.nn.bias_add(outputs, self.bias.value))
            return tf.reshape(outputs, [-1, height, 1, outer])
        outputs = tf.nn.conv2d(inputs, kernel, strides, padding)
        return self.activation(tf.nn.bias_add(outputs, self.bias.value))


class FusedDense(layers.Dense):
    """Bias added by BiasAdd, as in `FusedConv2D`."""

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.activation(tf.nn.bias_add(tf.matmul(inputs, self.kernel.value), self.bias.value))


class ByteDropout(layers.Dropout):
    """Dropout whose mask costs one random byte per unit instead of four; used where the rate is a multiple of 1/256."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        shape = tf.shape(inputs)
        size = tf.reduce_prod(shape)
        seed = self.seed_generator.next()
        words = tf.random.stateless_uniform([(size + 3) // 4], seed, minval=None, maxval=None, dtype=tf.int32)
        drawn = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size], shape)
        keep = tf.cast(drawn >= tf.constant(round(self.rate * 256), tf.uint8), inputs.dtype)
        outputs = inputs * (keep * tf.cast(1.0 / (1.0 - self.rate), inputs.dtype))
        outputs.set_shape(inputs.shape)
        return outputs


def replace_layers(
    model: keras.Model, precision: str = "float32", norm_momentum: float | None = None
) -> tuple[keras.Model, Floats]:
    """Rebuild a model for training with the layers of this module: see `networks.rebuild`."""
    return rebuild(model, precision, norm_momentum, _faster_class)


def _faster_class(layer: keras.layers.Layer) -> type[keras.layers.Layer]:
    """Return the class to replace this layer's: its own where no faster form computes the same."""
    kind = type(layer)
    if kind is layers.BatchNormalization:
        usual = layer.trainable and not layer.synchronized and not getattr(layer, "renorm", False)
        plain = usual and layer.center and layer.scale and layer.axis in (-1, 3)
        of_maps = len(layer.input.shape) == 4  # the kernel takes nothing else
        return FusedBatchNormalization if plain and of_maps else kind
    if kind is layers.Conv2D:
        plain = layer.use_bias and layer.groups == 1 and layer.dilation_rate == (1, 1)
        return FusedConv2D if plain and layer.data_format == "channels_last" else kind
    if kind is layers.Dense:
        return FusedDense if layer.use_bias and not layer.lora_enabled else kind
    if kind is layers.Dropout:
        whole = float(layer.rate * 256).is_integer() and layer.noise_shape is None
        return ByteDropout if whole else kind
    return kind


def _float32(variable: Any) -> Any:
    """Return a variable's full-precision value, also inside a bfloat16 scope: statistics are kept in float32."""
    return tf.cast(variable.value, tf.float32)

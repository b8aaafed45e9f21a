"""The network behind *94% on CIFAR-10 in 3.29 seconds*: a whitening layer and three blocks of two convolutions.

Jordan: 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, https://arxiv.org/abs/2404.00498.

From the paper: a first layer of 2x2 patches, whitened and of both signs, fitted to training images and frozen; widths 64, 256,
256; batch norms without scale that keep 0.6 of their averages per step; GELU; a head without bias, scaled by 1/9; convolutions
that begin near the identity. Deviations: the whitening layer has no bias; it is fitted to 128 training images (some 120,000
patches) instead of 5,000; batch norms add 1e-5 to variances, the published code 1e-12; identity kernels get a tenth of the
usual noise, so that seeds differ; kernels have an L2 penalty of 6.7e-4, the paper's weight decay at its learning rate; no
averaged weights (one seed did not show that they help: docs/tuning.md), and no mirrored copies at evaluation. The paper has 1.97
million parameters, and 0.940 on CIFAR-10 after 9.9 epochs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import initializers, layers, ops, regularizers

if TYPE_CHECKING:
    from keras import KerasTensor

IN_DEFAULT_GRID = False
SMALLEST_SIZE = 9
"""The whitening takes a pixel, and three poolings halve the rest."""

WIDTHS = (64, 256, 256)
WEIGHT_DECAY = 6.7e-4


@keras.saving.register_keras_serializable(package="models")
class WhiteningConv2D(layers.Layer):  # type: ignore[misc]
    """Projects 2x2 patches onto their principal components, each scaled to variance 1, and onto their negatives; frozen.

    Until `adapt` has seen images, it passes the pixels of a patch and their negatives.
    """

    SIZE = 2

    def build(self, input_shape: tuple[int | None, int, int, int]) -> None:
        """Create the frozen kernel, (2, 2, C, 8 * C)."""
        inputs = self.SIZE**2 * input_shape[-1]

        def both_signs(shape: Any, dtype: Any = None) -> Any:
            identity = np.eye(inputs, dtype=np.float32)
            return ops.convert_to_tensor(np.concatenate([identity, -identity], 1).reshape(shape), dtype=dtype)

        self.kernel = self.add_weight(
            shape=(self.SIZE, self.SIZE, input_shape[-1], 2 * inputs),
            initializer=both_signs,
            trainable=False,
            name="kernel",
        )

    def adapt(self, images: Any) -> None:
        """Fit the kernel to images, (N, H, W, C) float32, normalized as in training."""
        patches = np.lib.stride_tricks.sliding_window_view(
            np.asarray(images), (self.SIZE, self.SIZE), axis=(1, 2)
        )
        rows = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, self.kernel.shape[-1] // 2).astype(np.float64)
        values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
        # In images with flat borders the smallest components are nearly constant and must not be blown up.
        whitening = vectors / np.sqrt(np.maximum(values, 0) + 5e-4)
        kernel = np.concatenate([whitening, -whitening], axis=1).reshape(self.kernel.shape)
        self.kernel.assign(kernel.astype(np.float32))

    def call(self, images: Any) -> Any:
        """Project the patches: (batch, H, W, C) to (batch, H - 1, W - 1, 8 * C)."""
        return ops.conv(images, self.kernel, padding="valid")


@keras.saving.register_keras_serializable(package="models")
class NearIdentity(initializers.Initializer):  # type: ignore[misc]
    """The first filters pass one input channel each, with little noise; the others are noise, U(-1, 1) / sqrt(fan in)."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Draw a kernel, (rows, columns, inputs, filters)."""
        rows, columns, inputs, filters = shape
        passing = np.zeros(shape, np.float32)
        scale = np.ones(shape, np.float32)
        for channel in range(min(inputs, filters)):
            passing[rows // 2, columns // 2, channel, channel] = 1.0
            scale[..., channel] = 0.1
        noise = _uniform()(shape, dtype=dtype)
        return ops.convert_to_tensor(passing, dtype=dtype) + ops.convert_to_tensor(scale, dtype=dtype) * noise

    def get_config(self) -> dict[str, Any]:
        """Return no settings: there are none."""
        return {}


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 1,964,448 parameters for 28x28x1 and 1,973,920 for 32x32x3. Shapes below are for 32x32x3."""
    inputs = keras.Input(input_shape)  # 32, 32, 3
    x = WhiteningConv2D(name="whitening")(inputs)  # 31, 31, 24
    x = layers.Activation("gelu", name="whitening_gelu")(x)
    for number, filters in enumerate(WIDTHS, 1):  # 15, 15, 64 - 7, 7, 256 - 3, 3, 256
        x = _convolution(x, filters, name=f"block{number}_conv1")
        x = layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
        x = _norm_gelu(x, name=f"block{number}_conv1")
        x = _convolution(x, filters, name=f"block{number}_conv2")
        x = _norm_gelu(x, name=f"block{number}_conv2")
    x = layers.GlobalMaxPooling2D(name="pool")(x)  # 256
    x = layers.Rescaling(1 / 9, name="scale")(x)
    x = layers.Dense(
        classes,
        activation="softmax",
        use_bias=False,
        kernel_initializer=_uniform(),
        kernel_regularizer=regularizers.L2(WEIGHT_DECAY),
        name="softmax",
    )(x)
    return keras.Model(inputs, x, name="cifarnet")


def _uniform() -> Any:
    """Draw from U(-1, 1) / sqrt(fan in)."""
    return initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")


def _convolution(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer=NearIdentity(),
        kernel_regularizer=regularizers.L2(WEIGHT_DECAY),
        name=name,
    )(x)


def _norm_gelu(x: KerasTensor, *, name: str) -> KerasTensor:
    x = layers.BatchNormalization(momentum=0.6, epsilon=1e-5, scale=False, name=f"{name}_bn")(x)
    return layers.Activation("gelu", name=f"{name}_gelu")(x)

"""Parts that several architectures share: the pieces of residual networks outside the shortcuts, and their conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras import layers, regularizers

if TYPE_CHECKING:
    from keras import KerasTensor

WEIGHT_DECAY = 1e-4
"""L2 penalty on kernels of convolutions, from Keras's example: 1e-4 * sum(w ** 2) is added to the loss.

A weight decay of 1e-4 on all weights, as in He et al. 2015 (section 4.2), is the gradient of half of that.
"""


def residual_convolution(
    x: KerasTensor, filters: int, kernel_size: int, *, strides: int = 1, name: str
) -> KerasTensor:
    """Apply a `same`-padded convolution with bias, he_normal kernel (He et al. 2015, arXiv 1502.01852) and L2 penalty."""
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(WEIGHT_DECAY),
        name=name,
    )(x)


def norm_relu(x: KerasTensor, *, name: str) -> KerasTensor:
    """Apply batch norm (Ioffe and Szegedy 2015, arXiv 1502.03167; Keras's momentum 0.99 and epsilon 1e-3), then ReLU."""
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def residual_stem(x: KerasTensor) -> KerasTensor:
    """Apply the first convolution of the study's ResNets: (H, W, C) to (H, W, 16), grey images to (H + 4, W + 4, 16).

    Colour images pass C 16 3, BN, ReLU. Grey images are zero-padded by 2 on every side (28x28 becomes 32x32) and pass a
    bare C 16 3 without BN and ReLU: only this gives the study's parameter counts on grey images.
    """
    grey = x.shape[-1] == 1
    if grey:
        x = layers.ZeroPadding2D(2, name="pad")(x)
    x = residual_convolution(x, 16, 3, name="stem")
    return x if grey else norm_relu(x, name="stem")


def residual_head(x: KerasTensor, classes: int) -> KerasTensor:
    """Apply average pooling over 8x8, flatten, and a dense softmax: (8, 8, C) to (classes,).

    The smaller maps of images below 32 pixels are averaged whole, as in the paper.
    """
    x = layers.AveragePooling2D(tuple(min(8, side) for side in x.shape[1:3]), name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(classes, activation="softmax", kernel_initializer="he_normal", name="softmax")(x)


def blocks_per_stage(depth: int, layers_per_block: int) -> int:
    """Count the blocks in each of the three stages of a ResNet of this depth.

    Raises:
        ValueError: The depth is not `3 * layers_per_block * n + 2` with n >= 1.
    """
    n, rest = divmod(depth - 2, 3 * layers_per_block)
    if rest or n < 1:
        step = 3 * layers_per_block
        known = ", ".join(str(step * i + 2) for i in (1, 2, 3))
        raise ValueError(f"depth {depth} is not {step}n+2; take one of {known}, ...")
    return n

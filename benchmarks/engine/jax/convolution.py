"""Convolutions on a processor, where XLA's gradient of the kernel is a naive loop: 7 images/s of resnet20v1.

Forward, and for the gradient of the input, XLA calls Eigen's convolutions, which are fast in one layout. The gradient of the kernel is
written here as matrix products. With stride 1 one product serves all positions of the kernel: copies of the input shifted by columns,
times copies of the output's gradient shifted by rows. A few images at a time keep both in the cache.
docs/performance.md says what was tried.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Strides = tuple[int, int]
Padding = tuple[tuple[int, int], tuple[int, int]]
"""Rows above and below, columns left and right."""

_LAYOUT = ("NHWC", "HWIO", "NHWC")
"""The layout of images, kernels and outputs for which XLA calls Eigen."""
_FLOATS = 2**18
"""About how many floats of the input's shifted copies are processed at a time: 1 MiB."""


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def convolve(images: Any, kernel: Any, strides: Strides, padding: Padding) -> Any:
    """Convolve images, (N, H, W, C), with a kernel, (R, S, C, F): (N, H', W', F)."""
    return lax.conv_general_dilated(images, kernel, strides, padding, dimension_numbers=_LAYOUT)


def _forward(images: Any, kernel: Any, strides: Strides, padding: Padding) -> tuple[Any, Any]:
    return convolve(images, kernel, strides, padding), (images, kernel)


def _backward(strides: Strides, padding: Padding, saved: tuple[Any, Any], gradient: Any) -> tuple[Any, Any]:
    images, kernel = saved
    return (
        input_gradient(images.shape, gradient, kernel, strides, padding),
        kernel_gradient(images, gradient, kernel.shape, strides, padding),
    )


convolve.defvjp(_forward, _backward)


def input_gradient(
    shape: tuple[int, int, int, int], gradient: Any, kernel: Any, strides: Strides, padding: Padding
) -> Any:
    """Return the gradient of a convolution's input, (N, H, W, C): the output's gradient, convolved with the flipped kernel.

    Args:
        shape: The input's, (N, H, W, C).
        gradient: The output's, (N, H', W', F).
        kernel: (R, S, C, F).
        strides: The convolution's.
        padding: The convolution's.
    """
    # Within a loop XLA would express the transposition as a layout of the kernel, and Eigen takes only one layout.
    turned = lax.optimization_barrier(kernel[::-1, ::-1].transpose(0, 1, 3, 2))
    sides = []
    for axis, (before, _) in enumerate(padding):
        size, step = kernel.shape[axis], strides[axis]
        spread = (gradient.shape[axis + 1] - 1) * step + 1
        first = size - 1 - before
        sides.append((first, shape[axis + 1] + size - 1 - spread - first))
    return lax.conv_general_dilated(
        gradient, turned, (1, 1), sides, lhs_dilation=strides, dimension_numbers=_LAYOUT
    )


def kernel_gradient(
    images: Any, gradient: Any, shape: tuple[int, int, int, int], strides: Strides, padding: Padding
) -> Any:
    """Return the gradient of a kernel.

    Args:
        images: The convolution's input, (N, H, W, C).
        gradient: Its output's, (N, H', W', F).
        shape: The kernel's, (R, S, C, F).
        strides: The convolution's.
        padding: The convolution's.

    Returns:
        (R, S, C, F), in the dtype of `gradient`; sums are float32, even in mixed_bfloat16.
    """
    padded = jnp.pad(images, ((0, 0), *padding, (0, 0)))
    of_part = _by_two_shifts if strides == (1, 1) else functools.partial(_by_patches, strides=strides)
    count, per_image = len(images), padded[0].size * shape[1]
    size = max(1, min(count, _FLOATS // per_image))
    whole = count // size * size

    def add(total: Any, part: tuple[Any, Any]) -> tuple[Any, None]:
        return total + of_part(*part, shape), None

    parts = tuple(array[:whole].reshape(-1, size, *array.shape[1:]) for array in (padded, gradient))
    total, _ = lax.scan(add, jnp.zeros(shape, jnp.float32), parts)
    if whole < count:
        total += of_part(padded[whole:], gradient[whole:], shape)
    return total.astype(gradient.dtype)


def _by_two_shifts(padded: Any, gradient: Any, shape: tuple[int, int, int, int]) -> Any:
    rows, columns, inner, outer = shape
    height, width = gradient.shape[1:3]
    shifted = jnp.concatenate([padded[:, :, j : j + width] for j in range(columns)], -1)
    # Row h of the input meets row h - i of the gradient at the kernel's row i.
    tall = jnp.pad(gradient, ((0, 0), (rows - 1, rows - 1), (0, 0), (0, 0)))
    moved = jnp.concatenate([tall[:, rows - 1 - i : 2 * (rows - 1) - i + height] for i in range(rows)], -1)
    product = _product(
        shifted[:, : height + rows - 1].reshape(-1, columns * inner), moved.reshape(-1, rows * outer)
    )
    return product.reshape(columns, inner, rows, outer).transpose(2, 0, 1, 3)


def _by_patches(padded: Any, gradient: Any, shape: tuple[int, int, int, int], *, strides: Strides) -> Any:
    rows, columns, inner, outer = shape
    height, width = gradient.shape[1:3]
    (down, right) = strides
    patches = jnp.concatenate(
        [
            padded[:, i : i + down * (height - 1) + 1 : down, j : j + right * (width - 1) + 1 : right]
            for i in range(rows)
            for j in range(columns)
        ],
        -1,
    )
    product = _product(patches.reshape(-1, rows * columns * inner), gradient.reshape(-1, outer))
    return product.reshape(shape)


def _product(left: Any, right: Any) -> Any:
    """Return the product of the left matrix, transposed, and the right one, summed in float32."""
    return jnp.matmul(left.T, right, preferred_element_type=jnp.float32)

"""Random shifts and mirrors of a batch of images: the same as the TensorFlow engine's for the same seed."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from benchmarks.engine.jax import philox
from benchmarks.experiment.recipe import Augmentation


def first_mirrored(count: int, seed: Any) -> Any:
    """Draw which images are mirrored in the first epoch if mirrors alternate, (count,) bool, as the TensorFlow engine does.

    Args:
        count: Number of images.
        seed: The training's, () uint32.
    """
    words = philox.stream((seed[None], jnp.full(1, 0xFFFFFFFF, jnp.uint32)), count, jnp, sign=-1)
    return philox.floats(words[0]) < 0.5


def augment(images: Any, augmentation: Augmentation, seed: tuple[Any, Any], mirrored: Any = None) -> Any:
    """Change each image of a batch at random, as `engine.tensorflow.augmentation.augment` does.

    Args:
        images: (N, H, W, C) float32, at the scale the network sees.
        augmentation: Which changes, and how large.
        seed: Two uint32 scalars; the same seed gives the same changes.
        mirrored: Which images are mirrored, (N,) bool; None: drawn here.

    Returns:
        The changed images, of the same shape and dtype.
    """
    count, height, width, _ = images.shape
    words = philox.stream((seed[0][None], seed[1][None]), 3 * count, jnp)
    drawn = philox.floats(words).reshape(count, 3)
    shift = (2.0 * drawn[:, :2] - 1.0) * augmentation.shift * jnp.array([width, height], jnp.float32)
    if not augmentation.subpixel:
        shift = jnp.round(shift)
    if mirrored is None:
        mirrored = drawn[:, 2] < 0.5
    mirrored = mirrored.astype(jnp.float32) if augmentation.mirror else jnp.zeros(count)
    # Output pixel (x, y) is taken from input pixel (+-x + shift, y + shift).
    x = (
        jnp.arange(width) * (1.0 - 2.0 * mirrored)[:, None]
        + (shift[:, 0] + mirrored * (width - 1.0))[:, None]
    )
    y = jnp.arange(height, dtype=jnp.float32)[None] + shift[:, 1:]
    rows = _weighted_positions(y, height, augmentation)
    columns = _weighted_positions(x, width, augmentation)
    return _take(_take(images, *columns, axis=2), *rows, axis=1)


def _weighted_positions(at: Any, size: int, augmentation: Augmentation) -> tuple[Any, Any]:
    """Return the pixels along one side that each coordinate is read from, and their shares; pixels outside have a share of 0.

    Args:
        at: Coordinates, (N, size) float32.
        size: Pixels along the side.
        augmentation: Names interpolation and border.

    Returns:
        Positions (taps, N, size) int32 and shares (taps, N, size) float32; one tap, or two neighbours with subpixel shifts.
    """
    last = size - 1
    if augmentation.fill == "reflect":  # dcba|abcd|dcba; a shift is never larger than the side
        at = jnp.where(at < 0, -at - 1.0, jnp.where(at > last, 2.0 * size - at - 1.0, at))
    if augmentation.fill != "constant":
        at = jnp.clip(at, 0, last)
    if augmentation.subpixel:
        low = jnp.floor(at)
        positions, shares = jnp.stack([low, low + 1.0]), jnp.stack([low + 1.0 - at, at - low])
    else:
        positions, shares = jnp.round(at)[None], jnp.ones_like(at)[None]
    inside = (positions >= 0) & (positions <= last)
    return jnp.clip(positions, 0, last).astype(jnp.int32), jnp.where(inside, shares, 0.0)


def _take(images: Any, positions: Any, shares: Any, axis: int) -> Any:
    """Read images at positions along one axis and sum the taps by their shares."""
    others = tuple(i for i in (1, 2, 3) if i != axis)
    taps = [
        jnp.take_along_axis(images, jnp.expand_dims(position, others), axis) * jnp.expand_dims(share, others)
        for position, share in zip(positions, shares, strict=True)
    ]
    return sum(taps[1:], taps[0])

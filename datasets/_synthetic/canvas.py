"""The canvas that images are drawn on, (C, N, H, W), float32, 0..1."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def grid(size: int) -> Floats:
    """Return the coordinates of the pixels' centres along one axis, (size,)."""
    return ((np.arange(size) + 0.5) * (2 / size) - 1).astype(np.float32)


def coverage(distance: Floats, softness: Floats | float) -> Floats:
    """Measure how much of each pixel a shape covers, 0..1; `softness` is the width of its edge."""
    covered: Floats = np.clip(0.5 - distance / np.float32(softness), 0, 1)
    return covered


def finish(canvas: Floats) -> NDArray[np.uint8]:
    """Turn the canvas (C, N, H, W), 0..1, into images (N, H, W, C) uint8, 0..255; values outside are clipped."""
    return np.ascontiguousarray(np.moveaxis(np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8), 0, -1))

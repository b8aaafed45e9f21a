"""Figures of a training's predictions, as the plain values that JSON saves."""

from __future__ import annotations

import base64
import math

import numpy as np
from numpy.typing import NDArray


def confusion(labels: NDArray[np.uint8], predictions: NDArray[np.uint8], classes: int) -> list[list[int]]:
    """Count test images, (classes, classes): rows are labels (N,), columns are predictions (N,)."""
    counts = np.bincount(labels.astype(np.int64) * classes + predictions, minlength=classes * classes)
    rows: list[list[int]] = counts.reshape(classes, classes).tolist()
    return rows


def packed(right: NDArray[np.bool_]) -> str:
    """Pack which test images (N,) were right: bits, first image first, in base64."""
    return base64.b64encode(np.packbits(right).tobytes()).decode("ascii")


def finite_or_none(value: float) -> float | None:
    """Return the number; None for NaN and infinity, which JSON lacks."""
    return float(value) if math.isfinite(value) else None

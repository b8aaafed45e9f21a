"""What is measured of a cell, and the plain JSON it is saved as.

Nothing here imports TensorFlow: a model is looked at through its layers only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def confusion(labels: NDArray[np.uint8], predictions: NDArray[np.uint8], classes: int) -> list[list[int]]:
    """Counts of test images, (classes, classes): rows are true classes, columns are answers."""
    counts = np.bincount(labels.astype(np.int64) * classes + predictions, minlength=classes * classes)
    rows: list[list[int]] = counts.reshape(classes, classes).tolist()
    return rows


def packed(right: NDArray[np.bool_]) -> str:
    """Which test images were right: bits, first image first, as base64."""
    return base64.b64encode(np.packbits(right).tobytes()).decode("ascii")


def plain(value: float) -> float | None:
    """A number for JSON, which knows neither NaN nor infinity: these become null."""
    return float(value) if math.isfinite(value) else None


def mean(values: Sequence[float | None]) -> float | None:
    """The mean, or None where a value is missing."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def fingerprint(parts: Mapping[str, Any]) -> str:
    """16 hex digits of SHA-256 over all that decides a cell's outcome but hardware and library versions."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

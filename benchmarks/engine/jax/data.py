"""A data set on JAX's device."""

from __future__ import annotations

import time

import jax
import numpy as np

from benchmarks.engine.interface import DeviceData, LabelledImages, Normalization


def to_device(data: LabelledImages, pixels: str) -> DeviceData:
    """Copy a data set to the device as uint8, and measure the normalization for a recipe's `pixels`."""
    start_time = time.perf_counter()
    normalization = Normalization.of(pixels, data.x_train)
    arrays = (np.ascontiguousarray(array) for array in (data.x_train, data.y_train, data.x_test))
    x_train, y_train, x_test = jax.block_until_ready([jax.device_put(array) for array in arrays])
    seconds = time.perf_counter() - start_time
    return DeviceData(x_train, y_train, x_test, np.asarray(data.y_test), normalization, seconds)

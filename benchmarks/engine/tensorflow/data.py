"""A data set as tensors."""

from __future__ import annotations

import time

import numpy as np
import tensorflow as tf

from benchmarks.engine.interface import DeviceData, LabelledImages, Normalization


def to_device(data: LabelledImages, pixels: str) -> DeviceData:
    """Copy a data set into tensors, and measure the normalization for a recipe's `pixels`."""
    start_time = time.perf_counter()
    normalization = Normalization.of(pixels, data.x_train)
    x_train, y_train, x_test = (tf.constant(array) for array in (data.x_train, data.y_train, data.x_test))
    seconds = time.perf_counter() - start_time
    return DeviceData(x_train, y_train, x_test, np.asarray(data.y_test), normalization, seconds)

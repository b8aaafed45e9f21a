"""A `.npz` with Keras's keys: x_train, y_train, x_test, y_test; never pickled objects."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets._contract import DataRefused, Images, Labels, Splits
from datasets._files.decoding import read_exactly
from datasets._own.folder import MAX_IMAGES
from datasets._own.pictures import SIDE, resized

MAX_BYTES = 4 << 30
"""Of one array."""


def read_npz(path: Path) -> Splits:
    """Read the arrays, resized to 32 x 32.

    Args:
        path: Holds images (N, H, W), (N, H, W, 1) or (N, H, W, 3) uint8, and labels (N,) or (N, 1) of any integer type, 0 to the
            number of classes less 1.

    Raises:
        DataRefused: It holds anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name: _member(archive, name) for name in ("x_train", "y_train", "x_test", "y_test")}
        if (
            count := sum(len(arrays[name]) for name in ("x_train", "x_test") if arrays[name].ndim)
        ) > MAX_IMAGES:
            raise DataRefused(f"{count:,} images; at most {MAX_IMAGES:,} are taken.")
        x_train, x_test = _images(arrays["x_train"], "x_train"), _images(arrays["x_test"], "x_test")
        if x_train.shape[1:] != x_test.shape[1:]:
            raise DataRefused(
                f"channels: {x_train.shape[3]} in x_train, {x_test.shape[3]} in x_test; expected the same number."
            )
        y_train = _labels(arrays["y_train"], "y_train", len(x_train))
        y_test = _labels(arrays["y_test"], "y_test", len(x_test))
        return Splits(x_train, y_train, x_test, y_test)
    except DataRefused as problem:
        raise DataRefused(f"{path}: {problem}") from problem
    except Exception as problem:  # a hostile file may raise anything
        raise DataRefused(f"{path}: cannot be decoded ({type(problem).__name__}: {problem}).") from problem


def _member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as stream:
        version = np.lib.format.read_magic(stream)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in readers:
            raise DataRefused(f"{name} is an array of .npy format {version}, expected 1.0 or 2.0.")
        shape, fortran, dtype = readers[version](stream)
        if dtype.hasobject or dtype.kind not in "iu":
            raise DataRefused(f"{name} is of type {dtype}, expected integers.")
        if min(shape, default=0) < 0:  # a negative size would read all that the file unpacks to
            raise DataRefused(f"{name} has the shape {shape}, expected no negative size.")
        size = math.prod(shape) * dtype.itemsize
        if size > MAX_BYTES:
            raise DataRefused(f"{name} holds {size:,} bytes; at most {MAX_BYTES:,} are taken.")
        flat = np.frombuffer(read_exactly(stream, size), dtype)
        return flat.reshape(shape, order="F" if fortran else "C")


def _images(array: NDArray[Any], name: str) -> Images:
    from PIL import Image

    grey = array.ndim == 3 or (array.ndim == 4 and array.shape[-1] == 1)
    if array.dtype != np.uint8 or not (grey or (array.ndim == 4 and array.shape[-1] == 3)) or not array.size:
        raise DataRefused(
            f"{name} is {array.dtype} {array.shape}; expected uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3)."
        )
    pictures = np.ascontiguousarray(array.reshape(array.shape[:3]) if grey else array)
    images = np.empty((len(pictures), SIDE, SIDE, 1 if grey else 3), np.uint8)
    for image, picture in zip(images, pictures, strict=True):
        image[:] = resized(Image.fromarray(picture)).reshape(image.shape)
    return images


def _labels(array: NDArray[Any], name: str, count: int) -> Labels:
    if array.shape not in ((count,), (count, 1)):
        raise DataRefused(f"{name} has the shape {array.shape}; expected ({count},).")
    if array.min() < 0 or array.max() > 255:
        raise DataRefused(
            f"{name} holds {array.min()} to {array.max()}; expected labels from 0 to at most 255."
        )
    return array.ravel().astype(np.uint8)

"""Arrays in `.npy` format, and Keras's `mnist.npz`; never pickled objects."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from datasets._contract import DataRefused, Images, Spec, Splits
from datasets._files.decoding import checked_labels, open_member, read_exactly, refuse_broken


def read_npz_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read Keras's `mnist.npz`: x_train, y_train, x_test, y_test, never pickled objects. Colour images have a fourth axis."""
    (path,) = files.values()
    train, test = sum(spec.train_counts), sum(spec.test_counts)
    picture = spec.shape[:2] if spec.shape[2] == 1 else spec.shape
    with refuse_broken(path), zipfile.ZipFile(path) as archive:
        return Splits(
            _npz_member(archive, "x_train", (train, *picture)).reshape(train, *spec.shape),
            checked_labels(_npz_member(archive, "y_train", (train,)), spec.train_counts),
            _npz_member(archive, "x_test", (test, *picture)).reshape(test, *spec.shape),
            checked_labels(_npz_member(archive, "y_test", (test,)), spec.test_counts),
        )


def _npz_member(archive: zipfile.ZipFile, name: str, expected: tuple[int, ...]) -> Images:
    with open_member(archive, f"{name}.npy") as stream:
        return read_npy(stream, name, expected)


def read_npy(
    stream: IO[bytes], name: str, expected: tuple[int, ...], kinds: tuple[str, ...] = ("uint8",)
) -> NDArray[Any]:
    """Read an array of format 1.0.

    Args:
        stream: Holds it and nothing more.
        name: What messages call it.
        expected: Its shape.
        kinds: Types that it may have.

    Raises:
        DataRefused: Its shape, type or order differs, or its data are too long or too short.
    """
    if np.lib.format.read_magic(stream) != (1, 0):
        raise DataRefused(f"{name} is not an array of .npy format 1.0.")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if (shape, fortran) != (expected, False) or dtype not in map(np.dtype, kinds):
        raise DataRefused(f"{name} is {dtype} {shape}, expected {' or '.join(kinds)} {expected} in C order.")
    return np.frombuffer(read_exactly(stream, math.prod(shape) * dtype.itemsize), dtype).reshape(shape)

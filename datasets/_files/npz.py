"""Keras's `mnist.npz`."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from datasets._contract import DataRefused, Images, Spec, Splits
from datasets._files.decoding import checked_labels, read_exactly, refuse_broken


def read_npz_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read Keras's `mnist.npz`: x_train, y_train, x_test, y_test, never pickled objects."""
    (path,) = files.values()
    train, test = sum(spec.train_counts), sum(spec.test_counts)
    with refuse_broken(path), zipfile.ZipFile(path) as archive:
        return Splits(
            _npz_member(archive, "x_train", (train, *spec.shape[:2])).reshape(train, *spec.shape),
            checked_labels(_npz_member(archive, "y_train", (train,)), spec.train_counts),
            _npz_member(archive, "x_test", (test, *spec.shape[:2])).reshape(test, *spec.shape),
            checked_labels(_npz_member(archive, "y_test", (test,)), spec.test_counts),
        )


def _npz_member(archive: zipfile.ZipFile, name: str, expected: tuple[int, ...]) -> Images:
    with archive.open(f"{name}.npy") as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise DataRefused(f"{name} is not an array of .npy format 1.0.")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        if (shape, fortran, dtype) != (expected, False, np.dtype(np.uint8)):
            raise DataRefused(f"{name} is {dtype} {shape}, expected uint8 {expected} in C order.")
        return np.frombuffer(read_exactly(stream, math.prod(shape)), np.uint8).reshape(shape)

"""A `.npz` with Keras's keys: x_train, y_train, x_test, y_test; never pickled objects."""

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets._contract import DataRefused, Images, Labels, Splits
from datasets._files.decoding import open_member, read_exactly
from datasets._own.folder import MAX_IMAGES
from datasets._own.pictures import SIDE, resized

MAX_BYTES = 4 << 30
"""Largest size of one array."""
_NAMES = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Archive:
    """A `.npz` of images (N, H, W), (N, H, W, 1) or (N, H, W, 3) uint8, and labels (N,) or (N, 1) of any integer type, from 0 on."""

    path: Path

    def state(self) -> list[object]:
        """Return what a cached copy depends on: name, size and time of change."""
        status = self.path.stat()
        return [self.path.name, status.st_size, status.st_mtime_ns]

    def read(self) -> tuple[Splits, tuple[str, ...], dict[str, str]]:
        """Return the images, resized to 32 x 32, and the classes, which are numbers; it has no bad files that could be left out.

        No data are read before all shapes and types have been checked.

        Raises:
            DataRefused: It holds anything else.
        """
        try:
            with zipfile.ZipFile(self.path) as archive:
                _check({name: _header_of(archive, name) for name in _NAMES})
                arrays = {name: _array(archive, name) for name in _NAMES}
            splits = Splits(
                _images(arrays["x_train"]),
                _labels(arrays["y_train"], "y_train"),
                _images(arrays["x_test"]),
                _labels(arrays["y_test"], "y_test"),
            )
        except DataRefused as problem:
            raise DataRefused(f"{self.path}: {problem}") from problem
        except Exception as problem:  # a hostile file may raise anything
            what = f"cannot be decoded ({type(problem).__name__}: {problem})."
            raise DataRefused(f"{self.path}: {what}") from problem
        return splits, tuple(map(str, range(int(splits.y_train.max()) + 1))), {}


class _Header(NamedTuple):
    """What a member says of its array."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Bytes of data."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def channels(self) -> int | None:
        """Number of channels of its images; None if it holds no images."""
        if self.dtype != np.uint8:
            return None
        if len(self.shape) == 3:
            return 1
        return self.shape[3] if len(self.shape) == 4 and self.shape[3] in (1, 3) else None


def _header_of(archive: zipfile.ZipFile, name: str) -> _Header:
    if f"{name}.npy" not in archive.namelist():
        raise DataRefused(f"{name} is missing; expected {', '.join(_NAMES)}.")
    with open_member(archive, f"{name}.npy") as stream:
        return _header(stream, name)


def _header(stream: IO[bytes], name: str) -> _Header:
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataRefused(f"{name} is an array of .npy format {version}, expected 1.0 or 2.0.")
    found = _Header(*readers[version](stream))
    if found.dtype.hasobject or found.dtype.kind not in "iu":
        expected = "uint8" if name.startswith("x") else "integers"
        raise DataRefused(f"{name} is of type {found.dtype}, expected {expected}.")
    if min(found.shape, default=0) < 0:  # a negative size would read all that the file unpacks to
        raise DataRefused(f"{name} has the shape {found.shape}, expected no negative size.")
    if found.size > MAX_BYTES:
        raise DataRefused(f"{name} holds {found.size:,} bytes; at most {MAX_BYTES:,} are taken.")
    return found


def _check(headers: Mapping[str, _Header]) -> None:
    """Check that the four arrays fit together."""
    for name in ("x_train", "x_test"):
        if not headers[name].size:
            raise DataRefused(f"{name} has the shape {headers[name].shape}: it holds no images.")
        if headers[name].channels is None:
            raise DataRefused(
                f"{name} is {headers[name].dtype} {headers[name].shape}; expected uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3)."
            )
    train, test = headers["x_train"], headers["x_test"]
    if (count := train.shape[0] + test.shape[0]) > MAX_IMAGES:
        raise DataRefused(f"{count:,} images; at most {MAX_IMAGES:,} are taken.")
    if train.channels != test.channels:
        raise DataRefused(
            f"channels: {train.channels} in x_train, {test.channels} in x_test; expected the same number."
        )
    for name, images in (("y_train", train.shape[0]), ("y_test", test.shape[0])):
        if (shape := headers[name].shape) not in ((images,), (images, 1)):
            raise DataRefused(f"{name} has the shape {shape}; expected ({images},).")


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with open_member(archive, f"{name}.npy") as stream:
        header = _header(stream, name)
        flat = np.frombuffer(read_exactly(stream, header.size), header.dtype)
        return flat.reshape(header.shape, order="F" if header.fortran else "C")


def _images(array: NDArray[Any]) -> Images:
    from PIL import Image

    grey = array.ndim == 3 or array.shape[3] == 1
    pictures = np.ascontiguousarray(array.reshape(array.shape[:3]) if grey else array)
    images = np.empty((len(pictures), SIDE, SIDE, 1 if grey else 3), np.uint8)
    for image, picture in zip(images, pictures, strict=True):
        image[:] = resized(Image.fromarray(picture)).reshape(image.shape)
    return images


def _labels(array: NDArray[Any], name: str) -> Labels:
    if array.min() < 0 or array.max() > 255:
        raise DataRefused(
            f"{name} holds {array.min()} to {array.max()}; expected labels from 0 to at most 255."
        )
    return array.ravel().astype(np.uint8)

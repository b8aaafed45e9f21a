"""What a data set module declares, and what can go wrong with its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (N, H, W, C), 0..255
Labels = NDArray[np.uint8]  # (N,), 0..9


class DataError(Exception):
    """A data set cannot be given; the message says what was met and what to do."""


class UnknownDataset(DataError):
    """No data set has this name."""


class DataNotFound(DataError):
    """The real files are nowhere to be had."""


class DataRefused(DataError):
    """A file is there, and is not what it should be: checksum, format, or an attack."""


@dataclass(frozen=True)
class File:
    """One official file.

    `checksums` are written `md5:...` or `sha256:...`; a file with any of them is official. A download from
    `url` must have the first. `size`, in bytes, belongs to the first.
    """

    name: str
    size: int
    checksums: tuple[str, ...]
    url: str | None = None


@dataclass(frozen=True)
class Splits:
    """The decoded arrays of one data set; `note` tells people how they differ from the official splits."""

    x_train: Images
    y_train: Labels
    x_test: Images
    y_test: Labels
    note: str = ""


@dataclass(frozen=True)
class Layout:
    """One form in which a data set lies on disk: all `files` in one of `folders` ('' is the place itself).

    `shares_names`: another data set uses the same file names, so that only a checksum tells the two apart in
    a directory that does not.
    """

    folders: tuple[str, ...]
    files: tuple[File, ...]
    read: Callable[["Spec", Mapping[str, Path]], Splits]
    optional: tuple[File, ...] = ()
    shares_names: bool = False


@dataclass(frozen=True)
class Spec:
    """A data set; `train_counts` and `test_counts` are the images of each class of the real splits.

    `mirrorable`: an image mirrored left to right is still one of its class, as a cat is and a digit is not.
    """

    name: str
    title: str
    shape: tuple[int, int, int]  # H, W, C
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    layouts: tuple[Layout, ...]
    mirrorable: bool = False

    @property
    def published(self) -> Layout:
        """The layout that the official place offers."""
        return next(layout for layout in self.layouts if all(file.url for file in layout.files))

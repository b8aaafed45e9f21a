"""What a data set's module declares, what a loaded data set is, and what can go wrong."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (N, H, W, C), 0..255
Labels = NDArray[np.uint8]  # (N,), 0 to the number of classes less 1


class DataError(Exception):
    """A data set cannot be loaded; the message says what was found and what to do.

    `advice` says in one line what to do; by default, the message's last line.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice or message.rpartition("\n")[2]


class UnknownDataset(DataError):
    """No data set has this name."""


class DataNotFound(DataError):
    """The real files are not available; `reason` says in one line why they were not downloaded."""

    def __init__(self, message: str, advice: str = "", reason: str = "") -> None:
        super().__init__(message, advice)
        self.reason = reason


class DataRefused(DataError):
    """A file exists but is not what it should be: wrong checksum, wrong format, or an attack."""


class BadDeclaration(DataError, ValueError):
    """A data set's own file is not what docs/extending.md asks for; the message names it and says what to change."""


@dataclass(frozen=True)
class File:
    """One official file.

    `checksums` are written `md5:...` or `sha256:...`; a file with any of them is official; the tuple is empty where
    none is published. A download from `url` must have the first. `size`, in bytes, belongs to the first.
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
    note: str = field(default="", kw_only=True)

    @property
    def arrays(self) -> tuple[Images, Labels, Images, Labels]:
        """The four arrays, in this order."""
        return self.x_train, self.y_train, self.x_test, self.y_test


@dataclass(frozen=True)
class Layout:
    """One form in which a data set is stored: all `files` in one of `folders` ('' is the searched folder itself).

    `shares_names`: another data set uses the same file names, so that only a checksum tells the two apart in
    a folder that is not named after the data set.
    """

    folders: tuple[str, ...]
    files: tuple[File, ...]
    read: Callable[["Spec", Mapping[str, Path]], Splits]
    optional: tuple[File, ...] = ()
    shares_names: bool = False


@dataclass(frozen=True)
class SecondTestFiles:
    """A second test set of a data set's classes: two `.npy` files in one of `folders` ('' is the searched folder itself).

    `images` holds uint8 (N, H, W, C), `labels` integers (N,), `counts` images of each class.
    """

    title: str
    folders: tuple[str, ...]
    images: File
    labels: File
    counts: tuple[int, ...]

    @property
    def files(self) -> tuple[File, File]:
        """The files of the images and of the labels."""
        return self.images, self.labels


@dataclass(frozen=True)
class Spec:
    """A data set of 2 to 256 classes; `train_counts` and `test_counts` are the images per class of the real splits.

    `layouts`: the forms that real files come in; a data set without any has generated images only.
    `mirrorable`: an image mirrored left to right still belongs to its class, as a cat does and a digit does not.
    `in_default_grid`: runs that name no data set train on it.
    `second_test`: further test images, which networks trained on the real ones are also evaluated on where their files are there.
    """

    name: str
    title: str
    shape: tuple[int, int, int]  # H, W, C
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    layouts: tuple[Layout, ...] = ()
    mirrorable: bool = False
    in_default_grid: bool = True
    second_test: SecondTestFiles | None = None

    @property
    def published(self) -> Layout | None:
        """The layout that can be downloaded, if there is one."""
        return next((layout for layout in self.layouts if all(file.url for file in layout.files)), None)


@dataclass(frozen=True, eq=False)
class SecondTest:
    """A second test set: images uint8 (N, H, W, C), labels uint8 (N,), and 16 hex digits of a hash of both and the class names."""

    title: str
    x: Images
    y: Labels
    fingerprint: str

    @property
    def identity(self) -> str:
        """Title and fingerprint: accuracies on sets of different identities do not compare."""
        return f"{self.title}, {self.fingerprint}"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images uint8 (N, H, W, C), 0..255, and labels uint8 (N,); whole sets are often read-only maps.

    `verified`: every file had its official checksum; None: own images, of which nothing is official. `origin`
    tells people where the data came from. `fingerprint`: 16 hex digits of a hash of the arrays and the class
    names. `missing`: why this is synthetic data although real data was looked for first (mode `auto`).
    `second_test` is never trained on, chosen by, or part of the fingerprint; shares keep all of it.
    """

    name: str
    x_train: Images
    y_train: Labels
    x_test: Images
    y_test: Labels
    class_names: tuple[str, ...]
    source: Literal["real", "synthetic"]
    origin: str
    verified: bool | None
    fingerprint: str
    missing: DataNotFound | None = None
    second_test: SecondTest | None = None

    @cached_property
    def train_fingerprint(self) -> str:
        """16 hex digits of a hash of the training images, their labels and the class names."""
        return fingerprint(self.class_names, self.x_train, self.y_train)

    @cached_property
    def test_fingerprint(self) -> str:
        """16 hex digits of a hash of the test images, their labels and the class names: equal for shares that differ only in their
        training images.
        """
        return fingerprint(self.class_names, self.x_test, self.y_test)

    def subset(self, train: int | None, test: int | None) -> "Dataset":
        """Take the fixed share of `train` and `test` images (None: all): the same on every call, class proportions kept.

        Each class gives its first images, as many as the method of largest remainders allots it, in their
        order.

        Raises:
            ValueError: A share is empty or larger than its split.
        """
        train = len(self.y_train) if train is None else train
        test = len(self.y_test) if test is None else test
        check_share(self.name, "train", train, len(self.y_train))
        check_share(self.name, "test", test, len(self.y_test))
        if (train, test) == (len(self.y_train), len(self.y_test)):
            return self
        in_train, in_test = _share(self.y_train, train), _share(self.y_test, test)
        x_train, y_train = self.x_train[in_train], self.y_train[in_train]
        x_test, y_test = self.x_test[in_test], self.y_test[in_test]
        return replace(
            self,
            x_train=x_train,
            y_train=y_train,
            x_test=x_test,
            y_test=y_test,
            fingerprint=fingerprint(self.class_names, x_train, y_train, x_test, y_test),
        )


def check_share(name: str, split: str, size: int, available: int) -> None:
    """Raise ValueError unless `size` images can be taken from the `available` ones."""
    if not 1 <= size <= available:
        raise ValueError(f"{name}: {split} share of {size:,} images; expected 1 to {available:,}.")


def fingerprint(class_names: Sequence[str], *arrays: NDArray[np.uint8]) -> str:
    """Hash class names, and the arrays' shapes and contents, to 16 hex digits (of SHA-256)."""
    digest = hashlib.sha256(repr(tuple(class_names)).encode())
    for array in arrays:
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _share(labels: Labels, size: int) -> NDArray[np.intp]:
    """Positions, ascending, of a stratified share of `size` labels: the first of each class."""
    counts = np.bincount(labels)
    allotted, remainders = np.divmod(counts * size, len(labels))
    # The stable sort gives a tie to the lower class.
    allotted[np.argsort(-remainders, kind="stable")[: size - allotted.sum()]] += 1
    return np.sort(np.concatenate([np.flatnonzero(labels == kind)[:n] for kind, n in enumerate(allotted)]))

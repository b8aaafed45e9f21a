"""What every loaded data set is, real or generated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datasets._spec import DataNotFound, Images, Labels, Splits


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images uint8 (N, H, W, C), 0..255, and labels uint8 (N,), 0..9; whole sets are often read-only maps.

    `verified`: every file had its official checksum. `origin` tells people where the data came from.
    `fingerprint`: 16 hex digits of a hash of the arrays and the class names. `missing`: why this is a
    stand-in where real data was looked for first (mode `auto`).
    """

    name: str
    x_train: Images
    y_train: Labels
    x_test: Images
    y_test: Labels
    class_names: tuple[str, ...]
    source: Literal["real", "synthetic"]
    origin: str
    verified: bool
    fingerprint: str
    missing: DataNotFound | None = None

    def subset(self, train: int, test: int) -> "Dataset":
        """Take the fixed share of `train` and `test` images: the same at every call, class shares kept.

        Each class gives its first images, as many as the method of largest remainders allots it, in their
        order. Raises ValueError if a share is empty or larger than its split.
        """
        check_share(self.name, "train", train, len(self.y_train))
        check_share(self.name, "test", test, len(self.y_test))
        if (train, test) == (len(self.y_train), len(self.y_test)):
            return self
        in_train, in_test = _share(self.y_train, train), _share(self.y_test, test)
        splits = Splits(
            self.x_train[in_train], self.y_train[in_train], self.x_test[in_test], self.y_test[in_test]
        )
        return replace(
            self,
            x_train=splits.x_train,
            y_train=splits.y_train,
            x_test=splits.x_test,
            y_test=splits.y_test,
            fingerprint=fingerprint(splits, self.class_names),
        )


def check_share(name: str, split: str, size: int, available: int) -> None:
    """Raise ValueError unless `size` images can be taken from the `available` ones."""
    if not 1 <= size <= available:
        raise ValueError(f"{name}: {split} share of {size:,} images; expected 1 to {available:,}.")


def fingerprint(splits: Splits, class_names: Sequence[str]) -> str:
    """Hash shapes, contents and class names to 16 hex digits (of SHA-256)."""
    digest = hashlib.sha256(repr(tuple(class_names)).encode())
    for array in (splits.x_train, splits.y_train, splits.x_test, splits.y_test):
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

"""The user's own data sets that this process knows."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets import _cache
from datasets._contract import DataRefused, Dataset, Spec, Splits, fingerprint
from datasets._own.folder import Folder
from datasets._own.npz import Archive
from datasets._own.pictures import FILTER, SIDE

_FORMAT = 2  # raise it when what is made of the same files changes


@dataclass(frozen=True)
class OwnImages:
    """A data set of the user's own images, as the command line names it."""

    name: str
    path: Path
    skip_bad: bool = False
    """Leave bad files out instead of refusing the data set."""

    @classmethod
    def parse_all(cls, texts: Sequence[str], *, skip_bad: bool = False) -> "tuple[OwnImages, ...]":
        """Read several `NAME=DIR`.

        Raises:
            DataRefused: One has another form, or two have the same name.
        """
        found = tuple(cls.parse(text, skip_bad=skip_bad) for text in texts)
        for name, count in Counter(own.name for own in found).items():
            if count > 1:
                raise DataRefused(f"{name}: named {count} times; give each data set a name of its own.")
        return found

    @classmethod
    def parse(cls, text: str, *, skip_bad: bool = False) -> "OwnImages":
        """Read `NAME=DIR`.

        Raises:
            DataRefused: It has another form, or its place has no absolute path.
        """
        name, given, path = text.partition("=")
        if not given or not path or not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name) or name == "all":
            raise DataRefused(
                f"{text}: expected NAME=DIR or NAME=FILE.npz; NAME: a-z, then up to 59 of a-z, 0-9 and _, but not 'all'."
            )
        try:
            return cls(name, Path(path).expanduser().resolve(), skip_bad)
        except RuntimeError as problem:  # an unknown user's ~, or links in a circle
            raise DataRefused(f"{text}: {problem}") from None


@dataclass(frozen=True)
class LoadedImages:
    """A data set of the user's own images, read."""

    spec: Spec
    entry: _cache.Entry
    origin: str
    bad: dict[str, str]
    """Files that were left out, and why."""
    repeated: int
    """How many test images have the same pixels as a training image."""

    @property
    def warning(self) -> str:
        """Say how many test images the networks are trained on; empty if none."""
        if not self.repeated:
            return ""
        return (
            f"{self.spec.name}: test images with the same pixels as a training image: {self.repeated:,} of {sum(self.spec.test_counts):,}. "
            "Accuracy on these says nothing about new images; remove them from one of the splits."
        )

    @property
    def fingerprint(self) -> str:
        """16 hex digits of a hash of all its pixels, labels and class names."""
        return str(self.entry.facts["fingerprint"])

    def dataset(self) -> Dataset:
        """Return all its images, as real ones that have no official checksums."""
        return self.entry.dataset(self.spec, "real", self.origin, verified=None)


_known: dict[str, tuple[OwnImages, LoadedImages]] = {}


def add(own: OwnImages, taken: tuple[str, ...]) -> LoadedImages:
    """Read a data set and make its name known to this process.

    Args:
        own: The data set.
        taken: Names of data sets that have files of their own.

    Raises:
        DataRefused: The name is taken, or the images cannot be used; the message names every file that is bad.
    """
    if own.name in taken:
        raise DataRefused(f"{own.name}: a data set has this name; choose another name.")
    if own.name in _known and _known[own.name][0] == own:
        return _known[own.name][1]
    loaded = _load(own)
    _known[own.name] = own, loaded
    return loaded


def find(name: str) -> LoadedImages | None:
    """Return the data set of this name, if there is one."""
    return _known[name][1] if name in _known else None


def own_names() -> tuple[str, ...]:
    """List the names, in the order in which they were added."""
    return tuple(_known)


def _load(own: OwnImages) -> LoadedImages:
    try:
        is_npz = own.path.suffix.lower() == ".npz" and own.path.is_file()
        source = Archive(own.path) if is_npz else Folder.listed(own.path)
        state = source.state()
    except OSError as problem:
        raise DataRefused(f"{problem.filename}: cannot be read ({problem.strerror}).") from problem
    facts = [_FORMAT, _cache.FORMAT, FILTER, SIDE, str(own.path), own.skip_bad, state]
    key = f"own-{own.name}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"
    entry = _cache.read(key)
    if entry is None:
        splits, names, bad = source.read()
        if bad and not own.skip_bad:
            raise _refusal(own, bad)
        _check_classes(own, splits, names)
        known = {"class_names": names, "bad": bad, "repeated": _repeated(splits)}
        entry = _cache.write(key, splits, {"fingerprint": fingerprint(names, *splits.arrays), **known})
        _cache.remove_others(key, f"own-{own.name}")
    return _described(own, entry)


def _described(own: OwnImages, entry: _cache.Entry) -> LoadedImages:
    splits, names, bad = entry.splits, tuple(entry.facts["class_names"]), entry.facts["bad"]
    repeated: int = entry.facts["repeated"]
    height, width, channels = splits.x_train.shape[1:]
    spec = Spec(
        own.name,
        own.name,
        (height, width, channels),
        names,
        tuple(np.bincount(splits.y_train, minlength=len(names)).tolist()),
        tuple(np.bincount(splits.y_test, minlength=len(names)).tolist()),
    )
    left_out = f"; {_bad_files(bad)} left out" if bad else ""
    also = f"; test images also in train: {repeated:,}" if repeated else ""
    origin = f"own images: {own.path}; {FILTER} to {SIDE} x {SIDE}{left_out}{also}"
    return LoadedImages(spec, entry, origin, bad, repeated)


def _repeated(splits: Splits) -> int:
    trained = {hashlib.sha256(image).digest() for image in splits.x_train}
    return sum(hashlib.sha256(image).digest() in trained for image in splits.x_test)


def _check_classes(own: OwnImages, splits: Splits, names: tuple[str, ...]) -> None:
    if not 2 <= len(names) <= 256:
        raise DataRefused(f"{own.path}: classes: {len(names)}; expected 2 to 256.")
    for split, labels in (("train", splits.y_train), ("test", splits.y_test)):
        if labels.size and int(labels.max()) >= len(names):
            raise DataRefused(
                f"{own.path}: {split} has label {int(labels.max())}, which train does not have."
            )
        counts = np.bincount(labels, minlength=len(names))
        if empty := [name for name, count in zip(names, counts, strict=True) if not count]:
            raise DataRefused(f"{own.path}: no images in {split} for {', '.join(empty)}.")


def _bad_files(bad: Mapping[str, str]) -> str:
    return f"{len(bad):,} bad {'file' if len(bad) == 1 else 'files'}"


def _refusal(own: OwnImages, bad: dict[str, str]) -> DataRefused:
    lines = [f"  {path}: {why}" for path, why in bad.items()]
    advice = "Repair or remove them, or leave them out with --skip-bad-images: the run records it."
    return DataRefused("\n".join([f"{own.path}: {_bad_files(bad)}:", *lines, advice]))

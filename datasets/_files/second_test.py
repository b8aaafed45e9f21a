"""A data set's second test set: found, checked and read where both of its files are given."""

from pathlib import Path

import numpy as np

from datasets._contract import DataRefused, SecondTest, SecondTestFiles, Spec, fingerprint
from datasets._files import locate
from datasets._files.checksums import UnofficialFile, unofficial_files
from datasets._files.decoding import checked_labels, refuse_broken
from datasets._files.download import download
from datasets._files.npz import read_npy

_INTEGERS = ("int32", "int64", "uint8")


def folders(files: SecondTestFiles, data_dir: Path | None) -> list[Path]:
    """List where the files are looked for, in this order."""
    return [base / name for _, base in locate.places(data_dir) for name in files.folders]


def find(files: SecondTestFiles, data_dir: Path | None) -> dict[str, Path]:
    """Return the paths by name in the first folder that holds both; none where no folder holds any.

    Raises:
        DataRefused: There is only one of the two, or something that is no such file.
    """
    alone = ""
    for folder in folders(files, data_dir):
        paths = locate.present(folder, files.files)
        if len(paths) == len(files.files):
            return paths
        if paths and not alone:
            (there,) = paths
            (lost,) = {file.name for file in files.files} - {there}
            alone = f"{files.title}: only {there} is in {folder}; expected {lost} beside it. Add it, or move {there} away."
    if alone:
        raise DataRefused(alone)
    return {}


def unofficial(files: SecondTestFiles, paths: dict[str, Path]) -> list[UnofficialFile]:
    """Hash the files that were found and list those that are not official."""
    return unofficial_files(paths, files.files)


def read(spec: Spec, files: SecondTestFiles, paths: dict[str, Path]) -> SecondTest:
    """Read both files.

    Raises:
        DataRefused: One holds anything but images and labels of the data set's shape and classes.
    """
    count = sum(files.counts)
    images, labels = (paths[file.name] for file in files.files)
    with refuse_broken(images), images.open("rb") as stream:
        x = read_npy(stream, "the array", (count, *spec.shape))
    with refuse_broken(labels), labels.open("rb") as stream:
        classes = read_npy(stream, "the array", (count,), _INTEGERS)
        if classes.min() < 0 or classes.max() >= len(files.counts):
            raise DataRefused(
                f"labels {classes.min()} to {classes.max()}, expected 0..{len(files.counts) - 1}."
            )
        y = checked_labels(classes.astype(np.uint8), files.counts)
    return SecondTest(files.title, x, y, fingerprint(spec.class_names, x, y))


def fetch(files: SecondTestFiles, data_dir: Path | None) -> list[Path]:
    """Download the files unless one place has both, and return their paths. Raises as `download`."""
    for folder in folders(files, data_dir):
        paths = locate.present(folder, files.files)
        if len(paths) == len(files.files):
            return list(paths.values())
    return download(files.files, folders(files, data_dir)[0])

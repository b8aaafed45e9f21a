"""A data set's second test set: found, checked and read where both of its files are given."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class FoundSecondTest:
    """Both files of a second test set, in one folder."""

    declared: SecondTestFiles
    paths: dict[str, Path]

    def unofficial(self) -> list[UnofficialFile]:
        """Hash both files and list those that are not official."""
        return unofficial_files(self.paths, self.declared.files)

    def read(self, spec: Spec) -> SecondTest:
        """Read both files.

        Raises:
            DataRefused: One holds anything but images and labels of the data set's shape and classes.
        """
        counts = self.declared.counts
        images, labels = (self.paths[file.name] for file in self.declared.files)
        with refuse_broken(images), images.open("rb") as stream:
            x = read_npy(stream, "the array", (sum(counts), *spec.shape))
        with refuse_broken(labels), labels.open("rb") as stream:
            classes = read_npy(stream, "the array", (sum(counts),), _INTEGERS)
            if classes.min() < 0 or classes.max() >= len(counts):
                raise DataRefused(
                    f"labels {classes.min()} to {classes.max()}, expected 0..{len(counts) - 1}."
                )
            y = checked_labels(classes.astype(np.uint8), counts)
        return SecondTest(self.declared.title, x, y, fingerprint(spec.class_names, x, y))


def find(files: SecondTestFiles, data_dir: Path | None) -> FoundSecondTest | None:
    """Find the first folder that holds both files.

    Raises:
        DataRefused: There is only one of the two, or something that is no such file.
    """
    alone = ""
    for folder in folders(files, data_dir):
        paths = locate.present(folder, files.files)
        if len(paths) == len(files.files):
            return FoundSecondTest(files, paths)
        if paths and not alone:
            (there,) = paths
            (lost,) = {file.name for file in files.files} - {there}
            alone = f"{files.title}: only {there} is in {folder}; expected {lost} beside it. Add it, or move {there} away."
    if alone:
        raise DataRefused(alone)
    return None


def fetch(files: SecondTestFiles, data_dir: Path | None) -> list[Path]:
    """Download the files unless one place has both, and return their paths. Raises as `download`."""
    for folder in folders(files, data_dir):
        paths = locate.present(folder, files.files)
        if len(paths) == len(files.files):
            return list(paths.values())
    return download(files.files, folders(files, data_dir)[0])

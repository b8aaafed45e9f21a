"""A folder of pictures: DIR/train/CLASS/*, DIR/test/CLASS/*, as torchvision's ImageFolder and Keras read them."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets._contract import DataRefused, Images, Labels, Splits
from datasets._own.pictures import SIDE, BadPicture, read_picture

MAX_IMAGES = 500_000
_SPLITS = ("train", "test")


@dataclass(frozen=True)
class Folder:
    """The files of a folder, listed but not read."""

    root: Path
    class_names: tuple[str, ...]
    files: dict[str, list[tuple[int, Path]]]
    """By split: class and path of each file."""
    stray: tuple[Path, ...] = ()
    """What lies beside the class folders, and belongs to no class."""

    @classmethod
    def listed(cls, root: Path) -> "Folder":
        """List a folder's files; names that begin with a dot are passed over.

        Raises:
            DataRefused: It does not hold classes in splits, or more files than are taken.
        """
        try:
            found = {split: _folders(root / split) for split in _SPLITS}
            classes = {split: names for split, (names, _) in found.items()}
            stray = tuple(path for _, paths in found.values() for path in paths)
            names = classes["train"]
            if unknown := sorted(set(classes["test"]) - set(names)):
                raise DataRefused(f"{root}/test: classes that train does not have: {', '.join(unknown)}.")
            if not 2 <= len(names) <= 256:
                raise DataRefused(f"{root}/train: class folders: {len(names)}; expected 2 to 256.")
            files = {
                split: [
                    (number, path)
                    for number, name in enumerate(names)
                    if name in classes[split]
                    for path in _entries(root / split / name)
                ]
                for split in _SPLITS
            }
        except OSError as problem:
            if isinstance(problem, FileNotFoundError) and not root.exists():
                raise DataRefused(f"{root}: no such file or folder.") from None
            raise DataRefused(
                f"{problem.filename}: cannot be read ({problem.strerror}); expected {root}/train/CLASS/* and "
                f"{root}/test/CLASS/*, with PNG, JPEG or BMP files."
            ) from problem
        if (count := sum(map(len, files.values()))) > MAX_IMAGES:
            raise DataRefused(f"{root}: {count:,} files; at most {MAX_IMAGES:,} are taken.")
        return cls(root, tuple(names), files, stray)

    def state(self) -> list[object]:
        """Return what a cached copy depends on: the classes, as one may have no file, and path, size and time of change of all files."""
        states: list[object] = [self.class_names]
        for path in (*(path for split in _SPLITS for _, path in self.files[split]), *self.stray):
            status = path.lstat()
            states.append((str(path.relative_to(self.root)), status.st_size, status.st_mtime_ns))
        return states

    def read(self) -> tuple[Splits, tuple[str, ...], dict[str, str]]:
        """Read all pictures; return the intact ones, the classes, and why each of the other files is bad, by path."""
        bad = {str(path): f"in no class's folder; expected {path.parent}/CLASS/*" for path in self.stray}
        train, test = (self._read(split, bad) for split in _SPLITS)
        return Splits(*train, *test), self.class_names, bad

    def _read(self, split: str, bad: dict[str, str]) -> tuple[Images, Labels]:
        listed = self.files[split]
        images = np.empty((len(listed), SIDE, SIDE, 3), np.uint8)
        labels: list[int] = []
        for number, path in listed:
            try:
                images[len(labels)] = read_picture(path)
            except BadPicture as problem:
                bad[str(path)] = str(problem)
                continue
            labels.append(number)
        return images[: len(labels)], np.array(labels, np.uint8)


def _folders(split: Path) -> tuple[list[str], list[Path]]:
    """Return the names of a split's class folders, and the paths of everything else there."""
    with os.scandir(split) as entries:
        shown = [entry for entry in entries if not entry.name.startswith(".")]
    if links := [entry.path for entry in shown if entry.is_symlink()]:
        raise DataRefused(f"{links[0]}: a symbolic link; expected a folder with the class's images.")
    names = sorted(entry.name for entry in shown if entry.is_dir(follow_symlinks=False))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:  # no result could be saved
            raise DataRefused(
                f"{split}: the class folder {name!a} has a name that is not UTF-8; rename it."
            ) from None
    return names, sorted(split / entry.name for entry in shown if entry.name not in names)


def _entries(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if not entry.name.startswith("."))

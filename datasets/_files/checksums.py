"""Checksums of files, compared with the official ones."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from datasets._contract import DataRefused, File, Spec


class UnofficialFile(NamedTuple):
    """A file whose checksum is not an official one."""

    path: str
    actual_checksum: str
    expected: str


def checksum(path: Path, algorithm: str) -> str:
    """Hash a file to `md5:...` or `sha256:...`.

    Raises:
        DataRefused: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"
    except OSError as problem:
        raise DataRefused(f"{path}: cannot be read ({problem}).") from problem


def actual_checksum(path: Path, file: File) -> str:
    """Hash the file at `path` with the algorithm of the file's first official checksum (without one: SHA-256)."""
    return checksum(path, file.checksums[0].partition(":")[0] if file.checksums else "sha256")


def is_official(path: Path, file: File) -> bool:
    """Return whether the file at `path` has one of the official checksums."""
    algorithms = dict.fromkeys(known.partition(":")[0] for known in file.checksums)
    return any(checksum(path, algorithm) in file.checksums for algorithm in algorithms)


def unofficial_files(paths: Mapping[str, Path], files: Iterable[File]) -> list[UnofficialFile]:
    """Hash the files that are in `paths` (by file name) and list those that are not official."""
    unofficial = []
    for file in files:
        path = paths.get(file.name)
        if path is not None and not is_official(path, file):
            expected = " or ".join(file.checksums) or "a checksum, but none is published for this file"
            unofficial.append(UnofficialFile(str(path), actual_checksum(path, file), expected))
    return unofficial


def refusal(spec: Spec, unofficial: Iterable[UnofficialFile]) -> DataRefused:
    """Say which files are not official, and what to do."""
    lines = [
        f"  {file.path}\n    received {file.actual_checksum}\n    expected {file.expected}"
        for file in unofficial
    ]
    advice = "Download them again, or, if you know where they come from, accept them with --accept-copies: the run records that."
    return DataRefused("\n".join([f"{spec.title}: not the official files:", *lines, advice]))

"""Where the official files are looked for."""

import hashlib
import json
import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from datasets import _cache
from datasets._contract import DataNotFound, DataRefused, File, Layout, Spec
from datasets._files.checksums import UnofficialFile, actual_checksum, is_official, unofficial_files

SYSTEM_PACKAGES = Path("/usr/share/datasets")
_SMALL = 64 << 20
"""Size that no file is refused for, in bytes: an unpacked copy may be several times as large as a small official file."""


class Candidate(NamedTuple):
    """A folder that may hold a data set's files in one layout."""

    place: str
    folder: Path
    layout: Layout
    ambiguous: bool
    """Whether files of these names in it may belong to another data set."""


@dataclass(frozen=True)
class FoundFiles:
    """All files of one layout, in one folder."""

    place: str
    folder: Path
    layout: Layout
    paths: dict[str, Path]

    def cache_key(self, spec: Spec) -> str:
        """Name the decoded arrays by declaration, decoder and files: path, size and time, as hashing takes seconds."""
        states = [
            (str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.paths.values()
        ]
        official = [file.checksums for file in (*self.layout.files, *self.layout.optional)]
        decoder = getattr(self.layout.read, "__qualname__", None) or repr(self.layout.read)
        declared = [spec.class_names, spec.shape, spec.train_counts, spec.test_counts]
        facts = [_cache.FORMAT, states, official, decoder, *declared]
        return f"{spec.name}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"

    def unofficial(self) -> list[UnofficialFile]:
        """Hash every file and list those that are not official."""
        return unofficial_files(self.paths, (*self.layout.files, *self.layout.optional))


def places(data_dir: Path | None) -> list[tuple[str, Path]]:
    """List where files are looked for, in this order, each with a name for people."""
    given = [("data directory", data_dir)] if data_dir else []
    return [*given, ("Keras's cache", keras_cache()), ("system packages", SYSTEM_PACKAGES)]


def keras_cache() -> Path:
    """Return Keras's folder of data sets, which KERAS_HOME moves."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def candidates(spec: Spec, data_dir: Path | None) -> Iterator[Candidate]:
    """Yield every folder to look in, place by place."""
    for place, base in places(data_dir):
        for layout in spec.layouts:
            for name in layout.folders:
                bare = not name and base.name not in layout.folders
                yield Candidate(place, base / name, layout, bare and layout.shares_names)


def find(spec: Spec, data_dir: Path | None, other_checksums: frozenset[str]) -> FoundFiles | None:
    """Find the first folder that holds all files of a layout.

    Args:
        spec: The data set.
        data_dir: Where to look first.
        other_checksums: Those of other data sets' files, which may have the same names.

    Raises:
        DataRefused: Only a checksum could tell which data set an unofficial file belongs to; or something that is no
            file, or far larger than the official one, has a file's name.
    """
    for place, folder, layout, ambiguous in candidates(spec, data_dir):
        paths = present(folder, (*layout.files, *layout.optional))
        if any(file.name not in paths for file in layout.files):
            continue
        if ambiguous and not _belongs_to(spec, folder, layout, other_checksums):
            continue
        return FoundFiles(place, folder, layout, paths)
    return None


def present(folder: Path, files: Iterable[File]) -> dict[str, Path]:
    """Return the paths, by name, of the files that are in the folder.

    Raises:
        DataRefused: What has a file's name would keep a reader waiting, or never end: it is a pipe, a device, a folder, or far larger
            than the official file.
    """
    paths = {}
    for file in files:
        path = folder / file.name
        try:
            found = path.stat()
        except OSError:
            continue  # missing, or in a folder that may not be entered
        limit = max(_SMALL, 4 * file.size)
        kind = None
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe, a device or a socket"
        elif found.st_size > limit:
            kind = f"{found.st_size:,} bytes, more than any copy has (limit {limit:,})"
        if kind:
            raise DataRefused(f"{path}: {kind}; expected a file of about {file.size:,} bytes. Move it away.")
        paths[file.name] = path
    return paths


def destination(layout: Layout, data_dir: Path | None) -> Path:
    """Return the folder that a layout's files are downloaded to."""
    return (data_dir or keras_cache()) / layout.folders[0]


def not_found(spec: Spec, data_dir: Path | None, reason: str) -> DataNotFound:
    """Say where files were looked for, why they were not downloaded (`reason`, one line), and how to get them."""
    if not spec.layouts:
        return DataNotFound(
            f"{spec.title}: no real data: datasets/{spec.name}.py declares no files. Use generated images: --data synthetic.",
            reason=reason,
        )
    forms = " or ".join(", ".join(file.name for file in layout.files) for layout in spec.layouts)
    lines = [f"{spec.title}: no real data. Looked for {forms} in"]
    for place, folder, layout, _ in candidates(spec, data_dir):
        missing = {file.name for file in layout.files} - present(folder, layout.files).keys()
        partly = 0 < len(missing) < len(layout.files)
        line = f"  {place}: {folder}" + (f" (only {', '.join(sorted(missing))} missing)" if partly else "")
        if line not in lines:
            lines.append(line)
    advice = "Use generated images: --data synthetic."
    if spec.published:
        named = [] if spec.in_default_grid else ["--dataset", spec.name]
        chosen = ["--data-dir", str(data_dir)] if data_dir else []
        fetch = shlex.join(["python", "-m", "benchmarks", "data", "--fetch", *named, *chosen])
        advice = f"Get them with {fetch}, or use generated images: --data synthetic."
        where = destination(spec.published, data_dir)
        lines += [f"  {reason}", "Get it with", f"  {fetch}", "or"]
        lines += [
            f"  curl -L --create-dirs -o {shlex.quote(str(where / file.name))} {file.url}"
            for file in spec.published.files
        ]
    return DataNotFound("\n".join([*lines, "or use generated images: --data synthetic."]), advice, reason)


def _belongs_to(spec: Spec, folder: Path, layout: Layout, other_checksums: frozenset[str]) -> bool:
    """Tell by the checksum of its smallest file whether an ambiguous folder is this data set's.

    Raises:
        DataRefused: No checksum tells.
    """
    file = min(layout.files, key=lambda file: file.size)
    path = folder / file.name
    if is_official(path, file):
        return True
    if actual_checksum(path, file) in other_checksums:
        return False
    raise DataRefused(
        f"{path}: an unofficial file that no checksum identifies, under a name that other data sets use too. "
        f"If it is {spec.title}, move it and its companions to {folder / layout.folders[0]}."
    )

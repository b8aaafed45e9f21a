"""Where the official files are looked for, how they are checked, and how they are downloaded."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from datasets import _cache
from datasets._spec import DataNotFound, DataRefused, File, Layout, Spec

SYSTEM_PACKAGES = Path("/usr/share/datasets")
_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_CHUNK = 1 << 16  # bytes

# Host: why it could not be reached. An offline machine waits for each host once in a process.
_unreachable: dict[str, str] = {}


class Copy(NamedTuple):
    """A file whose checksum is not an official one."""

    path: str
    received: str
    expected: str


@dataclass(frozen=True)
class Found:
    """All files of one layout, in one folder."""

    place: str
    folder: Path
    layout: Layout
    files: dict[str, Path]

    def key(self, spec: Spec) -> str:
        """Name the decoded arrays by decoder and files: path, size and time, as hashing takes seconds."""
        states = [
            (str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.files.values()
        ]
        official = [file.checksums for file in (*self.layout.files, *self.layout.optional)]
        decoder = getattr(self.layout.read, "__qualname__", None) or repr(self.layout.read)
        facts = [_cache.FORMAT, states, official, decoder, spec.shape, spec.train_counts, spec.test_counts]
        return f"{spec.name}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"

    def copies(self) -> list[Copy]:
        """Hash every file and list those that are not the official ones."""
        found = []
        for file in (*self.layout.files, *self.layout.optional):
            path = self.files.get(file.name)
            if path is not None and not is_official(path, file):
                found.append(Copy(str(path), received(path, file), " or ".join(file.checksums)))
        return found


def checksum(path: Path, algorithm: str) -> str:
    """`md5:...` or `sha256:...` of a file. Raises DataRefused if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"
    except OSError as problem:
        raise DataRefused(f"{path}: cannot be read ({problem}).") from problem


def received(path: Path, file: File) -> str:
    """Give the checksum to hold against the file's first official one."""
    return checksum(path, file.checksums[0].partition(":")[0])


def is_official(path: Path, file: File) -> bool:
    """Whether the file has one of the official checksums."""
    algorithms = dict.fromkeys(known.partition(":")[0] for known in file.checksums)
    return any(checksum(path, algorithm) in file.checksums for algorithm in algorithms)


def places(data_dir: Path | None) -> list[tuple[str, Path]]:
    """Where files are looked for, in this order, with a name for people."""
    own = [("data directory", data_dir)] if data_dir else []
    return [*own, ("Keras's cache", keras_cache()), ("system packages", SYSTEM_PACKAGES)]


def keras_cache() -> Path:
    """Give Keras's directory of data sets, which KERAS_HOME moves."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def folders(spec: Spec, data_dir: Path | None) -> Iterator[tuple[str, Path, Layout, bool]]:
    """Give every place, folder and layout to look for, and whether the names may be another data set's."""
    for place, base in places(data_dir):
        for layout in spec.layouts:
            for name in layout.folders:
                bare = not name and base.name not in layout.folders
                yield place, base / name, layout, bare and layout.shares_names


def find(spec: Spec, data_dir: Path | None, foreign: frozenset[str]) -> Found | None:
    """Find the first folder that holds all files of a layout.

    `foreign`: checksums of other data sets' files, which may lie under the same names. Raises DataRefused
    where only a checksum could tell which data set an unknown copy is.
    """
    for place, folder, layout, ambiguous in folders(spec, data_dir):
        files = present(folder, (*layout.files, *layout.optional))
        if any(file.name not in files for file in layout.files):
            continue
        if ambiguous and not _is_own(spec, folder, layout, foreign):
            continue
        return Found(place, folder, layout, files)
    return None


def present(folder: Path, files: Iterable[File]) -> dict[str, Path]:
    """Those of the files that are in the folder."""
    # os.path, because Path.is_file raises where a folder may not be entered.
    return {file.name: folder / file.name for file in files if os.path.isfile(folder / file.name)}  # noqa: PTH113


def _is_own(spec: Spec, folder: Path, layout: Layout, foreign: frozenset[str]) -> bool:
    file = min(layout.files, key=lambda file: file.size)
    path = folder / file.name
    if is_official(path, file):
        return True
    if received(path, file) in foreign:
        return False
    raise DataRefused(
        f"{path}: a copy that no checksum identifies, under a name that other data sets use too. If it is "
        f"{spec.title}, move it and its companions to {folder / layout.folders[0]}."
    )


def destination(spec: Spec, data_dir: Path | None) -> Path:
    """Where downloads are kept."""
    return (data_dir or keras_cache()) / spec.published.folders[0]


def download(files: Iterable[File], folder: Path) -> list[Path]:
    """Fetch the files that are not in the folder yet; each appears there whole and checked, or not at all.

    Raises DataNotFound if a file is not to be had, DataRefused if what came is not the official file.
    """
    paths = []
    for file in files:
        paths.append(folder / file.name)
        if not paths[-1].exists():
            _download(file, folder)
    return paths


def _download(file: File, folder: Path) -> None:
    import pooch
    import requests

    assert file.url is not None
    host = urlsplit(file.url).netloc
    if host in _unreachable:
        raise DataNotFound(f"download of {file.url}: {_unreachable[host]} (not tried again)")
    progress = _Progress(file)
    # Not the transfer's own compression: a .gz file must arrive as it is.
    fetcher = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=_CHUNK,
        timeout=(_CONNECT_SECONDS, _READ_SECONDS),
        headers={"Accept-Encoding": "identity"},
    )
    made = not folder.exists()
    try:
        pooch.retrieve(file.url, file.checksums[0], file.name, folder, downloader=fetcher)
    except requests.exceptions.HTTPError as problem:
        _unreachable[host] = str(problem)
        raise DataNotFound(f"download of {file.url}: {problem}") from problem
    except requests.exceptions.RequestException as problem:
        _unreachable[host] = f"{host} cannot be reached, or broke off ({type(problem).__name__})"
        raise DataNotFound(f"download of {file.url}: {_unreachable[host]}") from problem
    except OSError as problem:
        raise DataNotFound(f"download of {file.url} cannot be kept in {folder}: {problem}") from problem
    except ValueError as problem:  # pooch's word for a wrong checksum
        raise DataRefused(
            f"download of {file.url}: not the official file; nothing kept. {problem}"
        ) from problem
    finally:
        progress.close()
        if made:
            with suppress(OSError):  # not empty: the download is there
                folder.rmdir()


class _Progress:
    """Pooch's progress bar, by rich, silent off a terminal; stops a download that outgrows its file."""

    def __init__(self, file: File) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        console = Console(stderr=True)
        self._file, self._received, self.total = file, 0, file.size  # pooch sets `total`
        self._bar = Progress(
            "{task.description}",
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(file.name, total=file.size)
        self._bar.start()

    def update(self, size: int) -> None:
        self._received += size
        if self._received > self._file.size + _CHUNK:  # pooch counts whole chunks
            raise DataRefused(
                f"download of {self._file.url}: more than its official {self._file.size:,} bytes; none kept."
            )
        self._bar.update(self._task, completed=min(self._received, self._file.size))

    def reset(self) -> None:
        self._received = 0

    def close(self) -> None:
        self._bar.stop()

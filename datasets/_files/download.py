"""Checksummed downloads of the official files."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from datasets._contract import DataNotFound, DataRefused, File

_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_CHUNK = 1 << 16  # bytes

# Host or URL: why it could not be reached. An offline machine waits for each host once per process.
_unreachable: dict[str, str] = {}


def download(files: Iterable[File], folder: Path) -> list[Path]:
    """Fetch the files that are not in the folder yet; each appears there atomically, complete and checked.

    Raises:
        DataNotFound: A file is not available.
        DataRefused: What arrived is not the official file.
    """
    paths = []
    for file in files:
        paths.append(folder / file.name)
        # os.path, because Path.exists raises where a folder may not be entered.
        if not os.path.exists(paths[-1]):  # noqa: PTH110
            _download(file, folder)
    return paths


def _download(file: File, folder: Path) -> None:
    import pooch
    import requests

    assert file.url is not None
    host = urlsplit(file.url).netloc
    if known := _unreachable.get(host) or _unreachable.get(file.url):
        raise DataNotFound(f"download of {file.name}: {known}")
    progress = _Progress(file)
    # Not the transfer's own compression: a .gz file must arrive as it is.
    fetcher = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=_CHUNK,
        timeout=(_CONNECT_SECONDS, _READ_SECONDS),
        headers={"Accept-Encoding": "identity"},
    )
    made = not os.path.exists(folder)  # noqa: PTH110
    try:
        pooch.retrieve(file.url, file.checksums[0], file.name, folder, downloader=fetcher)
    except requests.exceptions.HTTPError as problem:
        _unreachable[file.url] = str(problem)  # the host is there, and may have other files
        raise DataNotFound(f"download of {file.name}: {problem}") from problem
    except requests.exceptions.RequestException as problem:
        _unreachable[host] = f"{host} cannot be reached, or broke off ({type(problem).__name__})"
        raise DataNotFound(f"download of {file.name}: {_unreachable[host]}") from problem
    except OSError as problem:
        raise DataNotFound(f"download of {file.name} cannot be kept in {folder}: {problem}") from problem
    except ValueError as problem:  # pooch raises this for a wrong checksum
        raise DataRefused(
            f"download of {file.url}: not the official file; nothing kept. {problem}"
        ) from problem
    finally:
        progress.close()
        if made:
            with suppress(OSError):  # not empty: the download is there
                folder.rmdir()


class _Progress:
    """Pooch's progress bar, drawn by rich, silent off a terminal; stops a download that outgrows its file."""

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

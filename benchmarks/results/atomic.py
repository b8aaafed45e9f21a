"""Files that are written atomically: readers find the old content or the new one, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

_STALE_SECONDS = 3600.0
"""A temporary file this old belongs to a process that was killed."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers, even after a power cut, find the old content or the new one, complete.

    Two writers at once do not meet: each has a temporary file of its own in the same folder, and the last one to finish wins.

    Raises:
        OSError: The disk is full, or the folder cannot be written to; it names the file, and nothing partly written stays behind.

    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        with contextlib.suppress(OSError):  # a read-only file system refuses this, too
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_named(path: Path, content: bytes) -> None:
    """Write to where a user says: a file atomically, through a link too; a device or a pipe, such as /dev/stdout, is not replaced.

    Raises:
        OSError: As for `write_atomically`.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
    else:
        write_atomically(Path(os.path.realpath(path)), content)


def remove_stale(folder: Path) -> None:
    """Remove the temporary files that killed processes have left in a folder."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock file, so that processes take turns; where there are no locks (read-only folder) go on without."""
    import filelock  # here, since it takes a tenth of a second, and collection needs none of it

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, NotImplementedError):
            stack.enter_context(filelock.FileLock(path))
        yield


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; not every file system lets a folder be opened for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

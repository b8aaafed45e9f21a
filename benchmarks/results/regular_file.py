"""Reading a file from outside, which may be anything."""

import errno
import os
import stat
from pathlib import Path


def read_regular(path: Path, expected: str, limit: int) -> bytes:
    """Return the content of a regular file; a pipe or a device would keep its reader waiting, or never end.

    Args:
        path: The file.
        expected: What it should be, for messages.
        limit: The most bytes that such a file has.

    Raises:
        OSError: It is missing, not a regular file, too large, or cannot be read.
    """
    # Opening a pipe for reading waits for a writer, unless it is told not to.
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, f"not a regular file; expected {expected}")
        if found.st_size > limit:
            raise OSError(
                errno.EFBIG, f"{found.st_size:,} bytes are too many for {expected} (limit {limit:,})"
            )
        return file.read(limit)

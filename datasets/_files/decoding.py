"""What every decoder of official files does; the files may be broken or hostile.

A decoder knows beforehand what it must find (shapes, types, counts) and never reads, unpacks or allocates
more than that: a file that claims or holds anything else is refused with DataRefused, whatever its checksum.
"""

import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from datasets._contract import DataRefused, Labels

SLACK = 1 << 20  # bytes that headers, labels and padding may add to the pixels
_REMEDY = "Remove it and get it again, with python -m benchmarks data --fetch where it can be downloaded."


@contextmanager
def refuse_broken(path: Path) -> Iterator[None]:
    """Turn whatever fails in decoding into a DataRefused that names the file."""
    try:
        yield
    except DataRefused as problem:
        raise DataRefused(f"{path}: {problem} {_REMEDY}") from problem
    except Exception as problem:  # a hostile file may raise anything
        what = f"cannot be decoded ({type(problem).__name__}: {problem})."
        raise DataRefused(f"{path}: {what} {_REMEDY}") from problem


def open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a file of an archive; refuse other methods than deflate, as only with it `zipfile` unpacks no more than it is asked for."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataRefused(f"{name} is packed by another method than deflate.")
    return archive.open(name)


def read_exactly(stream: IO[bytes] | gzip.GzipFile, size: int) -> bytes:
    """Read the stream's remaining `size` bytes; refuse more or fewer."""
    data = stream.read(size + 1)
    if len(data) < size:
        raise DataRefused(f"truncated: {len(data):,} bytes of data, expected {size:,}.")
    if len(data) > size:
        raise DataRefused(f"more data than the expected {size:,} bytes.")
    return data


def checked_labels(labels: Labels, counts: tuple[int, ...]) -> Labels:
    """Return the labels; refuse them if their classes, or the numbers of images per class, are not those of `counts`."""
    if labels.size and int(labels.max()) >= len(counts):
        raise DataRefused(f"label {int(labels.max())}, expected 0..{len(counts) - 1}.")
    actual = tuple(np.bincount(labels, minlength=len(counts)).tolist())
    if actual != counts:
        raise DataRefused(f"images of each class: {actual}, expected {counts}.")
    return labels

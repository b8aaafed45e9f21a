"""Bytes under a line that names their kind and their SHA-256, so that a file that was cut off or changed is noticed."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator

_ANY_KIND = b"cnn-benchmarks stored "


class StoredWorkRefused(Exception):
    """A stored training that is damaged or of another kind; the message names it."""


def seal(kind: str, body: bytes) -> bytes:
    """Return the body under its line."""
    return _line(kind, body) + body


def seal_buffer(kind: str, buffer: io.BytesIO) -> bytes:
    """Return what a buffer holds under its line; the body is moved, not copied, since it may take a good part of the memory."""
    with buffer.getbuffer() as body:
        line = _line(kind, body)
    buffer.seek(0, io.SEEK_END)
    buffer.write(line)  # makes room
    with buffer.getbuffer() as held:
        held[len(line) :] = held[: -len(line)]
        held[: len(line)] = line
    return buffer.getvalue()


def unseal(kind: str, content: bytes, name: str) -> bytes:
    """Return the body.

    Args:
        kind: What it must be.
        content: All bytes of the file.
        name: What messages call the file.

    Raises:
        StoredWorkRefused: It is damaged, or something else.
    """
    line, _, body = content.partition(b"\n")
    if line + b"\n" == _line(kind, body):
        return body
    if line.startswith(_ANY_KIND + kind.encode()):
        raise StoredWorkRefused(f"{name}: damaged: its checksum is wrong")
    if line.startswith(_ANY_KIND):
        raise StoredWorkRefused(f"{name}: written by another version of the suite")
    raise StoredWorkRefused(f"{name}: not a stored training")


@contextlib.contextmanager
def refusing(name: str) -> Iterator[None]:
    """Turn any error while reading a file's content into StoredWorkRefused, which names the file."""
    try:
        yield
    except Exception as error:  # a hostile file may raise anything
        raise StoredWorkRefused(f"{name}: invalid content ({error})") from None


def _line(kind: str, body: bytes | memoryview) -> bytes:
    return _ANY_KIND + f"{kind} {hashlib.sha256(body).hexdigest()}\n".encode()

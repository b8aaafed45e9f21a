"""What a worker sends while it runs a job, as bytes that are checked like files from outside.

Ray itself unpickles what its workers send before it can be checked here. They are trusted: without the cluster's token none can join.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from benchmarks.engine.loop import ProgressEvent
from benchmarks.execution.sealed_file import StoredWorkRefused, refusing

MAX_BYTES = 1024**3
"""Largest size of a checkpoint, the largest kind of message."""
MAX_RESULT_BYTES = 64 * 1024**2
"""Largest size of any other message."""

_Text = Annotated[str, Meta(max_length=100_000)]


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """The training has come this far."""

    event: ProgressEvent

    def __post_init__(self) -> None:
        if not 0 <= self.event.step <= self.event.steps or self.event.steps < 1:
            raise ValueError(f"step {self.event.step} of {self.event.steps}")


class Notified(msgspec.Struct, frozen=True, tag="notified"):
    """A notice for the user."""

    text: _Text


class CheckpointTaken(msgspec.Struct, frozen=True, tag="checkpoint"):
    """The training after whole epochs: bytes of `checkpoint_file`."""

    content: bytes


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The result: bytes of `store.encode`."""

    content: bytes


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The job cannot finish anywhere, for this reason."""

    reason: _Text


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """This worker must not run the job, for this reason: its code, versions or images are not the driver's."""

    reason: _Text
    images: bool = False
    """Whether that is its images alone, so that it may run jobs of other data sets."""


Message = Progressed | Notified | CheckpointTaken | Finished | Failed | Refused

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """Return a message as bytes."""
    return _encoder.encode(message)


def decode(content: bytes, name: str) -> Message:
    """Return the message of these bytes.

    Args:
        content: What has arrived.
        name: Name of its worker to use in error messages.

    Raises:
        StoredWorkRefused: It is not a message of a worker.
    """
    if len(content) > MAX_BYTES:
        raise StoredWorkRefused(f"{name}: {len(content):,} bytes, expected at most {MAX_BYTES:,}")
    with refusing(name):
        message: Message = _decoder.decode(content)
        if len(content) > MAX_RESULT_BYTES and not isinstance(message, CheckpointTaken):
            raise ValueError(f"{len(content):,} bytes, expected at most {MAX_RESULT_BYTES:,}")
        return message

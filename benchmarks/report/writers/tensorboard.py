"""`--tensorboard DIR`: TensorBoard's logs of finished cells, one folder per seed: `DIR/lenet-mnist/seed-0`.

Each epoch is one event: `loss/train`, `loss/test`, `accuracy/train`, `accuracy/test`, `learning_rate` (at the epoch's last step) and
`images_per_second`; what is not finite is left out. Written from what is saved of a cell, so that nothing of it is timed, and cells
that were resumed or trained in a process of their own have their curves too.

TensorBoard's format is TensorFlow's records of protocol buffers. Both are simple enough to be written here: `tf.summary` needs TensorFlow
and the package `tensorboard`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.results.atomic import write_atomically
from benchmarks.results.schema import CellResult

FILE = "events.out.tfevents.0.cnn-benchmarks"
"""TensorBoard knows its files by the middle of this name; one name, so that a cell that runs again replaces its curves."""
TAGS = {
    "loss": "loss/train",
    "val_loss": "loss/test",
    "accuracy": "accuracy/train",
    "val_accuracy": "accuracy/test",
}
"""What TensorBoard calls the lists of a saved `history`; it groups them by what is before the slash."""
_POLYNOMIAL = 0x82F63B78
"""Castagnoli's, bits reversed: that of CRC-32C."""
_LARGEST = 3.4028234e38
"""Of four bytes."""

Event = tuple[float, int, Mapping[str, float]]
"""Wall time (seconds since 1970), epoch from 1, and scalars."""


def write(folder: Path, cell: CellResult) -> None:
    """Write the events of a finished cell's seeds, each file atomically.

    Raises:
        OSError: Nothing can be written.

    """
    for position, seed in enumerate(cell.seeds):
        path = folder / cell.id / f"seed-{seed}" / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _records(list(_events(cell, position))))


def _records(events: list[Event]) -> bytes:
    """TensorFlow's records of the events, after the one that names the format."""
    head = _double(1, events[0][0]) + _bytes(3, b"brain.Event:2")
    return b"".join(map(_record, [head, *map(_message, events)]))


def _record(content: bytes) -> bytes:
    """Length and content, each with its masked checksum."""
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, masked as TensorFlow does: rotated by 15 bits, and a constant added."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _remainders()[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def _remainders() -> list[int]:
    found = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (_POLYNOMIAL if byte & 1 else 0)
        found.append(byte)
    return found


def _message(event: Event) -> bytes:
    """`tensorflow.Event`: wall_time = 1, step = 2, summary = 5; `Summary`: value = 1; its `Value`: tag = 1, simple_value = 2."""
    wall_time, epoch, scalars = event
    values = [_bytes(1, tag.encode()) + _float(2, value) for tag, value in scalars.items()]
    summary = b"".join(_bytes(1, value) for value in values)
    return _double(1, wall_time) + _key(2, 0) + _varint(epoch) + _bytes(5, summary)


def _key(number: int, kind: int) -> bytes:
    """A field's number and wire type."""
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _double(number: int, value: float) -> bytes:
    return _key(number, 1) + struct.pack("<d", value)


def _float(number: int, value: float) -> bytes:
    return _key(number, 5) + struct.pack("<f", max(-_LARGEST, min(value, _LARGEST)))


def _bytes(number: int, value: bytes) -> bytes:
    return _key(number, 2) + _varint(len(value)) + value


def _events(cell: CellResult, position: int) -> Iterator[Event]:
    history, recipe = cell.history[position], _recipe(cell.recipe)
    assert cell.train_images is not None, "known of every cell that was trained here"
    steps = recipe.steps(cell.train_images)
    rates = recipe.rates(steps * recipe.epochs)
    frozen = cell.frozen[position] if cell.frozen else None
    # Epochs are placed by their seconds of training, so that the last ends when the seed was finished.
    end = datetime.fromisoformat(cell.measured_at[position]).timestamp()
    for epoch, passed in enumerate(accumulate(history.seconds), 1):
        scalars = {tag: getattr(history, name)[epoch - 1] for name, tag in TAGS.items()}
        scalars["learning_rate"] = float(rates[epoch * steps - 1])
        if frozen is None or epoch <= frozen:  # later ones computed no gradients
            scalars["images_per_second"] = cell.train_images / history.seconds[epoch - 1]
        found = {tag: value for tag, value in scalars.items() if value is not None}
        yield end - sum(history.seconds) + passed, epoch, found


def _recipe(saved: Mapping[str, Any]) -> Recipe:
    augmentation = saved["augmentation"]
    return Recipe(**{**saved, "augmentation": None if augmentation is None else Augmentation(**augmentation)})

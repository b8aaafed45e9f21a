"""CIFAR-10's batches, unpacked or in their archive."""

import gzip
import io
import math
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datasets._contract import DataRefused, Images, Labels, Spec, Splits
from datasets._files.cifar_pickle import PickledArray, read_pickle
from datasets._files.decoding import SLACK, checked_labels, refuse_broken

CIFAR_FOLDER = "cifar-10-batches-py"
_TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
_TEST_BATCH = "test_batch"


def read_cifar_folder(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the unpacked `cifar-10-batches-py`."""
    batches = {}
    for name, path in files.items():
        count = _batch_size(spec, name)
        with refuse_broken(path):
            with path.open("rb") as stream:
                data = stream.read(_batch_limit(spec, count) + 1)
            batches[name] = _read_batch(data, spec, count)
    folder = next(iter(files.values())).parent
    with refuse_broken(folder):
        return _join_batches(spec, batches)


def read_cifar_tar(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read `cifar-10-python.tar.gz` in place: nothing is unpacked to disk."""
    (path,) = files.values()
    wanted = (*_TRAIN_BATCHES, _TEST_BATCH)
    limit = sum(_batch_limit(spec, _batch_size(spec, name)) for name in wanted)
    batches = {}
    with refuse_broken(path), gzip.open(path) as unpacked:
        # Read as a stream: members are seen once, in order, and the whole is bounded.
        with tarfile.open(fileobj=_Bounded(unpacked, limit), mode="r|") as archive:
            for member in archive:
                _check_member(member)
                name = member.name.removeprefix(f"{CIFAR_FOLDER}/")
                if name not in wanted:
                    continue
                content = archive.extractfile(member)
                if content is None or name in batches:
                    raise DataRefused(f"member {member.name!r} is there twice, or is not a file.")
                count = _batch_size(spec, name)
                batches[name] = _read_batch(content.read(_batch_limit(spec, count) + 1), spec, count)
        missing = [name for name in wanted if name not in batches]
        if missing:
            raise DataRefused(f"no member {', '.join(f'{CIFAR_FOLDER}/{name}' for name in missing)}.")
        return _join_batches(spec, batches)


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than `limit` bytes: a small archive may unpack to any size."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        self._stream, self._left = stream, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise DataRefused("unpacks to more data than the official archive holds.")
        buffer[: len(data)] = data
        return len(data)


def _check_member(member: tarfile.TarInfo) -> None:
    """Refuse what the official archive, one folder with plain files, does not hold."""
    folder, _, name = member.name.partition("/")
    inside = folder == CIFAR_FOLDER and "/" not in name and name not in (".", "..")
    if not inside or not (member.isfile() or (member.isdir() and not name)):
        raise DataRefused(f"member {member.name!r} is not a plain file in {CIFAR_FOLDER}/.")


def _batch_size(spec: Spec, name: str) -> int:
    return sum(spec.test_counts) if name == _TEST_BATCH else sum(spec.train_counts) // len(_TRAIN_BATCHES)


def _batch_limit(spec: Spec, count: int) -> int:
    # Pickles that Python 3 wrote in protocol 2 hold bytes as UTF-8 text: up to two bytes for one.
    return 2 * count * math.prod(spec.shape) + SLACK


def _read_batch(data: bytes, spec: Spec, count: int) -> tuple[Images, Labels]:
    if len(data) > _batch_limit(spec, count):
        raise DataRefused(f"more than {_batch_limit(spec, count):,} bytes, too large for a batch.")
    batch = read_pickle(data)
    if not isinstance(batch, dict) or not isinstance(batch.get(b"data"), PickledArray):
        raise DataRefused("not a CIFAR-10 batch: no array 'data'.")
    labels = batch.get(b"labels")
    if not isinstance(labels, list) or len(labels) != count:
        raise DataRefused(f"'labels' is not a list of {count:,}.")
    if not all(type(label) is int and 0 <= label <= 9 for label in labels):
        raise DataRefused("'labels' holds something else than the integers 0..9.")
    height, width, channels = spec.shape
    rows = batch[b"data"].uint8((count, height * width * channels))
    return rows.reshape(count, channels, height, width).transpose(0, 2, 3, 1), np.array(labels, np.uint8)


def _join_batches(spec: Spec, batches: Mapping[str, tuple[Images, Labels]]) -> Splits:
    x_test, y_test = batches[_TEST_BATCH]
    return Splits(
        np.ascontiguousarray(np.concatenate([batches[name][0] for name in _TRAIN_BATCHES])),
        checked_labels(np.concatenate([batches[name][1] for name in _TRAIN_BATCHES]), spec.train_counts),
        np.ascontiguousarray(x_test),
        checked_labels(y_test, spec.test_counts),
    )

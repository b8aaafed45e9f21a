"""CIFAR-10's and CIFAR-100's batches, unpacked or in their archives."""

import gzip
import io
import math
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from datasets._contract import DataRefused, Images, Labels, Spec, Splits
from datasets._files.cifar_pickle import PickledArray, read_pickle
from datasets._files.decoding import SLACK, checked_labels, refuse_broken

CIFAR_FOLDER = "cifar-10-batches-py"
CIFAR100_FOLDER = "cifar-100-python"


@dataclass(frozen=True)
class _Form:
    """How one of the two is packed: every batch is a pickle of rows and labels."""

    folder: str
    train: tuple[str, ...]
    test: str
    labels: bytes
    """The key of the labels; CIFAR-100's batches hold coarse ones too."""


_CIFAR10 = _Form(CIFAR_FOLDER, tuple(f"data_batch_{i}" for i in range(1, 6)), "test_batch", b"labels")
_CIFAR100 = _Form(CIFAR100_FOLDER, ("train",), "test", b"fine_labels")


def read_cifar_folder(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the unpacked `cifar-10-batches-py`."""
    return _read_folder(_CIFAR10, spec, files)


def read_cifar_tar(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read `cifar-10-python.tar.gz` in place: nothing is unpacked to disk."""
    return _read_tar(_CIFAR10, spec, files)


def read_cifar100_folder(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the unpacked `cifar-100-python`, with the fine labels."""
    return _read_folder(_CIFAR100, spec, files)


def read_cifar100_tar(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read `cifar-100-python.tar.gz` in place, with the fine labels."""
    return _read_tar(_CIFAR100, spec, files)


def _read_folder(form: _Form, spec: Spec, files: Mapping[str, Path]) -> Splits:
    batches = {}
    for name in (*form.train, form.test):
        with refuse_broken(files[name]), files[name].open("rb") as stream:
            batches[name] = _read_batch(stream, form, spec, name)
    with refuse_broken(files[form.test].parent):
        return _join_batches(form, spec, batches)


def _read_tar(form: _Form, spec: Spec, files: Mapping[str, Path]) -> Splits:
    (path,) = files.values()
    wanted = (*form.train, form.test)
    limit = sum(_batch_limit(spec, _batch_size(form, spec, name)) for name in wanted)
    batches = {}
    with refuse_broken(path), gzip.open(path) as unpacked:
        # Read as a stream: members are seen once, in order, and the whole is bounded.
        with tarfile.open(fileobj=_Bounded(unpacked, limit), mode="r|") as archive:
            for member in archive:
                _check_member(member, form.folder)
                name = member.name.removeprefix(f"{form.folder}/")
                if name not in wanted:
                    continue
                content = archive.extractfile(member)
                if content is None or name in batches:
                    raise DataRefused(f"member {member.name!r} is there twice or is not a file.")
                batches[name] = _read_batch(content, form, spec, name)
        missing = [name for name in wanted if name not in batches]
        if missing:
            raise DataRefused(f"no member {', '.join(f'{form.folder}/{name}' for name in missing)}.")
        return _join_batches(form, spec, batches)


class _Bounded(io.RawIOBase):
    """A stream that refuses to return more than `limit` bytes: a small archive may unpack to any size."""

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


def _check_member(member: tarfile.TarInfo, expected: str) -> None:
    """Refuse what the official archive, one folder with plain files, does not hold."""
    folder, _, name = member.name.partition("/")
    inside = folder == expected and "/" not in name and name not in (".", "..")
    if not inside or not (member.isfile() or (member.isdir() and not name)):
        raise DataRefused(f"member {member.name!r} is not a plain file in {expected}/.")


def _batch_size(form: _Form, spec: Spec, name: str) -> int:
    return sum(spec.test_counts) if name == form.test else sum(spec.train_counts) // len(form.train)


def _batch_limit(spec: Spec, count: int) -> int:
    # Pickles that Python 3 wrote in protocol 2 hold bytes as UTF-8 text: up to two bytes for one.
    return 2 * count * math.prod(spec.shape) + SLACK


def _read_batch(stream: IO[bytes], form: _Form, spec: Spec, name: str) -> tuple[Images, Labels]:
    count = _batch_size(form, spec, name)
    limit = _batch_limit(spec, count)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise DataRefused(f"more than {limit:,} bytes, too large for a batch.")
    batch = read_pickle(data, count)
    if not isinstance(batch, dict) or not isinstance(batch.get(b"data"), PickledArray):
        raise DataRefused("not a CIFAR batch: no array 'data'.")
    labels, key, last = batch.get(form.labels), form.labels.decode(), len(spec.class_names) - 1
    if not isinstance(labels, list) or len(labels) != count:
        raise DataRefused(f"'{key}' is not a list of {count:,}.")
    if not all(type(label) is int and 0 <= label <= last for label in labels):
        raise DataRefused(f"'{key}' holds values other than the integers 0..{last}.")
    height, width, channels = spec.shape
    rows = batch[b"data"].uint8((count, height * width * channels))
    return rows.reshape(count, channels, height, width).transpose(0, 2, 3, 1), np.array(labels, np.uint8)


def _join_batches(form: _Form, spec: Spec, batches: Mapping[str, tuple[Images, Labels]]) -> Splits:
    x_test, y_test = batches[form.test]
    return Splits(
        np.ascontiguousarray(np.concatenate([batches[name][0] for name in form.train])),
        checked_labels(np.concatenate([batches[name][1] for name in form.train]), spec.train_counts),
        np.ascontiguousarray(x_test),
        checked_labels(y_test, spec.test_counts),
    )

"""Decoders of the official files, written for files that may be broken or hostile.

Every decoder knows beforehand what it must find - shapes, types, counts - and never reads, unpacks or
allocates more than that: a file that claims or holds anything else is refused with DataRefused, whatever
its checksum.
"""

import gzip
import io
import math
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np

from datasets._spec import DataRefused, Images, Labels, Spec, Splits

CIFAR_FOLDER = "cifar-10-batches-py"
_TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
_TEST_BATCH = "test_batch"
_REMEDY = "Remove it and get it anew: python -m benchmarks data --fetch."
_SLACK = 1 << 20  # bytes that headers, labels and padding may add to the pixels


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn whatever a decoder stumbles over into a DataRefused that names the file."""
    try:
        yield
    except DataRefused as problem:
        raise DataRefused(f"{path}: {problem} {_REMEDY}") from problem
    except Exception as problem:  # a hostile file may raise anything
        what = f"cannot be decoded ({type(problem).__name__}: {problem})."
        raise DataRefused(f"{path}: {what} {_REMEDY}") from problem


def _exactly(stream: IO[bytes] | gzip.GzipFile, size: int) -> bytes:
    """Read the stream's remaining `size` bytes; refuse more or fewer."""
    data = stream.read(size + 1)
    if len(data) < size:
        raise DataRefused(f"truncated: {len(data):,} bytes of data, expected {size:,}.")
    if len(data) > size:
        raise DataRefused(f"more data than the expected {size:,} bytes.")
    return data


def _checked_labels(labels: Labels, counts: tuple[int, ...] | None) -> Labels:
    if labels.size and int(labels.max()) > 9:
        raise DataRefused(f"label {int(labels.max())}, expected 0..9.")
    found = tuple(np.bincount(labels, minlength=10).tolist())
    if counts is not None and found != counts:
        raise DataRefused(f"images of each class: {found}, expected {counts}.")
    return labels


# ---- mnist.npz


def read_npz_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read Keras's `mnist.npz`: x_train, y_train, x_test, y_test, never pickled objects."""
    (path,) = files.values()
    train, test = sum(spec.train_counts), sum(spec.test_counts)
    with _refusing(path), zipfile.ZipFile(path) as archive:
        return Splits(
            _npz_member(archive, "x_train", (train, *spec.shape[:2])).reshape(train, *spec.shape),
            _checked_labels(_npz_member(archive, "y_train", (train,)), spec.train_counts),
            _npz_member(archive, "x_test", (test, *spec.shape[:2])).reshape(test, *spec.shape),
            _checked_labels(_npz_member(archive, "y_test", (test,)), spec.test_counts),
        )


def _npz_member(archive: zipfile.ZipFile, name: str, expected: tuple[int, ...]) -> Images:
    with archive.open(f"{name}.npy") as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise DataRefused(f"{name} is not an array of .npy format 1.0.")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        if (shape, fortran, dtype) != (expected, False, np.dtype(np.uint8)):
            raise DataRefused(f"{name} is {dtype} {shape}, expected uint8 {expected} in C order.")
        return np.frombuffer(_exactly(stream, math.prod(shape)), np.uint8).reshape(shape)


# ---- IDX


def read_idx_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the four IDX files of MNIST and its drop-in replacements, gzipped (`.gz`) or not."""
    parts: dict[str, Images] = {}
    for name, path in files.items():
        count = sum(spec.train_counts if name.startswith("train") else spec.test_counts)
        shape = (count, *spec.shape[:2]) if "images" in name else (count,)
        with _refusing(path), gzip.open(path) if name.endswith(".gz") else path.open("rb") as stream:
            parts[name.removesuffix(".gz")] = _read_idx(stream, shape)
    for split, counts in (("train", spec.train_counts), ("t10k", spec.test_counts)):
        with _refusing(files.get(f"{split}-labels-idx1-ubyte.gz") or files[f"{split}-labels-idx1-ubyte"]):
            _checked_labels(parts[f"{split}-labels-idx1-ubyte"], counts)
    return Splits(
        parts["train-images-idx3-ubyte"].reshape(-1, *spec.shape),
        parts["train-labels-idx1-ubyte"],
        parts["t10k-images-idx3-ubyte"].reshape(-1, *spec.shape),
        parts["t10k-labels-idx1-ubyte"],
    )


def _read_idx(stream: IO[bytes] | gzip.GzipFile, expected: tuple[int, ...]) -> Images:
    """Unsigned bytes only: magic 0x08 and the number of dimensions, then the sizes, big-endian."""
    header = stream.read(4 + 4 * len(expected))
    magic = bytes((0, 0, 8, len(expected)))
    if header[:4] != magic:
        raise DataRefused(f"magic number {header[:4].hex() or 'missing'}, expected {magic.hex()}.")
    if len(header) < 4 + 4 * len(expected):
        raise DataRefused("truncated within its header.")
    shape = struct.unpack(f">{len(expected)}I", header[4:])
    if shape != expected:
        raise DataRefused(f"shape {shape}, expected {expected}.")
    return np.frombuffer(_exactly(stream, math.prod(shape)), np.uint8).reshape(shape)


# ---- CIFAR-10


def read_cifar_folder(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the unpacked `cifar-10-batches-py`."""
    batches = {}
    for name, path in files.items():
        count = _batch_size(spec, name)
        with _refusing(path):
            with path.open("rb") as stream:
                data = stream.read(_batch_limit(spec, count) + 1)
            batches[name] = _read_batch(data, spec, count)
    folder = next(iter(files.values())).parent
    with _refusing(folder):
        return _join_batches(spec, batches)


def read_cifar_tar(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read `cifar-10-python.tar.gz` in place: nothing is unpacked to disk."""
    (path,) = files.values()
    wanted = (*_TRAIN_BATCHES, _TEST_BATCH)
    limit = sum(_batch_limit(spec, _batch_size(spec, name)) for name in wanted)
    batches = {}
    with _refusing(path), gzip.open(path) as unpacked:
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
    return 2 * count * math.prod(spec.shape) + _SLACK


def _read_batch(data: bytes, spec: Spec, count: int) -> tuple[Images, Labels]:
    if len(data) > _batch_limit(spec, count):
        raise DataRefused(f"more than {_batch_limit(spec, count):,} bytes, too large for a batch.")
    batch = _BatchUnpickler(io.BytesIO(data), encoding="bytes").load()
    if not isinstance(batch, dict) or not isinstance(batch.get(b"data"), _PickledArray):
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
        _checked_labels(np.concatenate([batches[name][1] for name in _TRAIN_BATCHES]), spec.train_counts),
        np.ascontiguousarray(x_test),
        _checked_labels(y_test, spec.test_counts),
    )


class _PickledArray:
    """Stands in for numpy.ndarray: keeps a pickled array's state, to be checked before NumPy sees it."""

    def __setstate__(self, state: tuple[int, object, "_PickledType", bool, object]) -> None:
        _version, self.shape, self.type, self.fortran, self.data = state

    def uint8(self, expected: tuple[int, int]) -> Images:
        if not isinstance(self.type, _PickledType) or self.type.code not in (b"u1", "u1") or self.fortran:
            raise DataRefused("'data' is not an array of uint8 in C order.")
        if self.shape != expected or not isinstance(self.data, bytes):
            raise DataRefused(f"'data' has the shape {self.shape}, expected {expected}.")
        if len(self.data) != math.prod(expected):
            raise DataRefused(f"'data' holds {len(self.data):,} bytes, expected {math.prod(expected):,}.")
        return np.frombuffer(self.data, np.uint8).reshape(expected)


class _PickledType:
    """Stands in for numpy.dtype."""

    def __init__(self, code: object = None, _align: object = False, _copy: object = True) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Byte order and the like, which mean nothing for single bytes."""


def _reconstruct(_kind: object, _shape: object, _code: object) -> _PickledArray:
    return _PickledArray()


def _encode(text: str, encoding: str) -> bytes:
    """How protocol 2, written by Python 3, says bytes."""
    if encoding != "latin1":
        raise DataRefused(f"its pickle asks for the codec {encoding!r}.")
    return text.encode("latin1")


class _BatchUnpickler(pickle._Unpickler):  # type: ignore[name-defined, misc, unused-ignore]
    """Admits what CIFAR-10's batches need, each as a harmless stand-in of this module, and nothing else.

    The pure-Python unpickler, because the C one sizes its memo by the largest index that a file names.
    """

    _admitted: ClassVar[dict[tuple[str, str], Callable[..., object]]] = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): _PickledArray,
        ("numpy", "dtype"): _PickledType,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._admitted[module, name]
        except KeyError:
            raise DataRefused(
                f"its pickle asks for {module}.{name}, which no batch of CIFAR-10 needs: never unpickle it."
            ) from None


# ---- SVHN


def read_svhn_mat(
    path: Path, shape: tuple[int, int, int], count: int, counts: tuple[int, ...] | None = None
) -> tuple[Images, Labels]:
    """Read a `.mat` file of SVHN: images N x H x W x C (a transposed view) and labels 0..9 (10 becomes 0)."""
    from scipy.io import loadmat, whosmat

    with _refusing(path):
        _bound_mat(path, math.prod(shape) * count + 8 * count + _SLACK)
        found = {name: (dims, kind) for name, dims, kind in whosmat(path)}
        expected = {"X": ((*shape, count), ("uint8",)), "y": ((count, 1), ("uint8", "double"))}
        for name, (dims, kinds) in expected.items():
            if name not in found:
                raise DataRefused(f"no variable {name}; it holds {', '.join(sorted(found)) or 'none'}.")
            if found[name][0] != dims or found[name][1] not in kinds:
                raise DataRefused(
                    f"{name} is {found[name][1]} {found[name][0]}, expected {' or '.join(kinds)} {dims}."
                )
        content = loadmat(path, variable_names=["X", "y"])
        x, y = content["X"], content["y"].ravel()
        if (x.shape, x.dtype) != ((*shape, count), np.uint8):
            raise DataRefused(f"X decodes to {x.dtype} {x.shape}, expected uint8 {(*shape, count)}.")
        if not np.isin(y, np.arange(1, 11)).all():
            raise DataRefused("labels outside 1..10.")
        return x.transpose(3, 0, 1, 2), _checked_labels((y % 10).astype(np.uint8), counts)


def _bound_mat(path: Path, limit: int) -> None:
    """Refuse a MATLAB 5 file whose compressed elements unpack to more than `limit` bytes.

    The format (https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf): a header of 128 bytes, then
    elements of type and size (two uint32) and data; type 15 is zlib.
    """
    with path.open("rb") as stream:
        header = stream.read(128)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:])
        if order is None:
            raise DataRefused("not a MATLAB 5 file.")
        while tag := stream.read(8):
            kind, size = struct.unpack(f"{order}II", tag)
            unzip = zlib.decompressobj()
            while size > 0:
                chunk = stream.read(min(size, 1 << 20))
                if not chunk:
                    raise DataRefused("truncated.")
                size -= len(chunk)
                while chunk and kind == 15:
                    limit -= len(unzip.decompress(chunk, 1 << 22))
                    chunk = unzip.unconsumed_tail
                    if limit < 0:
                        raise DataRefused("unpacks to more data than the official file holds.")

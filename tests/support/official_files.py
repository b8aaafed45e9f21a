"""Writes small data sets in the official files' layouts, for the tests of `datasets`."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat

import datasets
from datasets import DataRefused, load_real, svhn
from datasets._contract import File, Layout, Spec, Splits
from datasets._files import checksums, cifar, emnist, npz
from datasets._files import idx as idx_files

TRAIN_COUNTS = (5, 4, 6, 5, 5, 5, 5, 5, 5, 5)  # 50: five batches of ten for CIFAR-10
TEST_COUNTS = (2, 3, 1, 2, 2, 2, 2, 2, 2, 2)
SVHN_TRAIN = (7, 9, 8, 6, 7, 7, 7, 6, 6, 4)
SVHN_PER_CLASS = 9
EVERY_LAYOUT = [(name, i) for name in datasets.names() for i in range(len(datasets.spec(name).layouts))]


def small(name: str) -> Spec:
    """Give the data set's declaration with a few images instead of the official number."""
    classes = len(datasets.spec(name).class_names)
    train, test = (TRAIN_COUNTS, TEST_COUNTS) if classes == 10 else ((2,) * classes, (1,) * classes)
    spec = replace(datasets.spec(name), train_counts=train, test_counts=test)
    if second := spec.second_test:
        spec = replace(spec, second_test=replace(second, counts=(2,) * classes))
    if name != "svhn":
        return spec
    draw = svhn.BalancedDraw(train_counts=SVHN_TRAIN, extra_images=80, held_out=(2, 1))
    layouts = tuple(replace(layout, read=draw) for layout in spec.layouts)
    return replace(spec, train_counts=(SVHN_PER_CLASS,) * 10, layouts=layouts)


def sealed(spec: Spec, folder: Path) -> Spec:
    """Declare the files that are in the folder now to be the official ones."""

    def seal(file: File) -> File:
        path = folder / file.name
        if not path.exists():
            return file
        return replace(file, size=path.stat().st_size, checksums=(checksums.checksum(path, "md5"),))

    layouts = tuple(
        replace(layout, files=tuple(map(seal, layout.files)), optional=tuple(map(seal, layout.optional)))
        for layout in spec.layouts
    )
    second = spec.second_test
    if second is not None:
        second = replace(second, images=seal(second.images), labels=seal(second.labels))
    return replace(spec, layouts=layouts, second_test=second)


def refusal(spec: Spec, base: Path) -> str:
    """Load, expect a refusal, and expect nothing to be left behind."""
    with pytest.raises(DataRefused) as refused:
        load_real(spec, data_dir=base, accept_copies=True)
    cache = base / "cache"
    assert not cache.exists() or not list(cache.iterdir())
    return str(refused.value)


def images(spec: Spec, count: int, seed: int) -> NDArray[np.uint8]:
    """Make up images, N x H x W x C."""
    return np.random.default_rng(seed).integers(0, 256, (count, *spec.shape), dtype=np.uint8)


def labels(counts: tuple[int, ...], seed: int) -> NDArray[np.uint8]:
    """Make up labels with the given number of each class, in random order."""
    ordered = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    return np.random.default_rng(seed).permutation(ordered)


def content(spec: Spec) -> Splits:
    """Give what the files of `write` hold."""
    train, test = spec.train_counts, spec.test_counts
    return Splits(images(spec, sum(train), 1), labels(train, 2), images(spec, sum(test), 3), labels(test, 4))


def write(spec: Spec, layout: Layout, base: Path, folder: str | None = None) -> Path:
    """Write the layout's files (SVHN's without `extra`) below `base` and give their folder."""
    target = base / (layout.folders[0] if folder is None else folder)
    target.mkdir(parents=True, exist_ok=True)
    writer = _write_svhn if isinstance(layout.read, svhn.BalancedDraw) else _WRITERS[layout.read]
    writer(spec, layout, target)
    return target


def write_second_test(spec: Spec, folder: Path, kind: str = "int32") -> None:
    """Write the two files of the data set's second test set, the labels as integers of this kind."""
    second = spec.second_test
    assert second is not None
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / second.images.name, images(spec, sum(second.counts), 5))
    np.save(folder / second.labels.name, labels(second.counts, 6).astype(kind))


def _write_npz(spec: Spec, layout: Layout, folder: Path) -> None:
    splits = content(spec)
    x_train, x_test = (x[..., 0] if spec.shape[2] == 1 else x for x in (splits.x_train, splits.x_test))
    path = folder / layout.files[0].name
    np.savez_compressed(path, x_train=x_train, y_train=splits.y_train, x_test=x_test, y_test=splits.y_test)


def idx(array: NDArray[np.uint8]) -> bytes:
    """Encode an IDX file."""
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def _write_idx(spec: Spec, layout: Layout, folder: Path) -> None:
    splits = content(spec)
    arrays = (splits.x_train[..., 0], splits.y_train, splits.x_test[..., 0], splits.y_test)
    for file, array in zip(layout.files, arrays, strict=True):
        data = idx(array)
        (folder / file.name).write_bytes(gzip.compress(data) if file.name.endswith(".gz") else data)


def batches(spec: Spec) -> dict[str, bytes]:
    """Pickle the batches of CIFAR-10 or CIFAR-100 as the official files are: protocol 2, keys in bytes, channel-major rows."""
    splits = content(spec)
    if spec.name == "cifar100":
        parts = {"train": (splits.x_train, splits.y_train), "test": (splits.x_test, splits.y_test)}
        return {
            name: _pickled(coarse_labels=[0] * len(y), fine_labels=y.tolist(), data=_rows(x))
            for name, (x, y) in parts.items()
        }
    five = zip(np.split(splits.x_train, 5), np.split(splits.y_train, 5), strict=True)
    parts = {f"data_batch_{i}": part for i, part in enumerate(five, 1)}
    parts["test_batch"] = (splits.x_test, splits.y_test)
    return {name: batch(_rows(x), y.tolist()) for name, (x, y) in parts.items()}


def batch(rows: object, classes: object) -> bytes:
    """Pickle one of CIFAR-10's batches."""
    return _pickled(batch_label=b"a batch", labels=classes, data=rows, filenames=[])


def _rows(x: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


def _pickled(**parts: object) -> bytes:
    return pickle.dumps({key.encode(): value for key, value in parts.items()}, protocol=2)


def members(spec: Spec) -> dict[str, bytes | tarfile.TarInfo]:
    """Give the batches the names that they have in the archive."""
    folder = cifar.CIFAR100_FOLDER if spec.name == "cifar100" else cifar.CIFAR_FOLDER
    return {f"{folder}/{name}": data for name, data in batches(spec).items()}


def _write_cifar_folder(spec: Spec, layout: Layout, folder: Path) -> None:
    _write_each(folder, batches(spec))


def _write_cifar_tar(spec: Spec, layout: Layout, folder: Path) -> None:
    write_tar(folder / layout.files[0].name, members(spec))


def _write_each(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def write_tar(path: Path, members: Mapping[str, bytes | tarfile.TarInfo]) -> None:
    """Write a .tar.gz; a TarInfo is a member without content."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _write_emnist_folder(spec: Spec, layout: Layout, folder: Path) -> None:
    _write_each(folder, _emnist(spec))


def _write_emnist_zip(spec: Spec, layout: Layout, folder: Path) -> None:
    with zipfile.ZipFile(folder / layout.files[0].name, "w") as archive:
        for name, data in _emnist(spec).items():
            archive.writestr(f"gzip/{name}", data)


def _emnist(spec: Spec) -> dict[str, bytes]:
    """Pack images transposed, and labels from 1."""
    splits = content(spec)
    parts = {
        "train-images-idx3": splits.x_train[..., 0].transpose(0, 2, 1),
        "train-labels-idx1": splits.y_train + np.uint8(1),
        "test-images-idx3": splits.x_test[..., 0].transpose(0, 2, 1),
        "test-labels-idx1": splits.y_test + np.uint8(1),
    }
    return {f"emnist-letters-{part}-ubyte.gz": gzip.compress(idx(array)) for part, array in parts.items()}


def _write_svhn(spec: Spec, layout: Layout, folder: Path) -> None:
    write_mat(folder / "train_32x32.mat", spec, labels(SVHN_TRAIN, 1), 1)
    write_mat(folder / "test_32x32.mat", spec, labels(spec.test_counts, 2), 2)


def write_mat(path: Path, spec: Spec, y: NDArray[np.uint8], seed: int) -> None:
    """Write one of SVHN's files: X is H x W x C x N, the digit 0 has the label 10."""
    x = images(spec, len(y), seed).transpose(1, 2, 3, 0)
    savemat(path, {"X": x, "y": np.where(y == 0, 10, y).astype(np.uint8)[:, None]}, do_compression=True)


_WRITERS: dict[Callable[..., Splits], Callable[[Spec, Layout, Path], None]] = {
    npz.read_npz_splits: _write_npz,
    idx_files.read_idx_splits: _write_idx,
    cifar.read_cifar_folder: _write_cifar_folder,
    cifar.read_cifar_tar: _write_cifar_tar,
    cifar.read_cifar100_folder: _write_cifar_folder,
    cifar.read_cifar100_tar: _write_cifar_tar,
    emnist.read_emnist_folder: _write_emnist_folder,
    emnist.read_emnist_zip: _write_emnist_zip,
}

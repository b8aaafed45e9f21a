"""EMNIST's files: IDX whose images lie transposed and whose labels count from 1."""

import gzip
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from datasets._contract import DataRefused, Images, Labels, Spec, Splits
from datasets._files.decoding import checked_labels, open_member, refuse_broken
from datasets._files.idx import read_idx

ZIP_FOLDER = "gzip"
"""The folder in NIST's archive `gzip.zip`."""
_PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-images-idx3-ubyte", "test-labels-idx1-ubyte")  # fmt: skip


def read_emnist_folder(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the four IDX files of one of EMNIST's data sets, gzipped."""
    parts = []
    for name in _names(spec):
        with refuse_broken(files[name]), gzip.open(files[name]) as stream:
            parts.append(_read(spec, name, stream))
    return Splits(*parts)


def read_emnist_zip(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read NIST's archive of all EMNIST data sets in place; nothing is unpacked to disk."""
    (path,) = files.values()
    parts = []
    with refuse_broken(path), zipfile.ZipFile(path) as archive:
        for name in _names(spec):
            with open_member(archive, f"{ZIP_FOLDER}/{name}") as packed, gzip.open(packed) as stream:
                parts.append(_read(spec, name, stream))
    return Splits(*parts)


def _names(spec: Spec) -> tuple[str, ...]:
    """Return the names of images and labels to train, then to test: the data set's is `emnist-letters` or the like."""
    return tuple(f"{spec.name.replace('_', '-')}-{part}.gz" for part in _PARTS)


def _read(spec: Spec, name: str, stream: IO[bytes] | gzip.GzipFile) -> Images | Labels:
    counts = spec.train_counts if "-train-" in name else spec.test_counts
    if "-labels-" in name:
        labels = read_idx(stream, (sum(counts),))
        if not labels.all():
            raise DataRefused("label 0, expected labels from 1.")
        return checked_labels(labels - np.uint8(1), counts)
    height, width, _ = spec.shape
    transposed = read_idx(stream, (sum(counts), width, height))
    return np.ascontiguousarray(transposed.transpose(0, 2, 1))[..., None]

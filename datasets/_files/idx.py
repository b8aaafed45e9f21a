"""IDX files, the format of MNIST and its drop-in replacements."""

import gzip
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from datasets._contract import DataRefused, Images, Labels, Spec, Splits
from datasets._files.decoding import checked_labels, read_exactly, refuse_broken


def read_idx_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the four IDX files of MNIST and its drop-in replacements, gzipped (`.gz`) or not."""
    paths = {name.removesuffix(".gz"): path for name, path in files.items()}
    return Splits(
        *_read_split(paths, "train", spec.shape, spec.train_counts),
        *_read_split(paths, "t10k", spec.shape, spec.test_counts),
    )


def _read_split(
    paths: Mapping[str, Path], split: str, shape: tuple[int, int, int], counts: tuple[int, ...]
) -> tuple[Images, Labels]:
    images, labels = paths[f"{split}-images-idx3-ubyte"], paths[f"{split}-labels-idx1-ubyte"]
    with refuse_broken(images), _opened(images) as stream:
        x = read_idx(stream, (sum(counts), *shape[:2]))
    with refuse_broken(labels), _opened(labels) as stream:
        y = checked_labels(read_idx(stream, (sum(counts),)), counts)
    return x.reshape(-1, *shape), y


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(path) if path.name.endswith(".gz") else path.open("rb")


def read_idx(stream: IO[bytes] | gzip.GzipFile, expected: tuple[int, ...]) -> Images:
    """Read an IDX file of unsigned bytes: magic 0x08 and the number of dimensions, then the sizes, big-endian.

    Args:
        stream: The unpacked file, at its start.
        expected: The shape that it must have.

    Raises:
        DataRefused: It holds something else.
    """
    header = stream.read(4 + 4 * len(expected))
    magic = bytes((0, 0, 8, len(expected)))
    if header[:4] != magic:
        raise DataRefused(f"magic number {header[:4].hex() or 'missing'}, expected {magic.hex()}.")
    if len(header) < 4 + 4 * len(expected):
        raise DataRefused("truncated within its header.")
    shape = struct.unpack(f">{len(expected)}I", header[4:])
    if shape != expected:
        raise DataRefused(f"shape {shape}, expected {expected}.")
    return np.frombuffer(read_exactly(stream, math.prod(shape)), np.uint8).reshape(shape)

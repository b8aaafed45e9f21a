"""IDX files, the format of MNIST and its drop-in replacements."""

import gzip
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from datasets._contract import DataRefused, Images, Spec, Splits
from datasets._files.decoding import checked_labels, read_exactly, refuse_broken


def read_idx_splits(spec: Spec, files: Mapping[str, Path]) -> Splits:
    """Read the four IDX files of MNIST and its drop-in replacements, gzipped (`.gz`) or not."""
    parts: dict[str, Images] = {}
    for name, path in files.items():
        count = sum(spec.train_counts if name.startswith("train") else spec.test_counts)
        shape = (count, *spec.shape[:2]) if "images" in name else (count,)
        with refuse_broken(path), gzip.open(path) if name.endswith(".gz") else path.open("rb") as stream:
            parts[name.removesuffix(".gz")] = read_idx(stream, shape)
    for split, counts in (("train", spec.train_counts), ("t10k", spec.test_counts)):
        with refuse_broken(files.get(f"{split}-labels-idx1-ubyte.gz") or files[f"{split}-labels-idx1-ubyte"]):
            checked_labels(parts[f"{split}-labels-idx1-ubyte"], counts)
    return Splits(
        parts["train-images-idx3-ubyte"].reshape(-1, *spec.shape),
        parts["train-labels-idx1-ubyte"],
        parts["t10k-images-idx3-ubyte"].reshape(-1, *spec.shape),
        parts["t10k-labels-idx1-ubyte"],
    )


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

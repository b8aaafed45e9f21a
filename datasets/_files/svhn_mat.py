"""SVHN's `.mat` files."""

import math
import struct
import zlib
from pathlib import Path

import numpy as np

from datasets._contract import DataRefused, Images, Labels
from datasets._files.decoding import SLACK, checked_labels, refuse_broken


def read_svhn_mat(
    path: Path, shape: tuple[int, int, int], count: int, counts: tuple[int, ...] | None = None
) -> tuple[Images, Labels]:
    """Read a `.mat` file of SVHN: images N x H x W x C (a transposed view) and labels 0..9 (10 becomes 0)."""
    from scipy.io import loadmat, whosmat

    with refuse_broken(path):
        _bound_mat(path, math.prod(shape) * count + 8 * count + SLACK)
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
        digits = (y % 10).astype(np.uint8)
        if counts is not None:
            checked_labels(digits, counts)
        return x.transpose(3, 0, 1, 2), digits


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

"""IDX files, broken and hostile: each is refused by name, with what was found."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from datasets._contract import Layout
from tests.support.official_files import idx, labels, refusal, small, write

MNIST = small("mnist")
_, IDX_GZ, IDX = MNIST.layouts


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0\x08\x04" + idx(labels(MNIST.train_counts, 1))[4:], "magic number 00000804"),
        (b"", "magic number missing"),
        (b"\0\0\x08\x01\0", "truncated within its header"),
        (idx(labels(MNIST.train_counts, 1)[:-1]), "shape (49,), expected (50,)"),
        (idx(labels(MNIST.train_counts, 1)) + b"\0", "more data than the expected 50 bytes"),
        (idx(np.full(50, 10, np.uint8)), "label 10, expected 0..9"),
        (idx(np.zeros(50, np.uint8)), "images of each class"),
    ],
)
@pytest.mark.parametrize("layout", [IDX, IDX_GZ], ids=["idx", "idx.gz"])
def test_a_wrong_idx_file_is_refused(layout: Layout, data: bytes, message: str, tmp_path: Path) -> None:
    folder = write(MNIST, layout, tmp_path)
    path = folder / layout.files[1].name
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    told = refusal(MNIST, tmp_path)
    assert message in told
    assert path.name in told


def test_an_idx_bomb_is_not_unpacked(tmp_path: Path) -> None:
    folder = write(MNIST, IDX_GZ, tmp_path)
    header = idx(np.zeros((50, 28, 28), np.uint8))[:16]
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + bytes(1 << 28), 1))
    assert "more data than" in refusal(MNIST, tmp_path)

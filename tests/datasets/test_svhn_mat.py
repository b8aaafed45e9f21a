"""SVHN's `.mat` files, broken and hostile: each is refused by name, with what was found."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from datasets import load_real
from tests.support.official_files import SVHN_TRAIN, images, labels, refusal, small, write

SVHN = small("svhn")
(MATS,) = SVHN.layouts


def test_svhn_is_read_with_label_10_as_0_and_images_first(tmp_path: Path) -> None:
    write(SVHN, MATS, tmp_path)
    loaded = load_real(SVHN, data_dir=tmp_path, accept_copies=True)
    np.testing.assert_array_equal(loaded.y_test, labels(SVHN.test_counts, 2))
    np.testing.assert_array_equal(loaded.x_test, images(SVHN, sum(SVHN.test_counts), 2))


X, Y = images(SVHN, 67, 1).transpose(1, 2, 3, 0), labels(SVHN_TRAIN, 1)[:, None]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"y": Y}, "no variable X; it holds y"),
        ({"X": X}, "no variable y; it holds X"),
        ({"X": X[..., :-1], "y": Y[:-1]}, "X is uint8 (32, 32, 3, 66), expected uint8 (32, 32, 3, 67)"),
        ({"X": X.astype(np.int16), "y": Y}, "X is int16"),
        ({"X": X, "y": Y.T}, "y is uint8 (1, 67)"),
        ({"X": X, "y": Y + 10}, "labels outside 1..10"),
        ({"X": X, "y": Y}, "labels outside 1..10"),  # 0 is no label of the files
        ({"X": X, "y": np.ones((67, 1), np.uint8)}, "images of each class"),
        ({"X": np.array([{"a": 1}], object), "y": Y}, "X is cell"),
    ],
)
def test_a_wrong_mat_is_refused(variables: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    savemat(folder / "train_32x32.mat", variables, do_compression=True)
    told = refusal(SVHN, tmp_path)
    assert message in told
    assert "train_32x32.mat" in told


def test_a_mat_of_another_version_is_refused(tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    (folder / "train_32x32.mat").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(4096))
    assert "not a MATLAB 5 file" in refusal(SVHN, tmp_path)


def test_a_mat_bomb_is_not_unpacked(tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    bomb = zlib.compress(bytes(1 << 26))
    head = (folder / "train_32x32.mat").read_bytes()[:128]
    (folder / "train_32x32.mat").write_bytes(head + struct.pack("<II", 15, len(bomb)) + bomb)
    assert "unpacks to more data" in refusal(SVHN, tmp_path)

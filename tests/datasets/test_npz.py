"""`mnist.npz`, broken and hostile: it is refused, with what was found."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from datasets._files.npz import read_npz_splits
from tests.support.official_files import content, refusal, small
from tests.support.traced_memory import traced

MNIST = small("mnist")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": np.array([{"a": 1}], object)}, "x_train is object"),
        ({"x_train": np.zeros((50, 28, 28), np.float64)}, "x_train is float64"),
        ({"x_train": np.zeros((50, 28, 27), np.uint8)}, "(50, 28, 27), expected uint8 (50, 28, 28)"),
        ({"x_test": np.asfortranarray(np.zeros((20, 28, 28), np.uint8))}, "in C order"),
        ({"y_train": np.full(50, 11, np.uint8)}, "label 11"),
    ],
)
def test_a_wrong_npz_is_refused(arrays: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    made = content(MNIST)
    whole = {"x_train": made.x_train[..., 0], "y_train": made.y_train}
    whole |= {"x_test": made.x_test[..., 0], "y_test": made.y_test}
    np.savez(tmp_path / "mnist.npz", allow_pickle=True, **(whole | arrays))
    assert message in refusal(MNIST, tmp_path)


def test_colour_images_are_read(tmp_path: Path) -> None:
    spec, path = small("cifar10"), tmp_path / "colour.npz"
    made = content(spec)
    np.savez(path, x_train=made.x_train, y_train=made.y_train, x_test=made.x_test, y_test=made.y_test)
    np.testing.assert_array_equal(read_npz_splits(spec, {path.name: path}).x_test, made.x_test)


def test_an_npz_whose_member_outgrows_its_header_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (50, 28, 28)}
    )
    with zipfile.ZipFile(tmp_path / "mnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(1 << 26))
    assert "more data than" in refusal(MNIST, tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_an_npz_that_is_packed_as_numpy_packs_none_is_not_unpacked(method: int, tmp_path: Path) -> None:
    """`zipfile` unpacks these methods as far as they go, however few bytes are asked for: 1 kB of bzip2 may become gigabytes."""
    with zipfile.ZipFile(tmp_path / "mnist.npz", "w", method) as archive:
        archive.writestr("x_train.npy", bytes(1 << 26))
    with traced() as memory:
        told = refusal(MNIST, tmp_path)
    assert "x_train.npy is packed by another method than deflate" in told
    assert memory.peak < 10_000_000


def test_an_npz_without_an_array_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=content(MNIST).x_train[..., 0])
    assert "y_train" in refusal(MNIST, tmp_path)

"""A user's own images in a `.npz`: what is taken, and what is refused."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import datasets
from datasets import DataRefused, LoadedImages, OwnImages
from datasets._own import npz
from tests.support.traced_memory import traced


def add(path: Path) -> LoadedImages:
    return datasets.add_own(OwnImages.parse(f"pets={path}"))


def arrays(**changed: object) -> dict[str, object]:
    rng = np.random.default_rng(0)
    made: dict[str, object] = {
        "x_train": rng.integers(0, 256, (12, 20, 24), dtype=np.uint8),
        "y_train": np.arange(12) % 4,
        "x_test": rng.integers(0, 256, (8, 20, 24), dtype=np.uint8),
        "y_test": (np.arange(8) % 4)[:, None],
    }
    return made | changed


@pytest.mark.parametrize("name", ["own.npz", "OWN.NPZ"])
def test_arrays_with_keras_keys_are_taken(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        np.savez_compressed(file, **arrays())  # type: ignore[arg-type]
    spec = add(tmp_path / name).spec
    assert (spec.shape, spec.class_names, spec.train_counts) == (
        (32, 32, 1),
        ("0", "1", "2", "3"),
        (3, 3, 3, 3),
    )


def test_arrays_may_lie_column_by_column(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", **arrays())  # type: ignore[arg-type]
    np.savez(tmp_path / "columns.npz", **{name: np.asfortranarray(array) for name, array in arrays().items()})  # type: ignore[arg-type]
    first = add(tmp_path / "rows.npz").fingerprint
    assert add(tmp_path / "columns.npz").fingerprint == first


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x_train": np.array([{}], dtype=object)}, "x_train is of type object, expected uint8"),
        ({"x_train": np.zeros((12, 20, 24))}, "x_train is of type float64, expected uint8"),
        (
            {"x_train": np.zeros((0, 20, 24), np.uint8)},
            r"x_train has the shape \(0, 20, 24\): it holds no images",
        ),
        ({"y_test": np.eye(4)}, "y_test is of type float64, expected integers"),
        ({"x_train": np.zeros((12, 20, 24), np.uint16)}, "x_train is uint16"),
        ({"x_test": np.zeros((8, 20, 24, 3), np.uint8)}, "channels: 1 in x_train, 3 in x_test"),
        ({"x_train": np.zeros((12, 20, 24, 2), np.uint8)}, r"expected uint8 \(N, H, W\)"),
        ({"y_train": np.arange(11)}, r"y_train has the shape \(11,\); expected \(12,\)"),
        ({"y_train": np.arange(12) - 1}, "expected labels from 0"),
        ({"y_test": np.arange(8)}, "label 7, which train does not have"),
        (
            {"y_train": np.zeros(12, np.uint8), "y_test": np.zeros(8, np.uint8)},
            r"own\.npz: classes: 1; expected 2 to 256",
        ),
        ({"y_train": np.arange(12) % 3 * 2, "y_test": np.arange(8) % 2 * 2}, "no images in train for 1, 3"),
    ],
)
def test_other_arrays_are_refused(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", **arrays(**changed))  # type: ignore[arg-type]
    with pytest.raises(DataRefused, match=said):
        add(tmp_path / "own.npz")


def test_an_array_that_is_missing_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", **{key: array for key, array in arrays().items() if key != "y_train"})  # type: ignore[arg-type]
    with pytest.raises(DataRefused, match=r"y_train is missing; expected x_train, y_train, x_test, y_test"):
        add(tmp_path / "own.npz")


def test_too_many_images_are_refused_before_any_is_resized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "own.npz", **arrays())  # type: ignore[arg-type]
    monkeypatch.setattr(npz, "MAX_IMAGES", 19)
    monkeypatch.setattr(npz, "resized", lambda picture: pytest.fail("was resized"))
    with pytest.raises(DataRefused, match="20 images; at most 19 are taken"):
        add(tmp_path / "own.npz")


@pytest.mark.parametrize(
    ("name", "claimed", "said"),
    [
        ("y_test", np.zeros(30_000_000, np.uint8), r"y_test has the shape \(30000000,\); expected \(8,\)"),
        ("x_test", np.zeros((30_000_000, 1, 1), np.uint8), "30,000,012 images; at most"),
    ],
)
def test_no_array_is_read_before_all_shapes_are_checked(
    name: str, claimed: object, said: str, tmp_path: Path
) -> None:
    np.savez_compressed(tmp_path / "own.npz", **arrays(**{name: claimed}))  # type: ignore[arg-type]
    with traced() as memory, pytest.raises(DataRefused, match=said):
        add(tmp_path / "own.npz")
    assert memory.peak < 10_000_000


def test_an_archive_that_claims_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", **arrays())  # type: ignore[arg-type]
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (900000, 100, 100), }".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataRefused, match="x_train holds 9,000,000,000 bytes"):
        add(tmp_path / "bad.npz")
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 32, 32), }".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "x_train.npy",
            b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(50_000_000),
        )
    with traced() as memory, pytest.raises(DataRefused, match=r"x_train has the shape \(-2, 32, 32\)"):
        add(tmp_path / "bomb.npz")
    assert memory.peak < 10_000_000
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataRefused, match="cannot be decoded"):
        add(tmp_path / "text.npz")


def test_an_archive_that_is_packed_as_numpy_packs_none_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "own.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x_train.npy", bytes(1 << 26))
    with (
        traced() as memory,
        pytest.raises(DataRefused, match=r"x_train\.npy is packed by another method than deflate"),
    ):
        add(tmp_path / "own.npz")
    assert memory.peak < 10_000_000

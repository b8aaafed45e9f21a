"""Which files are admitted."""

from pathlib import Path

import pytest

import datasets
from datasets import DataRefused, load_real
from datasets._contract import File
from datasets._files import checksums
from tests.support.official_files import sealed, small, write

MNIST = small("mnist")


def test_official_files_are_verified(data: Path) -> None:
    spec = sealed(MNIST, write(MNIST, MNIST.layouts[0], data))
    loaded = load_real(spec, data_dir=data)
    assert loaded.verified
    assert "copies" not in loaded.origin


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_any_of_its_checksums_makes_a_file_official(algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(b"pixels")
    others = f"sha256:{'0' * 64}", f"md5:{'0' * 32}"
    assert not checksums.is_official(path, File("images", 6, others))
    assert checksums.is_official(path, File("images", 6, (*others, checksums.checksum(path, algorithm))))


def test_a_copy_is_refused_unless_accepted_and_then_recorded(data: Path) -> None:
    path = write(MNIST, MNIST.layouts[0], data) / "mnist.npz"
    for _ in range(2):  # the second time from the cache
        with pytest.raises(DataRefused) as refused:
            load_real(MNIST, data_dir=data)
        for part in (
            str(path),
            checksums.checksum(path, "sha256"),
            "sha256:731c5ac6027527",
            "--accept-copies",
        ):
            assert part in str(refused.value)
        assert refused.value.advice.startswith("Download them again, or")
        accepted = load_real(MNIST, data_dir=data, accept_copies=True)
        assert not accepted.verified
        assert "accepted copies: mnist.npz" in accepted.origin


def test_a_refused_file_is_not_passed_over_for_the_next_place(data: Path, tmp_path: Path) -> None:
    write(MNIST, MNIST.layouts[0], data)
    spec = sealed(MNIST, write(MNIST, MNIST.layouts[0], tmp_path / "keras" / "datasets"))
    assert load_real(spec, data_dir=None).verified
    (data / "mnist.npz").write_bytes(b"broken")
    for accept in (False, True):
        with pytest.raises(DataRefused, match=r"data/mnist\.npz"):
            load_real(spec, data_dir=data, accept_copies=accept)


def test_auto_refuses_broken_files_too(data: Path) -> None:
    data.mkdir()
    (data / "mnist.npz").write_bytes(b"broken")
    with pytest.raises(DataRefused):
        datasets.load("mnist", "auto", data_dir=data)

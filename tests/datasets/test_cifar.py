"""CIFAR-10's archive, and batches that are broken: each is refused by name, with what was found."""

import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.support.official_files import batch, members, refusal, small, write, write_tar

CIFAR = small("cifar10")
FOLDER, TAR = CIFAR.layouts
ROWS = np.zeros((10, 3072), np.uint8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (batch(ROWS[:9], [0] * 10), "shape (9, 3072), expected (10, 3072)"),
        (batch(ROWS.astype(np.uint16), [0] * 10), "not an array of uint8"),
        (batch(ROWS, [0] * 9), "'labels' is not a list of 10"),
        (batch(ROWS, [0] * 9 + [10]), "values other than the integers 0..9"),
        (batch(ROWS, [0] * 9 + [True]), "values other than the integers 0..9"),
        (batch(b"no array", [0] * 10), "no array 'data'"),
        (pickle.dumps([1, 2], protocol=2), "no array 'data'"),
        (b"no pickle", "cannot be decoded"),
        # A memo index that would make the C unpickler ask for gigabytes.
        (b"\x80\x02}r\xf0\xff\xff\x7f.", "no array 'data'"),
        (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00bz2\x86R.", "codec 'bz2'"),
        (bytes(3_000_000), "too large for a batch"),
    ],
)
def test_a_wrong_batch_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    folder = write(CIFAR, FOLDER, tmp_path)
    (folder / "data_batch_2").write_bytes(data)
    told = refusal(CIFAR, tmp_path)
    assert message in told
    assert "data_batch_2" in told


def _link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("cifar-10-batches-py/../../escaped", b"x"),
        ("../escaped", b"x"),
        ("/escaped", b"x"),
        ("cifar-10-batches-py/..", b"x"),
        ("cifar-10-batches-py/a/b", b"x"),
        ("elsewhere/data_batch_1", b"x"),
        ("link", _link("cifar-10-batches-py/data_batch_1", tarfile.SYMTYPE, "/etc/passwd")),
        ("hard", _link("cifar-10-batches-py/data_batch_1", tarfile.LNKTYPE, "/etc/passwd")),
        ("device", _link("cifar-10-batches-py/data_batch_1", tarfile.CHRTYPE, "")),
    ],
)
def test_a_tar_that_is_not_one_folder_of_plain_files_is_refused(
    name: str, member: bytes | tarfile.TarInfo, tmp_path: Path
) -> None:
    base = tmp_path / "in" / "here"
    base.mkdir(parents=True)
    write_tar(base / "cifar-10-python.tar.gz", {name: member} | members(CIFAR))
    assert "is not a plain file in cifar-10-batches-py/" in refusal(CIFAR, base)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"in", "in/here", "in/here/cifar-10-python.tar.gz"}


def test_a_tar_without_a_batch_is_refused(tmp_path: Path) -> None:
    parts = members(CIFAR)
    del parts["cifar-10-batches-py/test_batch"]
    write_tar(tmp_path / "cifar-10-python.tar.gz", parts)
    assert "no member cifar-10-batches-py/test_batch" in refusal(CIFAR, tmp_path)


def test_a_tar_with_a_batch_twice_is_refused(tmp_path: Path) -> None:
    again = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    write_tar(tmp_path / "cifar-10-python.tar.gz", members(CIFAR) | {"again": again})
    assert "'cifar-10-batches-py/data_batch_1' is there twice" in refusal(CIFAR, tmp_path)


def test_a_tar_bomb_is_not_unpacked(tmp_path: Path) -> None:
    write_tar(tmp_path / "cifar-10-python.tar.gz", {"cifar-10-batches-py/readme.html": bytes(1 << 26)})
    assert "unpacks to more data" in refusal(CIFAR, tmp_path)

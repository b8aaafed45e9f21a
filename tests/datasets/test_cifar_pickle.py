"""CIFAR-10's pickles: those that Python 2 wrote are read, and hostile ones call nothing and fill no memory."""

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets import load_real
from datasets._contract import Layout
from datasets._files.cifar_pickle import PickledArray, read_pickle
from tests.support.official_files import content, members, refusal, small, write, write_tar
from tests.support.traced_memory import traced

CIFAR = small("cifar10")
FOLDER, TAR = CIFAR.layouts


class _Attack:
    def __init__(self, function: Callable[..., object], argument: str) -> None:
        self.call = (function, (argument,))

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return self.call


@pytest.mark.parametrize("layout", [FOLDER, TAR], ids=["folder", "tar"])
@pytest.mark.parametrize("attack", [os.system, eval], ids=["system", "eval"])
def test_a_pickle_calls_nothing(attack: Callable[..., object], layout: Layout, tmp_path: Path) -> None:
    witness = tmp_path / "called"
    argument = f"touch {witness}" if attack is os.system else f"open({str(witness)!r}, 'w').close()"
    payload = pickle.dumps({b"data": _Attack(attack, argument)}, protocol=2)
    pickle.loads(payload)  # noqa: S301 - the attack is real...
    assert witness.exists()
    witness.unlink()
    folder = write(CIFAR, layout, tmp_path)
    if layout is FOLDER:
        (folder / "data_batch_3").write_bytes(payload)
    else:
        attacked = {"cifar-10-batches-py/data_batch_3": payload}
        write_tar(folder / layout.files[0].name, members(CIFAR) | attacked)
    told = refusal(CIFAR, tmp_path)  # ...and does nothing here
    assert not witness.exists()
    assert f".{attack.__name__}, which no CIFAR batch needs" in told


ENCODE = (
    b"\x80\x02c_codecs\nencode\nq\x00X\x00\x00\x01\x00"
    + b"a" * (1 << 16)
    + b"q\x01X\x06\x00\x00\x00latin1q\x02"
)
SHAPE = (
    b"\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x00"
    + b"q\x01h\x01\x86" * 22
    + b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89U\x03abctbsU\x06labels]("
    + b"K\x00" * 10
    + b"es."
)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (
            b"\x80\x05\x96" + struct.pack("<Q", 1 << 27) + b".",
            "holds a bytearray, expected the lists and bytes of a CIFAR batch",
        ),
        (ENCODE + b"h\x00h\x01h\x02\x86R" * 1000 + b".", "makes more bytes than the 73,577 it has"),
        (b"\x80\x04" + b"]" * 1_000_000 + b".", "more than 1,200 opcodes, too many for a batch"),
        (SHAPE, "has no shape, expected (10, 3072)"),
        (b"\x80\x02c" + b"m" * 1_000_000 + b"\nn\n.", f"asks for {'m' * 80}, which no CIFAR batch"),
        (ENCODE + b"h\x00h\x01h\x01\x86R.", f"the codec '{'a' * 80}', expected 'latin1'"),
    ],
    ids=["bytearray", "encode", "lists", "shape", "name", "codec"],
)
def test_a_pickle_fills_no_memory(payload: bytes, message: str, tmp_path: Path) -> None:
    (write(CIFAR, FOLDER, tmp_path) / "data_batch_2").write_bytes(payload)
    with traced() as memory:
        told = refusal(CIFAR, tmp_path)
    assert message in told
    assert memory.peak < 10_000_000


NESTED = b")" + b"\x85" * 1_000  # 200,000 of them crash Python where it hashes them


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"}" + NESTED + b"K\x01s", "has a key of type tuple, expected bytes or str"),
        (b"}(C\x01aK\x01" + NESTED + b"K\x01u", "has a key of type tuple, expected bytes or str"),
        (b"(" + NESTED + b"K\x01d", "has a key of type tuple, expected bytes or str"),
        (b"\x8f(" + NESTED + b"\x90", "holds a set, expected the lists and bytes of a CIFAR batch"),
        (b"(" + NESTED + b"\x91", "holds a set, expected the lists and bytes of a CIFAR batch"),
    ],
    ids=["item", "items", "dict", "set", "frozenset"],
)
def test_a_pickle_hashes_nothing_but_text(payload: bytes, message: str, tmp_path: Path) -> None:
    (write(CIFAR, FOLDER, tmp_path) / "data_batch_2").write_bytes(b"\x80\x04" + payload + b".")
    assert message in refusal(CIFAR, tmp_path)


@pytest.mark.parametrize("protocol", range(5))
def test_batches_written_again_in_other_protocols_are_read(protocol: int) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (500, 3072)).astype(np.uint8)
    names = [f"{i:05}_é.png".encode() for i in range(500)]
    classes = {b"fine_labels": [i % 100 for i in range(500)], b"coarse_labels": [i % 20 for i in range(500)]}
    found = read_pickle(pickle.dumps({b"data": rows, b"filenames": names} | classes, protocol), 500)
    assert isinstance(found, dict)
    assert found[b"filenames"] == names
    assert isinstance(found[b"data"], PickledArray)
    np.testing.assert_array_equal(found[b"data"].uint8((500, 3072)), rows)


# As Python 2 wrote the official files: text keys and data as byte strings, NumPy by its old module name.
PYTHON_2 = (
    b"\x80\x02}q\x00(U\x04dataq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04"
    b"(K\x01K\x0aM\x00\x0c\x86cnumpy\ndtype\nq\x05U\x02u1K\x00K\x01\x87Rq\x06(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
    b"K\x00tb\x89T%bytestbU\x06labelsq\x07]q\x08(%labelseu."
)


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_batches_written_by_python_2_are_read(module: bytes, tmp_path: Path) -> None:
    folder, made = write(CIFAR, FOLDER, tmp_path), content(CIFAR)
    for i in range(5):
        x, y = made.x_train[i * 10 : i * 10 + 10], made.y_train[i * 10 : i * 10 + 10]
        raw = x.transpose(0, 3, 1, 2).tobytes()
        old = PYTHON_2.replace(b"%bytes", struct.pack("<I", len(raw)) + raw)
        old = old.replace(b"%labels", b"".join(b"K" + bytes([label]) for label in y))
        (folder / f"data_batch_{i + 1}").write_bytes(old.replace(b"numpy.core.multiarray", module))
    loaded = load_real(CIFAR, data_dir=tmp_path, accept_copies=True)
    np.testing.assert_array_equal(loaded.x_train, made.x_train)
    np.testing.assert_array_equal(loaded.y_train, made.y_train)

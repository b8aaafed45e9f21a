"""The decoders, on whole files and on broken and hostile ones."""

import gzip
import io
import os
import pickle
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from datasets import DataRefused, load_real, svhn
from datasets._spec import Layout, Spec
from tests.support.official_files import (
    EVERY_LAYOUT,
    SVHN_PER_CLASS,
    SVHN_TRAIN,
    batch,
    batches,
    content,
    idx,
    images,
    isolate,
    labels,
    small,
    write,
    write_mat,
    write_tar,
)

MNIST, CIFAR, SVHN = small("mnist"), small("cifar10"), small("svhn")
NPZ, IDX_GZ, IDX = MNIST.layouts
FOLDER, TAR = CIFAR.layouts
(MATS,) = SVHN.layouts


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


def refusal(spec: Spec, base: Path) -> str:
    """Load, expect a refusal, and expect nothing to be left behind."""
    with pytest.raises(DataRefused) as refused:
        load_real(spec, data_dir=base, accept_copies=True)
    cache = base / "cache"
    assert not cache.exists() or not list(cache.iterdir())
    return str(refused.value)


@pytest.mark.parametrize(("name", "i"), [each for each in EVERY_LAYOUT if each[0] != "svhn"])
def test_every_layout_decodes_to_the_images_it_was_made_of(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    write(spec, spec.layouts[i], tmp_path)
    loaded, made = load_real(spec, data_dir=tmp_path, accept_copies=True), content(spec)
    for split in ("x_train", "y_train", "x_test", "y_test"):
        array = getattr(loaded, split)
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, getattr(made, split))


# ---- hostile and broken files: each is refused by name, with what was met


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(("name", "i"), EVERY_LAYOUT)
def test_truncated_files_are_refused(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    folder = write(spec, spec.layouts[i], tmp_path)
    for file in spec.layouts[i].files:
        whole = (folder / file.name).read_bytes()
        _truncate(folder / file.name)
        assert file.name in refusal(spec, tmp_path)
        (folder / file.name).write_bytes(whole)


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


def test_an_npz_whose_member_outgrows_its_header_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (50, 28, 28)}
    )
    with zipfile.ZipFile(tmp_path / "mnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(1 << 26))
    assert "more data than" in refusal(MNIST, tmp_path)


def test_an_npz_without_an_array_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=content(MNIST).x_train[..., 0])
    assert "y_train" in refusal(MNIST, tmp_path)


# ---- CIFAR-10's pickles


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
        parts = batches(CIFAR) | {"data_batch_3": payload}
        members: dict[str, bytes | tarfile.TarInfo] = {
            f"cifar-10-batches-py/{n}": d for n, d in parts.items()
        }
        write_tar(folder / layout.files[0].name, members)
    told = refusal(CIFAR, tmp_path)  # ...and does nothing here
    assert not witness.exists()
    assert f".{attack.__name__}, which no batch of CIFAR-10 needs" in told


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


ROWS = np.zeros((10, 3072), np.uint8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (batch(ROWS[:9], [0] * 10), "shape (9, 3072), expected (10, 3072)"),
        (batch(ROWS.astype(np.uint16), [0] * 10), "not an array of uint8"),
        (batch(ROWS, [0] * 9), "'labels' is not a list of 10"),
        (batch(ROWS, [0] * 9 + [10]), "something else than the integers 0..9"),
        (batch(ROWS, [0] * 9 + [True]), "something else than the integers 0..9"),
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


# ---- CIFAR-10's archive


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
    members: dict[str, bytes | tarfile.TarInfo] = {name: member}
    members |= {f"cifar-10-batches-py/{n}": data for n, data in batches(CIFAR).items()}
    base = tmp_path / "in" / "here"
    base.mkdir(parents=True)
    write_tar(base / "cifar-10-python.tar.gz", members)
    assert "is not a plain file in cifar-10-batches-py/" in refusal(CIFAR, base)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"in", "in/here", "in/here/cifar-10-python.tar.gz"}


def test_a_tar_without_a_batch_is_refused(tmp_path: Path) -> None:
    parts = batches(CIFAR)
    del parts["test_batch"]
    write_tar(tmp_path / "cifar-10-python.tar.gz", {f"cifar-10-batches-py/{n}": d for n, d in parts.items()})
    assert "no member cifar-10-batches-py/test_batch" in refusal(CIFAR, tmp_path)


def test_a_tar_with_a_batch_twice_is_refused(tmp_path: Path) -> None:
    members: dict[str, bytes | tarfile.TarInfo] = {}
    members |= {f"cifar-10-batches-py/{n}": data for n, data in batches(CIFAR).items()}
    members["again"] = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    write_tar(tmp_path / "cifar-10-python.tar.gz", members)
    assert "'cifar-10-batches-py/data_batch_1' is there twice" in refusal(CIFAR, tmp_path)


def test_a_tar_bomb_is_not_unpacked(tmp_path: Path) -> None:
    members: dict[str, bytes | tarfile.TarInfo] = {"cifar-10-batches-py/readme.html": bytes(1 << 26)}
    write_tar(tmp_path / "cifar-10-python.tar.gz", members)
    assert "unpacks to more data" in refusal(CIFAR, tmp_path)


# ---- SVHN


def test_svhn_is_read_with_label_10_as_0_and_images_first(tmp_path: Path) -> None:
    write(SVHN, MATS, tmp_path)
    loaded = load_real(SVHN, data_dir=tmp_path, accept_copies=True)
    np.testing.assert_array_equal(loaded.y_test, labels(SVHN.test_counts, 2))
    np.testing.assert_array_equal(loaded.x_test, images(SVHN, sum(SVHN.test_counts), 2))


def test_svhn_without_extra_is_balanced_at_its_rarest_class_and_says_so(tmp_path: Path) -> None:
    write(SVHN, MATS, tmp_path)
    loaded = load_real(SVHN, data_dir=tmp_path, accept_copies=True)
    assert np.bincount(loaded.y_train).tolist() == [min(SVHN_TRAIN)] * 10
    assert "4 images a class" in loaded.origin
    assert "extra_32x32.mat is not there" in loaded.origin
    _assert_drawn(loaded.x_train, loaded.y_train, images(SVHN, sum(SVHN_TRAIN), 1), labels(SVHN_TRAIN, 1))


@pytest.mark.parametrize("seed", range(4))
def test_svhn_with_extra_draws_without_the_held_out_images(seed: int, tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    write_mat(folder / "extra_32x32.mat", SVHN, labels((8,) * 10, 5), 5)
    assert isinstance(MATS.read, svhn.Draw)
    spec = replace(SVHN, layouts=(replace(MATS, read=replace(MATS.read, seed=seed)),))
    loaded = load_real(spec, data_dir=tmp_path, accept_copies=True)
    assert np.bincount(loaded.y_train).tolist() == [SVHN_PER_CLASS] * 10
    assert "not there" not in loaded.origin
    pool_x = np.concatenate([images(SVHN, sum(SVHN_TRAIN), 1), images(SVHN, 80, 5)])
    pool_y = np.concatenate([labels(SVHN_TRAIN, 1), labels((8,) * 10, 5)])
    chosen = _assert_drawn(loaded.x_train, loaded.y_train, pool_x, pool_y)
    # Class 9 has 4 images in train and 8 in extra; 2 and 1 of them are held out, the draw takes all the rest.
    nines = [i for i in chosen if pool_y[i] == 9]
    assert sum(i < sum(SVHN_TRAIN) for i in nines) == 2
    shutil.rmtree(tmp_path / "cache")
    assert load_real(spec, data_dir=tmp_path, accept_copies=True).fingerprint == loaded.fingerprint


def _assert_drawn(x: np.ndarray, y: np.ndarray, pool_x: np.ndarray, pool_y: np.ndarray) -> list[int]:
    """Every image is one of the pool's, with its label, and none is there twice."""
    positions = {image.tobytes(): i for i, image in enumerate(pool_x)}
    chosen = [positions[image.tobytes()] for image in x]
    assert len(set(chosen)) == len(chosen)
    np.testing.assert_array_equal(pool_y[chosen], y)
    return chosen


def test_the_declared_draw_is_the_studys() -> None:
    draw = svhn.SPEC.published.read
    assert isinstance(draw, svhn.Draw)
    assert sum(draw.train_counts) + draw.extra_images - 10 * sum(draw.held_out) == 598_388
    assert sum(svhn.SPEC.train_counts) == 60_000
    assert sum(svhn.SPEC.test_counts) == 26_032
    assert min(draw.train_counts) == draw.train_counts[9] == 4_659


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


def test_extra_that_cannot_fill_the_draw_is_refused(tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    write_mat(folder / "extra_32x32.mat", SVHN, labels((80, *[0] * 9), 5), 5)
    assert "the rarest class has 4 images, and the draw needs 12" in refusal(SVHN, tmp_path)

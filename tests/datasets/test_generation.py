"""Labels and blocks of synthetic splits, and which of them are cached."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

import datasets
from datasets._contract import Images, Labels, Spec
from datasets._synthetic import generation

NAMES = ("cifar10", "fashion_mnist", "mnist", "svhn")
TRAIN, TEST = 120, 60
EVERY = pytest.mark.parametrize("name", NAMES)
BOTH = pytest.mark.parametrize("split", ["train", "test"])


def _counts(name: str, split: str) -> tuple[int, ...]:
    spec = datasets.spec(name)
    return spec.train_counts if split == "train" else spec.test_counts


def _dots(labels: Labels, rng: np.random.Generator) -> Images:
    """A cheap drawing: the label, and random pixels plane by plane, so that they depend on the block's length."""
    planes = [labels, *(rng.integers(0, 256, len(labels), np.uint8) for _ in range(5))]
    return np.stack(planes, axis=1).reshape(-1, 2, 3, 1)


@EVERY
@BOTH
def test_labels_have_the_real_balance(name: str, split: str) -> None:
    counts = _counts(name, split)
    labels = generation.labels(counts, name, split)
    assert labels.dtype == np.uint8
    assert tuple(np.bincount(labels)) == counts


@EVERY
@BOTH
def test_every_prefix_keeps_the_balance(name: str, split: str) -> None:
    counts = np.array(_counts(name, split))
    labels = generation.labels(tuple(counts), name, split)
    share = counts / counts.sum()
    seen = (labels[:, None] == np.arange(10)).cumsum(axis=0)
    wanted = np.arange(1, len(labels) + 1)[:, None] * share
    # Each class is at most one image from its place, and the ten together move the cut by at most ten.
    assert (np.abs(seen - wanted) <= 1 + 10 * share).all()


def test_labels_come_in_no_regular_order() -> None:
    labels = generation.labels((1000,) * 10, "any", "train")
    tens = {tuple(row) for row in labels.reshape(-1, 10)}
    assert len(tens) > 990
    assert (np.diff(labels.astype(int)) == 0).any()


@pytest.mark.parametrize(
    ("name", "split", "first", "digest"),
    [
        ("cifar10", "train", "58394672013629570184", "d517b6e94866"),
        ("cifar10", "test", "52148679306830415297", "43e0bc08a554"),
        ("fashion_mnist", "train", "59102674386715289304", "d4599dcf4f1f"),
        ("fashion_mnist", "test", "71340926851329465087", "9da7e71b39a9"),
        ("mnist", "train", "54673218901658430797", "354c7f00f179"),
        ("mnist", "test", "47105982362915873061", "0e66f4480b52"),
        ("svhn", "train", "15304826979720864315", "2ca1c40d55bc"),
        ("svhn", "test", "19852612743103257149", "042bccad6318"),
    ],
)
def test_labels_are_the_pinned_ones(name: str, split: str, first: str, digest: str) -> None:
    labels = generation.labels(_counts(name, split), name, split)
    assert "".join(map(str, labels[:20])) == first
    assert hashlib.sha256(labels.tobytes()).hexdigest()[:12] == digest


@pytest.mark.parametrize("size", [1, generation.BLOCK - 1, generation.BLOCK, generation.BLOCK + 1, 599, 600])
def test_a_share_begins_the_whole(size: int) -> None:
    counts = (100, 200, 300)
    whole, whole_labels = generation.generate(_dots, counts, "any", "train", 600)
    images, labels = generation.generate(_dots, counts, "any", "train", size)
    assert images.shape == (size, 2, 3, 1)
    np.testing.assert_array_equal(images, whole[:size])
    np.testing.assert_array_equal(labels, whole_labels[:size])
    np.testing.assert_array_equal(images[:, 0, 0, 0], labels)


def test_blocks_splits_and_data_sets_are_different_streams() -> None:
    counts = (300, 300)
    kinds = [("a", "train"), ("a", "test"), ("b", "train")]
    images = [generation.generate(_dots, counts, name, split, 600)[0][:, 1] for name, split in kinds]
    blocks = [block.tobytes() for drawing in images for block in np.split(drawing[:500], 2)]
    assert len(set(blocks)) == 6


@pytest.mark.parametrize(
    ("draw", "received"),
    [
        (lambda labels, rng: np.zeros((len(labels), 2, 3, 1)), "250 images of float64 for 250 labels"),
        (lambda labels, rng: np.zeros((9, 2, 3, 1), np.uint8), "9 images of uint8 for 250 labels"),
        (lambda labels, rng: None, "NoneType for 250 labels"),
        (lambda labels, rng: np.zeros((len(labels), 2, 3), np.uint8), r"images of shape \(2, 3\)"),
    ],
    ids=["type", "count", "nothing", "shape"],
)
def test_other_images_than_declared_are_refused(draw: generation.Draw, received: str) -> None:
    spec = Spec("any", "Any", (2, 3, 1), ("a", "b"), (300, 300), (300, 300))
    with pytest.raises(datasets.BadDeclaration, match=rf"^datasets/any\.py: draw returns {received}; "):
        generation.load(spec, draw, 10, 10)


def test_large_splits_are_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "CACHED_IMAGES", TRAIN + TEST)
    first = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    monkeypatch.setattr(generation, "generate", lambda *_: pytest.fail("drawn again"))
    again = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    assert isinstance(again.x_train, np.memmap)
    np.testing.assert_array_equal(again.x_train, first.x_train)
    assert again.fingerprint == first.fingerprint


def test_another_numpy_draws_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its streams of random numbers may be others."""
    before = generation.code_hash()
    monkeypatch.setattr(np, "__version__", "0.0")
    assert generation.code_hash() != before


@pytest.mark.parametrize("file", ["mnist.py", "_synthetic/strokes.py", "_files/idx.py"])
def test_code_that_changed_anywhere_in_the_package_draws_again(file: str, tmp_path: Path) -> None:
    package = Path(datasets.__file__).parent
    copy = shutil.copytree(package, tmp_path / "package")
    assert generation.code_hash(copy) == generation.code_hash(package)
    with (copy / file).open("a") as code:
        code.write("# changed\n")
    assert generation.code_hash(copy) != generation.code_hash(package)


def test_hidden_files_are_no_code(tmp_path: Path) -> None:
    (tmp_path / "mnist.py").touch()
    before = generation.code_hash(tmp_path)
    (tmp_path / ".#mnist.py").symlink_to("user@host")  # an editor's lock
    assert generation.code_hash(tmp_path) == before

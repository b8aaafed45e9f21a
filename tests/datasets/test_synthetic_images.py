"""Synthetic images: what generation promises, and that what is drawn can be learnt, though not too easily."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import datasets
from datasets import Dataset

NAMES = ("cifar10", "fashion_mnist", "mnist", "svhn")
TRAIN, TEST = 900, 400
EVERY = pytest.mark.parametrize("name", NAMES)
DRAWN = pytest.mark.parametrize("name", [*NAMES, "cifar100", "emnist_letters", "kmnist"])
Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def drawn() -> Callable[[str], Dataset]:
    kept: dict[str, Dataset] = {}

    def get(name: str) -> Dataset:
        if name not in kept:
            kept[name] = datasets.load(name, "synthetic", train=TRAIN, test=TEST)
        return kept[name]

    return get


@DRAWN
def test_images_are_whole_and_use_the_range(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    for images, labels, size in ((data.x_train, data.y_train, TRAIN), (data.x_test, data.y_test, TEST)):
        assert images.shape == (size, *datasets.spec(name).shape)
        assert images.dtype == np.uint8
        assert labels.shape == (size,)
        assert (images.min(), images.max()) == (0, 255)
        spread = images.reshape(size, -1).std(axis=1)
        assert spread.min() > 2, "an image without anything on it"


@DRAWN
def test_no_image_is_drawn_twice(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    every = {image.tobytes() for image in (*data.x_train, *data.x_test)}
    assert len(every) == TRAIN + TEST


def test_another_process_draws_the_same_bits() -> None:
    code = (
        "import datasets\n"
        f"for name in {NAMES}: print(datasets.load(name, 'synthetic', train=3, test=3).fingerprint)"
    )
    root = Path(datasets.__file__).parents[1]
    told = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True)  # noqa: S603
    assert told.split() == [datasets.load(name, "synthetic", train=3, test=3).fingerprint for name in NAMES]


@EVERY
def test_train_and_test_are_one_distribution(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    means = [images.reshape(len(images), -1).mean(axis=1) for images in (data.x_train, data.x_test)]
    error = np.sqrt(sum(mean.var() / len(mean) for mean in means))
    assert abs(means[0].mean() - means[1].mean()) < 4 * error


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("fashion_mnist", "37.1 29.7 56.7 34.9 61.6 16.7 54.9 30.2 49.9 40.5"),
        ("mnist", "34.8 18.7 28.1 28.4 26.5 27.5 30.5 24.6 34.2 31.7"),
        ("svhn", "92.0 76.8 86.0 88.7 81.5 81.4 86.6 80.6 90.6 90.7"),
        ("cifar10", "148.7 124.8 134.2 124.9 119.1 119.3 110.9 120.2 138.7 130.5"),
    ],
)
def test_classes_are_as_bright_as_pinned(name: str, means: str, drawn: Callable[[str], Dataset]) -> None:
    """A drawing that changes makes another data set: floors and baselines made on the old one are void."""
    data = drawn(name)
    found = [data.x_train[data.y_train == label].mean() for label in range(10)]
    np.testing.assert_allclose(found, [float(mean) for mean in means.split()], atol=0.3)


def _nearest_mean(data: Dataset, mirror: bool = False) -> float:
    """Accuracy on the test images of the nearest class mean, freed of brightness and contrast."""

    def flat(images: Images) -> NDArray[np.float64]:
        pixels = images.astype(float)
        rows = pixels.reshape(len(images), -1)
        rows -= rows.mean(axis=1, keepdims=True)
        unit: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    train, test = flat(data.x_train), flat(data.x_test[:, :, ::-1] if mirror else data.x_test)
    means = np.stack([train[data.y_train == label].mean(axis=0) for label in range(10)])
    # |a - b|^2 less the |a|^2 that all classes share.
    found = ((means**2).sum(axis=1) - 2 * test @ means.T).argmin(axis=1)
    return float((found == data.y_test).mean())


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("cifar10", 0.15, 0.4), ("fashion_mnist", 0.5, 0.8), ("mnist", 0.5, 0.8), ("svhn", 0.4, 0.75)],
)
def test_templates_help_and_do_not_suffice(
    name: str, least: float, most: float, drawn: Callable[[str], Dataset]
) -> None:
    assert least < _nearest_mean(drawn(name)) < most


@pytest.mark.parametrize("name", ["mnist", "svhn"])
def test_a_mirrored_digit_is_another_sign(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    assert not datasets.spec(name).mirrorable
    assert _nearest_mean(data, mirror=True) < _nearest_mean(data) - 0.15


def test_a_mirrored_object_is_the_same_object(drawn: Callable[[str], Dataset]) -> None:
    data = drawn("cifar10")
    assert datasets.spec("cifar10").mirrorable
    assert abs(_nearest_mean(data, mirror=True) - _nearest_mean(data)) < 0.08

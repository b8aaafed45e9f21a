"""Synthetic images: what generation promises, and that what is drawn can be learnt, though not too easily."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import datasets
from datasets import Dataset
from tests.support import command_line

NAMES = tuple(name for name in datasets.names() if datasets.spec(name).layouts)
"""Every data set whose generated images stand in for real ones."""
TRAIN, TEST = 900, 400
EVERY = pytest.mark.parametrize("name", NAMES)
Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def drawn() -> Callable[[str], Dataset]:
    kept: dict[str, Dataset] = {}

    def get(name: str) -> Dataset:
        if name not in kept:
            spec = datasets.spec(name)
            train, test = min(TRAIN, sum(spec.train_counts)), min(TEST, sum(spec.test_counts))
            kept[name] = datasets.load(name, "synthetic", train=train, test=test)
        return kept[name]

    return get


@EVERY
def test_images_are_whole_and_use_the_range(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    for images in (data.x_train, data.x_test):
        assert (images.min(), images.max()) == (0, 255)
        spread = images.reshape(len(images), -1).std(axis=1)
        assert spread.min() > 2, "an image without anything on it"


@EVERY
def test_no_image_is_drawn_twice(name: str, drawn: Callable[[str], Dataset]) -> None:
    data = drawn(name)
    every = {image.tobytes() for image in (*data.x_train, *data.x_test)}
    assert len(every) == len(data.x_train) + len(data.x_test)


@pytest.mark.end_to_end
def test_another_process_draws_the_same_bits() -> None:
    code = (
        "import datasets\n"
        f"for name in {NAMES}: print(datasets.load(name, 'synthetic', train=3, test=3).fingerprint)"
    )
    told = command_line.python(code).stdout.split()
    assert told == [datasets.load(name, "synthetic", train=3, test=3).fingerprint for name in NAMES]


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
        ("emnist_letters", "43.9 46.9 35.6 49.4 41.9 36.2 48.6 41.5 28.0 28.9"),
        ("kmnist", "70.6 72.7 58.4 46.1 69.0 77.9 70.2 64.2 71.0 69.4"),
        ("cifar100", "169.7 132.5 164.1 167.6 149.8 117.3 107.0 119.3 119.9 127.8"),
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
    means = np.stack([train[data.y_train == label].mean(axis=0) for label in range(len(data.class_names))])
    # |a - b|^2 less the |a|^2 that all classes share.
    found = ((means**2).sum(axis=1) - 2 * test @ means.T).argmin(axis=1)
    return float((found == data.y_test).mean())


@EVERY
def test_templates_help_and_do_not_suffice(name: str, drawn: Callable[[str], Dataset]) -> None:
    """A linear rule finds twice what guessing does, or 0.6 where that is less, and leaves something for networks to learn."""
    least, most = RANGES.get(name, (min(0.6, 2 / len(datasets.spec(name).class_names)), 0.9))
    assert least < _nearest_mean(drawn(name)) < most


RANGES = {
    "cifar10": (0.15, 0.4), "cifar100": (0.3, 0.55), "emnist_letters": (0.35, 0.65), "fashion_mnist": (0.5, 0.8),
    "kmnist": (0.7, 0.9), "mnist": (0.5, 0.8), "svhn": (0.4, 0.75),
}  # fmt: skip
"""Accuracies of the nearest class mean; a data set that is not listed has wider bounds."""


@EVERY
def test_a_mirrored_image_shows_its_class_where_the_declaration_says_so(
    name: str, drawn: Callable[[str], Dataset]
) -> None:
    data = drawn(name)
    kept = _nearest_mean(data, mirror=True) / _nearest_mean(data)
    assert kept > 0.75 if datasets.spec(name).mirrorable else kept < 0.7

"""Measures of images whose truth is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import datasets
from benchmarks.metrics.image_measures import balance, intrinsic_dimension, linear_accuracy, measure


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_a_gaussian_on_a_plane_has_the_planes_dimension(dimension: int) -> None:
    generator = np.random.default_rng(dimension)
    plane = generator.normal(size=(dimension, 50))
    points = generator.normal(size=(1000, dimension)) @ plane
    # The estimate falls short where a ball of neighbours is not small beside the Gaussian.
    assert intrinsic_dimension(points) == pytest.approx(dimension, rel=0.1)
    assert intrinsic_dimension(points * 1000 + 7) == pytest.approx(intrinsic_dimension(points))
    assert intrinsic_dimension(np.vstack([points, points])) == pytest.approx(intrinsic_dimension(points))


def test_the_dimension_against_brute_force() -> None:
    points = np.random.default_rng(0).normal(size=(60, 4))
    inverse = []
    for point in points:
        nearest = sorted(math.dist(point, other) for other in points)[1:21]
        inverse.append(sum(math.log(nearest[-1] / distance) for distance in nearest[:-1]) / 19)
    assert intrinsic_dimension(points) == pytest.approx(60 / sum(inverse))


def test_too_few_points_have_no_dimension() -> None:
    with pytest.raises(ValueError, match="1 distinct points"):
        intrinsic_dimension(np.ones((10, 3)))


def test_balance() -> None:
    assert balance([5, 5, 5]) == pytest.approx(1)
    assert balance([10, 0]) == 0
    assert balance([3, 1]) == pytest.approx(-(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)))


def images(n: int, generator: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Noise, 3 x 3 x 1, of two classes: the second is brighter in one pixel."""
    x = generator.integers(0, 100, (n, 3, 3, 1)).astype(np.uint8)
    y = generator.integers(0, 2, n).astype(np.uint8)
    x[y == 1, 1, 1, 0] += 150
    return x, y


def test_a_linear_classifier_finds_what_a_line_separates_and_no_more() -> None:
    generator = np.random.default_rng(0)
    train, test = images(400, generator), images(200, generator)
    assert linear_accuracy(*train, *test) == 1
    shuffled = generator.permutation(train[1])
    assert linear_accuracy(train[0], shuffled, *test) < 0.7
    # A class that is a ring around the other is beyond it.
    x = generator.normal(size=(400, 1, 2, 1))
    ring = (np.square(x).sum((1, 2, 3)) > 1.4).astype(np.uint8)
    pixels = np.clip(128 + 40 * x, 0, 255).astype(np.uint8)
    assert linear_accuracy(pixels[:200], ring[:200], pixels[200:], ring[200:]) < 0.7


def test_the_linear_fit_against_least_squares() -> None:
    """The ridge penalty as further rows: 0.1 per training image, none on the constant."""
    generator = np.random.default_rng(0)
    classes = generator.integers(0, 3, 3000)
    x = generator.normal(size=(3000, 3, 3, 2)) * (20, 60) + 128 + 9 * classes[:, None, None, None]
    pixels, y = np.clip(x, 0, 255).astype(np.uint8), classes.astype(np.uint8)
    mean, spread = pixels[:40].mean((0, 1, 2)), pixels[:40].std((0, 1, 2))
    rows = np.hstack([((pixels - mean) / spread).reshape(3000, -1), np.ones((3000, 1))])
    penalty = np.sqrt(0.1 * 40) * np.eye(19)[:18]
    targets = np.vstack([np.eye(3)[y[:40]], np.zeros((18, 3))])
    weights = np.linalg.lstsq(np.vstack([rows[:40], penalty]), targets, rcond=None)[0]
    expected = (rows[40:] @ weights).argmax(1) == y[40:]
    assert linear_accuracy(pixels[:40], y[:40], pixels[40:], y[40:]) == pytest.approx(
        expected.mean(), abs=1e-9
    )


def small(**changes: object) -> datasets.Dataset:
    loaded = datasets.load("mnist", "synthetic", train=300, test=100)
    return replace(loaded, **changes)  # type: ignore[arg-type]


def test_an_empty_class_counts_whichever_it_is() -> None:
    data = small(source="real", verified=True)
    without = [data.y_train != label for label in (0, 9)]
    first, last = (
        measure(replace(data, x_train=data.x_train[kept], y_train=data.y_train[kept])) for kept in without
    )
    assert first.balance == pytest.approx(math.log(9) / math.log(10), abs=2e-3)
    assert last.balance == pytest.approx(first.balance, abs=2e-3)


def test_grey_levels() -> None:
    half = np.zeros((300, 4, 4, 3), np.uint8)
    half[:, :2] = 255
    real = small(source="real", verified=True, x_train=half, x_test=half[:100])
    with pytest.raises(ValueError, match="1 distinct points"):
        measure(real)
    half[:, 0, 0] = np.random.default_rng(0).integers(200, 256, (300, 3))
    measured = measure(real)
    # One of the eight bright pixels has a grey level of its own.
    assert measured.entropy == pytest.approx(
        -(8 * math.log2(8 / 16) + 7 * math.log2(7 / 16) + math.log2(1 / 16)) / 16, abs=1e-4
    )
    assert measured.contrast == pytest.approx(half.mean(-1).std((1, 2)).mean() / 255, abs=2e-4)


def test_measures_repeat_and_synthetic_data_have_the_balance_of_the_real_classes() -> None:
    measured = measure(small())
    assert measured == measure(small())
    assert measured.balance == pytest.approx(balance(datasets.spec("mnist").train_counts), abs=1e-6)

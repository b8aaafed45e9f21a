"""Measures of images whose truth is known, and the file that keeps them."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import datasets
from benchmarks.commands.main import main
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.metrics import image_measures
from benchmarks.metrics.image_measures import balance, intrinsic_dimension, linear_accuracy, measure
from benchmarks.results import characteristics


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_a_gaussian_on_a_plane_has_the_planes_dimension(dimension: int) -> None:
    generator = np.random.default_rng(dimension)
    plane = generator.normal(size=(dimension, 50))
    points = generator.normal(size=(1000, dimension)) @ plane
    # The estimate falls short where a ball of neighbours is not small beside the Gaussian.
    assert intrinsic_dimension(points) == pytest.approx(dimension, rel=0.1)
    assert intrinsic_dimension(points * 1000 + 7) == pytest.approx(intrinsic_dimension(points))
    assert intrinsic_dimension(np.vstack([points, points])) == pytest.approx(intrinsic_dimension(points))


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


def small(**changes: object) -> datasets.Dataset:
    loaded = datasets.load("mnist", "synthetic", train=300, test=100)
    return replace(loaded, **changes)  # type: ignore[arg-type]


def test_grey_levels_and_counts() -> None:
    half = np.zeros((300, 4, 4, 3), np.uint8)
    half[:, :2] = 255
    real = small(source="real", verified=True, x_train=half, x_test=half[:100])
    with pytest.raises(ValueError, match="1 distinct points"):
        measure(real)
    half[:, 0, 0] = np.random.default_rng(0).integers(250, 256, (300, 3))
    measured = measure(real)
    assert measured.entropy == pytest.approx(1, abs=0.3)
    assert measured.contrast == pytest.approx(0.5, abs=0.005)
    assert (measured.height, measured.width, measured.channels, measured.classes) == (4, 4, 3, 10)
    assert (measured.train_images, measured.test_images, measured.pixels) == (300, 100, 16)
    assert measured.fingerprints == (real.fingerprint,)


def test_a_stand_in_counts_as_the_whole_it_stands_for_and_measures_repeat() -> None:
    measured = measure(small())
    assert (measured.train_images, measured.test_images) == (60_000, 10_000)
    assert measured == measure(small())


def test_shares_that_protocols_take_are_known_by_their_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = replace(PROTOCOLS["quick"], train=200, test=50, train_of={"vgg": 250})
    monkeypatch.setattr(image_measures, "PROTOCOLS", {"p": protocol})
    real = small(source="real")
    shares = [real.subset(train, 50).fingerprint for train in (200, 250)]
    assert measure(real).fingerprints == (real.fingerprint, *shares)


def test_the_file_reads_back_and_keeps_one_entry_a_data_set_and_source(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    assert characteristics.load(path) == {}
    one = measure(small())
    characteristics.save(path, [one, replace(one, dataset="cifar10", source="real", note="JPEG copies")])
    found = characteristics.load(path)
    assert list(found) == [("cifar10", "real"), ("mnist", "synthetic")]
    assert found["mnist", "synthetic"] == one
    path.write_text('[{"dataset": "mnist", "fingerprints": []}]')
    with pytest.raises(ValueError, match="measure anew"):
        characteristics.load(path)


def test_the_command_measures_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(characteristics, "_STAND_IN", (300, 100))
    path = tmp_path / "c.json"
    call = ["characteristics", "--into", str(path), "--data-dir", str(tmp_path)]
    assert main([*call, "--data", "synthetic", "--dataset", "mnist,svhn"]) == 0
    assert set(characteristics.load(path)) == {("mnist", "synthetic"), ("svhn", "synthetic")}
    assert "mnist (synthetic): training images 60000" in capsys.readouterr().out
    assert main([*call, "--dataset", "nothing"]) == 2


def test_measures_of_the_data_sets_are_kept_in_the_project() -> None:
    kept = characteristics.load()
    assert {"mnist", "fashion_mnist", "cifar10"} <= {name for name, source in kept if source == "real"}
    assert {name for name, source in kept if source == "synthetic"} >= {"mnist", "svhn"}
    for entry in kept.values():
        assert 0.1 < entry.linear_accuracy < 1
        assert 1 < entry.intrinsic_dimension < entry.pixels * entry.channels

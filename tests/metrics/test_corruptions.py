"""Corrupted test images: always the same ones, of any size, the worse the severity the farther from the originals."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.metrics import corruptions
from benchmarks.metrics.corruptions import CHUNK, CORRUPTIONS, SEVERITIES, Corruption, accuracy_by_corruption
from benchmarks.metrics.measures import ROBUSTNESS_DEFINITION

SHAPES = [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3), (13, 40, 2)]


def photos(count: int, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Smooth images: a wave per image and channel."""
    rng = np.random.default_rng(0)
    height, width, channels = shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    a, b, c = rng.uniform(-6, 6, (3, count, 1, 1, channels))
    waves = np.sin(a * x[None, :, :, None] + b * y[None, :, :, None] + c)
    found: NDArray[np.uint8] = np.rint(127.5 + 100 * waves).astype(np.uint8)
    return found


def corrupted(corruption: Corruption, images: NDArray[np.uint8], severity: int) -> NDArray[np.uint8]:
    return np.concatenate(list(corruption.chunks(images, severity)))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_size_and_number_of_channels(corruption: Corruption, shape: tuple[int, int, int]) -> None:
    images = photos(6, shape)
    before = images.copy()
    apart = []
    for severity in SEVERITIES:
        changed = corrupted(corruption, images, severity)
        assert changed.shape == images.shape
        assert changed.dtype == np.uint8
        np.testing.assert_array_equal(changed, corrupted(corruption, images, severity))
        apart.append(np.abs(changed.astype(int) - images).mean())
    assert apart[-1] > 0
    assert apart == sorted(apart)
    np.testing.assert_array_equal(images, before)


def test_an_image_does_not_depend_on_those_behind_it() -> None:
    images = photos(CHUNK + 3, (8, 8, 1))
    for corruption in CORRUPTIONS:
        whole = corrupted(corruption, images, 3)
        np.testing.assert_array_equal(whole[:CHUNK], corrupted(corruption, images[:CHUNK], 3))


def test_known_values() -> None:
    by_name = {each.name: each for each in CORRUPTIONS}
    grey = np.full((1, 32, 32, 1), 102, np.uint8)
    colour = np.tile(np.array([102, 51, 0], np.uint8), (1, 32, 32, 1))
    assert np.unique(corrupted(by_name["contrast"], grey, 5)) == 102
    assert np.unique(corrupted(by_name["brightness"], grey, 3)) == round(255 * (0.4 + 0.15))
    np.testing.assert_array_equal(np.unique(corrupted(by_name["brightness"], colour, 1)), [0, 57, 115])
    for name in ("defocus_blur", "motion_blur", "pixelate"):  # an even surface has nothing to blur
        np.testing.assert_array_equal(corrupted(by_name[name], colour, 5), colour)
    many = np.full((200, 32, 32, 1), 128, np.uint8)
    noise = corrupted(by_name["gaussian_noise"], many, 5) / 255
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    impulses = corrupted(by_name["impulse_noise"], many, 5)
    assert (impulses == 0).mean() == pytest.approx(0.035, rel=0.1)
    assert (impulses == 255).mean() == pytest.approx(0.035, rel=0.1)
    edge = np.zeros((1, 32, 32, 1), np.uint8)
    edge[:, :, 16:] = 255
    assert len(np.unique(corrupted(by_name["defocus_blur"], edge, 5))) > 2


PINNED = {
    "gaussian_noise": [8.14, 16.1, 19.85],
    "impulse_noise": [1.35, 3.81, 9.21],
    "defocus_blur": [0.27, 0.45, 0.8],
    "motion_blur": [0.33, 0.84, 1.88],
    "fog": [13.65, 33.81, 45.37],
    "brightness": [8.59, 23.67, 35.56],
    "contrast": [13.56, 32.55, 46.11],
    "pixelate": [2.56, 2.96, 3.73],
}
"""Mean distance from the originals, of 255, at each severity."""


def test_the_definition_is_what_it_was() -> None:
    """Another version of a library may round otherwise; other corruptions need another `ROBUSTNESS_DEFINITION`."""
    images = photos(20, (32, 32, 3))
    found = {
        corruption.name: [
            float(np.abs(corrupted(corruption, images, s).astype(int) - images).mean()) for s in SEVERITIES
        ]
        for corruption in CORRUPTIONS
    }
    assert ROBUSTNESS_DEFINITION == "1"
    for name, distances in found.items():
        assert distances == pytest.approx(PINNED[name], abs=0.02), name


def test_accuracy_by_corruption_asks_for_every_image_once() -> None:
    images, asked = photos(CHUNK + 20, (8, 8, 1)), []
    labels = (np.arange(len(images)) % 2).astype(np.uint8)

    def logits(given: NDArray[np.uint8]) -> NDArray[np.float32]:
        asked.append(len(given))
        return np.tile(np.array([1.0, 0.0], np.float32), (len(given), 1))  # always the first class

    found = accuracy_by_corruption(images, labels, logits)
    assert list(found) == [each.name for each in CORRUPTIONS]
    assert len(found) == 8
    assert {value for each in found.values() for value in each} == {0.5}
    assert corruptions.mean_accuracy(found) == 0.5
    assert sum(asked) == 8 * 3 * len(images)

"""Random shifts and mirrors, against SciPy's image filters."""

from itertools import product
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.experiment.recipe import Augmentation

Images = NDArray[np.float32]
Fill = Literal["nearest", "reflect", "constant"]
FILLS: tuple[Fill, ...] = ("nearest", "reflect", "constant")
SEED = (3, 5)


@pytest.fixture(scope="module")
def augment(tf: Any) -> Any:
    """`benchmarks.engine.tensorflow.augmentation.augment`, from NumPy to NumPy."""
    from benchmarks.engine.tensorflow.augmentation import augment

    def call(images: Images, augmentation: Augmentation, seed: tuple[int, int] = SEED) -> Images:
        changed: Images = augment(tf.constant(images), augmentation, tf.constant(seed, tf.int32)).numpy()
        return changed

    return call


def noise(count: int) -> Images:
    return np.random.default_rng(0).normal(size=(count, 8, 12, 2)).astype(np.float32)


def shifted(image: Images, down: float, right: float, fill: Fill, order: Literal[0, 1]) -> Images:
    # Beyond the border, TensorFlow's constant lies on the grid and takes part in interpolation.
    modes: dict[Fill, Any] = {"nearest": "nearest", "reflect": "reflect", "constant": "grid-constant"}
    moved: Images = ndimage.shift(image, (down, right, 0), None, order, modes[fill])
    return moved


@pytest.mark.parametrize("fill", FILLS)
def test_whole_pixel_shifts_and_mirrors(augment: Any, fill: Fill) -> None:
    images = noise(400)
    changed = augment(images, Augmentation(shift=0.25, fill=fill, mirror=True))
    assert (changed.shape, changed.dtype) == (images.shape, np.float32)
    ways = list(product(range(-2, 3), range(-3, 4), (False, True)))  # a quarter of 8 rows, of 12 columns
    found = []
    for image, result in zip(images, changed, strict=True):
        matching = [
            (down, right, mirrored)
            for down, right, mirrored in ways
            if np.array_equal(result, shifted(image[:, ::-1] if mirrored else image, down, right, fill, 0))
        ]
        assert len(matching) == 1
        found += matching
    # Every shift is met, mirrored and not.
    assert {(down, mirrored) for down, _, mirrored in found} == set(product(range(-2, 3), (False, True)))
    assert {(right, mirrored) for _, right, mirrored in found} == set(product(range(-3, 4), (False, True)))
    assert abs(np.mean([mirrored for *_, mirrored in found]) - 0.5) < 0.1  # four standard errors


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("fill", FILLS)
def test_subpixel_shifts_interpolate_linearly(augment: Any, fill: Fill, mirror: bool) -> None:
    images = noise(60)
    # Linear interpolation leaves a ramp a ramp: two channels of coordinates tell where each pixel came from.
    rows, columns = np.meshgrid(np.arange(8.0), np.arange(12.0), indexing="ij")
    ramps = np.broadcast_to(np.stack([rows, columns], -1), (60, 8, 12, 2))
    both = np.concatenate([images, ramps], -1).astype(np.float32)
    changed = augment(both, Augmentation(shift=0.1, subpixel=True, fill=fill, mirror=mirror))
    downs, rights, mirrors = [], [], []
    for image, result in zip(images, changed, strict=True):
        mirrored = bool(result[4, 7, 3] < result[4, 6, 3])
        down = 4 - float(result[4, 6, 2])
        right = 6 - float(11 - result[4, 6, 3] if mirrored else result[4, 6, 3])
        expected = shifted(image[:, ::-1] if mirrored else image, down, right, fill, 1)
        np.testing.assert_allclose(result[..., :2], expected, atol=1e-4)
        downs.append(down)
        rights.append(right)
        mirrors.append(mirrored)
    for shifts, largest in ((downs, 0.8), (rights, 1.2)):  # a tenth of 8 and of 12 pixels
        assert max(map(abs, shifts)) <= largest + 1e-5
        assert min(shifts) < -0.7 * largest
        assert max(shifts) > 0.7 * largest
    assert any(mirrors) == mirror


def test_mirrors_alone_move_nothing_else(augment: Any) -> None:
    images = noise(50)
    changed = augment(images, Augmentation(mirror=True))
    same = [np.array_equal(a, b) for a, b in zip(images, changed, strict=True)]
    flipped = [np.array_equal(a[:, ::-1], b) for a, b in zip(images, changed, strict=True)]
    assert all(np.logical_xor(same, flipped))
    assert any(same)
    assert any(flipped)


def test_nothing_asked_changes_nothing(augment: Any) -> None:
    images = noise(5)
    np.testing.assert_array_equal(augment(images, Augmentation()), images)


def test_a_seed_decides(augment: Any) -> None:
    images, every = noise(20), Augmentation(shift=0.25, subpixel=True, mirror=True)
    first = augment(images, every)
    assert augment(images, every).tobytes() == first.tobytes()
    for other in ((3, 6), (4, 5)):
        assert not np.array_equal(augment(images, every, other), first)


def test_each_image_is_changed_its_own_way(augment: Any) -> None:
    images = np.repeat(noise(1), 20, axis=0)
    changed = augment(images, Augmentation(shift=0.25, subpixel=True))
    assert len({image.tobytes() for image in changed}) == 20

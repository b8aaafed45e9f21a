"""Corrupted test images, and a network's accuracy on them: `--measure robustness`.

After Hendrycks and Dietterich: Benchmarking neural network robustness to common corruptions and perturbations, ICLR 2019,
https://arxiv.org/abs/1903.12261: two corruptions of each of their four groups (noise, blur, weather, digital), at the severities 1, 3 and
5 of their CIFAR-10-C. Deviations: frost (which needs their photographs), snow, glass and zoom blur, elastic distortion, JPEG and shot
noise are left out; lengths are in pixels of a 32-pixel side and grow with the image, so that any size and number of channels will do; a
blur is an antialiased disc or line; pixels are averaged by the area that they share; fog is noise interpolated over several octaves;
values are rounded, not cut off. So accuracies do not compare with those on CIFAR-10-C. On the first 1,000 test images of CIFAR-10 (JPEG
copies), defocus blur of severity 1 changes a pixel by 4.5 of 255 on average, and by 1.3 with the parameters of the authors' code;
pixelation by 6.8, and by 2.0. At severity 3 the changes are 1.2 and 1.7 times as large as with theirs, at 5 within a tenth.

SciPy's `ndimage` filters, since it works on whole batches in floating point and the suite needs SciPy anyway; Pillow rounds to bytes
between two steps, image by image.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
"""(N, H, W, C), 0..1."""

SEVERITIES = (1, 3, 5)
CHUNK = 256
"""Images that are corrupted at once; each chunk has random numbers of its own, so it belongs to the definition."""
SIDE = 32
"""Side of the images, in pixels, that lengths are given for."""


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt images."""

    name: str
    levels: tuple[Any, Any, Any]
    """What `apply` takes at each of the `SEVERITIES`."""
    apply: Callable[[Images, Any, np.random.Generator], Images]

    def chunks(self, images: NDArray[np.uint8], severity: int) -> Iterator[NDArray[np.uint8]]:
        """Yield the corrupted images, `CHUNK` at a time: the same ones on every call.

        Args:
            images: (N, H, W, C) uint8.
            severity: One of `SEVERITIES`.
        """
        level = self.levels[SEVERITIES.index(severity)]
        for start in range(0, len(images), CHUNK):
            rng = np.random.default_rng([zlib.crc32(self.name.encode()), severity, start])
            given = np.asarray(images[start : start + CHUNK], np.float32) / np.float32(255)
            changed = self.apply(given, level, rng)
            yield np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)


def sizes(images: int) -> set[int]:
    """Return the sizes of the chunks that this many test images are corrupted in."""
    return {min(CHUNK, images - start) for start in range(0, images, CHUNK)}


def accuracy_by_corruption(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    logits: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
) -> dict[str, tuple[float, ...]]:
    """Return the accuracy (0..1) under each corruption, by name, one per severity.

    Args:
        images: Test images, (N, H, W, C) uint8.
        labels: Their classes, (N,) uint8.
        logits: Returns the network's outputs for images, (n, classes).
    """
    found = {}
    for corruption in CORRUPTIONS:
        right = [
            sum(
                int((logits(chunk).argmax(1) == labels[i * CHUNK : i * CHUNK + len(chunk)]).sum())
                for i, chunk in enumerate(corruption.chunks(images, severity))
            )
            for severity in SEVERITIES
        ]
        found[corruption.name] = tuple(count / len(labels) for count in right)
    return found


def mean_accuracy(accuracies: Mapping[str, tuple[float, ...]]) -> float:
    """Return the mean (0..1) over all corruptions and severities."""
    values = [value for each in accuracies.values() for value in each]
    return math.fsum(values) / len(values)


def _gaussian_noise(x: Images, deviation: float, rng: np.random.Generator) -> Images:
    return x + np.float32(deviation) * rng.standard_normal(x.shape, dtype=np.float32)


def _impulse_noise(x: Images, share: float, rng: np.random.Generator) -> Images:
    """Add salt and pepper, in each channel independently."""
    drawn = rng.random(x.shape, dtype=np.float32)
    return np.where(drawn < share / 2, np.float32(0), np.where(drawn < share, np.float32(1), x))


def _defocus_blur(x: Images, radius: float, rng: np.random.Generator) -> Images:
    r = radius * _scale(x)
    line = np.linspace(-r, r, 41)
    rows, columns = (each.ravel() for each in np.meshgrid(line, line))
    inside = rows**2 + columns**2 <= r**2
    return _convolved(x, _spread(rows[inside], columns[inside]))


def _motion_blur(x: Images, length: float, rng: np.random.Generator) -> Images:
    """Blur each image along one of eight directions, -45 to 45 degrees."""
    directions = rng.integers(0, 8, len(x))
    blurred = np.empty_like(x)
    for direction in range(8):
        chosen = directions == direction
        if chosen.any():
            angle = math.radians(-45 + 90 * direction / 7)
            line = np.linspace(-0.5, 0.5, 101) * length * _scale(x)
            blurred[chosen] = _convolved(x[chosen], _spread(line * math.sin(angle), line * math.cos(angle)))
    return blurred


def _spread(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the weights of these points around the middle, each shared out among the four pixels around it."""
    reach = math.ceil(max(np.abs(rows).max(), np.abs(columns).max())) + 1
    weights = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    i, j = (np.floor(each).astype(int) for each in (rows, columns))
    down, right = rows - i, columns - j
    for row, share in ((i, 1 - down), (i + 1, down)):
        for column, part in ((j, 1 - right), (j + 1, right)):
            np.add.at(weights, (reach + row, reach + column), share * part)
    return weights


def _fog(x: Images, level: tuple[float, float], rng: np.random.Generator) -> Images:
    """Add a haze of clouds between 0 and 1, weaker by `decay` with every finer octave."""
    strength, decay = level
    clouds = np.zeros(x.shape[:3], np.float32)
    cells, weight = 1, 1.0
    while cells <= max(x.shape[1:3]):
        grid = rng.random((len(x), cells + 1, cells + 1), dtype=np.float32)
        rows, columns = (_between(cells, side) for side in x.shape[1:3])
        clouds += np.float32(weight) * np.einsum("hi,nij,wj->nhw", rows, grid, columns, optimize=True)
        cells, weight = 2 * cells, weight / decay
    low, high = (f(clouds, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    clouds = (clouds - low) / (high - low)
    brightest = x.max((1, 2, 3), keepdims=True)
    found: Images = (
        (x + np.float32(strength) * clouds[..., None]) * brightest / (brightest + np.float32(strength))
    )
    return found


def _between(cells: int, side: int) -> NDArray[np.float32]:
    """Return the weights of linear interpolation from `cells` + 1 points to `side` pixels, (side, cells + 1)."""
    at = (np.arange(side) + 0.5) * cells / side
    found: NDArray[np.float32] = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells + 1))).astype(
        np.float32
    )
    return found


def _brightness(x: Images, added: float, rng: np.random.Generator) -> Images:
    """Brighten the largest channel, and the others in proportion: HSV's value rises, hue and saturation stay."""
    value = x.max(-1, keepdims=True)
    brighter = np.minimum(value + np.float32(added), 1)
    found: Images = np.where(value > 0, x * brighter / np.where(value > 0, value, 1), brighter)
    return found


def _contrast(x: Images, kept: float, rng: np.random.Generator) -> Images:
    mean = x.mean((1, 2), keepdims=True)
    found: Images = (x - mean) * np.float32(kept) + mean
    return found


def _pixelate(x: Images, share: float, rng: np.random.Generator) -> Images:
    """Average over fewer pixels, and give each pixel the nearest average."""
    for axis in (1, 2):
        side = x.shape[axis]
        few = max(1, int(side * share))
        edges = np.arange(few + 1) * side / few
        pixels = np.arange(side)
        covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
        weights = (np.maximum(covered, 0) * few / side).astype(np.float32)
        nearest = ((pixels + 0.5) * few / side).astype(int)
        x = np.moveaxis(np.tensordot(weights[nearest], x, (1, axis)), 0, axis)
    return x


def _convolved(x: Images, weights: NDArray[np.float32]) -> Images:
    """Filter every channel with these weights, which are made to sum to 1; images are mirrored at their borders."""
    from scipy import ndimage  # not before: every training imports this module, and few measure robustness

    found: Images = ndimage.convolve(x, (weights / weights.sum())[None, :, :, None], mode="reflect")
    return found


def _scale(x: Images) -> float:
    return float(max(x.shape[1:3]) / SIDE)


CORRUPTIONS = (
    Corruption("gaussian_noise", (0.04, 0.08, 0.10), _gaussian_noise),
    Corruption("impulse_noise", (0.01, 0.03, 0.07), _impulse_noise),
    Corruption("defocus_blur", (0.7, 1.0, 1.5), _defocus_blur),
    Corruption("motion_blur", (2.0, 4.0, 6.0), _motion_blur),
    Corruption("fog", ((0.2, 3.0), (0.75, 2.5), (1.5, 1.75)), _fog),
    Corruption("brightness", (0.05, 0.15, 0.3), _brightness),
    Corruption("contrast", (0.75, 0.4, 0.15), _contrast),
    Corruption("pixelate", (0.95, 0.85, 0.65), _pixelate),
)

"""Measures of a data set's images: class balance, entropy, contrast, intrinsic dimension, a linear fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

import datasets
from datasets import Dataset

SAMPLE = 3_000
"""Training images among which neighbours are searched for the intrinsic dimension."""
NEIGHBOURS = 20
LINEAR_IMAGES = 20_000
"""Training images of the linear classifier, and of mean entropy and contrast."""
RIDGE = 0.1
"""Ridge penalty of the classifier per training image, on pixels of unit variance."""


@dataclass(frozen=True)
class ImageMeasures:
    """What `measure` finds; `results.characteristics.Characteristics` says what each figure is."""

    balance: float
    entropy: float
    contrast: float
    intrinsic_dimension: float
    linear_accuracy: float


def measure(data: Dataset) -> ImageMeasures:
    """Measure one data set. The same images give the same figures: samples are fixed.

    The balance of synthetic data, of which only a part is generated, is that of the real classes.
    """
    synthetic = data.source == "synthetic"
    found = np.bincount(data.y_train, minlength=len(data.class_names))
    counts = datasets.spec(data.name).train_counts if synthetic else tuple(found.tolist())
    sample = data.subset(min(len(data.y_train), LINEAR_IMAGES), len(data.y_test))
    entropy, contrast = _grey_levels(sample.x_train)
    rows = np.random.default_rng(0).permutation(len(data.y_train))[:SAMPLE]
    points = data.x_train[np.sort(rows)].reshape(len(rows), -1).astype(np.float64)
    return ImageMeasures(
        balance=round(balance(counts), 6),
        entropy=round(entropy, 4),
        contrast=round(contrast, 5),
        intrinsic_dimension=round(intrinsic_dimension(points), 2),
        linear_accuracy=round(
            linear_accuracy(sample.x_train, sample.y_train, sample.x_test, sample.y_test), 4
        ),
    )


def balance(counts: Sequence[int]) -> float:
    """Divide the entropy of class sizes by that of equal ones, 0..1; empty classes count."""
    total = sum(counts)
    shares = [count / total for count in counts if count]
    return -math.fsum(s * math.log(s) for s in shares) / math.log(len(counts)) if len(counts) > 1 else 1.0


def intrinsic_dimension(points: NDArray[np.float64]) -> float:
    """Return the maximum-likelihood dimension of points (N, D), float64, from the distances to their nearest neighbours.

    Levina and Bickel, NIPS 2004, with the mean taken over inverse estimates as MacKay and Ghahramani (2005)
    correct it, https://www.inference.org.uk/mackay/dimension/. Equal points count once. It grows with the
    number of points: only figures from samples of one size compare.

    Raises:
        ValueError: There are fewer than three distinct points.
    """
    points = np.unique(points, axis=0)
    k = min(NEIGHBOURS, len(points) - 1)
    if k < 2:
        raise ValueError(f"{len(points)} distinct points; expected three or more")
    centred = points - points.mean(0)
    squares = np.einsum("ij,ij->i", centred, centred)
    distances = squares[:, None] + squares - 2 * centred @ centred.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.sort(np.partition(distances, k - 1, axis=1)[:, :k], axis=1)
    logs = np.log(np.maximum(nearest, 1e-12)) / 2
    return float(len(points) * (k - 1) / (logs[:, -1:] - logs[:, :-1]).sum())


def linear_accuracy(
    x_train: NDArray[np.uint8],
    y_train: NDArray[np.uint8],
    x_test: NDArray[np.uint8],
    y_test: NDArray[np.uint8],
) -> float:
    """Return the test accuracy (0..1) of a ridge regression on one-hot labels, pixels standardized per channel.

    Images uint8 (N, H, W, C), labels uint8 (N,).
    """
    mean = x_train.mean((0, 1, 2))
    deviation = x_train.std((0, 1, 2)) + 1e-9

    def prepared(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        flat = ((images - mean) / deviation).astype(np.float32).reshape(len(images), -1)
        return np.hstack([flat, np.ones((len(flat), 1), np.float32)])

    x = prepared(x_train)
    gram = (x.T @ x).astype(np.float64)
    gram[np.diag_indices(len(gram) - 1)] += RIDGE * len(x)  # the constant is not penalized
    targets = np.eye(int(max(y_train.max(), y_test.max())) + 1, dtype=np.float32)[y_train]
    weights = linalg.solve(gram, (x.T @ targets).astype(np.float64), assume_a="pos")
    return float(((prepared(x_test) @ weights).argmax(1) == y_test).mean())


def _grey_levels(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the mean entropy (bits) and the mean contrast (share of the range) of images' grey levels."""
    grey = np.rint(images.mean(-1)).astype(np.int64).reshape(len(images), -1)
    bins = grey + 256 * np.arange(len(grey))[:, None]
    shares = np.bincount(bins.ravel(), minlength=256 * len(grey)).reshape(-1, 256) / grey.shape[1]
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return float(-(shares * logs).sum(1).mean()), float(grey.std(1).mean() / 255)

"""Random numbers, smooth noise, and the random placement of what is drawn."""

import numpy as np

from datasets._synthetic.canvas import Floats, grid


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> Floats:
    """Draw uniform random numbers of the given shape."""
    return low + (high - low) * rng.random(shape, np.float32)


def normal(rng: np.random.Generator, spread: float, *shape: int) -> Floats:
    """Draw normal random numbers of mean 0 and the given shape."""
    return np.float32(spread) * rng.standard_normal(shape, np.float32)


def chance(rng: np.random.Generator, probability: float, *shape: int) -> Floats:
    """Draw 1.0 with the given probability, else 0.0."""
    return (rng.random(shape, np.float32) < probability).astype(np.float32)


def smooth_noise(rng: np.random.Generator, n: int, size: int, cells: int) -> Floats:
    """Draw smooth noise, (n, size, size), with a standard deviation of 1 at the nodes of a grid of cells x cells."""
    at = (grid(size) + 1) / 2 * cells
    left = np.floor(at).astype(np.intp)
    share = at - left
    share = share * share * (3 - 2 * share)
    weights = np.zeros((size, cells + 1), np.float32)
    weights[np.arange(size), left] = 1 - share
    weights[np.arange(size), left + 1] = share
    rows = np.einsum("nij,xj->nix", normal(rng, 1, n, cells + 1, cells + 1), weights)
    smooth: Floats = np.einsum("nix,yi->nyx", rows, weights)
    return smooth


def place(
    points: Floats,
    rng: np.random.Generator,
    *,
    scale: tuple[float, float],
    aspect: float,
    turn: float,
    slant: float,
    shift: float,
    wobble: float,
) -> tuple[Floats, Floats]:
    """Move points (N, ..., 2) by random affine and elastic jitter; return them and each picture's scale (N,).

    `scale` is a range; `aspect`, `turn` (radians), `slant`, `shift` and `wobble` (a smooth field's) are standard deviations.
    """
    n = len(points)
    flat = points.reshape(n, -1, 2)
    x, y = flat[..., 0], flat[..., 1]
    phase, pace = uniform(rng, 0, 2 * np.pi, 4, n, 1), uniform(rng, 1, 3, 4, n, 1)
    size = normal(rng, wobble, 4, n, 1)
    x, y = (
        x + size[0] * np.sin(pace[0] * y + phase[0]) + size[1] * np.sin(pace[1] * x + phase[1]),
        y + size[2] * np.sin(pace[2] * x + phase[2]) + size[3] * np.sin(pace[3] * y + phase[3]),
    )
    zoom, stretch = uniform(rng, *scale, n, 1), np.exp(normal(rng, aspect, n, 1))
    angle = normal(rng, turn, n, 1)
    x = (x + normal(rng, slant, n, 1) * y) * zoom * stretch
    y = y * zoom / stretch
    moved = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=-1)
    moved += normal(rng, shift, n, 1, 2)
    return moved.reshape(points.shape), zoom[:, 0]

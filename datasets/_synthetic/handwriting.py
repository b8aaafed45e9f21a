"""Handwriting: strokes of a pen or a brush, as grey images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets._synthetic.canvas import coverage, finish
from datasets._synthetic.noise import place, smooth_noise, uniform
from datasets._synthetic.strokes import StrokeTemplates, ink

SIZE = 28


@dataclass(frozen=True)
class Hand:
    """How characters are written; pairs are ranges, lengths are shares of the image's half width, angles are in radians."""

    shake: float
    """Standard deviation of the shifts of the strokes' control points."""
    scale: tuple[float, float]
    aspect: float
    turn: float
    slant: float
    shift: float
    wobble: float
    width: tuple[float, float]
    """Half of a stroke's width."""
    swell: float
    """How much the width changes along the strokes."""
    softness: tuple[float, float]
    """Width of the strokes' edges."""


def write(
    templates: StrokeTemplates, labels: NDArray[np.uint8], rng: np.random.Generator, hand: Hand
) -> NDArray[np.uint8]:
    """Return images (N, 28, 28, 1) uint8 of characters for labels (N,)."""
    n = len(labels)
    points = templates.trace(labels, rng, shake=hand.shake)
    points, _ = place(
        points, rng, scale=hand.scale, aspect=hand.aspect, turn=hand.turn, slant=hand.slant, shift=hand.shift,
        wobble=hand.wobble,
    )  # fmt: skip
    width = uniform(rng, *hand.width, n)[:, None, None]
    width = width * np.exp(hand.swell * smooth_noise(rng, n, SIZE, 3))
    softness = uniform(rng, *hand.softness, n)[:, None, None]
    grey = coverage(ink(points, SIZE) - width, softness)
    return finish((grey * uniform(rng, 0.85, 1.1, n)[:, None, None])[None])

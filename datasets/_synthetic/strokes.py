"""Pen strokes as smooth curves, and the ink they leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from datasets._synthetic.canvas import Floats, grid
from datasets._synthetic.noise import normal

Stroke = Sequence[tuple[float, float]]
_STROKE_POINTS = 64


@dataclass(frozen=True)
class StrokeTemplates:
    """Pen strokes in several templates per class, as smooth curves that are linear in their control points."""

    first: NDArray[np.intp]  # (classes,) a class's first template
    count: NDArray[np.intp]  # (classes,)
    controls: Floats  # (templates, controls, 2)
    curves: Floats  # (templates, points, controls)

    @classmethod
    def of(cls, classes: Sequence[Sequence[Sequence[Stroke]]]) -> Self:
        """Build them from templates by class; a template is a sequence of strokes, a stroke of control points."""
        templates = [template for templates in classes for template in templates]
        most = max(sum(map(len, template)) for template in templates)
        controls = np.zeros((len(templates), most, 2), np.float32)
        curves = np.zeros((len(templates), _STROKE_POINTS, most), np.float32)
        for number, template in enumerate(templates):
            lengths = np.array([np.hypot(*np.diff(np.array(stroke), axis=0).T).sum() for stroke in template])
            ends = np.rint(np.cumsum(lengths) / lengths.sum() * _STROKE_POINTS).astype(int)
            row = column = 0
            for stroke, end in zip(template, ends, strict=True):
                controls[number, column : column + len(stroke)] = stroke
                curves[number, row:end, column : column + len(stroke)] = _spline(len(stroke), end - row)
                row, column = end, column + len(stroke)
        count = np.array([len(templates) for templates in classes])
        return cls(np.cumsum(count) - count, count, controls, curves)

    def trace(
        self, labels: NDArray[np.uint8], rng: np.random.Generator, shake: float, most: int = 99
    ) -> Floats:
        """Take one of a class's first `most` templates for each label, shaken at its controls: (N, points, 2)."""
        chosen = self.first[labels] + rng.integers(0, np.minimum(self.count, most)[labels])
        controls = self.controls[chosen]
        points: Floats = np.einsum(
            "npc,nck->npk", self.curves[chosen], controls + normal(rng, shake, *controls.shape)
        )
        return points


def _spline(controls: int, points: int) -> Floats:
    """Return the matrix (points, controls) of a Catmull-Rom curve through its control points."""
    at = np.linspace(0, controls - 1, points)
    start = np.minimum(at.astype(int), controls - 2)
    t = at - start
    weights = np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]
    )
    matrix = np.zeros((points, controls), np.float32)
    for offset, weight in zip((-1, 0, 1, 2), weights / 2, strict=True):
        np.add.at(matrix, (np.arange(points), np.clip(start + offset, 0, controls - 1)), weight)
    return matrix


def ink(points: Floats, size: int) -> Floats:
    """Measure each pixel's distance from strokes' points (N, points, 2): (N, size, size)."""
    n, count, _ = points.shape
    centres = grid(size)
    across = centres - points[..., 0, None]
    down = centres - points[..., 1, None]
    across, down = across * across, down * down
    nearest = np.full((n, size, size), np.inf, np.float32)
    for point in range(count):
        np.minimum(nearest, across[:, point, None, :] + down[:, point, :, None], out=nearest)
    return np.sqrt(nearest)

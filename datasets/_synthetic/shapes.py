"""Shapes made of parts, rods and polygons, and how they are painted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from datasets._synthetic.canvas import Floats, coverage, grid

Indices = NDArray[np.intp]
_CORNERS = 6


class Part(NamedTuple):
    """A piece of a shape in one colour: a tapered rod between two corners, or a convex polygon of three to six."""

    role: int  # which of a picture's colours it takes
    corners: tuple[tuple[float, float], ...]
    radii: tuple[float, float]  # a rod's at its ends; a polygon is grown by the first


def rod(role: int, x0: float, y0: float, r0: float, x1: float, y1: float, r1: float) -> Part:
    """Make a tapered rod with round ends."""
    return Part(role, ((x0, y0), (x1, y1)), (r0, r1))


def disc(role: int, x: float, y: float, r: float) -> Part:
    """Make a disc."""
    return Part(role, ((x, y), (x + 0.01, y)), (r, r))


def poly(role: int, *xy: float, grow: float = 0.0) -> Part:
    """Make a convex polygon from x, y, x, y ..."""
    return Part(role, tuple(zip(xy[::2], xy[1::2], strict=True)), (grow, grow))


@dataclass(frozen=True)
class Shapes:
    """Shapes made of parts, in several templates per class."""

    corners: Floats  # (templates, parts, 6, 2)
    radii: Floats  # (templates, parts, 2)
    roles: Indices  # (templates, parts), -1: no such part
    rods: NDArray[np.bool_]  # (templates, parts)
    first: Indices  # (classes,)
    count: Indices  # (classes,)

    @classmethod
    def of(cls, classes: Sequence[Sequence[Sequence[Part]]]) -> Self:
        """Build them from templates by class; a template is a sequence of parts, the hindmost first."""
        templates = [template for templates in classes for template in templates]
        shape = len(templates), max(map(len, templates))
        corners, radii = np.zeros((*shape, _CORNERS, 2), np.float32), np.zeros((*shape, 2), np.float32)
        roles, rods = np.full(shape, -1), np.zeros(shape, np.bool_)
        for at, template in enumerate(templates):
            for number, part in enumerate(template):
                xy = np.array(part.corners)
                corners[at, number] = xy[np.minimum(np.arange(_CORNERS), len(xy) - 1)]
                radii[at, number], roles[at, number], rods[at, number] = part.radii, part.role, len(xy) == 2
        count = np.array([len(templates) for templates in classes])
        return cls(corners, radii, roles, rods, np.cumsum(count) - count, count)

    def pick(self, labels: NDArray[np.uint8], rng: np.random.Generator) -> Indices:
        """Take a template of its class for each label, (N,)."""
        return self.first[labels] + rng.integers(0, self.count[labels])


def paint(
    canvas: Floats,
    corners: Floats,
    radii: Floats,
    rods: NDArray[np.bool_],
    colours: Floats,
    softness: Floats,
    *,
    shade: float,
    shown: NDArray[np.bool_],
) -> None:
    """Paint parts onto the canvas in order.

    Args:
        canvas: (C, N, H, W), changed in place.
        corners: Corners of each picture's parts, (N, parts, 6, 2).
        radii: Radii of the parts, (N, parts, 2).
        rods: Which parts are rods, (N, parts); the others are polygons.
        colours: Colours of the parts, (N, parts, C).
        softness: Width of edges, (N,).
        shade: How much parts darken towards their edges.
        shown: Which parts are painted, (N, parts).
    """
    size = canvas.shape[-1]
    for part in range(corners.shape[1]):
        for kind, measure in ((True, _rod_distance), (False, _polygon_distance)):
            at = np.flatnonzero((rods[:, part] == kind) & shown[:, part])
            if not len(at):
                continue
            distance = measure(corners[at, part], radii[at, part], grid(size))
            alpha = coverage(distance, softness[at, None, None])
            light = 1 - shade * np.clip(1 + distance * 5, 0, 1)
            for channel, plane in enumerate(canvas):
                under = plane[at]
                plane[at] = under + alpha * (colours[at, part, channel, None, None] * light - under)


def _rod_distance(corners: Floats, radii: Floats, centres: Floats) -> Floats:
    along = corners[:, 1] - corners[:, 0]
    dx = (centres - corners[:, 0, 0, None])[:, None, :]
    dy = (centres - corners[:, 0, 1, None])[:, :, None]
    ax, ay = along[:, 0, None, None], along[:, 1, None, None]
    share = np.clip((dx * ax + dy * ay) / np.maximum(ax * ax + ay * ay, 1e-6), 0, 1)
    radius = radii[:, 0, None, None] + share * (radii[:, 1] - radii[:, 0])[:, None, None]
    distance: Floats = np.sqrt((dx - share * ax) ** 2 + (dy - share * ay) ** 2) - radius
    return distance


def _polygon_distance(corners: Floats, radii: Floats, centres: Floats) -> Floats:
    edges = np.roll(corners, -1, axis=1) - corners
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    x, y = corners[..., 0], corners[..., 1]
    area = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1, keepdims=True)
    inverse = np.where(area < 0, -1, 1) / np.maximum(lengths, 1e-6)
    nx, ny = edges[..., 1] * inverse, -edges[..., 0] * inverse
    # A corner repeated to fill the table is an edge without length: it bounds nothing.
    offset = np.where(lengths > 1e-6, nx * x + ny * y, 1e3)
    distance = np.full((len(corners), len(centres), len(centres)), -np.inf, np.float32)
    for edge in range(corners.shape[1]):
        bound = (
            nx[:, edge, None, None] * centres
            + (ny[:, edge, None] * centres - offset[:, edge, None])[:, :, None]
        )
        np.maximum(distance, bound, out=distance)
    return distance - radii[:, 0, None, None]

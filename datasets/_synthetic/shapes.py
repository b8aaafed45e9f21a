"""The stand-ins' common ground: which image has which label, and the primitives that the data sets draw with.

A stand-in is generated in blocks of 250 images. Every block has its own random stream, seeded from
(data set, split, block number), so a larger share begins with the smaller one, train and test never share a
stream, and the memory needed beyond the result is that of one block. The same call gives the same bits on the same machine; on
another one the labels are equal, and a pixel may differ by a rounding.

Coordinates are x to the right and y downwards, -1..1 over the image; grey values and colours are float32, 0..1.
A picture under construction is a canvas of shape (C, N, H, W).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Draw = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]

BLOCK = 250
_CORNERS = 6
_STROKE_POINTS = 64


def _stream(name: str, split: str, part: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{name}/{split}/{part}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "little")))


def labels(class_counts: tuple[int, ...], name: str, split: str) -> NDArray[np.uint8]:
    """All labels of a split, (sum(class_counts),) uint8: pseudo-random, yet every prefix keeps the balance.

    A class's images are spread evenly over the split, each at a random place within its own interval.
    """
    rng = _stream(name, split, "labels")
    places = [(np.arange(count) + rng.random(count)) / count for count in class_counts]
    classes = np.repeat(np.arange(len(class_counts), dtype=np.uint8), class_counts)
    return classes[np.argsort(np.concatenate(places), kind="stable")]


def generate(
    draw: Draw, class_counts: tuple[int, ...], name: str, split: str, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first `size` images (N, H, W, C) uint8 and labels (N,) uint8 of a split of a stand-in.

    `draw` makes a block's images from its labels and random stream; `class_counts` are the real split's.
    Raises ValueError for a size that the split cannot give.
    """
    total = sum(class_counts)
    if not 1 <= size <= total:
        raise ValueError(
            f"{size} images asked of the stand-in for {name}, split {split}, which has 1 to {total}: "
            f"ask for a size in that range"
        )
    order = labels(class_counts, name, split)
    images: NDArray[np.uint8] | None = None
    for block, start in enumerate(range(0, size, BLOCK)):
        # Always the whole block, so that where a share ends changes nothing before its end.
        drawn = draw(order[start : start + BLOCK], _stream(name, split, f"block {block}"))
        if images is None:
            images = np.empty((size, *drawn.shape[1:]), np.uint8)
        images[start : start + BLOCK] = drawn[: size - start]
    assert images is not None
    return images, order[:size].copy()


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> Floats:
    """Uniform random numbers of the given shape."""
    return low + (high - low) * rng.random(shape, np.float32)


def normal(rng: np.random.Generator, spread: float, *shape: int) -> Floats:
    """Normal random numbers of mean 0 and the given shape."""
    return np.float32(spread) * rng.standard_normal(shape, np.float32)


def chance(rng: np.random.Generator, probability: float, *shape: int) -> Floats:
    """1.0 with the given probability, else 0.0."""
    return (rng.random(shape, np.float32) < probability).astype(np.float32)


def grid(size: int) -> Floats:
    """The coordinates of the pixels' centres along one axis, (size,)."""
    return ((np.arange(size) + 0.5) * (2 / size) - 1).astype(np.float32)


def noise(rng: np.random.Generator, n: int, size: int, cells: int) -> Floats:
    """Smooth noise, (n, size, size), of spread about 1 at the nodes of a grid of cells x cells."""
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
    """Random affine and elastic jitter of points (N, ..., 2): the points, and each picture's scale (N,).

    `scale` is a range; `aspect`, `turn` (radians), `slant`, `shift` and `wobble` (a smooth field's) are spreads.
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


def coverage(distance: Floats, softness: Floats | float) -> Floats:
    """How much of each pixel a shape covers: `softness` is the width of its edge, two pixels or more are blur."""
    curves: Floats = np.clip(0.5 - distance / np.float32(softness), 0, 1)
    return curves


# Strokes ------------------------------------------------------------------------------------------------------

Stroke = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Scripts:
    """Pen strokes in several templates a class, as smooth curves that are linear in their control points."""

    first: Indices  # (classes,) a class's first template
    count: Indices  # (classes,)
    controls: Floats  # (templates, controls, 2)
    curves: Floats  # (templates, points, controls)

    @classmethod
    def of(cls, classes: Sequence[Sequence[Sequence[Stroke]]]) -> Self:
        """Templates by class; a template is a sequence of strokes, a stroke of control points."""
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

    def write(
        self, labels: NDArray[np.uint8], rng: np.random.Generator, shake: float, most: int = 99
    ) -> Floats:
        """One of a class's first `most` templates for each label, shaken at its controls: (N, points, 2)."""
        chosen = self.first[labels] + rng.integers(0, np.minimum(self.count, most)[labels])
        controls = self.controls[chosen]
        distance: Floats = np.einsum(
            "npc,nck->npk", self.curves[chosen], controls + normal(rng, shake, *controls.shape)
        )
        return distance


def _spline(controls: int, points: int) -> Floats:
    """The matrix (points, controls) of a Catmull-Rom curve through its control points."""
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


def ink(points: Floats, size: int, flat: Floats | None = None) -> Floats:
    """Each pixel's distance from strokes' points (N, points, 2): (N, size, size).

    `flat` (N,) above 1 makes the pen thinner in x than in y by that factor.
    """
    n, count, _ = points.shape
    centres = grid(size)
    across = (centres - points[..., 0, None]) * (1 if flat is None else flat[:, None, None])
    down = centres - points[..., 1, None]
    across, down = across * across, down * down
    nearest = np.full((n, size, size), np.inf, np.float32)
    for point in range(count):
        np.minimum(nearest, across[:, point, None, :] + down[:, point, :, None], out=nearest)
    return np.sqrt(nearest)


# Shapes of parts ----------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A piece of a shape in one colour: a tapered rod between two corners, or a convex polygon of three to six."""

    role: int  # which of a picture's colours it takes
    corners: tuple[tuple[float, float], ...]
    radii: tuple[float, float]  # a rod's at its ends; a polygon is grown by the first


def rod(role: int, x0: float, y0: float, r0: float, x1: float, y1: float, r1: float) -> Part:
    """A tapered rod with round ends."""
    return Part(role, ((x0, y0), (x1, y1)), (r0, r1))


def disc(role: int, x: float, y: float, r: float) -> Part:
    """A disc."""
    return Part(role, ((x, y), (x + 0.01, y)), (r, r))


def poly(role: int, *xy: float, grow: float = 0.0) -> Part:
    """A convex polygon from x, y, x, y ..."""
    return Part(role, tuple(zip(xy[::2], xy[1::2], strict=True)), (grow, grow))


@dataclass(frozen=True)
class Shapes:
    """Shapes made of parts, in several templates a class (or one filled-in table: a picture for each row)."""

    corners: Floats  # (templates, parts, 6, 2)
    radii: Floats  # (templates, parts, 2)
    roles: Indices  # (templates, parts), -1: no such part
    rods: NDArray[np.bool_]  # (templates, parts)
    first: Indices  # (classes,)
    count: Indices  # (classes,)

    @classmethod
    def of(cls, classes: Sequence[Sequence[Sequence[Part]]]) -> Self:
        """Templates by class; a template is a sequence of parts, the hindmost first."""
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
        """A template of its class for each label, (N,)."""
        return self.first[labels] + rng.integers(0, self.count[labels])


def paint(
    canvas: Floats,
    corners: Floats,
    radii: Floats,
    rods: NDArray[np.bool_],
    colours: Floats,
    softness: Floats,
    *,
    shade: float = 0.0,
    shown: NDArray[np.bool_] | None = None,
) -> Floats:
    """Paint parts onto the canvas (C, N, H, W), in order; returns what all together cover, (N, H, W).

    Of each picture: corners (N, parts, 6, 2), radii (N, parts, 2), rods and shown (N, parts), colours
    (N, parts, C), the softness of edges (N,); `shade` darkens parts towards their edges.
    """
    size = canvas.shape[-1]
    covered = np.zeros(canvas.shape[1:], np.float32)
    for part in range(corners.shape[1]):
        for kind, measure in ((True, _rod_distance), (False, _polygon_distance)):
            chosen = rods[:, part] == kind
            at = np.flatnonzero(chosen if shown is None else chosen & shown[:, part])
            if not len(at):
                continue
            distance = measure(corners[at, part], radii[at, part], grid(size))
            alpha = coverage(distance, softness[at, None, None])
            light = 1 - shade * np.clip(1 + distance * 5, 0, 1)
            for channel, plane in enumerate(canvas):
                under = plane[at]
                plane[at] = under + alpha * (colours[at, part, channel, None, None] * light - under)
            covered[at] = np.maximum(covered[at], alpha)
    return covered


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


def finish(canvas: Floats) -> NDArray[np.uint8]:
    """The canvas (C, N, H, W), 0..1, as images (N, H, W, C) uint8, 0..255; what lies outside is cut."""
    return np.ascontiguousarray(np.moveaxis(np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8), 0, -1))

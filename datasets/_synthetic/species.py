"""The hundred kinds of things of synthetic CIFAR-100, put together from parts by rule: nobody draws a hundred by hand.

Twenty families have a body plan and colours each; the five kinds of a family vary both. All of it follows from the
numbers of family and kind, so a kind looks the same in every split, and the pictures differ by what `place` does.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets._synthetic.canvas import Floats
from datasets._synthetic.shapes import Part, Shapes, disc, poly, rod

_FAMILIES, _KINDS = 20, 5
_ROLES = 4  # body, belly, limbs, marks
_BUILD_SEED = 2009


class Species(NamedTuple):
    """All kinds: a class is `_KINDS` times its family plus its number within it."""

    shapes: Shapes
    colours: Floats  # (classes, roles, 3)
    grounds: Floats  # (classes, 3)


def _build() -> Species:
    """Put all kinds together."""
    rng = np.random.default_rng(_BUILD_SEED)
    templates, colours, grounds = [], [], []
    for _ in range(_FAMILIES):
        plan = rng.uniform(-1, 1, 12)
        hues, ground = rng.uniform(0.1, 0.9, (_ROLES, 3)), rng.uniform(0.2, 0.8, 3)
        for _ in range(_KINDS):
            varied = plan + rng.normal(0, 0.3, 12)
            templates.append([_template(varied, rng) for _ in range(2)])
            colours.append(np.clip(hues + rng.normal(0, 0.18, (_ROLES, 3)), 0.05, 0.95))
            grounds.append(np.clip(ground + rng.normal(0, 0.08, 3), 0.05, 0.95))
    return Species(Shapes.of(templates), np.array(colours, np.float32), np.array(grounds, np.float32))


def _template(plan: NDArray[np.float64], rng: np.random.Generator) -> list[Part]:
    """Make one view of a kind: limbs, then a body, a head, and marks on it, by the twelve numbers of its plan."""
    long, thick, bent, taper, limbs, reach, swing, head, crown, marks, size, spread = (
        plan + rng.normal(0, 0.05, 12)
    ).tolist()
    length, width = 0.5 + 0.25 * long, 0.26 + 0.14 * thick
    along, down = math.cos(0.9 * bent) * length, math.sin(0.9 * bent) * length
    parts: list[Part] = []
    for at in np.linspace(-0.8, 0.8, 1 + round(2 * (1 + min(max(limbs, -1.0), 1.0)))).tolist():
        x, y = at * along, at * down
        parts.append(rod(2, x, y, 0.1 + 0.04 * thick, x + 0.5 * swing * at, y + 0.45 + 0.35 * reach, 0.06))
    parts.append(rod(0, -along, -down, width * (1 + 0.4 * taper), along, down, width * (1 - 0.4 * taper)))
    parts.append(rod(1, -0.5 * along, -0.5 * down, 0.5 * width, 0.5 * along, 0.5 * down, 0.5 * width))
    x, y = 1.1 * along, 1.1 * down - 0.25 * head - 0.15
    if head > -0.3:
        parts.append(disc(0, x, y, 0.2 + 0.08 * head))
    if crown > 0:
        parts.append(poly(2, x - 0.2, y - 0.05, x + 0.2, y - 0.05, x + 0.2 * swing, y - 0.3 - 0.25 * crown))
    for at in np.linspace(-0.6, 0.6, 1 + round(1.5 * (1 + min(max(marks, -1.0), 1.0)))).tolist():
        parts.append(disc(3, at * along, at * down + 0.3 * width * spread, 0.09 + 0.035 * size))
    return parts


SPECIES = _build()

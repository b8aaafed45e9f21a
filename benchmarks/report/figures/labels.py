"""Where names of points go in a chart: Vega-Lite places marks, and leaves finding room for words to its users."""

import math
from collections.abc import Sequence

Box = tuple[float, float, float, float]
_WIDE, _TALL = 6.4, 13.0
"""Pixels of a character, and of a line, at 12 pixels."""
_ABOVE = 6.0
"""Pixels that a name may reach above the plot, where nothing is."""
_AIR = 6.0
"""Pixels that should be free beside a name, left and right together."""
_LONGEST = 22
"""Characters of a name in a chart."""


def beside(
    points: Sequence[tuple[float, float, str]], width: float, height: float, bars: Sequence[Box] = ()
) -> list[tuple[float, float, str]]:
    """Put each name beside its point, where it meets the fewest others.

    Args:
        points: Place in pixels and name of each.
        width: Of the plot.
        height: Of the plot.
        bars: What else is drawn there, as left, top, right and bottom.

    Returns:
        Place and alignment of each name.

    """
    taken: list[Box] = [*((x - 6, y - 6, x + 6, y + 6) for x, y, _ in points), *bars]
    found = []
    for x, y, name in points:
        wide = _WIDE * len(name)
        places = [
            (x + dx * 9, y + dy, side)
            for dx, dy, side in (
                (1, 0, "left"), (-1, 0, "right"), (1, 11, "left"), (1, -11, "left"), (-1, 11, "right"), (-1, -11, "right"),
                (0, 17, "center"), (0, -17, "center"), (1, 24, "left"), (1, -24, "left"), (-1, 24, "right"), (-1, -24, "right"),
                (0, 31, "center"), (0, -31, "center"),
            )
        ]  # fmt: skip
        met = ((_meets(_box(place, wide + _AIR), taken, width, height), place) for place in places)
        least, best = next(met)
        for meets, place in met:
            if least == 0:
                break
            if meets < least:
                least, best = meets, place
        taken.append(_box(best, wide))
        found.append(best)
    return found


def stacked(heights: Sequence[float], limit: float) -> list[float]:
    """Move words of one column apart, so that none covers another; in the order of `heights`, in pixels."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [0.0] * len(heights)
    last = -math.inf
    for i in order:
        last = placed[i] = max(heights[i], last + _TALL)
    over = max(0.0, last - limit)
    nearest = math.inf
    for i in reversed(order):  # push back up what fell below the chart
        placed[i] = nearest = min(
            placed[i] - (over if placed[i] > limit - over else 0), nearest - _TALL, limit
        )
    return placed


def short(name: str) -> str:
    """Leave out the middle of a long name, for which a chart has no room; what differs is mostly at an end."""
    return name if len(name) <= _LONGEST else f"{name[:11]}…{name[-10:]}"


def height(names: int, least: float) -> float:
    """Return how high a chart has to be for so many names in one column."""
    return max(least, _TALL * names)


def _box(place: tuple[float, float, str], wide: float) -> Box:
    x, y, side = place
    left = x - {"left": 0.0, "center": wide / 2, "right": wide}[side]
    return (left, y - _TALL / 2, left + wide, y + _TALL / 2)


def _meets(box: Box, taken: Sequence[Box], width: float, height: float) -> float:
    outside = max(-box[0], 0) + max(box[2] - width, 0) + max(-box[1] - _ABOVE, 0) + max(box[3] - height, 0)
    left, top, right, bottom = box
    near = (one for one in taken if one[0] < right and one[2] > left and one[1] < bottom and one[3] > top)
    return sum(_overlap(box, other) for other in near) + 10 * outside


def _overlap(a: Box, b: Box) -> float:
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)

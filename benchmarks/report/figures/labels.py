"""Where names of points go in a chart: Vega-Lite places marks, and leaves finding room for words to its users."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, product

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""
Point = tuple[float, float, str]
"""Place in pixels, and name."""
_WIDE, _TALL = 7.0, 13.0
"""Pixels of a character, and of a line, at 12 pixels."""
_ABOVE, _BEYOND = 8.0, 22.0
"""Pixels that a name may reach above the plot and beyond its right edge, where nothing is."""
_MARK = 6.0
"""Pixels from the middle of a mark to its edge."""
_NEARER = 2.0
"""Pixels by which a name is at least nearer to its own mark than to any other."""
_NEAR = (
    (9, 0, "left"), (-9, 0, "right"), (0, -14, "center"), (0, 14, "center"),
    (7, -11, "left"), (7, 11, "left"), (-7, -11, "right"), (-7, 11, "right"),
)  # fmt: skip
"""Where a name is beside its mark: pixels across and down, and alignment."""
_FAR = range(18, 84, 6)
"""Pixels from a mark to a name that a line joins to it."""
_TURNS = (
    (2, "left"), (-2, "left"), (6, "right"), (-6, "right"), (1, "left"), (-1, "left"), (7, "right"), (-7, "right"),
    (3, "left"), (-3, "left"), (5, "right"), (-5, "right"), (4, "center"), (-4, "center"), (0, "left"), (8, "right"),
    (3, "center"), (-3, "center"), (5, "center"), (-5, "center"), (4, "right"), (4, "left"), (-4, "right"), (-4, "left"),
)  # fmt: skip
"""Where such a name may stand: the direction from its mark in eighths of half a turn, clockwise from the right, and its alignment."""
_FEW = 16
"""Names among which lines can be followed; of more, the first alone have them."""
_LONGEST = 22
"""Characters of a name in a chart."""


@dataclass(frozen=True)
class Place:
    """Where a name goes; `line`: what the line from its mark takes, if it needs one to be seen as its name."""

    x: float
    y: float
    side: str
    line: Sequence[Box] = ()

    @property
    def end(self) -> tuple[float, float]:
        """Where that line ends."""
        left, top, right, bottom = self.line[-1]
        return (left + right) / 2, (top + bottom) / 2


class _Remembered:
    """Places that are worked out once, and only as far as somebody asks for them."""

    def __init__(self, places: Iterator[Place]) -> None:
        self._places, self._known = places, list[Place]()

    def __iter__(self) -> Iterator[Place]:
        yield from tuple(self._known)
        for place in self._places:
            self._known.append(place)
            yield place


def beside(
    points: Sequence[Point], width: float, height: float, bars: Sequence[Box] = (), first: Sequence[int] = ()
) -> list[Place | None]:
    """Put each name beside its point, nearer to it than to any other, or else farther away with a line to it.

    Args:
        points: Place in pixels and name of each.
        width: Of the plot.
        height: Of the plot.
        bars: What else is drawn there.
        first: Points that are named before others.

    Returns:
        Place of each name; None where there is no room.

    """
    spots = [(x, y) for x, y, _ in points]
    drawn = [*(_around(spot, _MARK) for spot in spots), *bars]

    def free(place: Place, name: str) -> bool:
        box = _box(place, name)
        inside = box[0] >= 0 and box[1] >= -_ABOVE and box[2] <= width + _BEYOND and box[3] <= height
        return inside and not _meets(box, drawn)

    @cache
    def near(i: int) -> list[Place]:
        x, y, name = points[i]
        places = [Place(x + across, y + down, side) for across, down, side in _NEAR]
        return [p for p in places if free(p, name) and _is_its_own(_box(p, name), spots, i)]

    @cache
    def far(i: int) -> Iterable[Place]:
        if len(points) > _FEW and i not in first:
            return ()
        x, y, name = points[i]
        others = [_around(spot, _MARK) for spot in spots if math.dist(spot, (x, y)) > _MARK]
        places = (place for place in _away(x, y) if free(place, name))
        joined = (replace(place, line=_line((x, y), _box(place, name))) for place in places)
        return _Remembered(place for place in joined if not any(_meets(dot, others) for dot in place.line))

    order = sorted(range(len(points)), key=lambda i: len(near(i)))  # those with the least choice come first
    found = _Settled([name for *_, name in points], (near, far))
    for turn, places in product((first, order), (near, far)):
        for i in turn:
            found.settle(i, places)
    if len(points) <= _FEW:
        for i in (*first, *order):
            found.make_room(i)
    return found.places


class _Settled:
    """Places that names have been given, and how each chooses: among places beside its mark, then among those with a line."""

    def __init__(self, names: Sequence[str], ways: Sequence[Callable[[int], Iterable[Place]]]) -> None:
        self.names, self.ways = names, ways
        self.places: list[Place | None] = [None] * len(names)

    def settle(self, i: int, places: Callable[[int], Iterable[Place]]) -> None:
        """Give a name that has none the first of these places that is free."""
        if self.places[i] is None:
            self.places[i] = next((place for place in places(i) if not self._in_the_way(i, place)), None)

    def make_room(self, i: int) -> None:
        """Give a name that has none a place from which all others can move away."""
        if self.places[i] is not None:
            return
        before = self.places
        for place in chain.from_iterable(way(i) for way in self.ways):
            self.places = list(before)
            moved = self._in_the_way(i, place)
            for j in moved:
                self.places[j] = None
            self.places[i] = place
            for j, way in product(moved, self.ways):
                self.settle(j, way)
            if all(self.places[j] for j in moved):
                return
        self.places = before

    def _in_the_way(self, i: int, place: Place) -> list[int]:
        """Return the names that a name would meet in this place."""
        boxes = [_box(place, self.names[i]), *place.line]
        return [
            j
            for j, other in enumerate(self.places)
            if other is not None
            and any(_meets(box, boxes) for box in (_box(other, self.names[j]), *other.line))
        ]


def _is_its_own(box: Box, spots: Sequence[tuple[float, float]], i: int) -> bool:
    own = _far_from(box, spots[i])
    return all(_far_from(box, spot) >= own + _NEARER for j, spot in enumerate(spots) if j != i)


def _away(x: float, y: float) -> Iterator[Place]:
    """Return places that take a line, the nearest first."""
    for far in _FAR:
        for turn, side in _TURNS:
            angle = turn * math.pi / 8
            yield Place(x + far * math.cos(angle), y + far * math.sin(angle), side)


def _line(start: tuple[float, float], box: Box) -> list[Box]:
    """Return small boxes along the line from a mark, whose inside they leave out, to a name."""
    x, y = start
    across, down = min(max(x, box[0]), box[2]) - x, min(max(y, box[1]), box[3]) - y
    steps = math.ceil(math.hypot(across, down) / 3)
    return [
        _around((x + across * i / steps, y + down * i / steps), 1) for i in range(min(2, steps), steps + 1)
    ]


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


def _box(place: Place, name: str) -> Box:
    wide = _WIDE * len(name)
    left = place.x - {"left": 0.0, "center": wide / 2, "right": wide}[place.side]
    return (left, place.y - _TALL / 2, left + wide, place.y + _TALL / 2)


def _around(spot: tuple[float, float], far: float) -> Box:
    return (spot[0] - far, spot[1] - far, spot[0] + far, spot[1] + far)


def _far_from(box: Box, spot: tuple[float, float]) -> float:
    """Return how far a spot is from the nearest part of a box."""
    return math.hypot(max(box[0] - spot[0], spot[0] - box[2], 0), max(box[1] - spot[1], spot[1] - box[3], 0))


def _meets(box: Box, others: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    return any(one[0] < right and one[2] > left and one[1] < bottom and one[3] > top for one in others)

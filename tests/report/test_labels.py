"""Names in charts of costs: each is nearer to its own mark than to any other, or a line joins the two."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.report.figures.labels import Place, Point, beside

WIDTH, HEIGHT = 296, 176
NAMES = ("lenet", "vgg", "resnet20v1", "squeezenet", "cct")


def box(place: Place, name: str) -> tuple[float, float, float, float]:
    """What a name covers, at seven pixels a letter."""
    wide = 7 * len(name)
    left = place.x - {"left": 0, "center": wide / 2, "right": wide}[place.side]
    return left, place.y - 6.5, left + wide, place.y + 6.5


def distance(area: tuple[float, float, float, float], x: float, y: float) -> float:
    left, top, right, bottom = area
    return math.hypot(max(left - x, x - right, 0), max(top - y, y - bottom, 0))


def crowd(n: int, seed: int = 0) -> list[Point]:
    """Points of which most lie in one corner, as accurate and costly architectures do."""
    rng = np.random.default_rng(seed)
    x, y = np.clip(rng.normal(210, 45, n), 15, 280), np.clip(rng.normal(45, 25, n), 8, 168)
    return [(float(x[i]), float(y[i]), NAMES[i % len(NAMES)]) for i in range(n)]


def placed(points: Sequence[Point]) -> list[tuple[int, Place]]:
    return [(i, place) for i, place in enumerate(beside(points, WIDTH, HEIGHT)) if place is not None]


@pytest.mark.parametrize(("n", "least"), [(5, 5), (10, 9), (16, 13), (35, 5)])
def test_no_name_stands_at_the_mark_of_another(n: int, least: int) -> None:
    for seed in range(5):
        points = crowd(n, seed)
        found = placed(points)
        assert len(found) >= least
        for i, place in found:
            area = box(place, points[i][2])
            others = [distance(area, x, y) for j, (x, y, _) in enumerate(points) if j != i]
            if place.line:
                assert min(others) >= 6
            else:
                assert distance(area, *points[i][:2]) < min(others)


@pytest.mark.parametrize("n", [5, 10, 35])
def test_no_name_covers_another_or_a_line(n: int) -> None:
    points = crowd(n)
    found = [(box(place, points[i][2]), place) for i, place in placed(points)]
    for area, place in found:
        for other, _ in found:
            apart = area[0] >= other[2] or area[2] <= other[0] or area[1] >= other[3] or area[3] <= other[1]
            assert apart or area is other
        for _, other_place in found:
            dots = [((one[0] + one[2]) / 2, (one[1] + one[3]) / 2) for one in other_place.line]
            assert other_place is place or all(distance(area, *dot) > 0 for dot in dots)


def test_of_two_marks_on_one_spot_neither_name_is_beside_it() -> None:
    first, second = beside([(100, 90, "lenet"), (100, 90, "vgg")], WIDTH, HEIGHT)
    assert first is not None
    assert second is not None
    assert first.line
    assert second.line
    assert first.end != second.end


def test_the_first_are_named_where_not_all_can_be() -> None:
    points = [(150.0 + i % 5, 90.0 + i // 5, "a_name_of_twenty_two_") for i in range(25)]
    everyone = beside(points, WIDTH, HEIGHT)
    missing = [i for i, place in enumerate(everyone) if place is None]
    assert missing
    assert beside(points, WIDTH, HEIGHT, first=missing[:1])[missing[0]] is not None


def test_names_move_away_for_one_that_finds_no_place() -> None:
    """Accuracy against FLOPs of `tuned` on MNIST: four names of ten letters beside marks in one corner."""
    points: list[Point] = [
        (252.6, 7.6, "resnet20v2"), (239.8, 7.9, "resnet20v1"), (255.2, 7.9, "vgg"), (225.1, 8.7, "mobilenetv2"),
        (228.0, 14.3, "cct"), (280.6, 14.6, "squeezenet"), (105.4, 17.6, "lenet"), (15.4, 161.8, "linear"),
    ]  # fmt: skip
    assert None not in beside(points, WIDTH, HEIGHT, first=[7, 6, 3, 1, 0])

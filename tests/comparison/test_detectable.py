"""The deviation between seeds that `sees` reckons with."""

import pytest

from benchmarks.comparison.detectable import pooled_deviation

DRAW = 0.0001
"""Variance of an accuracy by the draw of test images: a deviation of one point."""


@pytest.mark.parametrize(
    ("base", "new", "points"),
    [
        ([0.8, 0.9], [0.5], 7.0710678),  # a lone seed has no deviation
        ([0.8, 0.9], [0.5, 0.5, 0.5], 4.0824829),  # 0.005 / 3: seeds that agree count with their number
        ([0.8, 0.8], [0.9, 0.9], 1.0),  # all agree: the draw of test images is left
        ([0.8], [0.9], None),
        ([], [0.9], None),
    ],
)
def test_deviations_are_pooled_over_both_sides(
    base: list[float], new: list[float], points: float | None
) -> None:
    assert pooled_deviation(base, new, DRAW) == (None if points is None else pytest.approx(points))

"""The scales of small pictures."""

from itertools import pairwise

from benchmarks.report.strip import Scale


def test_numbers_on_a_narrow_scale_never_touch() -> None:
    for low, high in ((0.9915, 0.9963), (0.1, 0.9), (0.89, 0.911), (0.99995, 0.99999), (0.0, 1.0)):
        axis = Scale(low, high, 98).axis("%", most=2, factor=100)
        assert axis.ticks[-1].text.endswith("%")
        for a, b in pairwise(axis.ticks):
            assert b.x - a.x > 6 * (len(a.text) + len(b.text)) / 2

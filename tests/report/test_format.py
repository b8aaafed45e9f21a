"""How figures and lists of names are written."""

import pytest

from benchmarks.report import format as written


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.24, "0.24"), (640, "640"), (999.4, "999"), (999.9, "1k"), (1_500_000, "1.5M"), (999_999, "1M"),
        (-2_000_000_000, "-2G"), (3e12, "3T"),
    ],
)  # fmt: skip
def test_three_digits_and_a_unit_are_those_of_the_rounded_figure(figure: float, text: str) -> None:
    assert written.si(figure) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [("a", "a"), ("ab", "a and b"), ("abcd", "a, b, c and d"), ("abcde", "a, b, c and 2 more")],
)
def test_a_few_names_stand_for_many_and_never_is_one_alone_left_out(names: str, text: str) -> None:
    assert written.some(list(names)) == text

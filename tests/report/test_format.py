"""How figures and lists of names are written, in every form of a report."""

import pytest

from benchmarks.report import format as written
from benchmarks.report.table import Column, Section, Table, row
from benchmarks.report.writers import csv_rows, latex, markdown, terminal


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


def test_numbers_below_zero_have_a_minus_sign_where_people_read_them() -> None:
    table = Table("t", "Changes", [Column("name"), Column("change", format="+.2f")], [row("a-b", -9.5)])
    section = Section("All", tables=[table])
    assert "| a-b | −9.50 |" in markdown.render([section])
    shown = terminal.render(section)
    assert "a-b   −9.50" in shown
    assert "a-b   -9.50" in terminal.encodable(shown, "ascii")
    assert "a-b & $-$9.50" in latex.render([section])
    assert csv_rows.render(table).splitlines()[1] == "a-b,-9.5"

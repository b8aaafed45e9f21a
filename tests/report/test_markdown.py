"""Reports as Markdown: what is escaped, and tables that are written row by row."""

import re
from collections.abc import Iterator

import pytest

from benchmarks.report.table import Column, Row, Section, Step
from benchmarks.report.table import row as table_row
from benchmarks.report.writers import markdown
from tests.support.hostile_text import hostile


def test_markdown_takes_nothing_of_a_run_for_markup() -> None:
    text = markdown.render([hostile()])
    assert "<script" not in text
    assert "](" not in text
    assert "://" not in text
    assert "www." not in text  # GitHub makes links of both
    assert not re.search(r"(?<!\\)[*_](a|b)", text)
    assert [line[0] for line in text.splitlines() if line.startswith("#")] == ["#"]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in rows] == [2, 2, 2]
    assert "fashion_mnist" in markdown.escape("fashion_mnist")


def test_markdown_writes_each_row_as_soon_as_it_is_known() -> None:
    computed = []

    def rows() -> Iterator[Row]:
        for name in ("a|b", "c"):
            computed.append(name)
            yield table_row(name, 0.5)

    lines = markdown.lines([Column("name"), Column("share", format=".0%")], rows())
    assert [next(lines), next(lines)] == ["| name | share |", "|---|---|"]
    assert not computed
    assert next(lines) == "| a&#124;b | 50% |"
    assert computed == ["a|b"]
    assert list(lines) == ["| c | 50% |"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("After `compare A_B --confirm <C>`: [x]", "After `compare A_B --confirm <C>`: &#91;x&#93;"),
        ("One ` alone, <b>", "One &#96; alone, &lt;b&gt;"),
        ("`a` and ` <b>", "&#96;a&#96; and &#96; &lt;b&gt;"),
    ],
)
def test_markdown_keeps_code_in_advice_and_nothing_else_between_backticks(text: str, written: str) -> None:
    assert markdown.render([Section("Next", steps=[Step(text)])]) == f"## Next\n\n1. {written}\n"

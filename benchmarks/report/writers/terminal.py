"""Tables and sections on a terminal or in its log."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import IO

from rich import table as rich_table
from rich.console import Console

from benchmarks.report.format import plain, printable
from benchmarks.report.table import Column, Section, Table
from benchmarks.report.writers import signs

WIDTH = 100


def render(section: Section, *, width: int = WIDTH, n: bool = True, wrap: bool = False) -> str:
    """Write a section as lines without colours.

    Args:
        section: What is written; an empty line stands before each table.
        width: Columns that tables take at most.
        n: Whether each entry says of how many trainings it is; left out where a line says so for all.
        wrap: Whether sentences are broken at the width, too.

    """
    file = StringIO()
    console = Console(
        file=file, width=width, highlight=False, markup=False, emoji=False, color_system=None,
        force_terminal=False, soft_wrap=not wrap,
    )  # fmt: skip
    _lines(console, [section.title] if section.title else [])
    _lines(console, section.paragraphs)
    for number, step in enumerate(section.steps, 1):
        _lines(console, [f"Next {number}: {step.text}"])
        if step.command:  # never broken, so that it can be copied
            console.print(f"    {printable(step.command)}", soft_wrap=True)
    for table in section.tables:
        _table(console, table, n=n)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def show(section: Section, *, n: bool = True) -> None:
    """Print a section: on a terminal as wide as it is, elsewhere `WIDTH` wide."""
    console = Console()
    width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    print(render(section, width=width, n=n, wrap=console.is_terminal))


def write(file: IO[str], section: Section, *, width: int | None = None, n: bool = True) -> None:
    """Write a section to a terminal or a log, as wide as it is and no wider than `WIDTH`."""
    console = Console(file=file)
    text = render(section, width=min(width or console.width, WIDTH), n=n, wrap=True) + "\n"
    file.write(encodable(text, console.encoding))


def encodable(text: str, encoding: str) -> str:
    """Return a text with other signs for those that an encoding lacks."""
    return text.encode(encoding, signs.REPLACE).decode(encoding)


def _table(console: Console, table: Table, *, n: bool) -> None:
    shown = rich_table.Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True)
    for column in table.columns:
        # On a narrow terminal words go to the next line; nothing is cut off.
        shown.add_column(_head(column), justify="right" if column.numeric else "left", overflow="fold")
    for row in table.rows:
        pairs = zip(row.entries, table.columns, strict=True)
        shown.add_row(*(printable(plain(entry, column, n=n)) for entry, column in pairs))
    _lines(console, ["", table.title])
    console.print(shown, soft_wrap=False)
    _lines(console, table.notes)


def _head(column: Column) -> str:
    """The title, and under it what its tags say."""
    return "\n".join([printable(column.head), *(f"({printable(tag.text)})" for tag in column.tags)])


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(printable(line))

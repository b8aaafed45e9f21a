"""Tables and sections on a terminal or in its log; a terminal that has colours shows each architecture's mark in its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import IO

from rich import table as rich_table
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.text import Text

from benchmarks.report import palette
from benchmarks.report.format import plain, printable
from benchmarks.report.table import Column, Entry, Mark, Row, Section, Table
from benchmarks.report.writers import signs

WIDTH = 100
SHORTEST = 6
"""Columns that a name takes at least, where it has to be broken."""
_STYLES: dict[Mark, str] = {
    "": "",
    "best": "bold",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
}
"""The terminal's own colours, which suit its ground."""


def render(
    section: Section, *, width: int = WIDTH, n: bool = True, wrap: bool = False, colour: bool = False
) -> str:
    """Write a section as lines.

    Args:
        section: What is written; an empty line stands before each table.
        width: Columns that tables take at most.
        n: Whether each entry says of how many trainings it is; left out where a line says so for all.
        wrap: Whether sentences are broken at the width, too.
        colour: Whether it is for a terminal with colours; architectures then have their marks in every table.

    """
    file = StringIO()
    console = Console(
        file=file, width=width, highlight=False, markup=False, emoji=False,
        color_system="truecolor" if colour else None, force_terminal=colour, no_color=False, soft_wrap=not wrap,
    )  # fmt: skip
    title = f"bold {_STYLES[section.mark]}".strip()
    _lines(console, [section.title] if section.title else [], title)
    _lines(console, section.paragraphs[: section.marked], _STYLES[section.mark])
    _lines(console, section.paragraphs[section.marked :])
    for number, step in enumerate(section.steps, 1):
        _lines(console, [f"Next{f' {number}' if len(section.steps) > 1 else ''}: {step.text}"])
        if step.command:  # never broken, so that it can be copied
            console.print(Text(f"    {printable(step.command)}", "bold"), soft_wrap=True)
    for table in section.tables:
        _table(console, table, n=n, colour=colour)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def show(
    section: Section, *, n: bool = True, file: IO[str] | None = None, colour: bool | None = None
) -> None:
    """Print a section: on a terminal as wide as it is, elsewhere `WIDTH` wide, and each sentence as one line.

    Args:
        section: What is printed.
        n: As for `render`.
        file: A terminal or a log; by default standard output.
        colour: Whether it has colours; by default that is found out.
    """
    console = Console(file=file)
    colour = _has_colour(console) if colour is None else colour
    terminal = console.file.isatty()  # for rich, FORCE_COLOR makes one of a log
    width = min(console.width, _widest(colour=colour)) if terminal else WIDTH
    text = render(section, width=width, n=n, wrap=terminal, colour=colour)
    console.file.write(encodable(text + "\n", console.encoding))


def write(file: IO[str], section: Section, *, width: int | None = None, n: bool = True) -> None:
    """Write a section to a terminal or a log, as wide as it is and no wider than `WIDTH`."""
    console = Console(file=file)
    colour = _has_colour(console)
    wide = min(width or console.width, _widest(colour=colour))
    text = render(section, width=wide, n=n, wrap=True, colour=colour) + "\n"
    file.write(encodable(text, console.encoding))


def _widest(*, colour: bool) -> int:
    """Return how wide tables get: `WIDTH`, and with colours the two columns of architectures' marks."""
    return WIDTH + 2 * colour


def _has_colour(console: Console) -> bool:
    """`NO_COLOR` and `TERM=dumb` have none, nor has a file unless `FORCE_COLOR` is set."""
    return console.is_terminal and console.color_system is not None and not console.no_color


def encodable(text: str, encoding: str) -> str:
    """Return a text with other signs for those that an encoding lacks."""
    return text.encode(encoding, signs.REPLACE).decode(encoding)


def _table(console: Console, table: Table, *, n: bool, colour: bool) -> None:
    rows = []
    for row in table.rows:
        pairs = zip(row.entries, table.columns, strict=True)
        texts = [Text(printable(plain(entry, column, n=n)), _style(entry)) for entry, column in pairs]
        rows.append([_marked(text, row) if colour and i == 0 else text for i, text in enumerate(texts)])
    heads = [_head(column) for column in table.columns]
    widths = _widths([[h, *(row[i].plain for row in rows)] for i, h in enumerate(heads)], console.width)
    shown = rich_table.Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True)
    for column, head, width in zip(table.columns, heads, widths, strict=True):
        # On a narrow terminal words go to the next line; nothing is cut off.
        justify: JustifyMethod = "right" if column.numeric else "left"
        shown.add_column(head, justify=justify, overflow="fold", width=width)
    for texts in rows:
        shown.add_row(*texts)
    _lines(console, [""])
    _lines(console, [table.title], "bold")
    console.print(shown, soft_wrap=False)
    _lines(console, table.notes)


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int | None]:
    """Choose widths at which no word is broken, except in the first column where the room is too small; the roomiest shrink first.

    Each is None if even so the others do not fit.
    """
    if not columns:
        return []
    lines = [[line for text in texts for line in text.splitlines()] or [""] for texts in columns]
    chosen = [max(map(cell_len, texts)) for texts in lines]
    least = [max((cell_len(word) for text in texts for word in text.split()), default=0) for texts in lines]
    room = width - (len(columns) - 1)
    wanted = least[0]
    least[0] = min(wanted, room - sum(least[1:]))
    if least[0] < min(wanted, SHORTEST):
        return [None] * len(columns)
    while sum(chosen) > room:
        i = max(range(len(chosen)), key=lambda i: chosen[i] - least[i])
        chosen[i] -= 1
    return [*chosen]


def _style(entry: Entry) -> str:
    marks = (entry.emphasis, *(tag.mark for tag in entry.tags))
    return next((_STYLES[mark] for mark in ("bad", "warn", "best", "good") if mark in marks), "")


def _marked(text: Text, row: Row) -> Text:
    """Put the architecture's mark before the name, in its colour: the mark alone, as no colour can be read on every ground."""
    if not row.architecture:
        return text
    look = palette.style(row.architecture)
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]  # few terminals say which they have
    colour = look.between if not ground else look.light if ground in ("7", "15") else look.dark
    name = text[2:] if text.plain.startswith(f"{look.sign} ") else text
    return Text.assemble((f"{look.sign} ", colour), name)


def _head(column: Column) -> str:
    """The title, and under it what its tags say."""
    return "\n".join([printable(column.head), *(f"({printable(tag.text)})" for tag in column.tags)])


def _lines(console: Console, lines: Iterable[str], style: str = "") -> None:
    for line in lines:
        console.print(Text(printable(line), style))

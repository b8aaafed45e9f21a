"""Sections as GitHub-flavoured Markdown. Text that came from a run file is escaped, as all text is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from benchmarks.report.format import plain, printable, words
from benchmarks.report.table import Column, Row, Section, Step, Table


def render(sections: Sequence[Section], level: int = 2) -> str:
    """Write sections under headings of that level; a note that several tables share stands below the first. Ends with a newline."""
    told = _without_repeated_notes(sections)
    return "\n\n".join(part for section in told for part in _section(section, level)) + "\n"


def render_tables(tables: Sequence[Table]) -> str:
    """Write tables under their titles; ends with a newline."""
    return "\n\n".join(part for table in tables for part in _table(table, "")) + "\n"


def lines(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table line by line, each row as soon as it is known."""
    heads = (column.head + words(column.tags) for column in columns)
    values = (
        [escape(plain(entry, column, nothing="")) for entry, column in zip(row.entries, columns, strict=True)]
        for row in rows
    )
    return grid(list(map(escape, heads)), values)


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table line by line; what it holds is Markdown already."""
    yield _row(heads)
    yield "|" + "---|" * len(heads)
    yield from map(_row, rows)


def escape(text: str) -> str:
    """As text in GitHub's Markdown, table cells included; no HTML, links, mentions, mathematics or emphasis."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"[\\`\[\]|#~@$]", lambda m: f"&#{ord(m[0])};", text)
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;")
    # An underscore within a word is no emphasis, and names are full of them.
    return re.sub(r"\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", lambda m: f"\\{m[0]}", text)


def _without_repeated_notes(sections: Sequence[Section]) -> Iterator[Section]:
    printed: set[str] = set()
    for section in sections:
        tables = []
        for table in section.tables:
            tables.append(replace(table, notes=[note for note in table.notes if note not in printed]))
            printed.update(table.notes)
        yield replace(section, tables=tables)


def _section(section: Section, level: int) -> list[str]:
    parts = [f"{'#' * level} {escape(section.title)}", *map(escape, section.paragraphs)]
    parts += [part for number, step in enumerate(section.steps, 1) for part in _step(number, step)]
    return parts + [part for table in section.tables for part in _table(table, section.title)]


def _step(number: int, step: Step) -> list[str]:
    """A step as an item of a numbered list; its command as code, which nothing in it can end."""
    pieces = (f"`{printable(piece)}`" if code else escape(piece) for piece, code in step.pieces)
    text = f"{number}. {''.join(pieces)}"
    return [f"{text}\n\n       {printable(step.command)}" if step.command else text]


def _table(table: Table, heading: str) -> list[str]:
    parts = [] if table.title == heading else [f"**{escape(table.title)}**"]
    notes = ["\n".join(f"- {escape(note)}" for note in table.notes)] if table.notes else []
    return [*parts, "\n".join(lines(table.columns, table.rows)), *notes]


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(values) + " |"

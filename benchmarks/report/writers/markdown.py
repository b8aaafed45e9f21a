"""Sections as GitHub-flavoured Markdown. Text that came from a run file is escaped, as all text is."""

import re
from collections.abc import Sequence

from benchmarks.report.format import plain, printable, words
from benchmarks.report.table import Column, Section, Step, Table


def render(sections: Sequence[Section], level: int = 2) -> str:
    """Write sections under headings of that level; ends with a newline."""
    return "\n\n".join(part for section in sections for part in _section(section, level)) + "\n"


def render_tables(tables: Sequence[Table]) -> str:
    """Write tables under their titles; ends with a newline."""
    return "\n\n".join(part for table in tables for part in _table(table, "")) + "\n"


def escape(text: str) -> str:
    """As text in GitHub's Markdown, table cells included; no HTML, links, mentions, mathematics or emphasis."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"[\\`\[\]|#~@$]", lambda m: f"&#{ord(m[0])};", text)
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;")
    # An underscore within a word is no emphasis, and names are full of them.
    return re.sub(r"\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", lambda m: f"\\{m[0]}", text)


def _section(section: Section, level: int) -> list[str]:
    parts = [f"{'#' * level} {escape(section.title)}", *map(escape, section.paragraphs)]
    parts += [part for number, step in enumerate(section.steps, 1) for part in _step(number, step)]
    parts += [part for table in section.tables for part in _table(table, section.title)]
    return parts + [part for inner in section.sections for part in _section(inner, level + 1)]


def _step(number: int, step: Step) -> list[str]:
    """A step as an item of a numbered list; its command as code, which nothing in it can end."""
    text = f"{number}. {escape(step.text)}"
    return [f"{text}\n\n       {printable(step.command)}" if step.command else text]


def _table(table: Table, heading: str) -> list[str]:
    lines = [_row(list(map(_head, table.columns))), "|" + "---|" * len(table.columns)]
    for row in table.rows:
        pairs = zip(row.entries, table.columns, strict=True)
        lines.append(_row([plain(entry, column, nothing="") for entry, column in pairs]))
    parts = [] if table.title == heading else [f"**{escape(table.title)}**"]
    notes = ["\n".join(f"- {escape(note)}" for note in table.notes)] if table.notes else []
    return [*parts, "\n".join(lines), *notes]


def _head(column: Column) -> str:
    return column.head + words(column.tags)


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, values)) + " |"

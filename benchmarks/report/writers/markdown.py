"""Sections as GitHub-flavoured Markdown. Text that came from a run file is escaped, as all text is."""

import re
from collections.abc import Sequence

from benchmarks.report.blocks import Section, Table


def render(sections: Sequence[Section], level: int = 2) -> str:
    """Write sections under headings of that level; ends with a newline."""
    parts: list[str] = []
    for section in sections:
        parts.append(f"{'#' * level} {escape(section.title)}")
        parts += [escape(paragraph) for paragraph in section.paragraphs]
        parts += [part for table in section.tables for part in _table(table, section.title)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """As text in GitHub's Markdown, table cells included; no HTML, links, mentions, mathematics or emphasis."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"[\\`\[\]|#~@$]", lambda m: f"&#{ord(m[0])};", text)
    text = text.replace("://", "&#58;//").replace("www.", "www&#46;")
    # An underscore within a word is no emphasis, and names are full of them.
    return re.sub(r"\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", lambda m: f"\\{m[0]}", text)


def printable(text: str) -> str:
    """Without control characters: a run file must not steer the terminal, nor begin a line of its own."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _table(table: Table, heading: str) -> list[str]:
    lines = [_row(table.columns), "|" + "---|" * len(table.columns)]
    lines += [_row([value or "" for value in row]) for row in table.rows]
    parts = [] if table.title == heading else [f"**{escape(table.title)}**"]
    return [
        *parts,
        "\n".join(lines),
        *(["\n".join(f"- {escape(note)}" for note in table.notes)] * bool(table.notes)),
    ]


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, values)) + " |"

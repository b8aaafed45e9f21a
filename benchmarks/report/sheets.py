"""Tables for the screen: besides its text an entry knows what it sorts by, what it links to, and how it is shaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.report.blocks import Table

Mark = Literal["", "good", "bad", "warn", "best", "synthetic"]
Tags = tuple[tuple[str, Mark], ...]


@dataclass(frozen=True)
class Entry:
    """One entry; `key` sorts (None: last), `tags` stand beside the text in words, `heat` is 0..1, `href` an anchor."""

    text: str
    key: float | str | None = None
    tags: Tags = ()
    heat: float | None = None
    href: str = ""
    code: bool = False
    dataset: str = ""


@dataclass(frozen=True)
class Row:
    """A row is filtered by its architecture and data set; its first entry is its head."""

    entries: Sequence[Entry]
    architecture: str = ""
    dataset: str = ""


@dataclass(frozen=True)
class Column:
    """A column's head; `numeric` ones stand to the right, `dataset` is what it is filtered by."""

    title: str
    numeric: bool = True
    tags: Tags = ()
    dataset: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table with its caption; `key` is its id on the page."""

    key: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()


def stand_in(source: str) -> Tags:
    """Mark what was measured on synthetic data."""
    return (("synthetic", "synthetic"),) if source == "synthetic" else ()


def origin(source: str) -> Tags:
    """Say where the images are from: real (official) files, accepted copies of them, or stand-ins."""
    return stand_in(source) or (("accepted copies", "warn") if source == "copies" else (source, ""),)


def number(value: float | None, text: str = "", tags: Tags = (), heat: float | None = None) -> Entry:
    """Show a number as `text`; None shows and sorts as nothing."""
    return Entry("–") if value is None else Entry(text, float(value), tags, heat)


def plain(key: str, table: Table) -> Sheet:
    """Make a sheet of a table of text; columns of numbers are found by looking."""
    rows = [Row([_entry(text) for text in row]) for row in table.rows]
    columns = [
        Column(
            title or "name",
            numeric=any(isinstance(row.entries[i].key, float) for row in rows if i < len(row.entries)),
        )
        for i, title in enumerate(table.columns)
    ]
    return Sheet(key, table.title, columns, rows, table.notes)


def _entry(text: str | None) -> Entry:
    if text is None:
        return Entry("–")
    head = text.split(maxsplit=1)[0].rstrip("%*").replace(",", "") if text.strip() else ""
    try:
        return Entry(text, float(head))
    except ValueError:
        return Entry(text, text)

"""What a report consists of, whatever form it is written in: tables of values, figures, and sections of both.

A table holds values, not text: `benchmarks.report.format` writes them, views decide what they mean, and writers only put them into
a form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Mark = Literal["", "best", "good", "bad", "warn", "synthetic"]
"""What a word is set off as."""
Value = float | int | str | None


@dataclass(frozen=True)
class Tag:
    """A word beside an entry or a heading; `sign` is the short form of it for text ("*"), if it has one."""

    text: str
    mark: Mark = ""
    sign: str = ""


BEST = Tag("best", "best", "*")
LOW = Tag("low", "bad", "LOW")
SYNTHETIC = Tag("synthetic", "synthetic")


@dataclass(frozen=True)
class Entry:
    """One value of a table.

    Attributes:
        value: What is shown and sorted by; None: nothing to show, sorted last.
        half_width: Half of an interval, or a standard deviation, in the unit of `value`; written behind a ±.
        n: How many trainings `value` is of.
        detail: What else belongs to the value; written in brackets behind it.
        emphasis: What the value itself is set off as.
        tags: Words beside it.
        heat: How strongly it is shaded, 0 to 1.
        href: An anchor on the page.
        picture: A `data:` URI.
        text: What is written instead of `value`, where the column's format is not enough.

    """

    value: Value = None
    half_width: float | None = None
    n: int | None = None
    detail: str = ""
    emphasis: Mark = ""
    tags: tuple[Tag, ...] = ()
    heat: float | None = None
    href: str = ""
    picture: str = ""
    text: str | None = None


@dataclass(frozen=True)
class Column:
    """A column's heading, and how its values are written.

    Attributes:
        title: What it is called.
        unit: Written behind the title, if any.
        format: One of `benchmarks.report.format.FORMATS`, or a format specification of Python's such as ".4f".
        tags: Words beside the title.
        dataset: The data set that it is filtered by.

    """

    title: str
    unit: str = ""
    format: str = "text"
    tags: tuple[Tag, ...] = ()
    dataset: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are aligned to the right."""
        return self.format not in ("text", "command")

    @property
    def head(self) -> str:
        """Title and unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


@dataclass(frozen=True)
class Row:
    """A row is filtered by its architecture and data set; its first entry is its heading."""

    entries: Sequence[Entry]
    architecture: str = ""
    dataset: str = ""


def row(*values: Entry | Value, architecture: str = "", dataset: str = "") -> Row:
    """Make a row of entries and of plain values."""
    entries = [value if isinstance(value, Entry) else Entry(value) for value in values]
    return Row(entries, architecture, dataset)


@dataclass(frozen=True)
class Table:
    """Rows of entries; `key` is its id on a page, `notes` stand below: what the figures are, n, data source."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()


SIZE, SMALL, WIDE = (3.0, 2.2), (2.5, 1.9), (4.4, 2.5)
"""Inches of one panel; the page shows four, five or two of these side by side."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes:
        key: Its id on a page.
        title: Its heading.
        alt: What it shows, in words.
        draw: Draws it into matplotlib's axes.
        data: The figures that it shows.
        architecture: What it is filtered by.
        dataset: What it is filtered by.
        left: Share of its width for the labels of the y axis.
        size: Width and height, inches.

    """

    key: str
    title: str
    alt: str
    draw: Callable[[Any], None]
    data: Table | None = None
    architecture: str = ""
    dataset: str = ""
    left: float = 0.16
    size: tuple[float, float] = SIZE


@dataclass(frozen=True)
class Figure:
    """Panels that belong together; a PNG file is one figure."""

    key: str
    title: str
    panels: Sequence[Panel]
    dataset: str = ""

    @property
    def width(self) -> str:
        """How much room its panels want on a page."""
        return {SMALL: "small", WIDE: "wide"}.get(self.panels[0].size, "")


@dataclass(frozen=True)
class Section:
    """A heading with its content, in this order; `key` is its anchor on a page."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    sections: Sequence[Section] = ()
    key: str = ""
    dataset: str = ""


@dataclass(frozen=True)
class Page:
    """A report that is read on one page: its head, tiles of (name, value, remark), and its sections."""

    name: str
    remark: str
    partial: bool
    synthetic: Sequence[str]
    tiles: Sequence[tuple[str, str, str]]
    architectures: Sequence[str]
    datasets: Sequence[str]
    sections: Sequence[Section]

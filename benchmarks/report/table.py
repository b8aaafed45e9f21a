"""What a report consists of, whatever form it is written in: tables of values, figures, and sections of both.

A table holds values, not text: `benchmarks.report.format` writes them, views decide what they mean, and writers only put them into
a form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from benchmarks.report.strip import Axis, Strip

Mark = Literal["", "best", "good", "bad", "warn"]
"""What a word is set off as."""
Value = float | int | str | None


@dataclass(frozen=True)
class Tag:
    """A word beside an entry or a heading; `sign` is the short form of it for text ("*" or "LOW"), if it has one."""

    text: str
    mark: Mark = ""
    sign: str = ""

    @property
    def near(self) -> bool:
        """Whether the sign stands right behind a value, as no word does."""
        return self.sign.startswith(("*", "^"))


FIRST = Tag("first", "best", "^")
FIRST_LEGEND = "best on its data set, or not told apart from the best"
"""What `FIRST`, and bold type on pages, stand for."""
LOW = Tag("low", "bad", "LOW")


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
        text: What is written instead of `value`, where the column's format is not enough.
        strip: A small picture beside the value, on pages.
        architecture: Whose mark stands before the value.

    """

    value: Value = None
    half_width: float | None = None
    n: int | None = None
    detail: str = ""
    emphasis: Mark = ""
    tags: tuple[Tag, ...] = ()
    heat: float | None = None
    text: str | None = None
    strip: Strip | None = None
    architecture: str = ""


@dataclass(frozen=True)
class Column:
    """A column's heading, and how its values are written.

    Attributes:
        title: What it is called.
        unit: Written behind the title, if any.
        format: One of `benchmarks.report.format.FORMATS`, or a format specification of Python's such as ".4f".
        tags: Words beside the title.
        short: What it is called where a row becomes a list of named values, on a phone; empty: as its heading.
        ascending: Whether a click sorts the least first: costs, and p-values.
        phone: `wide`: on a phone, it takes the whole width.
        axis: The scale of the strips in it.

    """

    title: str
    unit: str = ""
    format: str = "text"
    tags: tuple[Tag, ...] = ()
    short: str = ""
    ascending: bool = False
    phone: Literal["", "wide"] = ""
    axis: Axis | None = None

    @property
    def numeric(self) -> bool:
        """Whether its values are aligned to the right."""
        return self.format not in ("text", "command", "tag", "strip")

    @property
    def head(self) -> str:
        """Title and unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


@dataclass(frozen=True)
class Row:
    """A row is filtered by its architecture and data set; its first entry is its heading; `mark` sets off the whole row."""

    entries: Sequence[Entry]
    architecture: str = ""
    dataset: str = ""
    mark: Mark = ""


def row(*values: Entry | Value, architecture: str = "", dataset: str = "", mark: Mark = "") -> Row:
    """Make a row of entries and of plain values."""
    entries = [value if isinstance(value, Entry) else Entry(value) for value in values]
    return Row(entries, architecture, dataset, mark)


@dataclass(frozen=True)
class Table:
    """Rows of entries.

    Attributes:
        key: Its id on a page, where it is sortable.
        title: Its heading.
        columns: What its rows hold.
        rows: The rows.
        notes: What the figures are, n, data source; they stand below.
        look: How a page shows it.
        heading: Which column heads its rows.
        sortable: Whether readers may sort it.

    """

    kind: ClassVar = "table"
    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    look: Literal["", "board", "forest", "protos", "runs", "power", "matrix"] = ""
    heading: int = 0
    sortable: bool = False


@dataclass(frozen=True)
class SlowTable:
    """A table whose rows take long to compute: they are yielded, and written, as they are ready."""

    title: str
    columns: Sequence[Column]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Chart:
    """A picture as a Vega-Lite specification; colours are CSS variables of `benchmarks.report.palette`.

    Attributes:
        key: Its kind and what it is of: `curves-mnist-real`; several on a page may share it.
        title: Its heading.
        alt: What it shows, in words.
        spec: The specification. A mark's description is `ARCHITECTURE|TEXT`: what filters it, and what it says on hover;
            `g`, if it has one, is what all marks of an architecture say.
        dataset: What it is filtered by.

    """

    key: str
    title: str
    alt: str
    spec: Mapping[str, Any]
    dataset: str = ""


@dataclass(frozen=True)
class Figure:
    """Charts that belong together; a PNG file is one figure."""

    key: str
    title: str
    charts: Sequence[Chart]


@dataclass(frozen=True)
class Step:
    """Something to do next: a sentence, and the command that does it, if there is one."""

    text: str
    """Code in it stands between backticks."""
    command: str = ""

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text piece by piece, and whether that is code; a backtick without a second one is text."""
        pieces = self.text.split("`")
        if len(pieces) % 2 == 0:
            return [(self.text, False)]
        return [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]


@dataclass(frozen=True)
class Section:
    """A heading with its content."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    steps: Sequence[Step] = ()
    """What to do next; it stands between paragraphs and tables."""
    mark: Mark = ""
    """What its title and its first paragraphs are set off as."""
    marked: int = 1
    """How many of its paragraphs are."""

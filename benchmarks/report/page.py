"""What a page consists of: an answer, filters, open parts, and parts that stay closed until they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.report.answer import Answer
from benchmarks.report.table import Chart, Section, Table


@dataclass(frozen=True)
class Panel:
    """A table or a chart of one data set, with a sentence above it."""

    title: str
    dataset: str
    caption: str
    content: Table | Chart
    architecture: str = ""


@dataclass(frozen=True)
class Panels:
    """Panels side by side; `legend`: architectures whose marks are named above them."""

    kind: ClassVar = "panels"
    panels: Sequence[Panel]
    legend: Sequence[str] = ()


@dataclass(frozen=True)
class Option:
    """One of the things that a reader can choose to see."""

    key: str
    label: str
    panels: Sequence[Panel]
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """Panels of which one group is shown at a time; the one whose key is `default` at first. Its own key is its name in the address."""

    kind: ClassVar = "choice"
    key: str
    label: str
    options: Sequence[Option]
    default: str


@dataclass(frozen=True)
class Stack:
    """Panels one below the other."""

    kind: ClassVar = "stack"
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Picture:
    """One image; `lines` are written below it."""

    uri: str
    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Gallery:
    """Images of one data set."""

    kind: ClassVar = "gallery"
    title: str
    dataset: str
    caption: str
    pictures: Sequence[Picture]
    note: str = ""


@dataclass(frozen=True)
class Command:
    """A command of one cell."""

    title: str
    command: str
    architecture: str = ""
    dataset: str = ""


@dataclass(frozen=True)
class Commands:
    """Commands to copy."""

    kind: ClassVar = "commands"
    title: str
    commands: Sequence[Command]


@dataclass(frozen=True)
class Facts:
    """Names and what they stand for, each in one or more lines."""

    kind: ClassVar = "facts"
    facts: Sequence[tuple[str, Sequence[str]]]
    wide: bool = False


@dataclass(frozen=True)
class Beside:
    """A chart and facts beside it."""

    kind: ClassVar = "beside"
    chart: Chart
    facts: Facts


@dataclass(frozen=True)
class Prose:
    """Sections of sentences and tables."""

    kind: ClassVar = "prose"
    sections: Sequence[Section]


@dataclass(frozen=True)
class Notes:
    """Sentences in small type, and a command below them."""

    kind: ClassVar = "notes"
    texts: Sequence[str]
    command: str = ""


@dataclass(frozen=True)
class Key:
    """What the marks of runs mean: (kind of `strip.Item`, name, text)."""

    kind: ClassVar = "key"
    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Raw:
    """A section as the terminal prints it."""

    kind: ClassVar = "raw"
    label: str
    section: Section


Block = Table | Panels | Choice | Stack | Gallery | Commands | Facts | Beside | Prose | Notes | Key | Raw


@dataclass(frozen=True)
class Part:
    """A part of the page.

    Attributes:
        key: Its anchor.
        title: Its heading.
        caption: Sentences below it.
        blocks: Its content; of several tables, each is under its title.
        inside: What is in it, on the line that opens it; empty: it is open, and cannot be closed.
    """

    key: str
    title: str
    caption: str
    blocks: Sequence[Block]
    inside: str = ""


@dataclass(frozen=True)
class Download:
    """A file that the page holds.

    Attributes:
        name: What it is saved as.
        label: What the link says.
        content: All of it.
        mime: Its type.
        csv: What its table is saved as in CSV, which the page's script makes of it; empty if it is no table.

    """

    name: str
    label: str
    content: str
    mime: str
    csv: str = ""


@dataclass(frozen=True)
class Page:
    """A report that is read on one page.

    Attributes:
        name: What was run, for the head.
        remark: What else the head shows.
        answer: The first words.
        datasets: Key and name of each.
        architectures: In the order of the legend.
        parts: In order.
        downloads: Files that it holds.
    """

    name: str
    remark: str
    answer: Answer
    datasets: Sequence[tuple[str, str]]
    architectures: Sequence[str]
    parts: Sequence[Part]
    downloads: Sequence[Download]

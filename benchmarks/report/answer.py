"""What a reader wants first: how it went, how sure that is, and what to do next; the same on the page, in the terminal and in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.report.table import Mark, Section, Step

State = Literal["pass", "fail", "warn", "none"]
"""`warn`: not decided, or incomplete. `none`: nothing was asserted."""


MARKS: Mapping[State, Mark] = {"pass": "good", "fail": "bad", "warn": "warn", "none": ""}
"""What a headline is set off as."""


@dataclass(frozen=True)
class Fact:
    """One thing to know at a glance; `strong` stands first and is set off as its `state`."""

    name: str
    strong: str = ""
    text: str = ""
    state: State = "none"

    @property
    def joint(self) -> str:
        """What stands between both parts."""
        return " " if self.strong and self.text and not self.text.startswith((",", ":", ";")) else ""

    @property
    def line(self) -> str:
        """All of it in one line of text."""
        return f"{self.name}: {self.strong}{self.joint}{self.text}"


@dataclass(frozen=True)
class Answer:
    """The first words of a report.

    Attributes:
        state: What it is set off as, by an icon and a colour.
        label: The state in a few words.
        headline: The answer in one sentence.
        lede: Sentences that belong to it.
        facts: What ran.
        sure: How far the answer can be trusted.
        steps: What to do next, the most urgent first.
        warning: What nobody may miss; pages have it in their banner.
    """

    state: State
    label: str
    headline: str
    lede: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    sure: Sequence[str] = ()
    steps: Sequence[Step] = ()
    warning: str = ""

    def section(self) -> Section:
        """Write it as a section, for forms of text."""
        paragraphs = [f"{self.label}.", *([self.warning] if self.warning else []), *self.lede]
        paragraphs += [fact.line for fact in self.facts]
        paragraphs += [f"How sure: {text}" for text in self.sure]
        return Section(self.headline, paragraphs, steps=self.steps, mark=MARKS[self.state])

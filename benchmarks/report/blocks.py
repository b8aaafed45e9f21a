"""What a report consists of, whatever it is written as: sections of paragraphs and tables.

Findings and tables are computed once, as these; Markdown, HTML and LaTeX only write them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells as text, ready to show; ``None`` where there is nothing to show."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    notes: Sequence[str] = ()
    """Below the table: what the figures are, n, data source."""


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, paragraphs first."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()

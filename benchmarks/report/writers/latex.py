r"""Tables and findings for a paper: booktabs tables, to be taken in with \input. All text is escaped."""

import re
import unicodedata
from collections.abc import Sequence

from benchmarks.report.format import plain, words
from benchmarks.report.table import Section, Table

_LONG = 30
"""Characters of a value from which on its column is broken into lines."""
_PAGE = 40
"""Rows from which on a table may not fit on a page, and is broken over several."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "·": r"$\cdot$", "≤": r"$\leq$", "≥": r"$\geq$",
    "→": r"$\rightarrow$", "–": "--", "—": "---", "…": r"\ldots{}", "“": "``", "”": "''", "’": "'",
}  # fmt: skip
_LETTERS = frozenset(filter(str.isalpha, map(chr, range(0xC0, 0x17F)))) - set("ĦħĸĿŀŉŦŧ") | set("ȘșȚț")
"""Latin letters that T1 fonts have; LaTeX reads them as UTF-8, and stops at others."""


def render(sections: Sequence[Section]) -> str:
    r"""Write sections as \section* with their paragraphs and tables; ends with a newline."""
    parts = [
        r"% Needs \usepackage[T1]{fontenc}, \usepackage{booktabs}"
        rf" and, for tables of more than {_PAGE} rows, \usepackage{{longtable}}; made by python -m benchmarks report."
    ]
    for section in sections:
        parts.append(rf"\section*{{{escape(section.title)}}}")
        parts += map(escape, section.paragraphs)
        parts += [escape(f"{step.text} {step.command}".strip()) for step in section.steps]
        parts += map(_table, section.tables)
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """As text in LaTeX: no command, no comment, no mathematics, and only characters that every engine has."""
    # LaTeX would make a dash of hyphens that follow one another, as an option's do.
    parts = re.split("(?<=-)(?=-)", unicodedata.normalize("NFC", text))
    return "{}".join("".join(map(_character, part)) for part in parts)


def _character(c: str) -> str:
    return _SPECIAL.get(c, c if (c.isascii() and c.isprintable()) or c in _LETTERS else "?")


def _table(table: Table) -> str:
    heads = [column.head + words(column.tags) for column in table.columns]
    rows = [
        [plain(entry, column, nothing="") for entry, column in zip(row.entries, table.columns, strict=True)]
        for row in table.rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    broken = sum(width > _LONG for width in widths)
    share = f"p{{{0.8 / broken:.2f}\\linewidth}}" if broken else ""
    layout = "".join(share if width > _LONG else "l" for width in widths)
    caption = rf"\caption{{{escape(table.title)}}}"
    head = "\n".join([r"\toprule", _row(heads), r"\midrule"])
    body = [*map(_row, rows), r"\bottomrule"]
    notes = [rf"\par {escape(note)}" for note in table.notes]
    if len(rows) > _PAGE:
        begin, end = rf"\begin{{longtable}}{{{layout}}}", r"\end{longtable}"
        first = [caption + r" \\", head, r"\endfirsthead"]
        lines = [r"{\footnotesize", begin, *first, head, r"\endhead", *body, end, *notes, r"\par}"]
    else:
        start = [r"\begin{table}[htbp]", r"\footnotesize", caption]
        begin, end = rf"\begin{{tabular}}{{{layout}}}", r"\end{tabular}"
        lines = [*start, begin, head, *body, end, *notes, r"\end{table}"]
    return "\n".join(lines)


def _row(values: Sequence[str]) -> str:
    # The empty group keeps a value that begins with a bracket or a star from being read as an option of \\.
    return "{}" + " & ".join(map(escape, values)) + r" \\"

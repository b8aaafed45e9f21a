r"""Tables and findings for a paper: booktabs tables, to be taken in with \input. All text is escaped."""

import re
import unicodedata
from collections.abc import Sequence
from textwrap import wrap

from benchmarks.report.format import plain, words
from benchmarks.report.table import Section, Table

_LINE = {"footnotesize": 81, "scriptsize": 93}
"""Characters on a line of `article`, by size of type."""
_GAP, _NARROW_GAP = 3, 1
"""Characters between two columns, and where they are set close."""
_PAGE = 50
"""Lines of rows and notes; a table with more of them may not fit on a page, and is broken over several."""
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
        r"% Needs \usepackage[T1]{fontenc}, \usepackage{array}, \usepackage{booktabs}"
        rf" and, for tables of more than {_PAGE} lines, \usepackage{{longtable}}; made by python -m benchmarks report."
    ]
    for section in sections:
        parts.append(rf"\section*{{{escape(section.title)}}}")
        parts += map(escape, section.paragraphs)
        for step in section.steps:
            pieces = (
                rf"\texttt{{{escape(piece)}}}" if code else escape(piece) for piece, code in step.pieces
            )
            parts.append("".join(pieces))
            parts += (
                [rf"{{\raggedright\ttfamily\footnotesize {escape(step.command)}\par}}"]
                if step.command
                else []
            )
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
    size, layout, widths = _fitted([*zip(heads, *rows, strict=True)])
    caption = rf"\caption{{{escape(table.title)}}}"
    head = "\n".join([r"\toprule", _row(heads), r"\midrule"])
    body = [*map(_row, rows), r"\bottomrule"]
    notes = [rf"\par {escape(note)}" for note in table.notes]
    length = sum(max(map(_lines, texts, widths), default=1) for texts in rows)
    length += sum(_lines(note, _LINE["footnotesize"]) for note in table.notes)
    if length > _PAGE:
        begin, end = rf"\begin{{longtable}}{{{layout}}}", r"\end{longtable}"
        first = [caption + r" \\", head, r"\endfirsthead"]
        lines = [rf"{{{size}", begin, *first, head, r"\endhead", *body, end, *notes, r"\par}"]
    else:
        start = [r"\begin{table}[htbp]", size, caption]
        begin, end = rf"\begin{{tabular}}{{{layout}}}", r"\end{tabular}"
        lines = [*start, begin, head, *body, end, *notes, r"\end{table}"]
    return "\n".join(lines)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes."""
    return max(len(wrap(text, max(int(width), 1))), 1)


def _fitted(columns: Sequence[Sequence[str]]) -> tuple[str, str, Sequence[float]]:
    """Return the size of type, and the columns of a table that is no wider than a line, if its words allow that, with their widths.

    Args:
        columns: The texts of each column.

    """
    whole = [max(map(len, texts)) for texts in columns]
    words = [max((len(word) for text in texts for word in text.split()), default=0) for texts in columns]
    options = [(size, gap) for size in _LINE for gap in (_GAP, _NARROW_GAP)]
    size, gap = next(((s, g) for s, g in options if sum(words) + g * len(columns) <= _LINE[s]), options[-1])
    room = _LINE[size] - gap * len(columns)
    commands = f"\\{size}" + ("" if gap == _GAP else r"\setlength{\tabcolsep}{2pt}")
    if sum(whole) <= room:
        return commands, "l" * len(columns), whole
    # Beyond their longest words, columns share what room there is; those that lack least get it first.
    lack = [total - least for total, least in zip(whole, words, strict=True)]
    left, widths = max(room - sum(words), 0.0), [*map(float, words)]
    for rank, i in enumerate(sorted(range(len(columns)), key=lack.__getitem__)):
        share = min(lack[i], left / (len(columns) - rank))
        left, widths[i] = left - share, widths[i] + share
    layout = "".join(
        "l"
        if width == total
        else rf">{{\raggedright\arraybackslash}}p{{{width / _LINE[size]:.3f}\linewidth}}"
        for width, total in zip(widths, whole, strict=True)
    )
    return commands, layout, widths


def _row(values: Sequence[str]) -> str:
    # The empty group keeps a value that begins with a bracket or a star from being read as an option of \\.
    return "{}" + " & ".join(map(escape, values)) + r" \\"

r"""Tables and findings for a paper: booktabs tables, to be taken in with \input. All text is escaped."""

from collections.abc import Sequence

from benchmarks.report.format import plain, words
from benchmarks.report.table import Section, Table

_LONG = 30
"""Characters of a value from which on its column is broken into lines."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "·": r"$\cdot$", "≤": r"$\leq$", "≥": r"$\geq$",
    "→": r"$\rightarrow$", "–": "--", "—": "---", "…": r"\ldots{}", "“": "``", "”": "''", "’": "'",
}  # fmt: skip


def render(sections: Sequence[Section]) -> str:
    r"""Write sections as \section* with their paragraphs and tables; ends with a newline."""
    parts = [
        "% Needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs}; made by python -m benchmarks report."
    ]
    for section in sections:
        parts.append(rf"\section*{{{escape(section.title)}}}")
        parts += map(escape, section.paragraphs)
        parts += [escape(f"{step.text} {step.command}".strip()) for step in section.steps]
        parts += map(_table, section.tables)
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """As text in LaTeX: no command, no comment, no mathematics, and only characters that every engine has."""
    parts = text.split("--")  # an option's hyphens, which LaTeX would make a dash
    return "-{}-".join("".join(map(_character, part)) for part in parts)


def _character(c: str) -> str:
    return _SPECIAL.get(c, c if c.isascii() and c.isprintable() else "?")


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
    lines = [
        r"\begin{table}[htbp]",
        r"\footnotesize",
        rf"\caption{{{escape(table.title)}}}",
        rf"\begin{{tabular}}{{{layout}}}",
        r"\toprule",
        _row(heads),
        r"\midrule",
        *map(_row, rows),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par {escape(note)}" for note in table.notes),
        r"\end{table}",
    ]
    return "\n".join(lines)


def _row(values: Sequence[str]) -> str:
    # The empty group keeps a value that begins with a bracket or a star from being read as an option of \\.
    return "{}" + " & ".join(map(escape, values)) + r" \\"

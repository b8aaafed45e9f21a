"""A gate's report as plain text, Markdown and JSON. Text that came from a run file is escaped."""

import json
from dataclasses import asdict

from benchmarks.comparison.gate import CellVerdict, Report, Side
from benchmarks.report.writers.markdown import escape, printable

WIDTH = 100
HEAD = ("cell", "verdict", "baseline", "new", "drop", "p adj", "sees", "test")
_OUTCOME = {0: "no regression found", 1: "REGRESSION", 2: "NOT COMPARABLE"}
_LEGEND = "accuracy in % ± seed sd (n); drop in points; p adj: Holm; sees: smallest drop found with 80% power"


def text(report: Report) -> str:
    """Aligned columns, at most 100 characters wide."""
    rows = [HEAD, *(row_of(c) for c in report.cells)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - len(HEAD) + 1)
    lines = [printable(f"{report.base} -> {report.new}"), _LEGEND, ""]
    for row in rows:
        cells = [_cut(value, width).ljust(width) for value, width in zip(row, widths, strict=True)]
        lines.append(" ".join(cells).rstrip())
    lines += ["", grid_line(report)] if report.grid else [""]
    lines += [f"FAILS {printable(finding)}" for finding in report.findings]
    lines += [f"note  {printable(note)}" for note in notes(report)]
    return "\n".join([*lines, summary(report)])


def markdown(report: Report) -> str:
    """GitHub-flavoured; nothing in it that a run file holds is taken for markup."""
    mark = {0: "✅", 1: "❌", 2: "⚠️"}[report.status]
    lines = [f"### {mark} Accuracy gate: {_outcome(report)}", ""]
    lines += [f"- **fails** {escape(finding)}" for finding in report.findings]
    lines += ["", "| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(escape(value) for value in row_of(c)) + " |" for c in report.cells]
    lines += ["", escape(grid_line(report))] if report.grid else []
    lines += ["", escape(_LEGEND), "", f"<sub>{escape(report.base)} → {escape(report.new)}</sub>", ""]
    lines += [f"- {escape(note)}" for note in notes(report)]
    return "\n".join([*lines, "", escape(summary(report)), ""])


def as_json(report: Report) -> str:
    """Everything that was judged, for machines: the report's fields, `status`, `findings`; no NaN."""
    data = {
        "status": report.status,
        "findings": report.findings,
        "compared": report.compared,
        **asdict(report),
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def summary(report: Report) -> str:
    """One line: the outcome, and how many cells got which verdict."""
    counts: dict[str, int] = {}
    for cell in report.cells:
        counts[cell.verdict] = counts.get(cell.verdict, 0) + 1
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items()))
    return f"{_outcome(report)}: {verdicts} (status {report.status})"


def _outcome(report: Report) -> str:
    weak = sum(cell.verdict == "underpowered" for cell in report.cells)
    doubt = f", but {weak} of {report.compared} cells are underpowered" if weak and report.status == 0 else ""
    return _OUTCOME[report.status] + doubt


def row_of(c: CellVerdict) -> tuple[str, ...]:
    """One cell's columns, in the order of `HEAD`."""
    name = c.test + ("*" if c.test in ("single", "mcnemar") else "")
    return (c.cell, c.verdict, _accuracy(c.base), _accuracy(c.new), _points(c.drop_pp, "+"),
            _p(c.adjusted_p), _points(c.detectable_pp), name)  # fmt: skip


def _accuracy(side: Side | None) -> str:
    if side is None:
        return "-"
    spread = "" if side.sd is None else f"±{100 * side.sd:.2f}"
    return f"{100 * side.mean:.2f}{spread} ({side.n})"


def _points(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.2f}"


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def grid_line(report: Report) -> str:
    """The grid-wide test in a sentence; the report must have one."""
    grid = report.grid
    assert grid is not None
    return (
        f"grid-wide: {'regressed' if grid.regressed else 'no drop found'}; median drop {grid.drop_pp:+.2f} "
        f"(counts above {grid.limit_pp:.2f}), p adj {_p(grid.adjusted_p)}, sees {grid.detectable_pp:.2f}"
    )


def notes(report: Report) -> list[str]:
    """What a reader must know besides the verdicts."""
    found = [*report.notes, *(f"{c.cell}: {note}" for c in report.cells for note in c.notes)]
    ratios = sorted(c.time_ratio for c in report.cells if c.time_ratio is not None)
    if ratios:
        middle = ratios[len(ratios) // 2]
        found.append(f"training time, not gated here: {middle:.2f} times the baseline's in the median cell")
    weak = [c for c in report.cells if c.verdict == "underpowered"]
    if weak:
        worst = max(c.detectable_pp or 0 for c in weak)
        found.append(
            f"{len(weak)} of {report.compared} cells cannot show {report.settings.max_drop:g} points "
            f"(the weakest sees {worst:.2f}): take more seeds, or a larger --max-drop"
        )
    if any(c.test in ("single", "mcnemar") for c in report.cells):
        found.append(
            "* one seed a side: McNemar compares two models, not two recipes; training noise is taken "
            "from the other cells and an assumption, so only large drops are found"
        )
    if report.compared == 0:
        found.append("no cell could be compared: this is not a pass")
    return found


def _cut(value: str, width: int) -> str:
    value = printable(value)
    return value if len(value) <= width else value[: width - 1] + "…"

"""The gate's verdicts, by the code that `compare` runs."""

from collections.abc import Sequence

from benchmarks.comparison import gate
from benchmarks.report.readings import Reading
from benchmarks.report.sheets import Column, Entry, Mark, Row, Sheet, stand_in
from benchmarks.report.views import gate as gate_view
from benchmarks.results.run import Run

_MARKS: dict[str, Mark] = {
    "regressed": "bad", "missing": "bad", "improved": "good", "unchanged": "good", "underpowered": "warn",
    "incomparable": "warn", "new": "",
}  # fmt: skip


def judge(base: Run, new: Run) -> gate.Report:
    """Judge as `compare` does; an interrupted baseline is taken and said to be one, as nothing is gated here."""
    return gate.judge(base, new, gate.Settings(allow_partial=True))


def sheet(report: gate.Report, readings: Sequence[Reading]) -> Sheet:
    """The columns of `compare`."""
    sources = {r.cell.id: r.cell.data_source for r in readings}
    numeric = ("baseline", "new", "drop", "p adj", "sees")
    heads = [Column(head, numeric=head in numeric) for head in gate_view.HEAD]
    rows = [_row(verdict, sources.get(verdict.cell, "")) for verdict in report.cells]
    notes = [
        "Accuracy in % ± standard deviation between seeds (number of seeds); drop in points; p adj: Holm over the grid; "
        "sees: the smallest drop found with 80% power.",
        *([gate_view.grid_line(report)] if report.grid else []),
        *gate_view.notes(report),
    ]
    return Sheet("baseline", f"{report.base} → {report.new}", heads, rows, notes)


def _row(verdict: gate.CellVerdict, source: str) -> Row:
    cell, word, base, new, drop, p, sees, test = gate_view.row_of(verdict)
    architecture, _, dataset = cell.partition("-")
    keys = (
        verdict.base.mean if verdict.base else None,
        verdict.new.mean if verdict.new else None,
        verdict.drop_pp,
        verdict.adjusted_p,
        verdict.detectable_pp,
    )
    texts = (base, new, drop, p, sees)
    entries = [
        Entry(cell, cell, stand_in(source)),
        Entry("", word, ((word, _MARKS[word]),)),
        *(Entry("–" if text == "-" else text, key) for text, key in zip(texts, keys, strict=True)),
        Entry(test or "–", test),
    ]
    return Row(entries, architecture, dataset)

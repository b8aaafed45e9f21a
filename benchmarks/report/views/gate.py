"""The gate's verdicts as a table, and for machines."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.comparison.verdict import CellVerdict, GateReport, Side
from benchmarks.experiment.cell import Cell
from benchmarks.report import format as formatting
from benchmarks.report.table import Column, Entry, Mark, Row, Table, row

_MARKS: Mapping[str, Mark] = {
    "regressed": "bad", "changed": "bad", "missing": "", "improved": "good", "unchanged": "good",
    "suspect": "warn", "undecided": "warn", "incomparable": "warn", "new": "",
}  # fmt: skip
_OUTCOME = {0: "no regression found", 1: "REGRESSION", 2: "NOT DECIDED, this is not a pass"}
_TESTS = {
    "labelings": ("all", "permutation test over all trainings"),
    "pairs": ("pairs", "permutation test within pairs of equal seeds"),
    "identical": ("none", "no test was needed, as equal seeds gave the same results"),
}
"""How a cell is tested, in the table and in its legend."""


def mark_of(verdict: CellVerdict) -> Mark:
    """Return the mark of a cell's verdict: what fails is bad whatever it is called, and what is suspected a warning."""
    if verdict.findings:
        return "bad"
    return "warn" if verdict.suspicions else _MARKS[verdict.verdict]


def name_of(verdict: CellVerdict) -> str:
    """Return a verdict as it is shown: what a run may lack is not `missing` from it."""
    return "not requested" if verdict.left_out else verdict.verdict


def table(report: GateReport) -> Table:
    """One row per cell; those that the new run was not asked for and may lack are counted in a note."""
    cells = [cell for cell in report.cells if not cell.left_out]
    tests, base, new = _tests(cells), _seeds(c.base for c in cells), _seeds(c.new for c in cells)
    seeds = len(base) > 1 or len(new) > 1
    columns = (
        Column("cell"), Column("verdict"), *([Column("seeds")] if seeds else []),
        Column("baseline", format="percent"), Column("sd", format="points"),
        Column("new", format="percent"), Column("sd", format="points"),
        Column("change", format="signed points"), Column("p adj", format="exact p"), Column("sees", format="points"),
        *([Column("test")] if len(tests) > 1 else []),
    )  # fmt: skip
    rows = [_row(c, seeds=seeds, test=len(tests) > 1) for c in cells]
    grid = [_grid(report)] if report.grid else []
    legend = _legend(tests, base, new)
    return Table("gate", f"{report.base} → {report.new}", columns, rows, [*legend, *grid, *notes(report)])


def as_json(report: GateReport) -> str:
    """Everything that was judged, for machines: the report's fields, `status`, `findings`; no NaN."""
    data = {
        "status": report.status,
        "findings": report.findings,
        "compared": report.compared,
        **asdict(report),
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def outcome(report: GateReport) -> str:
    """The outcome, and how many cells got which verdict."""
    counts = Counter(map(name_of, report.cells))
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items()))
    return f"{_OUTCOME[report.status]}: {verdicts}"


def notes(report: GateReport) -> list[str]:
    """What a reader must know besides the verdicts; versions that differ are named above the table."""
    found = [
        *report.notes,
        *(f"{c.cell}: {note}" for c in report.cells if not c.left_out for note in c.notes),
    ]
    if left_out := [c.cell for c in report.cells if c.left_out]:
        were = "cell of the baseline was" if len(left_out) == 1 else "cells of the baseline were"
        found.append(f"{len(left_out)} {were} not requested in this run: {formatting.some(left_out)}")
    if ratio := time_ratio(report):
        found.append(f"training time, not gated here: {ratio}")
    if report.compared == 0:
        found.append("no cell could be compared: this is not a pass")
    return found


def time_ratio(report: GateReport) -> str:
    """The training time in words, against the baseline's; empty where no cell has times that compare."""
    ratios = [cell.time_ratio for cell in report.cells if cell.time_ratio is not None]
    if not ratios:
        return ""
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    many = f" in the median cell ({low:.2f} to {high:.2f})" if len(ratios) > 1 else ""
    return f"{middle:.2f} times the baseline's{many}"


def _tests(cells: Iterable[CellVerdict]) -> list[str]:
    return list(dict.fromkeys(cell.test for cell in cells if cell.test))


def _seeds(sides: Iterable[Side | None]) -> list[int]:
    return list(dict.fromkeys(side.n for side in sides if side is not None))


def _legend(tests: Sequence[str], base: Sequence[int], new: Sequence[int]) -> list[str]:
    """Say what the columns are, and once for all what is the same in every row."""
    if len(base) > 1 or len(new) > 1:
        who = "the seeds (baseline v new)"
    elif base and new and base != new:
        who = f"{formatting.count(base[0], 'seed')} of the baseline and {new[0]} of the new run"
    else:
        who = formatting.count(next(iter([*base, *new]), 0), "seed")
    form = "{} ({})" if len(tests) > 1 else "{1}"
    how = ", or ".join(form.format(*_TESTS[test]) for test in tests)
    return [
        f"Accuracy in %, mean over {who}; sd: standard deviation between seeds; change in points; p adj: the chance that some cell of "
        "the grid looks as bad as this one although nothing changed; sees: the drop found in 80% of cases.",
        *([f"Test: {how}."] if {*tests} - {"labelings"} else []),
    ]


def _row(verdict: CellVerdict, *, seeds: bool, test: bool) -> Row:
    cell, base, new = Cell.parse(verdict.cell), verdict.base, verdict.new
    return row(
        verdict.cell,
        Entry(verdict.verdict, emphasis=mark_of(verdict)),
        *([" v ".join("–" if side is None else str(side.n) for side in (base, new))] if seeds else []),
        *((base.mean, base.sd) if base else (None, None)),
        *((new.mean, new.sd) if new else (None, None)),
        None if verdict.drop_pp is None else -verdict.drop_pp / 100,
        verdict.adjusted_p,
        _share(verdict.detectable_pp),
        *([_TESTS[verdict.test][0] if verdict.test else None] if test else []),
        architecture=cell.architecture,
        dataset=cell.dataset,
    )


def _share(percentage_points: float | None) -> float | None:
    return None if percentage_points is None else percentage_points / 100


def _grid(report: GateReport) -> str:
    """The grid-wide test in a sentence; the report must have one."""
    grid = report.grid
    assert grid is not None
    return (
        f"grid-wide: {'regressed' if grid.regressed else 'no drop found'}; median change {formatting.change(-grid.drop_pp)} "
        f"(drops beyond {grid.limit_pp:.2f} count), p {formatting.exact_p(grid.p)} (limit {grid.alpha:.3g})"
    )

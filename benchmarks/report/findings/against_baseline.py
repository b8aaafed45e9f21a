"""The answer of a comparison: which cells are red, how sure that is, and what to do next. Rules that hold for any two runs."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.comparison.sample import Sample
from benchmarks.comparison.select_test import select_test
from benchmarks.comparison.verdict import CellVerdict, GateReport, Identity, may_overlook
from benchmarks.report.answer import Answer, Fact, State
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.undecided import decide, not_requested, open_sentences
from benchmarks.report.format import change, count, exact_p, percent, some
from benchmarks.report.grid import cell_name, synthetic_warning
from benchmarks.report.table import Step
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

_OUTCOME: Mapping[int, tuple[State, str]] = {
    0: ("pass", "Passed"), 1: ("fail", "Failed"), 2: ("warn", "Not decided, not a pass"),
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Two runs and the judgement on them."""

    base: Run
    new: Run
    report: GateReport

    @property
    def red(self) -> list[CellVerdict]:
        """Cells that fail the gate, the largest drop first."""
        found = [verdict for verdict in self.report.cells if verdict.findings]
        return sorted(found, key=lambda verdict: -(verdict.drop_pp or 0.0))

    def pair(self, verdict: CellVerdict) -> tuple[CellResult, CellResult] | None:
        """Both sides of a cell, where both runs have it."""
        base, new = self.base.cells.get(verdict.cell), self.new.cells.get(verdict.cell)
        return None if base is None or new is None else (base, new)

    @cached_property
    def changes(self) -> dict[str, tuple[float, float, float]]:
        """By id of each compared cell: new minus baseline, low and high of its 95% interval, in points."""
        found = {v.cell: pair for v in self.report.cells if v.compared and (pair := self.pair(v)) is not None}
        tests = select_test(
            [(Sample.of(a), Sample.of(b)) for a, b in found.values()], alpha=self.report.settings.alpha
        )
        changes = {}
        for name, test in zip(found, tests, strict=True):
            low, high = test.difference.interval()
            changes[name] = (-100 * test.difference.drop, -100 * high, -100 * low)
        return changes


def answer(compared: Comparison) -> Answer:
    """Answer for a comparison: the red cells first."""
    report = compared.report
    state, label = _OUTCOME[report.status]
    return Answer(
        state,
        f"{label}: exit status {report.status}",
        _headline(compared),
        [*_lede(compared), *_code(compared)],
        [*_facts(report), *(run_facts.facts(cells) if (cells := list(compared.new.cells.values())) else [])],
        [*_sure_of_red(compared), *open_sentences(report), *_sure_of_grid(report)],
        [*_again(compared), *decide(compared.base, compared.new, report)][:3],
        synthetic_warning(list(compared.new.cells.values())),
    )


def _headline(compared: Comparison) -> str:
    report = compared.report
    if not report.compared and not compared.red:
        return "Nothing could be compared"
    counts = Counter(str(verdict.verdict) for verdict in report.cells)
    unsure = counts["undecided"] + counts["suspect"] + counts["incomparable"]
    rest = ""
    if unsure:
        words = {"suspect": "suspect", "undecided": "undecided", "incomparable": "not comparable"}
        groups = [
            (counts[v], f"{'is' if counts[v] == 1 else 'are'} {word}")
            for v, word in words.items()
            if counts[v]
        ]
        groups = groups if len(groups) < 3 else [(unsure, "are not decided")]
        rest = " and ".join(
            [f"{count(groups[0][0], 'cell')} {groups[0][1]}", *(f"{n} {word}" for n, word in groups[1:])]
        )
    unasked = not_requested(report)
    were = f"{count(len(unasked), 'cell')} of the baseline {'was' if len(unasked) == 1 else 'were'} not requested"
    parts = [*_red_parts(compared), *([rest] if rest else []), *([were] if unasked else [])]
    if not parts:
        gains = f"; {count(counts['improved'], 'cell')} improved" if counts["improved"] else ""
        return f"No regression in {count(report.compared, 'cell')}{gains}"
    if not compared.red and not (report.grid and report.grid.regressed):
        return f"No cell is shown to be worse, but {' and '.join(parts)}"
    return "; ".join(parts)


def _red_parts(compared: Comparison) -> list[str]:
    by_verdict: dict[str, list[CellVerdict]] = {}
    for verdict in compared.red:
        by_verdict.setdefault(verdict.verdict, []).append(verdict)
    parts = []
    for what, found in by_verdict.items():
        names = [cell_name(verdict.cell) for verdict in found]
        if what == "regressed" and len(found) == 1:
            parts.append(f"{names[0]} lost {found[0].drop_pp or 0:.1f} points")
        elif what == "regressed":
            parts.append(f"{len(found)} cells lost accuracy: {some(names, 2)}")
        elif what == "missing":
            gone = [cell_name(verdict.cell) for verdict in found if verdict.gone]
            lost = [cell_name(verdict.cell) for verdict in found if not verdict.gone]
            parts += [f"{some(lost, 2)} did not finish"] if lost else []
            parts += [f"{some(gone, 2)} cannot be trained any more"] if gone else []
        elif what == "changed":
            parts.append(f"{some(names, 2)}: same weights, different answers")
        else:
            parts.append(f"{some(names, 2)} fail{'s' if len(found) == 1 else ''}")
    if compared.report.grid is not None and compared.report.grid.regressed:
        grid = compared.report.grid
        parts.append(
            f"{'the' if parts else 'The'} whole grid lost {grid.drop_pp:.2f} points in the median cell"
        )
    return parts


def _lede(compared: Comparison) -> list[str]:
    """Give the figures of the largest drop."""
    worst = next((v for v in compared.red if v.verdict == "regressed"), None)
    if worst is None or worst.base is None or worst.new is None:
        return []
    _, low, high = compared.changes[worst.cell]
    floor, limit = compared.new.cells[worst.cell], compared.report.settings.max_drop
    failed = f" Its floor of {100 * (floor.floor or 0):g} % failed too." if floor.verdict == "failed" else ""
    p = "" if worst.adjusted_p is None else f"; p = {exact_p(worst.adjusted_p)} over the grid"
    return [
        f"{cell_name(worst.cell)}: {percent(worst.base.mean)} % (n = {worst.base.n}) → {percent(worst.new.mean)} % (n = {worst.new.n}). "
        f"95% interval of the drop: {-high:.1f} to {-low:.1f} points{p}; a drop counts "
        f"from {limit:g} {'point' if limit == 1 else 'points'}.{failed}"
    ]


def _code(compared: Comparison) -> list[str]:
    """Name the two commits where the code of the runs differs, or may, and the libraries whose versions do."""
    base, new = map(run_facts.commit, (compared.base, compared.new))
    changed = base != new or compared.new.dirty
    code = [f"Code: {base} → {new}."] if base and new and changed else []
    versions = ", ".join(compared.report.other_versions).replace(" -> ", " → ")
    return [*code, f"Versions: {versions}."] if versions else code


def _facts(report: GateReport) -> list[Fact]:
    counts = Counter(str(verdict.verdict) for verdict in report.cells)
    n = len(report.cells)
    lost: State = "fail" if any(v.verdict == "missing" and v.findings for v in report.cells) else "none"
    kinds: list[tuple[str, State]] = [
        ("regressed", "fail"), ("changed", "fail"), ("missing", lost), ("suspect", "warn"), ("undecided", "warn"),
        ("incomparable", "warn"), ("new", "none"), ("improved", "pass"), ("unchanged", "pass"),
    ]  # fmt: skip
    always = ("regressed", "improved", "unchanged", "undecided")
    shown = [(what, state) for what, state in kinds if counts[what] or what in always]
    facts = [
        Fact(what.capitalize(), f"{counts[what]}", f"of {n}", state if counts[what] else "none")
        for what, state in shown
    ]
    if report.grid is not None:
        outcome = "a drop" if report.grid.regressed else "no drop found"
        text = (
            f"; median {change(-report.grid.drop_pp)} points, drops beyond {report.grid.limit_pp:.2f} count"
        )
        facts.append(Fact("All cells together", outcome, text, "fail" if report.grid.regressed else "none"))
    return facts


def _sure_of_red(compared: Comparison) -> list[str]:
    red = [verdict for verdict in compared.red if verdict.verdict == "regressed"]
    if not red:
        return []
    return [
        f"The red {'cell is' if len(red) == 1 else 'cells are'} unlikely to be chance: the risk of any false alarm in the grid is "
        f"{100 * compared.report.settings.alpha:g}% at most."
    ]


def _sure_of_grid(report: GateReport) -> list[str]:
    passed = [v for v in report.cells if v.verdict in ("unchanged", "improved") and not v.findings]
    if not passed:
        return []
    same = [verdict for verdict in passed if verdict.test == "identical"]
    which = ("it" if len(passed) == 1 else "all") if len(same) == len(passed) else f"{len(same)}"
    shared = "" if all(_same_seeds(verdict) for verdict in same) else " that both runs have"
    reasons = [f"{which} gave the same answers in every seed{shared}"] if same else []
    tested = [v.detectable_pp for v in passed if v.detectable_pp is not None]
    if tested:
        where = "in the median cell, " if len(passed) > 1 else ""
        reasons.append(
            f"{where}a drop of {statistics.median(tested):.2g} points would be found in 80% of cases"
        )
    text = f"The {count(len(passed), 'cell')} that passed" if len(passed) > 1 else "The cell that passed"
    return [*([f"{text}: {'; '.join(reasons)}."] if reasons else []), *_pinned_resolutions(report, passed)]


def _same_seeds(verdict: CellVerdict) -> bool:
    sides = verdict.identity, verdict.base, verdict.new
    return len({side and (side.seeds if isinstance(side, Identity) else side.n) for side in sides}) == 1


def _pinned_resolutions(report: GateReport, passed: Sequence[CellVerdict]) -> list[str]:
    """Say which drops cells may hide although they passed: those up to the resolution that their baseline is pinned with."""
    limit = report.settings.max_drop
    coarse = {
        v.cell: v.resolution_pp
        for v in passed
        if v.resolution_pp is not None and v.resolution_pp > limit and may_overlook(limit, v.detectable_pp)
    }
    if not coarse:
        return []
    worst = max(coarse, key=lambda cell: coarse[cell])
    who = cell_name(worst) if len(coarse) == 1 else f"{len(coarse)} of these"
    most = f"{coarse[worst]:.2g} points" + ("" if len(coarse) == 1 else f" ({cell_name(worst)})")
    return [
        f"{who} had to show only drops of the size that the baseline is pinned with, up to {most}: smaller ones may be hidden."
    ]


def _again(compared: Comparison) -> list[Step]:
    """Advise training the worst red cell with seeds that neither run has, on both sides of what changed: code, versions of libraries."""
    if any(v.verdict == "incomparable" for v in compared.red):  # first undo the change, or pin it
        return []
    untested = ("unchanged", "improved", "undecided")  # red for what no seed changes, such as a count
    red = [v for v in compared.red if v.verdict not in untested]
    if compared.red and not red:
        return []
    worst = next((v for v in red if v.cell in compared.new.cells), None)
    if worst is None:
        missing = [cell_name(v.cell) for v in compared.red if v.verdict == "missing" and not v.gone]
        return (
            [Step(f"Finish the run ({some(missing)}): repeat the command with --resume.")] if missing else []
        )
    cell = compared.new.cells[worst.cell]
    base, new = compared.base, compared.new
    commits = {run.commit: run_facts.commit(run) for run in (base, new) if run.commit}
    at = " with and without the uncommitted changes," if commits and new.dirty and not base.dirty else ""
    at = f" at both commits, {' and '.join(commits.values())}," if len(commits) == 2 else at
    at += " with the versions of each run," if compared.report.other_versions else ""
    n = len(cell.seeds)
    seen = [*cell.seeds, *(base.cells[worst.cell].seeds if worst.cell in base.cells else ())]
    took = run_facts.cost([cell] * (2 if at else 1), n)
    text = f"Train {cell_name(worst.cell)}{at} with {count(n, 'unused seed')} ({took}); used ones give the same bits again:"
    return [Step(text, run_facts.command([cell], n, first=max(seen) + 1))]


def verdicts_by_size(cells: Sequence[CellVerdict]) -> list[CellVerdict]:
    """Order verdicts: what fails, then the largest drops."""
    return sorted(
        cells,
        key=lambda v: (not v.findings, not v.suspicions, -(v.drop_pp if v.drop_pp is not None else -1e9)),
    )

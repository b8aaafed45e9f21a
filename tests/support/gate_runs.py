"""Made-up saved runs, judged as `compare` judges them."""

from collections.abc import Sequence
from typing import Any

from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import CellVerdict, GateReport, GateSettings
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.results.run import from_dict
from tests.support.run_factory import GRID, cell, run

LATER = [5, 6, 7, 8, 9]
"""Seeds that the baselines do not have."""


def compare(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> GateReport:
    """Judge one saved run against another."""
    return judge(from_dict(base, "base.json"), from_dict(new, "new.json"), GateSettings(**settings))


def compared(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> Comparison:
    """Judge one saved run against another, and keep both beside the judgement."""
    old, now = from_dict(base, "base.json"), from_dict(new, "new.json")
    return Comparison(old, now, judge(old, now, GateSettings(**settings)))


def only(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> CellVerdict:
    """Judge a run of one cell, given as `extra_info`."""
    (verdict,) = compare(run(base), run(new), **settings).cells
    return verdict


def grid(accuracies: Sequence[float], **changes: Any) -> dict[str, Any]:
    """Make a saved run of four cells with these accuracies."""
    return run(*(cell(accuracies, architecture=a, dataset=d, **changes) for a, d in GRID))

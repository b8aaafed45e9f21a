"""The run that just ended against others: `--accuracy-compare REF`, as `python -m benchmarks compare` would judge it, and whether
pytest-benchmark's `--benchmark-compare` compares comparable times.

Judging needs SciPy, so it is imported only where it is asked for: without it, collection takes half as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results.differences import time_differences
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import PINNED, resolve
from benchmarks.results.run import Run, from_dict, load_run

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateSettings


def check(reference: str, storage: Path) -> None:
    """Refuse a reference that cannot be read, before anything trains.

    Raises:
        RunRefused: It is missing, or not a run.
    """
    if reference != PINNED:
        load_run(resolve(reference, storage))


def judge(
    new: Run, reference: str, storage: Path, settings: GateSettings, *, colour: bool = False
) -> tuple[str, int]:
    """Return the judgement as text, and the exit status: 0 no regression, 1 a regression, 2 cannot be compared.

    Args:
        new: The run that just ended.
        reference: What it is compared with: a file, a run's number, or `pinned`.
        storage: Where numbered runs are.
        settings: What counts as a regression.
        colour: Whether the terminal that shows the text has colours.
    """
    from benchmarks.comparison import gate
    from benchmarks.report import gate_text
    from benchmarks.report.findings.against_baseline import Comparison
    from benchmarks.report.writers import terminal
    from benchmarks.results import baselines

    if not new.cells:
        return "accuracy cannot be compared: no cell finished", 2
    try:
        base = baselines.baseline_for(reference, new, storage)
        report = gate.judge(base, new, settings)
    except RunRefused as error:
        return f"accuracy cannot be compared: {error}", 2
    section = gate_text.section(Comparison(base, new, report))
    return terminal.render(section, width=terminal.widest(colour=colour), colour=colour), report.status


def flag_times(compared: Sequence[Mapping[str, Any]], new: Run) -> list[str]:
    """Return one line for each run that `--benchmark-compare` took whose times are not comparable with this run's.

    Args:
        compared: pytest-benchmark's JSON of each.
        new: The run that just ended.
    """
    lines = []
    here = [new.name] if any(cell.parallel for cell in new.cells.values()) else []
    for data in compared:
        name = f"the run of {str(data.get('datetime'))[:19]}"
        try:
            old = from_dict(data, name)
        except RunRefused as error:
            lines.append(f"--benchmark-compare: times are not compared: {error}")
            continue
        concurrent = ([name] if any(cell.parallel for cell in old.cells.values()) else []) + here
        if reasons := time_differences(old.machine, new.machine, concurrent):
            lines.append(f"--benchmark-compare: times are not comparable with {name}: {'; '.join(reasons)}")
    return lines

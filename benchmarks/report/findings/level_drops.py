"""What several runs of one protocol say about time: in which cells accuracy fell to a new level, since when, and what to do about it."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePath

from benchmarks.comparison import change_points
from benchmarks.comparison.change_points import ChangePoint
from benchmarks.comparison.setup import setup_of
from benchmarks.report.format import commands, count, percent
from benchmarks.report.grid import cell_name
from benchmarks.report.origins import short_name
from benchmarks.report.table import Step
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run


def of_runs(runs: Sequence[Run]) -> list[ChangePoint]:
    """Return the cells whose latest change is a drop by more than counts, the largest first; runs without a time are left out."""
    entries = []
    for run in runs:
        with suppress(RunRefused):
            entries.append(change_points.entry(run))
    found = change_points.drops(entries, change_points.change_points(entries))
    return sorted(found, key=lambda step: float(step.after) - float(step.before))


def stand_out(drops: Sequence[ChangePoint], cells: int) -> bool:
    """Whether there are too many for chance: in eight runs without a change, about one cell in 150 drops so (simulated)."""
    return len(drops) > 1 and len(drops) >= cells / 10


def sentence(drops: Sequence[ChangePoint]) -> str:
    """Name the largest drop, and count the others."""
    worst = drops[0]
    others = f"; {count(len(drops) - 1, 'other cell')} fell too" if len(drops) > 1 else ""
    return (
        f"{cell_name(worst.cell)} fell from {percent(float(worst.before))}% to "
        f"{percent(float(worst.after))}% in {PurePath(worst.run).name}{others}."
    )


def step(drops: Sequence[ChangePoint], runs: Sequence[Run]) -> Step:
    """Advise to judge the newest run that has the worst cell against the last one before it fell."""
    worst = drops[0]
    setups = {run.name: setup_of(run.cells[worst.cell]) for run in runs if worst.cell in run.cells}
    holding = [
        name for name, setup in setups.items() if setup == setups[worst.run]
    ]  # others cannot be compared
    before = holding[holding.index(worst.run) - 1]
    # Pages are passed on: see `short_name`.
    files = [short_name(name) if PurePath(name).is_absolute() else name for name in (before, holding[-1])]
    command = commands([["python", "-m", "benchmarks", "compare", *files]])
    return Step("Judge the newest run against the last one before accuracy fell:", command)

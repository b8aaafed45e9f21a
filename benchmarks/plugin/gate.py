"""The run that just ended against others: `--accuracy-compare REF`, as `python -m benchmarks compare` would judge it, and whether
pytest-benchmark's `--benchmark-compare` compares comparable times.

Judging needs SciPy, so it is imported only where it is asked for: without it, collection takes half as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.experiment.cell import Cell
from benchmarks.paths import BASELINES
from benchmarks.results.baselines import PinnedGroup, pinned_file, refuse_explored, refuse_partial
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import PINNED, resolve
from benchmarks.results.run import Run, from_dict, load_run
from benchmarks.results.schema import CellResult, as_text

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateReport, GateSettings
    from benchmarks.experiment.settings import Settings
    from benchmarks.report.table import Section


@dataclass(frozen=True)
class Judgement:
    """What the gate said of the run that just ended.

    Attributes:
        section: All of it.
        status: The gate's: 0 no regression, 1 a regression, 2 not decided, or cannot be compared.
        outcome: The same in one line.
        again: The options with which `report` judges the run in the same way; empty where it could not be compared.
    """

    section: Section
    status: int
    outcome: str
    again: tuple[str, ...] = ()


def check(reference: str, storage: Path, target: Path | None = None) -> None:
    """Refuse a reference that cannot be a baseline, before anything trains.

    Args:
        reference: What the run will be compared with.
        storage: Where numbered runs are.
        target: The file that the run will be saved as, if it is named.

    Raises:
        RunRefused: It is missing, not a run, an exploration, a partial run or the target.
    """
    if reference == PINNED:
        return
    path = resolve(reference, storage)
    if target is not None and target.resolve() == path.resolve():
        raise RunRefused(
            f"{path} is the baseline, which the new run would replace; name another file with --benchmark-json"
        )
    run = load_run(path)
    refuse_explored(run)
    refuse_partial(run)


def incomparable(reference: str, storage: Path, settings: Settings, cells: Sequence[str]) -> str | None:
    """Say which cells nothing will compare, as far as that is known before anything trains; None: no cell.

    Args:
        reference: What the run will be compared with, which `check` accepted.
        storage: Where numbered runs are.
        settings: What the run was asked for.
        cells: Ids of the cells that run.
    """
    from benchmarks.comparison.setup import differences_from
    from benchmarks.report.format import some

    baseline = _baseline_cells(reference, storage, settings)
    known = {"protocol": settings.protocol.name, "precision": settings.precision, "backend": settings.backend}
    if settings.data != "auto":
        known["data_source"] = settings.data
    apart: list[str] = []
    fields: dict[str, None] = {}
    for name in cells:
        if name not in baseline:
            continue
        recipe = as_text(settings.recipe(Cell.parse(name)).parts())
        found = differences_from(baseline[name], known, recipe)
        apart += [name] if found else []
        fields |= dict.fromkeys(map(str, found))
    if not apart:
        return None
    return (
        f"--accuracy-compare {reference} cannot compare {some(apart)}: {some(list(fields))}; floors alone will judge them. "
        "If the change is intended, pin a new baseline from this run"
    )


def _baseline_cells(reference: str, storage: Path, settings: Settings) -> Mapping[str, CellResult]:
    """Return the baseline's cells by id; which of the pinned sources counts is known once images are loaded, so real ones come first."""
    if reference != PINNED:
        return load_run(resolve(reference, storage)).cells
    sources = ("real", "synthetic") if settings.data == "auto" else (settings.data,)
    groups = [
        PinnedGroup(settings.protocol.name, source, settings.precision, settings.backend)
        for source in sources
    ]
    files = [path for group in groups if (path := pinned_file(group, BASELINES)).is_file()]
    cells: dict[str, CellResult] = {}
    for path in files:
        cells = {**load_run(path).cells, **cells}
    return cells


def judge(new: Run, reference: str, storage: Path, settings: GateSettings) -> Judgement:
    """Judge the run as `compare` would.

    Args:
        new: The run that just ended.
        reference: What it is compared with: a file, a run's number, or `pinned`.
        storage: Where numbered runs are.
        settings: What counts as a regression.
    """
    from benchmarks.comparison import gate
    from benchmarks.report import gate_text
    from benchmarks.report.findings.against_baseline import Comparison
    from benchmarks.report.views import gate as gate_view
    from benchmarks.results import baselines

    if not new.cells:
        return _nothing("no cell finished")
    try:
        base = baselines.baseline_for(reference, new, storage)
        report = gate.judge(base, new, settings)
    except RunRefused as error:
        return _nothing(str(error))
    section = gate_text.section(Comparison(base, new, report))
    again = ("--baseline", reference if reference == PINNED else str(resolve(reference, storage)))
    return Judgement(section, report.status, gate_view.outcome(report), (*again, *_options(report, new)))


def _nothing(why: str) -> Judgement:
    from benchmarks.report.table import Section

    outcome = f"cannot be compared: {why}"
    return Judgement(Section(f"accuracy {outcome}"), 2, outcome)


def _options(report: GateReport, new: Run) -> Iterator[str]:
    """Write the settings that are not the defaults of `compare` and `report` as their options."""
    from benchmarks.comparison.verdict import UNSELECTED, GateSettings

    settings, usual = report.settings, GateSettings.for_run(new)
    if settings.max_drop != usual.max_drop:
        yield from ("--max-drop", f"{settings.max_drop:g}")
    if settings.alpha != usual.alpha:
        yield from ("--alpha", f"{settings.alpha:g}")
    if settings.strict:
        yield "--strict"
    if any(cell.left_out for cell in report.cells):
        yield from ("--allow-missing", UNSELECTED)


def flag_times(compared: Sequence[Mapping[str, Any]], new: Run) -> list[str]:
    """Return one line for each run that `--benchmark-compare` took whose times are not comparable with this run's.

    Args:
        compared: pytest-benchmark's JSON of each.
        new: The run that just ended.
    """
    from benchmarks.comparison.conditions import times_differ

    lines = []
    for data in compared:
        name = f"the run of {str(data.get('datetime'))[:19]}"
        try:
            old = from_dict(data, name)
        except RunRefused as error:
            lines.append(f"--benchmark-compare: times are not compared: {error}")
            continue
        reasons = times_differ(old, new, (name, new.name))
        if reasons:
            lines.append(f"--benchmark-compare: times are not comparable with {name}: {'; '.join(reasons)}")
    return lines

"""The accuracy gate: is the new run worse than the baseline? docs/regression-gate.md says what is tested and why.

`judge` is called by `python -m benchmarks compare` and by `pytest --accuracy-compare`; both get the same judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.comparison import deaths, relabel, suspicion
from benchmarks.comparison.conditions import SharedConditions, other_versions, run_notes
from benchmarks.comparison.judge_cell import SharedCell, Tested, judge_repeated, side_of
from benchmarks.comparison.missed_floors import Floors
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.setup import describe, setup_differences
from benchmarks.comparison.verdict import (
    UNSELECTED,
    CellVerdict,
    GateReport,
    GateSettings,
    GridVerdict,
    is_found,
)
from benchmarks.results.baselines import refuse_explored, refuse_partial
from benchmarks.results.differences import FieldDifference
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def judge(base: Run, new: Run, settings: GateSettings) -> GateReport:
    """Judge every cell of both runs, and the grid as a whole.

    Args:
        base: The baseline.
        new: The run to judge.
        settings: What counts as a regression.

    Raises:
        RunRefused: The baseline is an exploration (`--set`), or a partial run and the settings do not allow one.
    """
    refuse_explored(base)
    if not settings.allow_partial:
        refuse_partial(base)
    verdicts: dict[str, CellVerdict] = {}
    shared: dict[str, SharedCell] = {}
    names = list(dict.fromkeys([*base.cells, *new.cells, *new.expected]))
    for cell in names:
        old, now = base.cells.get(cell), new.cells.get(cell)
        if now is None:
            verdicts[cell] = _missing(cell, old, new, settings)
        elif old is None:
            verdicts[cell] = _new(cell, now)
        elif differing := setup_differences(old, now, across_backends=settings.across_backends):
            verdicts[cell] = _incomparable(cell, old, now, differing)
        else:
            shared[cell] = SharedCell.of(old, now, SharedConditions.of(base, new, old, now))
    floors = Floors.of((one.base, one.new, one.trained) for one in shared.values())
    repeated = {cell: one for cell, one in shared.items() if one.identical}
    trained = {cell: one for cell, one in shared.items() if cell not in repeated}
    verdicts |= {cell: judge_repeated(cell, one, floors) for cell, one in repeated.items()}
    compared, grid = _test(trained, settings, floors)
    verdicts |= compared
    return GateReport(
        base=base.name,
        new=new.name,
        settings=settings,
        cells=tuple(verdicts[cell] for cell in names),
        grid=grid,
        alpha_of_cells=settings.alpha_of_cells(len(trained)),
        other_versions=other_versions(base, new),
        notes=tuple(run_notes(base, new)),
    )


def _test(
    shared: Mapping[str, SharedCell], settings: GateSettings, floors: Floors
) -> tuple[dict[str, CellVerdict], GridVerdict | None]:
    """Relabel the grid and judge its cells, and the grid as a whole if there are two cells or more."""
    alpha = settings.alpha_of_cells(len(shared))
    trainings = [one.trainings.paired_if_testable(alpha) for one in shared.values()]
    drops, gains = relabel.score(trainings), relabel.score(trainings, upwards=True)
    lower = relabel.adjusted_p_of(trainings, drops, alpha)
    higher = relabel.adjusted_p_of(trainings, gains, alpha)
    tested = [i for i, p in enumerate(lower) if p is not None]
    verdicts: dict[str, CellVerdict] = {}
    for i, (cell, one) in enumerate(shared.items()):
        verdict = Tested(
            shared=one,
            trainings=trainings[i],
            drops=drops[i],
            gains=gains[i],
            p_drop=lower[i],
            p_gain=higher[i],
            cells=len(shared),
            spent=bool(tested),
            floors=floors,
            settings=settings,
        ).verdict(cell)
        alive = trainings[i].alive
        if i in tested and alive.any() and not alive.all():
            others = [drops[k].by_labeling for k in tested if k != i]
            least = deaths.least_found(trainings[i], others, alpha)
            note = deaths.sentence(least, len(one.base), len(one.new))
            verdict = replace(verdict, notes=(*verdict.notes, note))
        verdicts[cell] = verdict
    return verdicts, judge_grid(drops, settings) if len(shared) > 1 else None


def judge_grid(drops: Sequence[relabel.Scores], settings: GateSettings) -> GridVerdict:
    """Judge all tested cells together, two or more, by the scores of each."""
    # A convention: noise averages out over k cells as sqrt(k), so a drop of all counts from that much less than one of a cell.
    limit = settings.max_drop / math.sqrt(len(drops))
    drop = 100 * float(np.median([scores.drop for scores in drops]))
    p = relabel.grid_p([scores.by_labeling for scores in drops])
    regressed = is_found(p, drop, alpha=settings.alpha_of_grid, limit=limit)
    return GridVerdict(len(drops), drop, limit, p, settings.alpha_of_grid, regressed)


def _new(cell: str, now: CellResult) -> CellVerdict:
    notes = ("not in the baseline: nothing gated",)
    return CellVerdict(cell, "new", None, side_of(Sample.of(now)), findings=_missed_floor(now), notes=notes)


def _incomparable(
    cell: str, old: CellResult, now: CellResult, differing: Sequence[FieldDifference]
) -> CellVerdict:
    return CellVerdict(
        cell,
        "incomparable",
        side_of(Sample.of(old)),
        side_of(Sample.of(now)),
        differs=tuple(found.field for found in differing),
        findings=_missed_floor(now) if old.verdict != "failed" else (),
        notes=tuple(map(describe, differing)),
    )


def _missed_floor(now: CellResult) -> tuple[str, ...]:
    """Return the finding for a cell that missed its floor, where no baseline judges it."""
    return (f"{suspicion.missed_floor(now)}, and no baseline judges it",) if now.verdict == "failed" else ()


def _missing(cell: str, old: CellResult | None, new: Run, settings: GateSettings) -> CellVerdict:
    """Judge a cell that the new run lacks, by the list of cells that it was asked for."""
    side = None if old is None else side_of(Sample.of(old))
    requested = cell in new.expected if new.expected else not new.narrowed
    if requested:
        return CellVerdict(
            cell, "missing", side, findings=("missing: requested in the new run, not finished",)
        )
    if cell in settings.allow_missing:
        return CellVerdict(cell, "missing", side, notes=("not requested in this run",))
    if old is not None and (gone := _without_file(old, new)):
        finding = f"missing: {gone}; restore it, take the cell out of the baseline, or accept that: --allow-missing {cell}"
        return CellVerdict(cell, "missing", side, gone=True, findings=(finding,))
    if UNSELECTED in settings.allow_missing:
        return CellVerdict(cell, "missing", side, notes=("not requested in this run",))
    unasked = f"in the baseline, not requested in the new run; --allow-missing {UNSELECTED} accepts that"
    return CellVerdict(cell, "missing", side, suspicions=(unasked,))


def _without_file(old: CellResult, new: Run) -> str:
    """Say which file the new run lacked to train a cell of the baseline; empty if none, or not known.

    The user's own images never have a file here.
    """
    if new.architectures and old.architecture not in new.architectures:
        return f"architecture {old.architecture} has no file any more"
    if new.datasets and old.dataset not in new.datasets and not old.own_images:
        return f"data set {old.dataset} has no file any more"
    return ""

"""Cells that a comparison could not decide: in one sentence however many they are, and the number of seeds that would decide them."""

import math
import statistics
from collections.abc import Mapping, Sequence

from benchmarks.comparison import power, suspicion
from benchmarks.comparison.detectable import pooled_deviation
from benchmarks.comparison.pairs import go_on_alike
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import ROUNDING_TOLERANCE, CellVerdict, GateReport, MoreSeeds
from benchmarks.report.findings import run_facts
from benchmarks.report.format import count, join_words, some, span
from benchmarks.report.grid import cell_name
from benchmarks.report.table import Step
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

_MOST = 100
"""More seeds than this nobody trains."""
_OF_CODE = ("fingerprint", "data_fingerprint")
"""Fields that differ, besides those of the recipe, where the code of a recipe, an architecture or a data set changed."""


def open_sentences(report: GateReport) -> list[str]:
    """Say of suspects and undecided cells why they are no pass; cells with the same reason share a sentence."""
    undecided = [
        verdict for verdict in report.cells if verdict.verdict == "undecided" and not verdict.suspicions
    ]
    weak = [verdict for verdict in undecided if verdict.to_test is not None]
    blind = [verdict for verdict in undecided if verdict.to_test is None]
    found = [_too_few(weak)] if weak else []
    found += [_cannot_see(blind)] if blind else []
    reasons: dict[str, list[CellVerdict]] = {}
    for verdict in report.cells:
        for reason in verdict.suspicions if not verdict.findings else ():
            reasons.setdefault(reason, []).append(verdict)
    for reason, cells in reasons.items():
        seeds = [v.to_confirm for v in cells if v.to_confirm is not None]
        settle = (
            f" {count(max(seeds), 'more new seed')} settle{'s' if max(seeds) == 1 else ''} it."
            if seeds
            else ""
        )
        found.append(f"{some([cell_name(v.cell) for v in cells])}: {reason}.{settle}")
    incomparable = [verdict for verdict in report.cells if verdict.verdict == "incomparable"]
    if incomparable:
        fields = list(dict.fromkeys(field for v in incomparable for field in v.differs))
        found.append(
            f"{_who(incomparable)} cannot be compared: {some(fields)} differ{'s' if len(fields) == 1 else ''}."
        )
    return found


def decide(base: Run, new: Run, report: GateReport) -> list[Step]:
    """Advise the seeds that would decide the open cells, with the commands and their cost."""
    cells = [
        verdict
        for verdict in report.cells
        if verdict.verdict in ("undecided", "suspect") and verdict.cell in new.cells
    ]
    low = [v for v in cells if any(s.startswith(suspicion.A_MISSED_FLOOR) for s in v.suspicions)]
    weak = [v for v in cells if all(s.startswith(suspicion.A_COLLAPSE) for s in v.suspicions)]
    collapsed = {v.cell: v.to_confirm for v in weak if v.to_confirm is not None}
    return [
        *_second_look(base, new, report, collapsed),
        *_more(base, new, report, [v for v in weak if v.cell not in collapsed]),
        *_others(new, report, low),
        *_comparable(base, new, report),
    ]


def not_requested(report: GateReport) -> list[CellVerdict]:
    """Return the cells of the baseline that the new run was not asked for, and that nobody said it may lack."""
    return [v for v in report.cells if v.verdict == "missing" and v.suspicions]


def _second_look(base: Run, new: Run, report: GateReport, needs: Mapping[str, int]) -> list[Step]:
    """Advise the seeds that settle collapses. Merged with the new run, they would be tested as if nobody had picked the lowest cells."""
    if not needs:
        return []
    number = max(needs.values())
    trained = [new.cells[cell] for cell in needs]
    first = max(seed for cell in needs for run in (base, new) for seed in run.cells[cell].seeds) + 1
    text = (
        f"Train {count(number, 'further seed')} of {some([cell_name(cell) for cell in needs])} ({run_facts.cost(trained, number)}) "
        f"and judge that run with {_confirming(report)}:"
    )
    return [Step(text, run_facts.command(trained, number, first=first))]


def _confirming(report: GateReport) -> str:
    """Return the command that judges further seeds of suspects, which must plan as many looks as the first one."""
    looks = f" --looks {report.settings.looks}" if report.settings.looks > 1 else ""
    return f"`compare BASE NEW --confirm MORE{looks}`"


def _more(base: Run, new: Run, report: GateReport, cells: Sequence[CellVerdict]) -> list[Step]:
    """Advise each cell's own number of further seeds, here and at the baseline's commit: the cells that need the fewest come first."""
    known = [(plan, v.cell) for v in cells if (plan := _plan(v)) and max(plan.base, plan.new) <= _MOST]
    plans = {cell: plan for plan, cell in sorted(known, key=lambda item: (item[0].total, item[1]))}
    fewest = list(dict.fromkeys(plans.values()))[: run_facts.MOST_NAMED]
    now = {cell: plan for cell, plan in plans.items() if plan in fewest}
    part = f" for the {len(now)} of {len(plans)} cells that need the fewest" if len(now) < len(plans) else ""
    free = {cell: _free(base, new, cell, plan) for cell, plan in now.items()}
    here = _further(new, {cell: (plan.new, free[cell][0]) for cell, plan in now.items()})
    there = _further(base, {cell: (plan.base, free[cell][1]) for cell, plan in now.items()})
    commit = run_facts.commit(base)
    at = f"at the baseline’s commit{commit and f' {commit}'}"
    at += ", with its versions," if report.other_versions else ""
    steps = []
    if here:
        seeds, command = here
        text = f"Train further seeds{part}, `merge` them with the new run and compare again: {seeds}:"
        steps.append(Step(text, command))
    if there:
        seeds, command = there
        what = "Do the same" if here else f"Train further seeds{part}"
        steps.append(Step(f"{what} {at} and `merge` them with the baseline: {seeds}:", command))
    rest = [v for v in cells if v.verdict == "undecided" and v.cell not in plans]
    return [*steps, *_larger_drop(base, new, report, rest)]


def _free(base: Run, new: Run, cell: str, plan: MoreSeeds) -> tuple[int, int]:
    """Return the first seed to train in the new run, and in the baseline: the next of each where that makes pairs, else none in common."""
    known, trained = (sorted(run.cells[cell].seeds) for run in (base, new))
    if go_on_alike(known, trained):
        return trained[-1] + 1, known[-1] + 1
    first = max(known[-1], trained[-1]) + 1
    return first, first + plan.new


def _further(run: Run, needs: Mapping[str, tuple[int, int]]) -> tuple[str, str] | None:
    """Name how many further seeds cells of a run need, with their cost, and give the command that trains these from the first on."""
    groups: dict[tuple[int, int], list[CellResult]] = {}
    for cell, more, first in ((run.cells[name], *need) for name, need in needs.items() if need[0]):
        groups.setdefault((more, first), []).append(cell)
    if not groups:
        return None
    seeds = [
        f"{more} {'each ' if len(cells) > 1 else ''}of {some([cell_name(one.cell) for one in cells])}"
        for (more, _), cells in groups.items()
    ]
    cost = run_facts.cost_of([(cell, more) for (more, _), cells in groups.items() for cell in cells])
    commands = [run_facts.command(cells, more, first=first) for (more, first), cells in groups.items()]
    return f"{join_words(seeds)} ({cost})", "; ".join(commands)


def _others(new: Run, report: GateReport, low: Sequence[CellVerdict]) -> list[Step]:
    """Advise other seeds for cells that missed their floor, to be judged without the seeds that missed it."""
    if not low:
        return []
    trained = [new.cells[v.cell] for v in low]
    fresh = max(max(cell.seeds) for cell in trained) + 1
    needs = [v.to_confirm for v in low]
    settle = [need for need in needs if need is not None]
    confirm = len(settle) == len(needs)
    number = max(settle) if confirm else max(len(cell.seeds) for cell in trained)
    then = f"judge that run with {_confirming(report)}" if confirm else "judge that run by itself"
    text = (
        f"Train {count(number, 'other seed')} of {some([cell_name(v.cell) for v in low])} ({run_facts.cost(trained, number)}) and {then}, "
        "not merged with the seeds that missed the floor."
    )
    return [Step(text, run_facts.command(trained, number, first=fresh))]


def _comparable(base: Run, new: Run, report: GateReport) -> list[Step]:
    """Advise a new baseline for cells whose recipe or images the code changed, or else another run where nothing can be compared."""
    apart = [v for v in report.cells if v.verdict == "incomparable"]
    if not apart:
        return []
    sides = [[run.cells[v.cell].training for v in apart] for run in (base, new)]
    fields = {field for v in apart for field in v.differs}
    if sides[0] == sides[1] and all(field in _OF_CODE or field.startswith("recipe.") for field in fields):
        who = some([cell_name(v.cell) for v in apart])
        then = "pin a new baseline (docs/ci.md)" if base.pinned else "compare with this run from now on"
        text = (
            f"If the recipe or the images of {who} were meant to change, {then}; otherwise undo the change."
        )
    elif report.compared:
        return []
    elif fields == {"backend"}:
        text = "Judge the change of backend with `compare BASE NEW --across-backends`."
    else:
        text = f"Compare with a run of the same recipe and images, or train with the baseline's protocol, {run_facts.names(sides[0])}."
    return [Step(text)]


def seeds_table(base: Run, new: Run, report: GateReport) -> list[tuple[int, list[float | None]]]:
    """Return, by seeds on both sides, the drop in points that each compared cell would show; None: none at all."""
    known = _deviations(base, new, report)
    return [(n, list(_drops(known, report, n).values())) for n in (3, 5, 10, 20, 40)]


def _drops(known: Mapping[str, float], report: GateReport, n: int) -> dict[str, float | None]:
    """By cell: the drop in points that n seeds on both sides would show, for these deviations."""
    alpha, cells = report.alpha_of_cells, max(1, len(known))
    return {
        cell: power.would_see(n, n, deviation, cells=cells, alpha=alpha) for cell, deviation in known.items()
    }


def _larger_drop(base: Run, new: Run, report: GateReport, cells: Sequence[CellVerdict]) -> list[Step]:
    """Say which drop ten seeds on both sides would show, of cells in which nobody trains enough for the one that is asked for."""
    if not cells:
        return []
    drops, still_open = _drops(_deviations(base, new, report), report, 10), {v.cell: v for v in cells}
    known = {cell: drop for cell, drop in drops.items() if drop is not None and cell in still_open}
    if all(run.cells[name].never_lived for name in still_open for run in (base, new)):
        return [Step(f"No number of seeds decides {_who(cells)}: every seed died on both sides.")]
    if not known:
        return [Step(f"Train at least 2 seeds on both sides: the spread of {_who(cells)} is not known.")]
    # A pinned resolution counts instead of max-drop.
    free = {cell: drop for cell, drop in known.items() if base.cells[cell].resolution is None}
    if not free:
        return []
    shown = sorted(free.values())
    drop = math.ceil(10 * shown[int(0.8 * (len(shown) - 1))] - ROUNDING_TOLERANCE) / 10
    judged = sum(one <= drop + ROUNDING_TOLERANCE for one in shown)
    which = " without a pinned resolution" if len(shown) < len(known) else ""
    return [
        Step(
            f"Gate {_who([still_open[cell] for cell in free])} at a larger drop, which fewer seeds show. With --max-drop {drop:.1f}, "
            f"10 seeds on both sides judge {judged} of {count(len(shown), 'cell')}{which}."
        )
    ]


def _deviations(base: Run, new: Run, report: GateReport) -> dict[str, float]:
    """By cell: the deviation between seeds in points, as far as it is known."""
    found = {}
    for verdict in report.cells:
        if verdict.compared and verdict.cell in base.cells and verdict.cell in new.cells:
            sides = Sample.of(base.cells[verdict.cell]), Sample.of(new.cells[verdict.cell])
            df = sum(max(len(side.living) - 1, 0) for side in sides)
            base_side, new_side = sides
            deviation = pooled_deviation(base_side.living, new_side.living, new_side.draw_variance)
            if deviation is not None:
                found[verdict.cell] = power.upper_limit(deviation, df)
    return found


def _plan(verdict: CellVerdict) -> MoreSeeds | None:
    """Return the seeds that a cell lacks to be decided; None: not known, or no number of seeds decides it."""
    plan = verdict.to_see or MoreSeeds(0, verdict.to_test or 0)  # what sees a drop can be tested
    return plan if plan.total else None


def _too_few(cells: Sequence[CellVerdict]) -> str:
    base = span(v.base.n for v in cells if v.base is not None)
    seeds = "1 seed" if base == "1" else f"{base} seeds"
    new = span(v.new.n for v in cells if v.new is not None)
    more = max(v.to_test or 0 for v in cells)
    needs = f"if the baseline stays as it is, the new run needs at least {count(more, 'more seed')}"
    return f"{_who(cells)} cannot be judged with {seeds} against {new}: {needs}."


def _cannot_see(cells: Sequence[CellVerdict]) -> str:
    sees = sorted(
        (math.inf if v.detectable_pp is None else v.detectable_pp, cell_name(v.cell)) for v in cells
    )
    (least, keenest), (most, weakest) = sees[0], sees[-1]
    middle = statistics.median(drop for drop, _ in sees)
    limits = sorted(
        {f"{v.resolution_pp or 0:g}": v.resolution_pp or 0 for v in cells}.items(), key=lambda item: item[1]
    )
    wanted = " to ".join(dict.fromkeys((limits[0][0], limits[-1][0])))
    if least == math.inf:
        shows = "no drop would be seen"
    elif len(cells) == 1:
        shows = f"drops from {_at_least(least)} points up would be seen"
    elif middle == math.inf:
        shows = f"the median cell shows no drop at all, the best ({keenest}) drops from {_at_least(least)} points up"
    else:
        last = "none at all" if most == math.inf else f"from {_at_least(most)}"
        shows = (
            f"the median cell shows drops from {_at_least(middle)} points up, the weakest ({weakest}) {last}"
        )
    counts = f"a drop counts from {wanted} {'point' if wanted == '1' else 'points'}"
    return f"{_who(cells, verb=True)} undecided: {shows}; {counts}.{_deciding(cells)}"


def _at_least(drop: float) -> str:
    """Write a drop in points with two digits, rounded up: what is not seen is never written as if it were."""
    unit = 10.0 ** (math.floor(math.log10(drop)) - 1)
    return f"{math.ceil(drop / unit - ROUNDING_TOLERANCE) * unit:g}"


def _deciding(cells: Sequence[CellVerdict]) -> str:
    """Say how many more seeds decide the cell that needs the fewest, and the one that needs the most."""
    known = sorted(
        ((plan, cell_name(v.cell)) for v in cells if (plan := _plan(v))), key=lambda item: item[0].total
    )
    if not known:
        return ""
    (fewest, first), (most, last) = known[0], known[-1]
    part = "" if len(known) == len(cells) else f"{len(known)} of them"
    if len({plan for plan, _ in known}) == 1:
        one = fewest.total == 1 or fewest.base == fewest.new == 1  # "1 more seed on both sides"
        decide = "decides" if one else "decide"
        return f" {_seeds(fewest)} {decide} {part or ('them' if len(cells) > 1 else 'it')}."
    these = f"Of the {len(known)} that more seeds decide, " if part else ""
    return f" {these}{first} needs the fewest, {_seeds(fewest)}; {last} the most, {_seeds(most)}."


def _seeds(plan: MoreSeeds) -> str:
    if plan.base == plan.new:
        return f"{count(plan.new, 'more seed')} on both sides"
    sides = [(plan.base, "more baseline seed"), (plan.new, "more new seed")]
    return " and ".join(count(number, what) for number, what in sides if number)


def _who(cells: Sequence[CellVerdict], *, verb: bool = False) -> str:
    if len(cells) == 1:
        return f"{cell_name(cells[0].cell)} is" if verb else cell_name(cells[0].cell)
    return f"{len(cells)} cells{' are' if verb else ''}"

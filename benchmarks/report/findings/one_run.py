"""The answer of one run: did it pass, who is first, how sure that is, what to do next. Rules that hold for any run."""

import math
import statistics
from collections.abc import Sequence

from msgspec import structs

from benchmarks.comparison import power
from benchmarks.comparison.significance import standard_deviation
from benchmarks.report.answer import Answer, State
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.pairwise import ALPHA, PairwiseComparison
from benchmarks.report.findings.rankings import Ranking, first_places
from benchmarks.report.format import commands, count, count_all, percent, points, some
from benchmarks.report.grid import accuracy, cell_name, display_name, half_width, has_files, synthetic_warning
from benchmarks.report.groups import group
from benchmarks.report.origins import reference
from benchmarks.report.table import Step
from benchmarks.results.references import PINNED
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult
from benchmarks.results.train_again import alike

ENOUGH = 3
"""Seeds at which a spread is first known."""
_MOST = 50
"""More seeds than this are not advised."""


def answer(run: Run, rankings: Sequence[Ranking]) -> Answer:
    """Answer for a run.

    Args:
        run: The run.
        rankings: The rankings of all its cells.

    """
    cells = list(run.cells.values())
    failed = [cell for cell in cells if cell.verdict == "failed"]
    missing = [name for name in run.expected if name not in run.cells]
    state, label = outcome(cells, failed, len(missing))
    if _lacks_seeds(run, missing) and not failed:
        state, label = "warn", "Incomplete: a partial run"
    return Answer(
        state,
        label,
        _headline(run, failed, missing, rankings),
        facts=run_facts.facts(cells),
        sure=[*_single(cells), *_spread(cells), *_died(cells), *run_facts.imbalances(cells)],
        steps=_steps(run, cells, failed, missing, rankings)[:2],
        warning=synthetic_warning(cells),
    )


def outcome(cells: Sequence[CellResult], failed: Sequence[CellResult], missing: int) -> tuple[State, str]:
    """Say in a few words whether these cells passed, and what that is set off as."""
    if failed:
        return (
            "fail",
            f"Failed: {count(len(failed), 'cell')} below {'its' if len(failed) == 1 else 'their'} floor",
        )
    if missing:
        return "warn", f"Incomplete: {count(missing, 'cell')} missing"
    judged = sum(cell.verdict is not None for cell in cells)
    dead = len(excused(cells))
    if not judged:
        return "none", "No floor could be asserted: every seed died" if dead else "No floor was asserted"
    if judged < len(cells):
        rest = [f"{dead} died"] if dead else []
        if without := len(cells) - judged - dead:
            rest += [f"{without} {'has' if without == 1 else 'have'} no floor"]
        return (
            "pass",
            f"Passed: {judged} of {len(cells)} cells reached {'its' if judged == 1 else 'their'} floor; {' and '.join(rest)}",
        )
    return "pass", "Passed: every floor reached" if len(cells) > 1 else "Passed: floor reached"


def _lacks_seeds(run: Run, missing: Sequence[str]) -> bool:
    """Whether a run is partial although no cell is known to be missing: a merged one lacks seeds, a pinned one names no cells."""
    return run.partial and not missing


def _headline(
    run: Run, failed: Sequence[CellResult], missing: Sequence[str], rankings: Sequence[Ranking]
) -> str:
    cells = list(run.cells.values())
    n = len(cells)
    dead = excused(cells)
    rest = (
        f"; every seed of {some([cell_name(cell) for cell in dead])} died, as in the pinned run"
        if dead
        else ""
    )
    rest += f"; {count(len(missing), 'cell')} did not finish" if missing else ""
    rest += "; the run is partial" if _lacks_seeds(run, missing) else ""
    if failed:
        return f"{failures(failed, n)}{rest}"
    if n == 1:
        return f"{cell_name(cells[0])}: {percent(accuracy(cells[0]))} % correct{rest}"
    judged = sum(cell.verdict is not None for cell in cells)
    start = f"{n} cells {'passed' if judged else 'ran'}"
    if judged == n and not run.partial and not missing:
        start = f"{count_all(n, 'cell').capitalize()} passed"
    elif 0 < judged < n:
        start = f"{judged} of {n} cells passed"
    return f"{start}{rest}; {first_places(rankings)}"


def excused(cells: Sequence[CellResult]) -> list[CellResult]:
    """Cells whose floor could not be asserted: all seeds died, as they may."""
    return [cell for cell in cells if cell.floor is not None and cell.verdict is None]


def failures(failed: Sequence[CellResult], n: int) -> str:
    """Say which of n cells missed their floor, and whether they ever learned."""
    dead = all(cell.never_lived for cell in failed)
    if len(failed) == 1:
        (cell,) = failed
        return f"{cell_name(cell)} {'stayed at chance' if dead else 'missed its floor'}"
    names = list(dict.fromkeys(cell.architecture for cell in failed))
    what = "stayed at chance" if dead else "missed its floors"
    if len(names) == 1:
        return f"{len(failed)} of {n} cells failed: {names[0]} {what}"
    return f"{len(failed)} of {n} cells failed: {some([cell_name(cell) for cell in failed], 2)}"


def _single(cells: Sequence[CellResult]) -> list[str]:
    single = [cell for cell in cells if len(cell.seeds) == 1]
    if not single:
        return []
    who = (
        f"{len(single)} of {count(len(cells), 'cell')}"
        if len(single) < len(cells)
        else "Every cell"
        if len(cells) > 1
        else "The cell"
    )
    whose = "Its" if len(single) == 1 else "Their"
    text = f"{who} ran with one seed. {whose} ± covers the draw of the test images only"
    text += (
        ", so a test between two of them compares two trained models, not two architectures."
        if len(single) > 1
        else "."
    )
    known = [cell for cell in cells if len(cell.seeds) >= ENOUGH]
    if known:
        most = max(known, key=lambda cell: len(cell.seeds))
        spread = standard_deviation(list(most.values.values())) or 0.0
        text += (
            f" For scale: {most.architecture}’s {len(most.seeds)} seeds on {display_name(most.dataset)} differ by a standard "
            f"deviation of {points(spread)} points."
        )
    return [text]


def _spread(cells: Sequence[CellResult]) -> list[str]:
    several = [cell for cell in cells if len(cell.seeds) > 1]
    if not several or len(several) < len(cells):
        return []
    widths = {cell.id: half_width(cell) for cell in several}
    widest = max(several, key=lambda cell: widths[cell.id])
    if len(several) == 1:
        return [f"{len(widest.seeds)} seeds give the mean to ±{points(widths[widest.id])} points (95%)."]
    return [
        f"± is half of the 95% interval of the mean over seeds: {points(statistics.median(widths.values()))} points in the "
        f"median cell, {points(widths[widest.id])} in the widest, {cell_name(widest)}."
    ]


def _died(cells: Sequence[CellResult]) -> list[str]:
    cells_with_dead = run_facts.diverged(cells)
    return [f"Trainings diverged in {cells_with_dead}: they count as guessing."] if cells_with_dead else []


def _steps(
    run: Run,
    cells: Sequence[CellResult],
    failed: Sequence[CellResult],
    missing: Sequence[str],
    rankings: Sequence[Ranking],
) -> list[Step]:
    return [
        *again(failed),
        *_missing(missing),
        *_more_seeds(cells, pinned=run.pinned),
        *_decide(rankings, pinned=run.pinned),
        *_real(run, cells),
        *_use(run, cells, missing),
    ]


def again(failed: Sequence[CellResult], where: str = "") -> list[Step]:
    """Advise another seed of what failed; `where` says of which cells this is, if not of all."""
    if not failed:
        return []
    failed = alike(failed)[0]  # one command at a time
    fresh = max(max(cell.seeds) for cell in failed) + 1
    dead = all(cell.never_lived for cell in failed)
    what = "see whether another seed lives" if dead else "train what failed with another seed"
    sentence = f"{where}: {what}" if where else what.capitalize()
    return [Step(f"{sentence} ({run_facts.cost(failed, 1)}):", run_facts.command(failed, 1, first=fresh))]


def _missing(missing: Sequence[str]) -> list[Step]:
    if not missing:
        return []
    text = f"Finish the run; {some(list(missing))} {'is' if len(missing) == 1 else 'are'} missing: repeat the command with --resume."
    return [Step(text)]


def _more_seeds(cells: Sequence[CellResult], *, pinned: bool) -> list[Step]:
    few = [cell for cell in cells if len(cell.seeds) < ENOUGH]
    if not few:
        return []
    few = alike(few)[0]
    more = ENOUGH - min(len(cell.seeds) for cell in few)
    names = list(dict.fromkeys(cell.architecture for cell in few))
    of = "" if len(names) == len({cell.architecture for cell in cells}) else f" of {some(names, 4)}"
    text = (
        f"Run {count(more, 'more seed')}{of} (n = {ENOUGH}), enough to estimate the spread; "
        f"{run_facts.cost(few, more)}."
    )
    return [up_to(few, ENOUGH, text, pinned=pinned)]


def _decide(rankings: Sequence[Ranking], *, pinned: bool) -> list[Step]:
    """Advise the number of seeds that would decide the closest first place that can be decided."""
    needs: list[tuple[int, Ranking]] = []
    for ranking in rankings:
        rivals = [c for c in ranking.comparisons if not c.significant]
        few = min((len(cell.seeds) for c in rivals for cell in (c.best, c.other)), default=0)
        if few < ENOUGH:
            continue
        # As first places are tested: two-sided, with Holm over all tests of the group.
        tests = sum(len(other.comparisons) for other in rankings if other.group is ranking.group)
        most = max(_seeds_to_decide(c, tests) or math.inf for c in rivals)
        if few < most <= _MOST:
            needs.append((int(most), ranking))
    if not needs:
        return []
    seeds, ranking = min(needs, key=lambda need: need[0])
    cells = [place.cell for place in ranking.places if place.first or place.undecided]
    more = seeds - min(len(cell.seeds) for cell in cells)
    text = (
        f"Decide first place on {ranking.name}: {seeds} seeds per cell would in 80% of cases, if leads and spreads stay as they are "
        f"({run_facts.cost(cells, more)})."
    )
    return [up_to(cells, seeds, text, pinned=pinned)]


def up_to(cells: Sequence[CellResult], seeds: int, text: str, *, pinned: bool) -> Step:
    """Advise this many seeds per cell: stored ones are reused, but a pinned run's are stored on no machine but its own."""
    if not pinned:
        command = run_facts.command(cells, seeds, resume=True)
        return Step(f"{text} --resume trains only seeds not stored yet:", command)
    more = seeds - min(len(cell.seeds) for cell in cells)
    first = max(seed for cell in cells for seed in cell.seeds) + 1
    how = "Unite each new run with the pinned one (python -m benchmarks merge):"
    return Step(f"{text} {how}", run_facts.command(cells, more, first=first))


def _seeds_to_decide(rival: PairwiseComparison, tests: int) -> int | None:
    """Return the seeds per cell that show that a rival is behind in 80% of cases; None: more than anybody trains."""
    spreads = [standard_deviation(list(cell.values.values())) or 0.0 for cell in (rival.best, rival.other)]
    spread, lead = 100 * (sum(s**2 for s in spreads) / 2) ** 0.5, 100 * rival.difference.drop
    return power.seeds_per_side(spread, lead, cells=tests, alpha=ALPHA / 2) if lead > 0 else None


def _real(run: Run, cells: Sequence[CellResult]) -> list[Step]:
    """Advise the real images of data sets that have files; what is pinned is pinned for both."""
    made = [cell for cell in cells if cell.data_source == "synthetic" and has_files(cell.dataset)]
    if not made or run.pinned:
        return []
    real = [structs.replace(cell, data_source="real", data_verified=True) for cell in made]
    number = max(len(cell.seeds) for cell in real)
    took = run_facts.cost(real, number)
    names = ",".join(dict.fromkeys(cell.dataset for cell in real))
    fetch = f"`python -m benchmarks data --fetch --dataset {names}`"
    text = f"Run the same on real images ({took}), after {fetch} where they are not on disk yet:"
    return [Step(text, run_facts.command(real, number))]


def _use(run: Run, cells: Sequence[CellResult], missing: Sequence[str]) -> list[Step]:
    if run.partial or missing:
        return [] if missing else [Step("Train what this run lacks: repeat the command with --resume.")]
    if any(cell.verdict == "failed" for cell in cells) or min(len(cell.seeds) for cell in cells) < ENOUGH:
        return []
    if run.narrowed or any(cell.set_fields for cell in cells):  # no run of the suite's own to pin
        command = commands([["python", "-m", "benchmarks", "compare", reference(run), "NEW"]])
        return [Step("Judge a later run of the same cells against this one:", command)]
    if run.pinned:
        judged = _named_shortly(run, cells)
        where = "" if len(judged) == len(cells) else f" in the {len(judged)} cells of its largest full grid"
        fresh = max(max(cell.seeds) for cell in judged) + 1
        number = min(len(cell.seeds) for cell in judged)
        command = run_facts.command(judged, number, first=fresh, baseline=PINNED)
        text = f"Judge a change against this run{where} ({run_facts.cost(judged, number)}):"
        return [Step(text, command)]
    text = "Keep this run as the baseline for later changes:"
    made = ["--synthetic"] if any(cell.data_source == "synthetic" for cell in cells) else []
    return [Step(text, commands([["python", "-m", "benchmarks", "pin", reference(run), *made]]))]


def _named_shortly(run: Run, cells: Sequence[CellResult]) -> Sequence[CellResult]:
    """Return cells that one short command trains: all, or, of many, the largest full grid, unless it is less than half of them."""
    grids = [(one, *one.block()) for one in group([run])]
    full = [[one.cells[a, d] for d in datasets for a in names] for one, names, datasets in grids]
    largest = max(full, key=len)
    return cells if len(cells) <= run_facts.MOST_NAMED or 2 * len(largest) < len(cells) else largest

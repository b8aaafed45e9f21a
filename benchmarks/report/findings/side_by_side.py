"""The answer of several runs or protocols: does the best architecture depend on them, how sure is that, what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.comparison.significance import mean
from benchmarks.report.answer import Answer, Fact, State
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.one_run import ENOUGH, failures
from benchmarks.report.findings.rankings import Ranking, rankings
from benchmarks.report.format import count, duration, join_words, some
from benchmarks.report.groups import Group
from benchmarks.report.table import Step
from benchmarks.results.schema import CellResult

MARKS = ("circle", "diamond", "dot", "square", "up", "down")
"""How the marks of runs look, in their order."""


@dataclass(frozen=True)
class Alternative:
    """One of the runs or protocols that stand side by side; `where` names the files that it comes from."""

    name: str
    group: Group
    mark: str
    where: str = ""

    @cached_property
    def rankings(self) -> list[Ranking]:
        """Its rankings."""
        return rankings(self.group)

    @property
    def cells(self) -> list[CellResult]:
        """All its cells."""
        return list(self.group.cells.values())

    def ranking(self, dataset: str) -> Ranking | None:
        """Its ranking of one data set, if it has it."""
        return next((ranking for ranking in self.rankings if ranking.dataset == dataset), None)


def answer(found: Sequence[Alternative], noun: str) -> Answer:
    """Answer for several.

    Args:
        found: Two or more.
        noun: What they are: `protocol` or `run`.

    """
    cells = [cell for one in found for cell in one.cells]
    failed = [cell for cell in cells if cell.verdict == "failed"]
    judged = any(cell.verdict for cell in cells)
    state: State = "fail" if failed else "pass" if judged else "none"
    floors = f"{count(len(failed), 'cell')} below {'its' if len(failed) == 1 else 'their'} floor"
    label = (
        f"Failed: {floors}"
        if failed
        else "Passed: every floor reached"
        if judged
        else "No floor was asserted"
    )
    return Answer(
        state, label, _headline(found, failed, cells, noun), [_best(found, noun)], _facts(found, cells, noun),
        _sure(found, cells, noun), [*_dead(found), *_seeds(cells)][:2],
    )  # fmt: skip


def mean_ranks(found: Sequence[Alternative]) -> dict[str, dict[str, tuple[float, list[int]]]]:
    """By architecture and name of the alternative: the mean rank over the data sets that all architectures ran on, and each."""
    ranks: dict[str, dict[str, tuple[float, list[int]]]] = {}
    for one in found:
        architectures, datasets = one.group.block()
        for architecture in architectures:
            own = []
            for dataset in datasets:
                ranking = one.ranking(dataset)
                places = ranking.places if ranking is not None else ()
                own += [place.rank for place in places if place.cell.architecture == architecture]
            if own and len(architectures) > 1:
                ranks.setdefault(architecture, {})[one.name] = (mean(own), own)
    return ranks


def _headline(
    found: Sequence[Alternative], failed: Sequence[CellResult], cells: Sequence[CellResult], noun: str
) -> str:
    if failed:
        where = [one.name for one in found if any(cell.verdict == "failed" for cell in one.cells)]
        return f"{failures(failed, len(cells))} under {join_words([f'“{name}”' for name in where])}"
    if _same_first(found):
        return f"The same architectures come first under all {len(found)} {noun}s"
    return f"Which architecture is best depends on the {noun}"


def _shared(found: Sequence[Alternative]) -> list[str]:
    """Data sets of which two alternatives or more have a ranking with something to compare."""
    names = dict.fromkeys(r.dataset for one in found for r in one.rankings if r.contested)
    return [d for d in names if sum((r := one.ranking(d)) is not None and r.contested for one in found) > 1]


def _same_first(found: Sequence[Alternative]) -> list[str]:
    """Data sets on which one architecture may be first everywhere; empty if there is none for some data set."""
    same = []
    for dataset in _shared(found):
        leaders = [set(r.leaders) for one in found if (r := one.ranking(dataset)) is not None]
        if not set.intersection(*leaders):
            return []
        same.append(dataset)
    return same


def _best(found: Sequence[Alternative], noun: str) -> str:
    parts = []
    for one in found:
        leaders = list(
            dict.fromkeys(name for ranking in one.rankings if ranking.contested for name in ranking.leaders)
        )
        parts.append(f"{one.name}: {join_words(leaders)}" if leaders else f"{one.name}: nothing to compare")
    same, shared = _same_first(found), _shared(found)
    start = (
        f"No data set has the same first place under all {len(found)} {noun}s. "
        if shared and not same
        else ""
    )
    return f"{start}First, or not told apart from it: {'; '.join(parts)}. Figures of different {noun}s are set side by side, never mixed."


def _facts(found: Sequence[Alternative], cells: Sequence[CellResult], noun: str) -> list[Fact]:
    return [
        Fact(f"{noun.capitalize()}s", str(len(found)), f": {join_words([one.name for one in found])}"),
        Fact("Cells", str(len(cells)), f": {run_facts.trainings(cells)}"),
        Fact("Seeds", "", run_facts.seeds(cells)),
        Fact("Training time", duration(run_facts.total_seconds(cells)), "in sum, training steps alone"),
        Fact("Data", run_facts.names(cell.data_source for cell in cells), ""),
    ]


def _sure(found: Sequence[Alternative], cells: Sequence[CellResult], noun: str) -> list[str]:
    said = [
        f"Within a {noun}, first places are tested (Holm at 5%). Between {noun}s nothing is tested"
        + (": recipe, images and epochs may all differ, so a difference has no single cause." if noun == "protocol" else
           "; name one of them with --baseline to judge the change.")
    ]  # fmt: skip
    if any(len(cell.seeds) == 1 for cell in cells):
        said.append("With n = 1, ± covers the draw of test images, not the training.")
    fewest = min(found, key=lambda one: max(cell.test_images for cell in one.cells))
    images = max(cell.test_images for cell in fewest.cells)
    if 4 * images < max(cell.test_images for cell in cells):
        said.append(
            f"“{fewest.name}” uses {count(images, 'test image')}, so its intervals are wide whatever the seeds."
        )
    if any(cell.data_source == "synthetic" for cell in cells):
        said.append("Synthetic images say nothing about the real data sets of these names.")
    return said


def _dead(found: Sequence[Alternative]) -> list[Step]:
    for one in found:
        failed = [cell for cell in one.cells if cell.verdict == "failed"]
        if failed:
            fresh = max(max(cell.seeds) for cell in failed) + 1
            names = some(list(dict.fromkeys(cell.architecture for cell in failed)))
            dead = all(map(run_facts.never_lived, failed))
            what = "see whether another seed lives" if dead else "train what failed with another seed"
            text = f"{names} under “{one.name}”: {what} ({run_facts.cost(failed, 1)}):"
            return [Step(text, run_facts.command(failed, 1, first=fresh))]
    return []


def _seeds(cells: Sequence[CellResult]) -> list[Step]:
    few = [cell for cell in cells if len(cell.seeds) == 1]
    if not few:
        return []
    where = join_words(list(dict.fromkeys(f"{cell.protocol}" for cell in few)))
    return [
        Step(
            f"Seeds: {len(few)} of {count(len(cells), 'cell')} ran once, all under {where}. {ENOUGH - 1} more seeds there (n = {ENOUGH}) "
            f"take {run_facts.cost(few, ENOUGH - 1)}."
        )
    ]

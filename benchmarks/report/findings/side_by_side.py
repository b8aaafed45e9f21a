"""The answer of several runs or protocols: does the best architecture depend on them, how sure that is, what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import Literal

from benchmarks.experiment import published
from benchmarks.experiment.names import in_order
from benchmarks.report import origins
from benchmarks.report.answer import Answer, Fact
from benchmarks.report.findings import level_drops, run_facts
from benchmarks.report.findings.one_run import ENOUGH, again, failures, outcome, up_to
from benchmarks.report.findings.rankings import Ranking, rankings
from benchmarks.report.format import count, count_all, duration, join_words, some
from benchmarks.report.grid import accuracy, synthetic_warning
from benchmarks.report.groups import Group, group
from benchmarks.report.strip import Kind
from benchmarks.report.table import Step
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

MARKS: tuple[Kind, ...] = ("circle", "diamond", "dot", "square", "up", "down")
"""How the marks of runs look, in their order."""

PREPOSITIONS = {"protocol": "under", "run": "in"}
"""An architecture is first under a protocol, or in a run."""

_SHOWN = 4
"""Runs of one protocol that stand side by side, the newest; the trend has all."""


@dataclass(frozen=True)
class Alternative:
    """One of the runs or protocols that stand side by side; `where` names the files that it comes from."""

    name: str
    group: Group
    mark: Kind
    where: str = ""
    pinned: bool = False
    """Whether some of its cells are of a pinned run."""

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


def alternatives(runs: Sequence[Run]) -> tuple[str, list[Alternative]]:
    """Return what stands side by side, and what it is: protocols where they differ, else the newest runs.

    Args:
        runs: In order of their time.

    """
    groups = group(runs)
    if len({(one.protocol, one.precision) for one in groups}) > 1:
        return "protocol", _of_protocols(runs, groups)
    return "run", _each_run(runs)


def of_runs(runs: Sequence[Run]) -> Answer:
    """Answer for several runs, in order of their time."""
    noun, found = alternatives(runs)
    return answer(found, noun, runs)


def answer(alternatives: Sequence[Alternative], noun: str, runs: Sequence[Run] = ()) -> Answer:
    """Answer for several.

    Args:
        alternatives: Two or more.
        noun: What they are: `protocol` or `run`.
        runs: Where they come from, in order of their time.

    """
    cells = [cell for one in alternatives for cell in one.cells]
    failed = [cell for cell in cells if cell.verdict == "failed"]
    missing = unfinished(runs, noun)
    state, label = outcome(cells, failed, len(missing))
    headline = _headline(alternatives, failed, cells, noun)
    lede = [
        *([f"Incomplete: {some(missing)} did not finish."] if missing else []),
        *_firsts(alternatives, noun),
    ]
    steps = [*_dead(alternatives, noun), *_seeds(alternatives, noun)]
    if drops := level_drops.of_runs(runs):
        lede.insert(0, level_drops.sentence(drops))
        steps.insert(0, level_drops.step(drops, runs))
        known = {name for run in runs for name in run.cells}
        if state in ("pass", "none") and level_drops.stand_out(drops, len(known)):
            state, label, headline = "warn", f"Accuracy fell in {count(len(drops), 'cell')}", lede.pop(0)
    return Answer(
        state, label, headline.removesuffix("."), lede, _facts(alternatives, cells, noun), _sure(alternatives, cells, noun), steps[:2],
        synthetic_warning(cells),
    )  # fmt: skip


def _of_protocols(runs: Sequence[Run], groups: Sequence[Group]) -> list[Alternative]:
    """One for each protocol, source of images and precision; the newest run counts where several hold a cell."""
    real = {one.protocol for one in groups if one.source == "real"}
    found: list[Alternative] = []
    marks: dict[str, Kind] = {}
    for one in sorted(groups, key=_effort):
        # Real and synthetic images of one protocol never share a panel, so they may share a mark.
        exact = [] if one.precision == "float32" else [one.precision]
        mark = marks.setdefault(_named(one.protocol, exact), MARKS[len(marks) % len(MARKS)])
        own = [
            run
            for run in runs
            if any(one.cells.get((c.architecture, c.dataset)) is c for c in run.cells.values())
        ]
        made = ["synthetic"] if one.source == "synthetic" and one.protocol in real else []
        shown = _named(one.protocol, [*exact, *made])
        where = join_words([PurePath(run.name).name for run in own])
        found.append(Alternative(shown, one, mark, where, any(run.pinned for run in own)))
    return found


def _named(protocol: str, of: Sequence[str]) -> str:
    """Write what tells protocols of one name apart in brackets, as lists of names have commas: `quick (synthetic)`."""
    return f"{protocol} ({', '.join(of)})" if of else protocol


def _effort(one: Group) -> tuple[bool, int, str]:
    """Order protocols: real images first, then those that train least, so that the last is the most that was done."""
    images = max((cell.train_images or 0) * (cell.epochs or 0) for cell in one.cells.values())
    return one.source != "real", images, one.protocol


def _each_run(runs: Sequence[Run]) -> list[Alternative]:
    """One for each of the newest runs, the oldest first, and for each source of its images."""
    newest = runs[-_SHOWN:]
    stems = [PurePath(run.name).stem for run in newest]
    found = []
    for run, stem, mark in zip(newest, stems, MARKS, strict=False):
        name = stem if stems.count(stem) == 1 else f"{PurePath(run.name).parent.name}/{stem}"
        for one in group([run]):
            several = f"{name} (synthetic)" if one.source == "synthetic" and len(group([run])) > 1 else name
            found.append(Alternative(several, one, mark, origins.short_name(run.name), run.pinned))
    return found


def _real_if_any(alternatives: Sequence[Alternative]) -> Sequence[Alternative]:
    """Return those with real images; all where there are none."""
    return [one for one in alternatives if one.group.source == "real"] or alternatives


def by_data_set(alternatives: Sequence[Alternative]) -> list[tuple[str, list[Alternative]]]:
    """Return each data set with those that have cells of it, real images first; real and synthetic images are two data sets."""
    kinds = dict.fromkeys((r.dataset, one.group.source) for one in alternatives for r in one.rankings)
    ordered = in_order((dataset for dataset, _ in kinds), published.DATASETS)
    return [
        (
            dataset,
            [one for one in alternatives if one.group.source == source and one.ranking(dataset) is not None],
        )
        for dataset, source in sorted(kinds, key=lambda kind: (kind[1] != "real", ordered.index(kind[0])))
    ]


def firsts(alternatives: Sequence[Alternative], dataset: str, noun: str) -> str:
    """Say who is first on a data set: `vgg under quick and study; lenet or vgg under tuned`; empty where nothing is compared."""
    where: dict[str, list[str]] = {}
    for one in alternatives:
        ranking = one.ranking(dataset)
        if ranking is not None and ranking.contested:
            died = f" ({join_words(ranking.unsure)} undecided, as seeds died)" if ranking.unsure else ""
            where.setdefault(join_words(ranking.named_leaders, "or") + died, []).append(one.name)
    return "; ".join(f"{first} {PREPOSITIONS[noun]} {join_words(names)}" for first, names in where.items())


def _firsts(alternatives: Sequence[Alternative], noun: str) -> list[str]:
    """Say who is first on each data set; of synthetic images only where there are no others."""
    return [
        f"First on {ranking.name}: {leaders}."
        for dataset, own in by_data_set(_real_if_any(alternatives))
        if (leaders := firsts(own, dataset, noun)) and (ranking := own[0].ranking(dataset))
    ]


def unfinished(runs: Sequence[Run], noun: str) -> list[str]:
    """Name the cells that the runs lack; between protocols, one that another run of the same protocol has is not lacking."""
    shown = runs if noun == "protocol" else runs[-_SHOWN:]
    missing: list[str] = []
    for run in shown:
        alike = [
            one for one in runs if one is run or (noun == "protocol" and _protocols(one) & _protocols(run))
        ]
        missing += [name for name in run.expected if not any(name in one.cells for one in alike)]
    return list(dict.fromkeys(missing))


def _protocols(run: Run) -> set[str]:
    return {cell.training for cell in run.cells.values()}


@dataclass(frozen=True)
class Ranks:
    """Ranks that compare: of the same architectures on the same data sets."""

    datasets: Sequence[str]
    """In the order of the ranks."""
    columns: Mapping[str, Mapping[str, Sequence[int]]]
    """By name of the alternative and architecture."""


def ranks(alternatives: Sequence[Alternative]) -> Ranks | None:
    """Rank the architectures that all have among each other, on the data sets that all have; None where nothing is shared.

    Real and synthetic images are never ranked together: synthetic ones only where there are no others.
    """
    own = [one for one in _real_if_any(alternatives) if any(one.group.block())]
    if len(own) < 2:
        return None
    first = own[0].group
    shared = {key: cell for key, cell in first.cells.items() if all(key in one.group.cells for one in own)}
    architectures, datasets = replace(first, cells=shared).block()
    if not datasets:
        return None
    columns: dict[str, dict[str, list[int]]] = {}
    for one in own:
        means = [{a: accuracy(one.group.cells[a, dataset]) for a in architectures} for dataset in datasets]
        columns[one.name] = {
            a: [1 + sum(other > on[a] for other in on.values()) for on in means] for a in architectures
        }
    return Ranks(datasets, columns)


def _headline(
    alternatives: Sequence[Alternative], failed: Sequence[CellResult], cells: Sequence[CellResult], noun: str
) -> str:
    if failed:
        where = [one.name for one in alternatives if any(cell.verdict == "failed" for cell in one.cells)]
        named = join_words([f"“{name}”" for name in where])
        return f"{failures(failed, len(cells))} {PREPOSITIONS[noun]} {named}"
    agreements = list(_agreements(alternatives).values())
    if not agreements:
        return f"No two {noun}s rank architectures on the same data set"
    differ, same = agreements.count("differ"), agreements.count("same")
    if differ:
        share = f" on {differ} of {len(agreements)} data sets" if differ < len(agreements) else ""
        return f"Which architecture is best depends on the {noun}{share}"
    if same == len(agreements):
        if _all_alike(alternatives):
            return (
                f"The same architectures come first {PREPOSITIONS[noun]} {count_all(len(alternatives), noun)}"
            )
        return f"Nothing shows that the best architecture depends on the {noun}"
    return f"Seeds died: whether the best architecture depends on the {noun} is open"


def _agreements(alternatives: Sequence[Alternative]) -> dict[str, Literal["same", "open", "differ"]]:
    """By data set that two or more rank: whether some architecture is in first place in all of these.

    `open`: only if one is of which that cannot be said, as seeds died. Real and synthetic images of one name are two data sets.
    """
    rankings_of: dict[tuple[str, str], list[Ranking]] = {}
    for one in alternatives:
        for ranking in one.rankings:
            if ranking.contested:
                rankings_of.setdefault((ranking.dataset, one.group.source), []).append(ranking)
    return {several[0].name: _agreement(several) for several in rankings_of.values() if len(several) > 1}


def _all_alike(alternatives: Sequence[Alternative]) -> bool:
    """Whether all rank the same data sets, and have the same architectures in first places."""
    first = [
        {(r.dataset, one.group.source): set(r.leaders) for r in one.rankings if r.contested}
        for one in alternatives
    ]
    return all(leaders == first[0] for leaders in first)


def _agreement(several: Sequence[Ranking]) -> Literal["same", "open", "differ"]:
    if set.intersection(*(set(ranking.leaders) for ranking in several)):
        return "same"
    possible = (set(ranking.leaders) | set(ranking.unsure) for ranking in several)
    return "open" if set.intersection(*possible) else "differ"


def _facts(alternatives: Sequence[Alternative], cells: Sequence[CellResult], noun: str) -> list[Fact]:
    return [
        Fact(f"{noun.capitalize()}s", "", join_words([one.name for one in alternatives])),
        Fact("Cells", str(len(cells)), f", {run_facts.trainings(cells)}"),
        Fact("Seeds", "", run_facts.seeds(cells)),
        Fact("Training time", duration(run_facts.total_seconds(cells)), "in total, training steps only"),
        run_facts.data(cells),
    ]


def _sure(alternatives: Sequence[Alternative], cells: Sequence[CellResult], noun: str) -> list[str]:
    sentences = [
        f"Within a {noun}, first places are tested (Holm at 5%); “or”: not told apart. Between {noun}s nothing is tested"
        + (": recipe, images and epochs may all differ, so a difference has no single cause." if noun == "protocol" else
           "; name one of them with --baseline to judge the change.")
    ]  # fmt: skip
    if any(len(cell.seeds) == 1 for cell in cells):
        sentences.append("With n = 1, ± covers the draw of test images, not the training.")
    fewest = min(alternatives, key=lambda one: max(cell.test_images for cell in one.cells))
    images = max(cell.test_images for cell in fewest.cells)
    if 4 * images < max(cell.test_images for cell in cells):
        sentences.append(
            f"“{fewest.name}” uses {count(images, 'test image')}, so its intervals are wide whatever the seeds."
        )
    return sentences


def _dead(alternatives: Sequence[Alternative], noun: str) -> list[Step]:
    for one in alternatives:
        failed = [cell for cell in one.cells if cell.verdict == "failed"]
        if failed:
            names = some(list(dict.fromkeys(cell.architecture for cell in failed)))
            return again(failed, f"{names} {PREPOSITIONS[noun]} “{one.name}”")
    return []


def _seeds(alternatives: Sequence[Alternative], noun: str) -> list[Step]:
    """Advise the seeds at which a spread is known; of several runs, for the newest alone, as the others had code of their time."""
    trainable = alternatives if noun == "protocol" else alternatives[-1:]
    few = [(one, own) for one in trainable if (own := [cell for cell in one.cells if len(cell.seeds) == 1])]
    if not few:
        return []
    once = [cell for _, own in few for cell in own]
    cells = count(sum(len(one.cells) for one in trainable), "cell")
    text = (
        f"Seeds: {len(once)} of {cells} ran once, all {PREPOSITIONS[noun]} {join_words([one.name for one, _ in few])}. "
        f"{ENOUGH - 1} more seeds there (n = {ENOUGH}) take {run_facts.cost(once, ENOUGH - 1)}."
    )
    return [up_to(once, ENOUGH, text, pinned=any(one.pinned for one, _ in few))]

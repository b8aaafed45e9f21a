"""SQ1: which architecture comes first on each data set, and is that more than chance?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.report.findings.pairwise import (
    ALPHA,
    TESTS_OF_MODELS,
    PairwiseComparison,
    against_the_best,
    undecided,
)
from benchmarks.report.format import count_all, join_words, p_value, percent, points
from benchmarks.report.grid import DataColumn, accuracy, kind
from benchmarks.report.groups import Group
from benchmarks.report.palette import style
from benchmarks.report.table import Mark
from benchmarks.results.schema import CellResult

QUESTION = "SQ1. Which architecture works best for a data set?"


@dataclass(frozen=True)
class Place:
    """A cell's place; `first`: the best, or not told apart from the best; `undecided`: that cannot be said, as seeds died."""

    rank: int
    first: bool
    undecided: bool
    cell: CellResult


@dataclass(frozen=True)
class Ranking:
    """The cells of one data set, the most accurate first, and the tests of the first against every other."""

    group: Group
    dataset: str
    places: Sequence[Place]
    comparisons: Sequence[PairwiseComparison]

    @property
    def name(self) -> str:
        """The data set, as `Group.name` has it."""
        return self.group.name(self.dataset)

    @property
    def contested(self) -> bool:
        """Whether there is anything to compare."""
        return len(self.places) > 1

    @property
    def leaders(self) -> list[str]:
        """Architectures in first place: the best, and those not told apart from it."""
        return [place.cell.architecture for place in self.places if place.first]

    @property
    def named_leaders(self) -> list[str]:
        """The same, for sentences: `cct (one seed)`, as other seeds of it may not be first."""
        return [_named([place.cell]) for place in self.places if place.first]

    def emphasis(self, cell: CellResult) -> Mark:
        """What a cell's accuracy is set off as: a missed floor counts more than a first place; one that ran alone is not first."""
        if cell.verdict == "failed":
            return "bad"
        return "best" if self.contested and cell.architecture in self.leaders else ""

    @property
    def unsure(self) -> list[str]:
        """Architectures of which it cannot be said whether they are first, as seeds died."""
        return [place.cell.architecture for place in self.places if place.undecided]

    @property
    def tied(self) -> bool:
        """Whether several are first."""
        return len(self.leaders) > 1

    @property
    def open(self) -> bool:
        """Whether another one may be first as well."""
        return any(not comparison.significant for comparison in self.comparisons)

    @property
    def column(self) -> DataColumn:
        """The cells as the column of a table."""
        cells = tuple(place.cell for place in self.places)
        return DataColumn(self.dataset, kind(cells[0]), self.name, cells)

    @property
    def sentence(self) -> str:
        """Say who is first, and what the test of the nearest one gave: of one that may be as good, if there is one."""
        best = self.places[0].cell
        if not self.contested:
            return f"Only {best.architecture} ran, {percent(accuracy(best))} %: nothing to compare."
        near = min(self.comparisons, key=lambda c: (not c.level, c.undecided))
        rival, lead = near.other.architecture, points(near.difference.drop)
        seeds = dict.fromkeys(str(len(cell.seeds)) for cell in (near.best, near.other))
        test = f"({near.test}, n = {join_words(list(seeds))}, {p_value(near.adjusted)})"
        unsure = undecided(self.comparisons)
        if self.tied:
            sentence = f"Open between {join_words(self.leaders)}: {rival} is {lead} points behind {test}."
        else:
            models = near.test in TESTS_OF_MODELS
            what = "has the highest accuracy" if unsure else "is the better model" if models else "is first"
            sentence = f"{best.architecture} {what}: {lead} points ahead of {rival} {test}."
        return " ".join([sentence, *unsure])

    @property
    def line(self) -> str:
        """All places in one line of text: `CIFAR-10: 1= ■ vgg 78.49, 1= ● lenet 78.12, 3 ▬ linear 40.00.`."""
        texts = [
            f"{self.rank(place)} {style(place.cell.architecture).sign} {place.cell.architecture} {percent(accuracy(place.cell))}"
            for place in self.places
        ]
        return " ".join([f"{self.name}: {', '.join(texts)}.", *undecided(self.comparisons)])

    def rank(self, place: Place) -> str:
        """Write a place: `1=` where several are first, `?` where seeds died and nothing can be said."""
        return "?" if place.undecided else "1=" if place.first and self.tied else str(place.rank)


def rankings(group: Group) -> list[Ranking]:
    """Rank the cells of each data set of a group; first places are tested with Holm's correction over the group."""
    compared = against_the_best(group)
    found = []
    for dataset in group.datasets:
        others = compared[dataset]
        level = {c.other.id for c in others if c.level}
        unsure = {c.other.id for c in others if c.undecided}
        cells = sorted(group.of(dataset), key=accuracy, reverse=True)
        places = [
            Place(i + 1, i == 0 or cell.id in level, cell.id in unsure, cell) for i, cell in enumerate(cells)
        ]
        found.append(Ranking(group, dataset, places, others))
    return found


def first_cells(rankings: Sequence[Ranking]) -> frozenset[str]:
    """Ids of the cells in first place on their data set; where one ran alone, nothing is first."""
    return frozenset(
        place.cell.id for ranking in rankings if ranking.contested for place in ranking.places if place.first
    )


def holm(rankings: Sequence[Ranking]) -> str:
    """Say over how many tests of each group Holm's correction is made, in the groups' order; empty where there are none."""
    tests: Counter[str] = Counter()
    for ranking in rankings:
        tests[ranking.group.label] += len(ranking.comparisons)
    numbers = list((+tests).values())
    return (
        f"Holm over {join_words(list(map(str, numbers)))} test{'' if numbers == [1] else 's'}"
        if numbers
        else ""
    )


def how_tested(rankings: Sequence[Ranking]) -> list[str]:
    """Say how first places are tested, and of what a test of single seeds is; nothing where there is nothing to compare."""
    tests = [comparison.test for ranking in rankings for comparison in ranking.comparisons]
    if not tests:
        return []
    notes = [
        f"On each data set, the most accurate is tested against every other, two-sided at {ALPHA:.0%} ({holm(rankings)})."
    ]
    if any(test in TESTS_OF_MODELS for test in tests):
        notes.append(
            "McNemar and binomial tests compare two trained models, one seed each: another seed might give another order."
        )
    return notes


def first_places(rankings: Sequence[Ranking]) -> str:
    """Say in a few words whether first places are decided, as the end of a sentence."""
    contested = [ranking for ranking in rankings if ranking.contested]
    if not contested:
        names = list(
            dict.fromkeys(place.cell.architecture for ranking in rankings for place in ranking.places)
        )
        return (
            f"only {names[0]} ran, so nothing is compared"
            if len(names) == 1
            else "no data set has two architectures to compare"
        )
    n, unsure = len(contested), [ranking for ranking in contested if ranking.open]
    everywhere = f" on {count_all(n, 'data set')}" if n > 1 else f" on {contested[0].name}"
    if len(unsure) == n:
        return f"first place is open{everywhere}"
    if unsure:
        return f"first place is open on {len(unsure)} of {n} data sets"
    winners = list(dict.fromkeys(ranking.leaders[0] for ranking in contested))
    if len(winners) == 1:
        return f"{_winner(contested)} is first{everywhere}"
    named = [_winner([r for r in contested if r.leaders[0] == name]) for name in winners]
    return f"first place is decided{everywhere}: {join_words(named)} win"


def ranking_title(rankings: Sequence[Ranking]) -> str:
    """Name the section that shows the rankings by what they show."""
    contested = [ranking for ranking in rankings if ranking.contested]
    if not contested:
        return "Accuracy by data set"
    if all(ranking.open for ranking in contested):
        return (
            "No data set has a single winner"
            if len(contested) > 1
            else f"{contested[0].name} has no single winner"
        )
    sure = [ranking for ranking in contested if not ranking.open]
    winners = list(dict.fromkeys(ranking.leaders[0] for ranking in sure))
    if len(winners) == 1:
        where = (
            "everywhere" if len(sure) == len(contested) > 1 else f"on {join_words([r.name for r in sure])}"
        )
        return f"{_winner(sure)} is first {where}"
    return "Each data set has its own order"


def _winner(decided: Sequence[Ranking]) -> str:
    """Name the architecture that is first on all of these."""
    return _named([ranking.places[0].cell for ranking in decided])


def _named(cells: Sequence[CellResult]) -> str:
    """Name the architecture of these cells; where any has one seed, it is said, as only its model is known."""
    single = any(len(cell.seeds) == 1 for cell in cells)
    return f"{cells[0].architecture}{' (one seed)' if single else ''}"

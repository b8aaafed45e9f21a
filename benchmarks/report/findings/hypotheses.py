"""Which of the study's conclusions hold up, each by an explicit rule.

A rule is made of statements that are true, false, or not known: a difference counts as known where its 95%
interval lies on one side of the bound. A conclusion holds if all its statements are true, does not hold if
one is false, and otherwise is undecided. Only the study's five architectures are looked at, whatever else
ran, and an architecture is set against the others only on data sets where three or more of the five ran.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.comparison.significance import Difference
from benchmarks.experiment import published
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.pairwise import compare, exceeds
from benchmarks.report.format import count, join_words, points, seconds
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Section, Table, row
from benchmarks.results.schema import CellResult

Truth = bool | None
NEAR = 0.01
"""'Good': at most this far behind the best of the data set."""
FAR = 0.05
"""'Bad': more than this far behind."""
HUGE = 0.10
"""'Far better': by more than this; the study saw 0.25."""
_DIGITS, _OBJECTS = ("mnist", "svhn"), ("fashion_mnist", "cifar10")
_TOO_FEW = "too few cells ran"


@dataclass(frozen=True)
class Judgement:
    """One conclusion: what the study says, the rule, what it came to, and the figures and cells it came from."""

    claim: str
    rule: str
    truth: Truth
    figures: Sequence[str]
    cells: Sequence[CellResult]

    @property
    def verdict(self) -> str:
        """In words."""
        return {True: "holds", False: "does not hold", None: "undecided"}[self.truth]

    @property
    def conclusion(self) -> str:
        """The verdict, unless a cell has one seed: no ground for a conclusion, whatever the test images' own interval says."""
        if self.truth is None or not _single(self.cells):
            return self.verdict
        return f"n = 1, not concluded ({self.verdict} for the models trained here)"


Rule = Callable[[Group], Judgement]


def section(group: Group) -> Section:
    """Judge the conclusions one by one for a group."""
    title = f"Which of the study's conclusions hold up? ({group.label})"
    if group.source != "real":
        return Section(title, ["They are about real images: synthetic data cannot test them."])
    cells = [c for c in group.grid.cells if c.architecture in published.ARCHITECTURES]
    single = _single(cells)
    paragraphs = [
        "A statement on accuracies counts as known where the 95% interval of the difference lies on one side "
        "of the bound. No correction is made for judging several conclusions. The interval is over seeds. Where one of two cells has a "
        "single seed, the other's spread is used for both; where both have, the interval covers the test images "
        f"alone: other seeds may differ ({count(single, 'cell')} here {'has' if single == 1 else 'have'} one seed)."
    ]
    if others := [a for a in group.architectures if a not in published.ARCHITECTURES]:
        paragraphs.append(
            f"Only the study's five architectures are judged: {join_words(others)} {'is' if len(others) == 1 else 'are'} left out. "
            "Times are those on the machine on which the most of the five ran."
        )
    if died := run_facts.diverged(cells):
        paragraphs.append(
            f"Trainings diverged in {died}: there a verdict shows how the network trains with this recipe, "
            "not what it can learn."
        )
    if group.protocol != "study":
        paragraphs.append(f"The study's recipe is protocol 'study'; this is '{group.protocol}'.")
    rows = [row(j.claim, j.conclusion, "; ".join(j.figures), j.rule) for j in judge(group)]
    columns = [*map(Column, ("conclusion", "verdict", "figures", "rule"))]
    table = Table("hypotheses", title, columns, rows, measured_on(group))
    return Section(title, paragraphs, [table])


def judge(group: Group) -> list[Judgement]:
    """Judge all conclusions for a group."""
    cells = {key: cell for key, cell in group.cells.items() if key[0] in published.ARCHITECTURES}
    ours = replace(group, cells=cells)
    return [rule(ours) for rule in _RULES]


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all are true: False if any is false, None if any is unknown or there are none."""
    known = list(truths)
    return False if False in known else True if known and None not in known else None


def no_single_best(group: Group) -> Judgement:
    """Look for an architecture that is best, or not significantly behind the best, on every data set."""
    architectures, datasets = group.block()
    best = {d: max(group.of(d), key=accuracy) for d in datasets}
    level = {  # by data set, who may be as good as the best
        d: {c.architecture for c in group.of(d) if exceeds(compare(best[d], c), 0) is not True}
        | {best[d].architecture}
        for d in datasets
    }
    alone = all(names == {best[datasets[0]].architecture} for names in level.values())
    shared = set(architectures).intersection(*level.values())
    enough = len(architectures) > 2 and len(datasets) > 1
    return Judgement(
        "No single architecture is best on every data set",
        "holds if each is known to be behind the best somewhere; does not hold if one is known to be best on "
        "all data sets",
        None if not enough else True if not shared else False if alone else None,
        [f"best on {group.name(d)}: {cell.architecture}" for d, cell in best.items()] or [_TOO_FEW],
        [cell for d in datasets for cell in group.of(d)],
    )


def lenet_simple(group: Group) -> Judgement:
    """Compare LeNet's parameters and training time with everyone's, on every data set."""
    truths: list[Truth] = []
    figures = []
    for d, own, others in _against(group, "lenet"):
        smallest = min(c.params_total for c in others)
        fastest = min(
            (c for c in others if group.comparable_seconds(c) is not None),
            key=lambda c: group.comparable_seconds(c) or 0,
            default=None,
        )
        truths += [own.params_total < smallest, _quicker(group, own, others)]
        took = group.comparable_seconds(own)
        times = [] if took is None else [f"{seconds(took)} s"]
        if fastest is not None:
            times.append(f"next {seconds(group.comparable_seconds(fastest) or 0)} s ({fastest.architecture})")
        counts = f"{own.params_total:,} parameters, next {smallest:,}"
        figures.append(f"{group.name(d)}: {counts}; {', '.join(times + _untimed(group, own, others))}")
    return Judgement(
        "LeNet is the simplest and fast to train",
        "the fewest parameters, and every seed trained in less time than any of the others, on every data set",
        every(truths),
        figures or [_TOO_FEW],
        _compared(group, "lenet"),
    )


def vgg_grey(group: Group) -> Judgement:
    """Hold VGG's distance to the best against a bound, on grey and on colour images."""
    grey: list[Truth] = []
    colour: list[Truth] = []
    figures = []
    for d, own, others in _against(group, "vgg"):
        behind = _behind(own, others)
        figures.append(f"{group.name(d)}: {points(max(behind.drop, 0))} points behind")
        if group.channels(d) == 1:
            far = exceeds(behind, NEAR)
            grey.append(None if far is None else not far)
        elif group.channels(d) == 3:
            colour.append(exceeds(behind, FAR))
    return Judgement(
        "VGG is good on grey images and bad on colour",
        f"at most {points(NEAR)} points behind the best on every grey data set, more than {points(FAR)} on "
        "every colour one",
        every([every(grey), every(colour)]),
        figures or [_TOO_FEW],
        _compared(group, "vgg"),
    )


def v1_digits(group: Group) -> Judgement:
    """Compare ResNet20v1 on digits and on objects, each with each."""
    own = {d: c for d in group.datasets if (c := group.cells.get(("resnet20v1", d))) is not None}
    pairs = [(own[a], own[b]) for a in _DIGITS for b in _OBJECTS if a in own and b in own]
    return Judgement(
        "ResNet20v1 is better on digits than on objects",
        f"more accurate on each of {', '.join(_DIGITS)} than on each of {', '.join(_OBJECTS)} that ran",
        every(exceeds(compare(a, b), 0) for a, b in pairs),
        [f"{group.name(d)}: {accuracy(c):.4f}" for d, c in own.items()] or [_TOO_FEW],
        [cell for pair in pairs for cell in pair],
    )


def v2_not_always(group: Group) -> Judgement:
    """Look for a data set where ResNet20v2 is behind ResNet20v1."""
    gains = _gains(group)
    behind = [exceeds(Difference(-g.drop, g.variance, g.df), 0) for g in gains.values()]
    ahead = [exceeds(g, 0) for g in gains.values()]
    truth: Truth = True if True in behind else False if gains and all(ahead) else None
    return Judgement(
        "ResNet20v2 is not always better than ResNet20v1",
        "holds if it is known to be behind on a data set, does not hold if it is known to be ahead on all",
        truth,
        _gain_figures(group, gains),
        _pairs_of(group, gains),
    )


def v2_fashion(group: Group) -> Judgement:
    """Hold ResNet20v2's lead over v1 on Fashion-MNIST against a bound."""
    gains = {d: g for d, g in _gains(group).items() if d == "fashion_mnist"}
    return Judgement(
        "ResNet20v2 is far better than ResNet20v1 on Fashion-MNIST",
        f"by more than {points(HUGE)} points; the study has 25",
        every(exceeds(g, HUGE) for g in gains.values()),
        _gain_figures(group, gains),
        _pairs_of(group, gains),
    )


def v2_steady(group: Group) -> Judgement:
    """Compare worst cases: how far each architecture is behind the best of its worst data set."""
    architectures, datasets = group.block()
    worst = {}
    for a in architectures:
        behind = [_behind(own, others) for d, own, others in _against(group, a) if d in datasets]
        if len(behind) > 1:
            worst[a] = max(behind, key=lambda gap: gap.drop)
    own = worst.get("resnet20v2")
    truths: list[Truth] = []
    for a, gap in worst.items():
        if own is not None and a != "resnet20v2":
            lead = max(gap.drop, 0) - max(own.drop, 0)
            between = Difference(lead, gap.variance + own.variance, min(gap.df, own.df))
            truths.append(exceeds(between, 0))
    ordered = sorted(worst.items(), key=lambda item: item[1].drop)
    return Judgement(
        "ResNet20v2 is the steadiest",
        "the smallest worst case of all architectures: points behind the best of its worst data set",
        every(truths) if len(worst) > 2 else None,
        [f"{a} at worst {points(max(gap.drop, 0))} points behind" for a, gap in ordered] or [_TOO_FEW],
        [cell for d in datasets for cell in group.of(d)],
    )


def squeezenet_slow(group: Group) -> Judgement:
    """Compare SqueezeNet's time with the median architecture's, and its accuracy with the best."""
    truths: list[Truth] = []
    figures = []
    for d, own, others in _against(group, "squeezenet"):
        took = group.comparable_seconds(own)
        known = [s for c in (own, *others) if (s := group.comparable_seconds(c)) is not None]
        enough = len(known) > 2
        truths.append(took > median(known) if enough and took is not None else None)
        behind = _behind(own, others)
        truths.append(exceeds(behind, 0))
        times = [] if took is None else [f"{seconds(took)} s"]
        if enough:
            times.append(f"median {seconds(median(known))} s")
        lead = f"{points(behind.drop)} points behind" if behind.drop > 0 else "the best"
        figures.append(f"{group.name(d)}: {', '.join(times + _untimed(group, own, others))}; {lead}")
    return Judgement(
        "SqueezeNet is slow and never best",
        "takes longer than the median architecture, and is behind the best, on every data set",
        every(truths),
        figures or [_TOO_FEW],
        _compared(group, "squeezenet"),
    )


_RULES: Sequence[Rule] = (
    no_single_best,
    lenet_simple,
    vgg_grey,
    v1_digits,
    v2_not_always,
    v2_fashion,
    v2_steady,
    squeezenet_slow,
)


def _against(group: Group, architecture: str) -> list[tuple[str, CellResult, list[CellResult]]]:
    """Data set, the architecture's cell, and all others' there; data sets with fewer than three are left out."""
    cells = ((d, group.cells.get((architecture, d)), group.of(d)) for d in group.datasets)
    return [(d, own, [c for c in all_ if c is not own]) for d, own, all_ in cells if own and len(all_) > 2]


def _compared(group: Group, architecture: str) -> list[CellResult]:
    """All cells of the data sets on which an architecture is set against the others."""
    return [cell for d, _, _ in _against(group, architecture) for cell in group.of(d)]


def _behind(own: CellResult, others: Sequence[CellResult]) -> Difference:
    """How far a cell is behind the best of the others; below zero: ahead of them."""
    return compare(max(others, key=accuracy), own)


def _untimed(group: Group, own: CellResult, others: Sequence[CellResult]) -> list[str]:
    """Name those whose times a verdict lacks."""
    names = [c.architecture for c in (own, *others) if group.comparable_seconds(c) is None]
    if len(names) > len(others):
        return ["no comparable times"]
    return [f"no comparable time of {join_words(names)}"] if names else []


def _quicker(group: Group, own: CellResult, others: Sequence[CellResult]) -> Truth:
    """Whether every seed took less time than any of the others; not known while a time is missing that could refute it."""
    timed = [group.grid.timed(c) for c in others if group.comparable_seconds(c) is not None]
    if group.comparable_seconds(own) is None:
        return None
    if any(max(group.grid.timed(own)) >= min(rival) for rival in timed):
        return False
    return True if len(timed) == len(others) else None


def _gains(group: Group) -> dict[str, Difference]:
    """ResNet20v2's lead over v1 on every data set that both ran on."""
    pairs = {d: [group.cells.get((a, d)) for a in ("resnet20v2", "resnet20v1")] for d in group.datasets}
    return {d: compare(new, old) for d, (new, old) in pairs.items() if new and old}


def _pairs_of(group: Group, datasets: Iterable[str]) -> list[CellResult]:
    return [group.cells[a, d] for d in datasets for a in ("resnet20v2", "resnet20v1")]


def _gain_figures(group: Group, gains: Mapping[str, Difference]) -> list[str]:
    figures = [f"{group.name(d)}: {points(g.drop, signed=True)} points" for d, g in gains.items()]
    return figures or [_TOO_FEW]


def _single(cells: Iterable[CellResult]) -> int:
    """How many cells have one seed."""
    return sum(len(cell.seeds) == 1 for cell in cells)

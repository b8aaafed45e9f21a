"""Is one cell really better than another? `benchmarks.comparison.select_test` says which test fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.comparison import significance
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.select_test import SelectedTest, Test, select_test
from benchmarks.comparison.significance import Difference
from benchmarks.report.format import join_words
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.results.schema import CellResult

ALPHA = 0.05
_NAMES: dict[Test, str] = {
    "mcnemar": "McNemar", "binomial": "binomial", "predict": "prediction", "paired": "paired t", "welch": "Welch",
}  # fmt: skip
TESTS_OF_MODELS = (_NAMES["mcnemar"], _NAMES["binomial"])


@dataclass(frozen=True)
class PairwiseComparison:
    """The best cell of a data set against another; `difference.drop` is the lead.

    `adjusted` is the two-sided p after Holm over all comparisons of a group.
    """

    best: CellResult
    other: CellResult
    difference: Difference
    test: str
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the other is really worse."""
        return self.adjusted <= ALPHA

    @property
    def level(self) -> bool:
        """Whether the other may be as good: it is not shown to be worse, and all its seeds lived."""
        return not self.significant and not self.other.diverged_seeds

    @property
    def undecided(self) -> bool:
        """Whether only dead seeds, which spread widely, keep the other from being shown to be worse."""
        return not self.significant and self.other.diverged_seeds > 0


def undecided(rivals: Sequence[PairwiseComparison]) -> list[str]:
    """Say of which nothing can be said, and why: `Undecided, as seeds died: vgg (4 of 5).`; nothing if there is none."""
    died = [
        f"{other.architecture} ({other.diverged_seeds} of {len(other.seeds)})"
        for other in (rival.other for rival in rivals if rival.undecided)
    ]
    return [f"Undecided, as seeds died: {join_words(died)}."] if died else []


def compare(a: CellResult, b: CellResult) -> Difference:
    """Give a's lead over b, by the test that fits this pair alone."""
    return _tests([(a, b)])[0].difference


def against_the_best(group: Group) -> dict[str, list[PairwiseComparison]]:
    """Set the best cell of each data set against every other, nearest first."""
    ordered = {d: sorted(group.of(d), key=accuracy, reverse=True) for d in group.datasets}
    pairs = [(cells[0], other) for cells in ordered.values() for other in cells[1:]]
    results = _tests(pairs)
    adjusted = significance.holm([result.p for result in results])
    found: dict[str, list[PairwiseComparison]] = {dataset: [] for dataset in ordered}
    for (best, other), result, p in zip(pairs, results, adjusted, strict=True):
        found[best.dataset].append(PairwiseComparison(best, other, result.difference, _NAMES[result.test], p))
    return found


def _tests(pairs: Sequence[tuple[CellResult, CellResult]]) -> list[SelectedTest]:
    samples = [(Sample.of(a), Sample.of(b)) for a, b in pairs]
    return select_test(samples, alpha=ALPHA)


def exceeds(difference: Difference, bound: float) -> bool | None:
    """Is the lead larger than `bound`? True or False where its 95% interval says so, else None."""
    low, high = difference.interval()
    return True if low > bound else False if high <= bound else None

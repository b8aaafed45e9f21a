"""Is one cell really better than another? Which test fits, and what it says.

Several seeds on both sides: Welch's t, or paired t where both have the same seeds and equal seeds are shown
to go together. One seed on one side: a prediction interval. One seed on both: McNemar's exact test if both
tell which of the same test images they got right, else two binomials. The last two compare two *models*.
"""

from dataclasses import dataclass, replace

from benchmarks.comparison import significance
from benchmarks.comparison.select_test import bits
from benchmarks.comparison.significance import Difference
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.results.schema import CellResult

ALPHA = 0.05
OF_MODELS = ("McNemar", "binomial")
_NORMAL = 1e9  # degrees of freedom


@dataclass(frozen=True)
class Contest:
    """The best cell of a data set against another; `difference.drop` is the lead, p is two-sided.

    `adjusted` is p after Holm over all contests of a group.
    """

    best: CellResult
    other: CellResult
    difference: Difference
    test: str
    p: float
    adjusted: float = 1.0

    @property
    def decided(self) -> bool:
        """Whether the other is really worse."""
        return self.adjusted <= ALPHA


def compare(a: CellResult, b: CellResult, *, paired: bool = False) -> tuple[Difference, str, float]:
    """Give a's lead over b, the test's name and the two-sided p-value."""
    left, right = (list(dict(sorted(cell.values.items())).values()) for cell in (a, b))
    if len(left) == len(right) == 1:
        return _of_models(a, b)
    if paired and sorted(a.seeds) == sorted(b.seeds):
        difference, test = significance.paired(left, right), "paired t"
    elif min(len(left), len(right)) > 1:
        difference, test = significance.welch(left, right), "Welch"
    else:
        difference, test = significance.pooled(left, right), "prediction"
    if difference.variance == 0:  # seeds all alike do not prove that there is no noise
        difference = replace(difference, variance=_draw(a) / len(left) + _draw(b) / len(right))
    return difference, test, min(1.0, 2 * min(difference.p_drop, difference.p_gain))


def contests(group: Group) -> dict[str, list[Contest]]:
    """Set the best cell of each data set against every other, nearest first."""
    ordered = {d: sorted(group.of(d), key=accuracy, reverse=True) for d in group.datasets}
    together = _seeds_go_together([(cells[0], other) for cells in ordered.values() for other in cells[1:]])
    found = {
        d: [Contest(cells[0], other, *compare(cells[0], other, paired=together)) for other in cells[1:]]
        for d, cells in ordered.items()
    }
    every = [contest for row in found.values() for contest in row]
    adjusted = iter(significance.holm([contest.p for contest in every]))
    return {d: [replace(c, adjusted=next(adjusted)) for c in row] for d, row in found.items()}


def _of_models(a: CellResult, b: CellResult) -> tuple[Difference, str, float]:
    images = a.test_images
    lead = accuracy(a) - accuracy(b)
    same = a.dataset == b.dataset and a.data_fingerprint == b.data_fingerprint and images == b.test_images
    if not (same and a.correct and b.correct):
        difference = Difference(lead, _draw(a) + _draw(b), _NORMAL)
        return difference, "binomial", min(1.0, 2 * min(difference.p_drop, difference.p_gain))
    left, right = bits(a), bits(b)
    apart = int((left != right).sum())
    # Variance of the mean of +1, 0 and -1 over the images; one image each way is added, as to a binomial.
    variance = ((apart + 2) / (images + 2) - lead**2) / images
    p = 2 * min(significance.mcnemar(left, right), significance.mcnemar(right, left))
    return Difference(lead, max(variance, 1 / images**2), _NORMAL), "McNemar", min(1.0, p)


def _draw(cell: CellResult) -> float:
    return significance.binomial_variance(accuracy(cell), cell.test_images)


def _seeds_go_together(pairs: list[tuple[CellResult, CellResult]]) -> bool:
    """Whether equal seeds of two cells go together, shown by all pairs of cells with the same seeds."""
    matched = [(a, b) for a, b in pairs if len(a.seeds) > 1 and sorted(a.seeds) == sorted(b.seeds)]
    values = [tuple([cell.values[s] for s in sorted(a.seeds)] for cell in (a, b)) for a, b in matched]
    units = [(_draw(a) + _draw(b)) / len(a.seeds) for a, b in matched]
    return bool(matched) and significance.correlation_limit([(x, y) for x, y in values], units) > 0


def known_for_certain(difference: Difference, bound: float) -> bool | None:
    """Is the lead larger than `bound`? True or False where its 95% interval says so, else None."""
    low, high = difference.interval()
    return True if low > bound else False if high <= bound else None

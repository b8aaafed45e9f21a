"""Which test fits two cells, and what it says; one rule for the gate and for the report.

The choice looks at seeds, numbers and spreads, never at the means, so that it cannot favour a verdict.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import significance
from benchmarks.comparison.significance import Difference
from benchmarks.results.schema import CellResult

Test = Literal["mcnemar", "binomial", "predict", "paired", "welch", "pooled"]
OF_MODELS: tuple[Test, ...] = ("mcnemar", "binomial")
"""Tests of two trained models: what another seed would give they do not know."""

# Level of the F test below which a pooled spread would be a fiction, and Welch's test is used instead.
SPREADS_DIFFER = 0.01


@dataclass(frozen=True, eq=False)
class Sample:
    """A cell's accuracies, shares 0..1, in ascending order of the seeds, so that equal seeds stand at equal places.

    `of` is the only place that says what a diverged seed counts as: the accuracy that it reached, or guessing
    where it left no model.
    """

    cell: CellResult
    seeds: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, cell: CellResult) -> "Sample":
        """Take a cell's accuracies."""
        seeds, values = zip(*sorted(cell.values.items()), strict=True)
        return cls(cell, seeds, values)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """Mean accuracy, 0..1."""
        return significance.mean(self.values)

    @property
    def draw(self) -> float:
        """Variance of one accuracy by the draw of test images alone."""
        return significance.binomial_variance(self.mean, self.cell.test_images)


@dataclass(frozen=True)
class SelectedTest:
    """What one test says of two samples; both p-values are one-sided.

    p_drop: against 'the second is not lower'; p_gain: against 'the second is not higher'.
    """

    test: Test
    difference: Difference
    p_drop: float
    p_gain: float

    @property
    def p(self) -> float:
        """Two-sided p-value."""
        return min(1.0, 2 * min(self.p_drop, self.p_gain))


def select_test(
    pairs: Sequence[tuple[Sample, Sample]], *, alpha: float, same_setup: bool
) -> list[SelectedTest]:
    """Choose each pair's test and apply it.

    One seed on both sides: McNemar where both know which of the same test images they got right, else two
    binomials. One seed on one side: a prediction interval. The same seeds on both sides, shown over all pairs
    to correlate by more than lost degrees of freedom cost: paired t. Else Welch's t where setups or spreads
    differ, and Student's t with variances that pairs of one setup lend each other where they do not.

    Args:
        pairs: All pairs of one grid, since correlation and variances are pooled over them.
        alpha: Level of a single test, at which pairing has to pay.
        same_setup: Whether both sides of a pair are one recipe, whose spread is the same if nothing changed.

    Returns:
        One result per pair, in their order.
    """
    helpful = _pairing_helps(pairs, alpha)
    results = [_apply(a, b, paired=(a, b) in helpful, same_setup=same_setup) for a, b in pairs]
    if not same_setup:
        return results
    for tests in (("paired",), ("pooled", "predict")):
        group = [i for i, result in enumerate(results) if result.test in tests]
        lent = significance.moderate(
            [results[i].difference for i in group], [_unit(*pairs[i], same_setup=True) for i in group]
        )
        for i, difference in zip(group, lent, strict=True):
            results[i] = _result(results[i].test, difference)
    return results


def _apply(a: Sample, b: Sample, *, paired: bool, same_setup: bool) -> SelectedTest:
    test: Test
    if len(a) == len(b) == 1:
        return _of_models(a, b)
    if paired:
        test, difference = "paired", significance.paired(a.values, b.values)
    elif 1 in (len(a), len(b)):
        test, difference = "predict", significance.pooled(a.values, b.values)
    elif not same_setup or significance.spread_ratio_p(a.values, b.values) < SPREADS_DIFFER:
        test, difference = "welch", significance.welch(a.values, b.values)
    else:
        test, difference = "pooled", significance.pooled(a.values, b.values)
    if difference.variance == 0:  # seeds all alike do not prove that there is no noise
        difference = replace(difference, variance=_unit(a, b, same_setup=same_setup))
    return _result(test, difference)


def _of_models(a: Sample, b: Sample) -> SelectedTest:
    lead = a.mean - b.mean
    one, two = a.cell, b.cell
    images = one.test_images
    same_images = (one.dataset, one.data_fingerprint, images) == (
        two.dataset,
        two.data_fingerprint,
        two.test_images,
    )
    if not (same_images and one.correct and two.correct):
        return _result("binomial", Difference(lead, a.draw + b.draw, significance.NORMAL))
    left, right = bits(one), bits(two)
    difference = significance.paired_images(lead, int((left != right).sum()), images)
    return SelectedTest(
        "mcnemar", difference, significance.mcnemar(left, right), significance.mcnemar(right, left)
    )


def _result(test: Test, difference: Difference) -> SelectedTest:
    return SelectedTest(test, difference, difference.p_drop, difference.p_gain)


def _unit(a: Sample, b: Sample, *, same_setup: bool) -> float:
    """Variance of the drop by the draw of test images alone."""
    if not same_setup:
        return a.draw / len(a) + b.draw / len(b)
    share = significance.binomial_variance(significance.mean([*a.values, *b.values]), b.cell.test_images)
    return share * (1 / len(a) + 1 / len(b))


def _pairing_helps(pairs: Sequence[tuple[Sample, Sample]], alpha: float) -> list[tuple[Sample, Sample]]:
    """Find the pairs of equal seeds in which less noise outweighs fewer degrees of freedom, by the whole grid's correlation."""
    matched = [(a, b) for a, b in pairs if a.seeds == b.seeds and len(a) > 1 and a.values != b.values]
    correlation = significance.correlation_limit(
        [(a.values, b.values) for a, b in matched], [_unit(a, b, same_setup=True) for a, b in matched]
    )
    if correlation <= 0:
        return []
    return [(a, b) for a, b in matched if _pays(len(a), correlation, alpha)]


def _pays(n: int, correlation: float, alpha: float) -> bool:
    alone, together = (significance.noncentrality(df, alpha, 0.8) for df in (n - 1, 2 * n - 2))
    return alone * math.sqrt(1 - correlation) < together


def bits(cell: CellResult, at: int = 0) -> NDArray[np.bool_]:
    """Return which test images the seed at this place got right, bool (test_images,)."""
    packed = np.frombuffer(base64.b64decode(cell.correct[at]), np.uint8)
    return np.unpackbits(packed, count=cell.test_images).astype(np.bool_)

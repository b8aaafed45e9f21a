"""Which test fits two different cells, and what it says.

The choice looks at seeds, numbers and spreads, never at the means, so that it cannot favour a verdict.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.comparison import significance
from benchmarks.comparison.same_images import same_test_images
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.significance import Difference
from benchmarks.results.arrays import bits

Test = Literal["mcnemar", "binomial", "predict", "paired", "welch"]

_ROUNDING = 1e-20
"""Variance that rounding leaves of equal differences; one image in a million is far above it."""


@dataclass(frozen=True)
class SelectedTest:
    """What one test says of two samples; both p-values are one-sided.

    `p_drop`: against 'the second is not lower'; `p_gain`: against 'the second is not higher'.
    """

    test: Test
    difference: Difference
    p_drop: float
    p_gain: float

    @property
    def p(self) -> float:
        """Two-sided p-value."""
        return min(1.0, 2 * min(self.p_drop, self.p_gain))


def select_test(pairs: Sequence[tuple[Sample, Sample]], *, alpha: float) -> list[SelectedTest]:
    """Choose the test of each pair of different cells, and apply it.

    One seed on both sides: McNemar if both say which of the same test images they got right, else two binomials.
    One seed on one side: a prediction interval. The same seeds on both sides, if over all pairs they correlate by
    more than the lost degrees of freedom cost: paired t. Else Welch's t: different architectures have no common
    spread.

    Args:
        pairs: All pairs of one grid, since their correlation is taken over them.
        alpha: Level of a single test, at which pairing has to pay off.

    Returns:
        One result per pair, in their order.
    """
    helpful = _pairing_helps(pairs, alpha)
    return [_apply(a, b, paired=(a, b) in helpful) for a, b in pairs]


def _apply(a: Sample, b: Sample, *, paired: bool) -> SelectedTest:
    test: Test
    if len(a) == len(b) == 1:
        return _of_models(a, b)
    if paired:
        test, difference = "paired", significance.paired(a.values, b.values)
    elif 1 in (len(a), len(b)):
        test, difference = "predict", significance.pooled(a.values, b.values)
    else:
        test, difference = "welch", significance.welch(a.values, b.values)
    if difference.variance < _ROUNDING:  # seeds that all agree do not prove that there is no noise
        difference = replace(difference, variance=_unit(a, b))
    return _result(test, difference)


def _of_models(a: Sample, b: Sample) -> SelectedTest:
    lead = a.mean - b.mean
    one, two = a.cell, b.cell
    images = one.test_images
    if not (same_test_images(one, two) and one.correct and two.correct):
        return _result("binomial", Difference(lead, a.draw_variance + b.draw_variance, significance.NORMAL))
    left, right = bits(one), bits(two)
    difference = significance.paired_images(lead, int((left != right).sum()), images)
    return SelectedTest(
        "mcnemar", difference, significance.mcnemar(left, right), significance.mcnemar(right, left)
    )


def _result(test: Test, difference: Difference) -> SelectedTest:
    return SelectedTest(test, difference, difference.p_drop, difference.p_gain)


def _unit(a: Sample, b: Sample) -> float:
    """Return the variance of the difference of means by the draw of test images alone."""
    return a.draw_variance / len(a) + b.draw_variance / len(b)


def _pairing_helps(pairs: Sequence[tuple[Sample, Sample]], alpha: float) -> list[tuple[Sample, Sample]]:
    """Find the pairs of equal seeds where less noise outweighs fewer degrees of freedom, by the whole grid's correlation."""
    matched = [(a, b) for a, b in pairs if a.seeds == b.seeds and len(a) > 1 and a.values != b.values]
    correlation = significance.correlation_limit(
        [(a.values, b.values) for a, b in matched], [_unit(a, b) for a, b in matched]
    )
    if correlation <= 0:
        return []
    return [(a, b) for a, b in matched if _pays(len(a), correlation, alpha)]


def _pays(n: int, correlation: float, alpha: float) -> bool:
    alone, together = (significance.noncentrality(df, alpha, 0.8) for df in (n - 1, 2 * n - 2))
    return alone * math.sqrt(1 - correlation) < together

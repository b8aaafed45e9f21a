"""Evidence on one cell: which test fits two sets of seeds, and what it says. What follows is the gate's.

The choice looks at seeds, numbers and spreads, never at the means, so that it cannot favour a verdict.
"""

import base64
import binascii
import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import significance
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Cell

# Level of the F test below which a pooled spread would be a fiction, and Welch's test is used instead.
SPREADS_DIFFER = 0.01


@dataclass(eq=False)
class Match:
    """A cell that both runs have, on its way to a verdict."""

    base: Cell
    new: Cell
    a: list[float] = field(init=False)
    b: list[float] = field(init=False)
    unit: float = field(init=False)  # variance of the drop by the draw of test images alone
    test: str = field(init=False)
    difference: significance.Difference = field(init=False)
    worse: float | None = None  # McNemar's p-values
    better: float | None = None

    def __post_init__(self) -> None:
        # Seeds are put in one order, so that equal seeds stand at equal places.
        a, b = (dict(sorted(cell.values.items())) for cell in (self.base, self.new))
        self.a, self.b = list(a.values()), list(b.values())
        self.same_seeds = list(a) == list(b)
        self.n, self.m = len(a), len(b)
        share = significance.binomial_variance(significance.mean(self.a + self.b), self.new.test_images)
        self.unit = share * (1 / self.n + 1 / self.m)
        if self.n == self.m == 1 and self.base.correct and self.new.correct:
            base, new = (bits(cell) for cell in (self.base, self.new))
            self.worse, self.better = significance.mcnemar(base, new), significance.mcnemar(new, base)

    @property
    def identical(self) -> bool:
        """The same seeds gave the same accuracies: a deterministic repeat."""
        return self.same_seeds and self.a == self.b

    @property
    def p_drop(self) -> float:
        return max(self.difference.p_drop, self.worse or 0.0)

    @property
    def p_gain(self) -> float:
        return max(self.difference.p_gain, self.better or 0.0)


def choose_tests(matches: list[Match], level: float) -> None:
    """Give every match its test and its difference; the choice never looks at the means."""
    singles = [m for m in matches if m.n == m.m == 1]
    shared = significance.single([m.a[0] - m.b[0] for m in singles], [m.unit for m in singles])
    for match, difference in zip(singles, shared, strict=True):
        match.test, match.difference = "single" if match.worse is None else "mcnemar", difference
    pairs = [m for m in matches if m.same_seeds and m.n > 1 and not m.identical]
    correlation = significance.correlation_limit([(m.a, m.b) for m in pairs], [m.unit for m in pairs])
    for match in matches:
        if match.n + match.m < 3:
            continue
        if match in pairs and _pairing_helps(match.n, correlation, level):
            match.test, match.difference = "paired", significance.paired(match.a, match.b)
        elif significance.spread_ratio_p(match.a, match.b) < SPREADS_DIFFER:
            match.test, match.difference = "welch", significance.welch(match.a, match.b)
        else:
            match.test = "predict" if 1 in (match.n, match.m) else "pooled"
            match.difference = significance.pooled(match.a, match.b)
        if match.difference.variance == 0:  # seeds all alike do not prove that there is no noise
            match.difference = replace(match.difference, variance=match.unit)
    for tests in (("paired",), ("pooled", "predict")):
        group = [m for m in matches if m.test in tests]
        lent = significance.moderate([m.difference for m in group], [m.unit for m in group])
        for match, difference in zip(group, lent, strict=True):
            match.difference = difference


def _pairing_helps(n: int, correlation: float, level: float) -> bool:
    """Whether less noise outweighs fewer degrees of freedom, by the whole grid's correlation."""
    if correlation <= 0:
        return False
    alone, together = (significance.noncentrality(df, level, 0.8) for df in (n - 1, 2 * n - 2))
    return alone * math.sqrt(1 - correlation) < together


def bits(cell: Cell, at: int = 0) -> NDArray[np.bool_]:
    """Give which test images the seed at this place got right, bool (test_images,). Raises RunRefused for broken bits."""
    try:
        packed = np.frombuffer(base64.b64decode(cell.correct[at], validate=True), np.uint8)
    except (binascii.Error, ValueError) as error:
        raise RunRefused(
            f"{cell.id}: 'correct'[{at}] is not base64 ({error}); was the file edited?"
        ) from None
    if packed.size != math.ceil(cell.test_images / 8):
        found = f"{packed.size} bytes, expected one bit for each of {cell.test_images} images"
        raise RunRefused(f"{cell.id}: 'correct'[{at}] holds {found}")
    return np.unpackbits(packed, count=cell.test_images).astype(np.bool_)

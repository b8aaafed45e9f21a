"""The gate's statistics: pure functions of accuracies (0..1), no files, no policy.

Most tests of two sides end in a `Difference`: how much lower the new mean is, how well that is known, and with
how many degrees of freedom. p-values and intervals follow from it in one way for all of them. scipy.special
has all that is needed and loads three times as fast as scipy.stats.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

MIN_CELLS_TO_BORROW = 4
CONFIDENCE = 0.95  # of every interval
NORMAL = 1e9  # degrees of freedom at which Student's t is the normal distribution


@dataclass(frozen=True)
class Difference:
    """Mean of the baseline less that of the new run, -1..1, a drop if above zero; `variance` is that of `drop`."""

    drop: float
    variance: float
    df: float

    @property
    def t(self) -> float:
        """Student's t; equal means without any spread give 0."""
        if self.variance == 0:
            return math.copysign(math.inf, self.drop) if self.drop else 0.0
        return self.drop / math.sqrt(self.variance)

    @property
    def p_drop(self) -> float:
        """One-sided p-value against 'the new mean is not lower'."""
        return float(special.stdtr(self.df, -self.t))

    @property
    def p_gain(self) -> float:
        """One-sided p-value against 'the new mean is not higher'."""
        return float(special.stdtr(self.df, self.t))

    def interval(self) -> tuple[float, float]:
        """Two-sided 95% interval of the drop."""
        half = float(special.stdtrit(self.df, 0.5 + CONFIDENCE / 2)) * math.sqrt(self.variance)
        return self.drop - half, self.drop + half


def pooled(base: Sequence[float], new: Sequence[float]) -> Difference:
    """Compare by Student's t with one common variance; needs three values in all.

    With a single value on one side this is the t prediction interval: variance s^2 (1 + 1/n), n - 1 degrees
    of freedom.
    """
    n, m = len(base), len(new)
    variance = (_squares(base) + _squares(new)) / (n + m - 2)
    return Difference(mean(base) - mean(new), variance * (1 / n + 1 / m), n + m - 2)


def welch(base: Sequence[float], new: Sequence[float]) -> Difference:
    """Compare by Welch's t (Biometrika 34, 1947) with Satterthwaite's degrees of freedom; needs two values per side."""
    a, b = (_squares(x) / (len(x) - 1) / len(x) for x in (base, new))
    df = (
        (a + b) ** 2 / (a**2 / (len(base) - 1) + b**2 / (len(new) - 1)) if a + b else len(base) + len(new) - 2
    )
    return Difference(mean(base) - mean(new), a + b, df)


def paired(base: Sequence[float], new: Sequence[float]) -> Difference:
    """Compare by the paired t; value i of both sides has the same seed; needs two pairs."""
    gaps = [a - b for a, b in zip(base, new, strict=True)]
    n = len(gaps)
    return Difference(mean(gaps), _squares(gaps) / (n - 1) / n, n - 1)


def binomial_variance(accuracy: float, images: int) -> float:
    """Return the variance of an accuracy by the draw of test images alone.

    One image right and one wrong are added, so that 0% and 100% do not count as known for certain.
    """
    p = (accuracy * images + 1) / (images + 2)
    return p * (1 - p) / images


def paired_images(lead: float, changed: int, images: int) -> Difference:
    """Compare two models' accuracies on the same test images.

    The variance is that of the mean of +1, 0 and -1 over the images, with one image added each way as for a
    binomial.

    Args:
        lead: Accuracy of the first less that of the second, -1..1.
        changed: Number of images that exactly one of them got right.
        images: Number of test images.
    """
    variance = ((changed + 2) / (images + 2) - lead**2) / images
    return Difference(lead, max(variance, 1 / images**2), NORMAL)


def variance_prior(ratios: Sequence[float], dfs: Sequence[float]) -> tuple[float, float] | None:
    """Find what cells' variances say of each other: empirical Bayes after Smyth (2004), https://doi.org/10.2202/1544-6115.1027.

    Divided by the variance that the draw of test images causes, the cells' variances are similar; their scatter shows how similar.
    The upper 95% limit of that scatter is taken, so that a grid of unlike cells lends little.

    Args:
        ratios: Each cell's variance in these units, above zero.
        dfs: Their degrees of freedom.

    Returns:
        Degrees of freedom and variance, in these units, that the grid lends each cell; None: too few cells to tell.
    """
    cells = len(ratios)
    if cells < MIN_CELLS_TO_BORROW or min(ratios) <= 0:
        return None
    half = np.asarray(dfs) / 2
    logs = np.log(np.asarray(ratios)) - special.digamma(half) + np.log(half)
    worst = float(((logs - logs.mean()) ** 2).sum() / special.chdtri(cells - 1, 0.95))
    excess = max(worst - float(special.polygamma(1, half).mean()), 1e-3)
    d0 = 2 * trigamma_inverse(excess)
    return d0, math.exp(float(logs.mean()) + float(special.digamma(d0 / 2)) - math.log(d0 / 2))


def trigamma_inverse(x: float) -> float:
    """Solve trigamma(y) = x > 0 for y, by Newton's method (Smyth 2004, appendix)."""
    y = 0.5 + 1 / x
    for _ in range(50):
        value = float(special.polygamma(1, y))
        step = value * (1 - value / x) / float(special.polygamma(2, y))
        y += step
        if -step / y < 1e-12:
            break
    return y


def mcnemar(base: NDArray[np.bool_], new: NDArray[np.bool_]) -> float:
    """Return the exact one-sided p-value of McNemar against 'the new model is not worse'; one bool per test image.

    It compares two *models*: it does not know how much another seed would change.
    """
    lost = int((base & ~new).sum())
    won = int((new & ~base).sum())
    return float(special.bdtrc(lost - 1, lost + won, 0.5)) if lost else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values (Scand. J. Statist. 6, 1979) in the order given; valid under any dependence."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


@lru_cache(maxsize=4096)
def noncentrality(df: float, alpha: float, power: float) -> float:
    """Return the drop, in standard errors, that a one-sided t test at `alpha` finds with this power."""
    critical = float(special.stdtrit(df, 1 - alpha))
    low, high = 0.0, 2 * critical + 10
    for _ in range(200):  # the power rises with the drop; halving needs no derivative and cannot run away
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if special.nctdtr(df, middle, critical) > 1 - power:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return Student's 95% interval of a mean; None for a single value, which says nothing about spread."""
    n = len(values)
    if n < 2:
        return None
    half = float(special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * math.sqrt(_squares(values) / (n - 1) / n)
    return mean(values) - half, mean(values) + half


def wilson_interval(accuracy: float, images: int) -> tuple[float, float]:
    """Return Wilson's 95% interval (JASA 22, 1927) of an accuracy on `images` test images; valid at 0 and 1 too."""
    z = float(special.ndtri(0.5 + CONFIDENCE / 2))
    shrink = 1 + z**2 / images
    centre = (accuracy + z**2 / (2 * images)) / shrink
    half = z / shrink * math.sqrt(accuracy * (1 - accuracy) / images + z**2 / (4 * images**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def rate_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the exact 95% interval of a rate (0..1), such as that of dead seeds.

    Source: Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404.
    """
    low = (
        float(special.betaincinv(successes, trials - successes + 1, 0.5 - CONFIDENCE / 2))
        if successes
        else 0.0
    )
    high = (
        float(special.betaincinv(successes + 1, trials - successes, 0.5 + CONFIDENCE / 2))
        if successes < trials
        else 1.0
    )
    return low, high


def accuracy_interval(values: Sequence[float], images: int) -> tuple[float, float]:
    """Return the 95% interval of an accuracy: Student's over several seeds, not cut to 0..1; Wilson's for a single seed."""
    return mean_interval(values) or wilson_interval(mean(values), images)


def standard_deviation(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation (n - 1); None for a single value."""
    return math.sqrt(_squares(values) / (len(values) - 1)) if len(values) > 1 else None


def correlation_limit(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]], units: Sequence[float]
) -> float:
    """Return the lower 95% limit of the correlation between two runs' values of the same seed, pooled over all cells.

    Each cell's sums are divided by its unit (a variance), so that a noisy cell does not speak for all.
    By Fisher's z; -1 if there are too few pairs to tell.
    """
    xy = xx = yy = 0.0
    freedom = 0
    for (base, new), unit in zip(pairs, units, strict=True):
        a, b = mean(base), mean(new)
        xy += sum((x - a) * (y - b) for x, y in zip(base, new, strict=True)) / unit
        xx += _squares(base) / unit
        yy += _squares(new) / unit
        freedom += len(base) - 1
    if freedom < 4 or xx == 0 or yy == 0:
        return -1.0
    r = min(xy / math.sqrt(xx * yy), 1 - 1e-12)
    return math.tanh(math.atanh(max(r, -1 + 1e-12)) - float(special.ndtri(0.95)) / math.sqrt(freedom - 2))


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, summed exactly."""
    return math.fsum(values) / len(values)


def _squares(values: Sequence[float]) -> float:
    """Return the sum of squares about the mean; exactly 0 for equal values."""
    if min(values) == max(values):
        return 0.0
    centre = mean(values)
    return math.fsum((v - centre) ** 2 for v in values)

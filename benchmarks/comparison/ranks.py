"""Statistics over several data sets: ranks, Friedman's test, Nemenyi's critical difference, rank correlation.

As Demsar (2006) recommends them for comparing classifiers over data sets,
https://jmlr.org/papers/v7/demsar06a.html. scipy.stats takes longer to load than a whole report.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

DRAWS = 20_000


@dataclass(frozen=True)
class Friedman:
    """Friedman's test of k methods on N data sets; `ranks` are mean ranks, 1 the best.

    chi2 is corrected for ties; chi2_p takes it for chi-squared with k - 1 degrees of freedom, which is
    rough for few data sets; p comes from DRAWS random orders of every data set's ranks.
    """

    ranks: tuple[float, ...]
    chi2: float
    chi2_p: float
    p: float


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Rank the values, the largest first (1); equal ones share the mean of their ranks."""
    x = np.asarray(values, np.float64)
    better, equal = (x > x[:, None]).sum(1), (x == x[:, None]).sum(1)
    return np.asarray(better + (equal + 1) / 2, np.float64)


def friedman(table: ArrayLike) -> Friedman:
    """Test whether methods differ, higher scores being better.

    Args:
        table: Scores, shape (data sets, methods).

    Raises:
        ValueError: There are fewer than two data sets or methods.
    """
    ranked = np.array([ranks(row) for row in np.asarray(table, np.float64)])
    if ranked.ndim != 2 or min(ranked.shape) < 2:
        raise ValueError(f"Friedman's test on a table of {ranked.shape}; expected two data sets and methods")
    n, k = ranked.shape
    centred = ranked - (k + 1) / 2
    within = float((centred**2).sum())
    if within == 0:  # all equal everywhere: no difference
        return Friedman(tuple(ranked.mean(0).tolist()), 0.0, 1.0, 1.0)
    between = float((centred.sum(0) ** 2).sum())
    chi2 = (k - 1) * between / within
    orders = np.random.default_rng(0).permuted(np.broadcast_to(centred, (DRAWS, n, k)), axis=2)
    as_far = int(((orders.sum(1) ** 2).sum(1) >= between - 1e-9).sum())
    p = (1 + as_far) / (1 + DRAWS)
    return Friedman(tuple(ranked.mean(0).tolist()), chi2, float(special.chdtrc(k - 1, chi2)), p)


def critical_difference(methods: int, datasets: int, alpha: float = 0.05) -> float:
    """Return Nemenyi's: mean ranks further apart than this differ at family-wise level alpha."""
    return range_quantile(methods, 1 - alpha) * math.sqrt(methods * (methods + 1) / (12 * datasets))


def range_quantile(groups: int, probability: float) -> float:
    """Return a quantile of the range of `groups` standard normal values (studentized, infinite degrees of freedom)."""
    z = np.linspace(-9, 9, 3601)
    density = np.exp(-(z**2) / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    low, high = 0.0, 20.0
    for _ in range(60):
        q = (low + high) / 2
        inside = groups * float((density * (special.ndtr(z) - special.ndtr(z - q)) ** (groups - 1)).sum())
        low, high = (q, high) if inside < probability else (low, q)
    return (low + high) / 2


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return Spearman's rank correlation, -1..1; None if one side is constant, or for fewer than three pairs."""
    if len(x) < 3:
        return None
    a, b = (r - r.mean() for r in (ranks(x), ranks(y)))
    norm = math.sqrt(float((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm else None


def least_p(pairs: int) -> float:
    """Return the smallest two-sided p-value that any order of this many distinct pairs can have."""
    return 2 / math.factorial(pairs)

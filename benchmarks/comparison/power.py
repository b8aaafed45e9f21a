"""What a comparison would have found, and how many more seeds it takes to find more. Drops in percentage points.

Normal noise is assumed. A deviation that is estimated from few seeds may be too small, so its upper 90% limit counts.
"""

import math
from collections.abc import Callable

from scipy import special

from benchmarks.comparison.significance import noncentrality
from benchmarks.comparison.verdict import MoreSeeds

POWER = 0.8
LEAST_PAIRS = 5
"""Fewer pairs have too few labellings."""
SEARCH_LIMIT = 10_000
"""No search goes beyond this many seeds: nobody trains more."""


def upper_limit(deviation: float, df: int) -> float:
    """Return the upper 90% limit of a deviation that was estimated with `df` degrees of freedom."""
    return deviation * math.sqrt(df / float(special.chdtri(df, 0.9)))


def sees(
    n: int, m: int, deviation: float, *, cells: int, alpha: float, labelings: int | None = None
) -> float | None:
    """Return the drop that is found with a probability of 80%, for normal noise.

    Args:
        n: Seeds of the baseline that lived.
        m: New seeds that lived.
        deviation: Between seeds, pooled over both sides, without what other cells lend; points.
        cells: Cells that are tested together.
        alpha: What the grid's cells may spend on false alarms together.
        labelings: Ways to call as many trainings new, dead ones included; None: none died.

    Returns:
        Points; None where no drop would be found, however large.
    """
    df = n + m - 2
    if df < 1:
        return None
    return would_see(n, m, upper_limit(deviation, df), cells=cells, alpha=alpha, labelings=labelings)


def would_see(
    n: int, m: int, deviation: float, *, cells: int, alpha: float, labelings: int | None = None
) -> float | None:
    """Return the drop that n against m seeds would find with a probability of 80%, for a known deviation.

    Args:
        n: Seeds of the baseline.
        m: New seeds.
        deviation: Between seeds, points; taken as known, so its upper limit where it was estimated.
        cells: As for `sees`.
        alpha: As for `sees`.
        labelings: As for `sees`.

    Returns:
        Points; None where no drop would be found.
    """
    count = math.comb(n + m, m) if labelings is None else labelings
    # p comes in steps of 1 / count, so one step is taken off; the cells' shares of alpha are Bonferroni's.
    level = (alpha - 1 / count) / cells
    if min(n, m) < 1 or n + m < 3 or level <= 0:
        return None
    return noncentrality(n + m - 2, level, POWER) * deviation * math.sqrt(1 / n + 1 / m)


def sees_in_pairs(n: int, deviation: float, *, cells: int, alpha: float) -> float | None:
    """Return the same as `sees` for n pairs, where only the two trainings of a pair may be swapped.

    Args:
        n: Number of pairs.
        deviation: That of the differences within pairs, points.
        cells: As for `sees`.
        alpha: As for `sees`.
    """
    if n < 2:
        return None
    return would_see_in_pairs(n, upper_limit(deviation, n - 1), cells=cells, alpha=alpha)


def would_see_in_pairs(n: int, deviation: float, *, cells: int, alpha: float) -> float | None:
    """Return the same as `would_see` for n pairs, whose differences have this known deviation, points."""
    level = (alpha - 0.5**n) / cells
    if n < 2 or level <= 0:
        return None
    return noncentrality(n - 1, level, POWER) * deviation / math.sqrt(n)


def seeds_for_labelings(n: int, labelings: float) -> int | None:
    """Return the least number of new seeds that give this many labellings with n seeds of the baseline.

    None: more than anybody trains.
    """
    return next((m for m in range(1, SEARCH_LIMIT + 1) if math.comb(n + m, m) >= labelings - 1e-9), None)


def more_seeds(
    n: int, m: int, deviation: float, resolution: float, *, cells: int, alpha: float
) -> MoreSeeds | None:
    """Return how many more seeds it takes to see a drop of `resolution`, the deviation staying as it is.

    Args:
        n: Seeds of the baseline that lived.
        m: New seeds that lived.
        deviation: As estimated from these seeds, points.
        resolution: The drop that is to be seen, points.
        cells: As for `sees`.
        alpha: As for `sees`.

    Returns:
        The fewest seeds in total. The baseline gets some of them only where as many new ones alone would not do: its commit
        has to be checked out, and a pinned file replaced. None: more than anybody trains.
    """
    known = upper_limit(deviation, n + m - 2) if n + m > 2 else None
    if known is None or resolution <= 0:
        return None

    def balanced(total: int) -> MoreSeeds:
        """Share so many seeds so that the sides become as equal as they can: no other shares see a smaller drop."""
        new = min(max((total + n - m + 1) // 2, 0), total)
        return MoreSeeds(total - new, new)

    def enough(more: MoreSeeds) -> bool:
        drop = would_see(n + more.base, m + more.new, known, cells=cells, alpha=alpha)
        return drop is not None and drop <= resolution

    total = _least(lambda seeds: enough(balanced(seeds)))
    if total is None:
        return None
    of_new = MoreSeeds(0, total)
    return of_new if enough(of_new) else balanced(total)


def more_pairs(n: int, deviation: float, resolution: float, *, cells: int, alpha: float) -> MoreSeeds | None:
    """Return how many more pairs, a seed of both sides each, it takes to see a drop of `resolution`, the deviation staying as it is.

    Args:
        n: Number of pairs.
        deviation: That of the differences within pairs, points.
        resolution: The drop that is to be seen, points.
        cells: As for `sees`.
        alpha: As for `sees`.

    Returns:
        None: more than anybody trains.
    """
    if resolution <= 0:
        return None
    needed = pairs_needed(upper_limit(deviation, n - 1), resolution, cells=cells, alpha=alpha)
    if needed is None:
        return None
    more = max(needed - n, 0)
    return MoreSeeds(more, more)


def seeds_per_side(deviation: float, drop: float, *, cells: int, alpha: float) -> int | None:
    """Return the least number of seeds per side that find a drop with a probability of 80%, for a known deviation; points.

    None: more than anybody trains.
    """

    def enough(seeds: int) -> bool:
        found = would_see(seeds, seeds, deviation, cells=cells, alpha=alpha)
        return found is not None and found <= drop

    return _least(enough)


def pairs_needed(deviation: float, drop: float, *, cells: int, alpha: float) -> int | None:
    """Return the least number of pairs that find a drop with a probability of 80%, for a known deviation of differences; points.

    None: more than anybody trains.
    """

    def enough(pairs: int) -> bool:
        found = would_see_in_pairs(pairs, deviation, cells=cells, alpha=alpha)
        return pairs >= LEAST_PAIRS and found is not None and found <= drop

    return _least(enough)


def seeds_of_one_cell(deviation: float, drop: float, *, sides: int) -> float:
    """Return how many seeds find a drop in a lone cell at 5% with a probability of 80%, by the normal approximation.

    Args:
        deviation: Between seeds, or of the differences within pairs, points.
        drop: The drop to be found, points.
        sides: How often the deviation enters: 2 between seeds, 1 within pairs.
    """
    quantiles = float(special.ndtri(0.95) + special.ndtri(POWER))
    return sides * (quantiles * deviation / drop) ** 2


def _least(enough: Callable[[int], bool]) -> int | None:
    """Find the least number that is enough, where more is enough too; None if `SEARCH_LIMIT` are not."""
    low, high = -1, 1
    while not enough(high):
        if high == SEARCH_LIMIT:
            return None
        low, high = high, min(2 * high, SEARCH_LIMIT)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

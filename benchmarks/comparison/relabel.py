"""The gate's test: call other trainings "new", and see how often the grid then looks as bad.

It is a permutation test (Fisher 1935), whose p-values are adjusted for the grid by the step-down maximum (Westfall, Young 1993).
If nothing changed, it is arbitrary which of a cell's trainings are called new. So every way to call as many of them new (a
labelling) is as likely as the real one, whatever the noise looks like: the shares counted here are exact, for
independent cells. Accuracies are shares 0..1, drops are above zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import significance

LABELINGS = 20_000
"""So many are drawn at random where there are more; also how many relabelled grids are drawn."""

LEAST_VARIANCE = 0.01
"""Share of the variance by the draw of test images: seeds that all agree do not prove that there is no noise."""
LEAST_PAIRED_VARIANCE = 2 * LEAST_VARIANCE
"""The same for a difference of two accuracies."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Lent = tuple[float, float]
"""What a grid says of a cell's variance: degrees of freedom, and variance in units of the draw of test images."""


@lru_cache(maxsize=64)
def labelings(n: int, m: int) -> Floats:
    """List the ways to call m of n + m trainings new.

    Args:
        n: Trainings of the baseline, which stand first.
        m: Trainings of the new run.

    Returns:
        1 where a training is called new, else 0; shape (labellings, n + m); the first row is the real labelling.
        All of them, or `LABELINGS` drawn with a fixed seed where there are more.
    """
    real = np.r_[np.zeros(n), np.ones(m)]
    if math.comb(n + m, m) <= LABELINGS:
        chosen = np.array(
            list(combinations(range(n + m), m))[::-1]
        )  # the last combination is the real labelling
        found = np.zeros((len(chosen), n + m))
        np.put_along_axis(found, chosen, 1.0, axis=1)
        return found
    random = np.random.default_rng(0).permuted(np.broadcast_to(real, (LABELINGS - 1, n + m)), axis=1)
    return np.concatenate([real[None], random])


@lru_cache(maxsize=64)
def swaps(n: int) -> Floats:
    """List the ways to swap the two trainings within n pairs, as `labelings` does for n + n trainings."""
    if n <= math.log2(LABELINGS):
        second = (np.arange(2**n)[:, None] >> np.arange(n)) % 2
    else:
        second = np.random.default_rng(0).integers(0, 2, (LABELINGS, n))
        second[0] = 0
    return np.concatenate([second, 1 - second], axis=1).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Trainings:
    """All trainings of one cell, the baseline's first.

    Attributes:
        values: Accuracies, the dead at chance; shape (n + m,).
        alive: Whether each training lived; the same shape.
        n: How many of them are the baseline's.
        unit: Variance of one accuracy by the draw of test images.
        paired: Whether trainings i and n + i share their start, so that only these may be swapped; all lived.
    """

    values: Floats
    alive: Bools
    n: int
    unit: float
    paired: bool = False

    @classmethod
    def of(cls, values: Floats, alive: Bools, n: int, images: int, *, paired: bool = False) -> "Trainings":
        """Take these trainings, tested on so many images; the draw of these is that of the mean of the living."""
        middle = float(values[alive].mean() if alive.any() else values.mean())
        return cls(values, alive, n, significance.binomial_variance(middle, images), paired)

    @property
    def living(self) -> tuple[Floats, Floats]:
        """Accuracies of the trainings that lived, the baseline's and the new ones."""
        base, new = (self.values[side][self.alive[side]] for side in (slice(self.n), slice(self.n, None)))
        return base, new

    @property
    def labels(self) -> Floats:
        """The labellings that are as likely as the real one if nothing changed."""
        return swaps(self.n) if self.paired else labelings(self.n, len(self.values) - self.n)

    @property
    def count(self) -> int:
        """How many labellings there are, drawn or not."""
        return 2**self.n if self.paired else math.comb(len(self.values), self.n)

    def testable(self, alpha: float) -> bool:
        """Whether there are enough labellings to be found at `alpha` at all."""
        return self.count >= 1 / alpha - 1e-9  # the count may be too large for a float

    def paired_if_testable(self, alpha: float) -> "Trainings":
        """Return these trainings, unpaired if their pairs have too few labellings for `alpha`: free labellings are valid, too."""
        return replace(self, paired=self.paired and self.testable(alpha))

    @property
    def test(self) -> str:
        """What a verdict calls their test."""
        return "pairs" if self.paired else "labelings"

    def drop(self, *, living: bool) -> float:
        """Mean of the baseline less mean of the new run, of the living alone or of all with the dead at chance."""
        counted = self.alive if living else np.ones_like(self.alive)
        base, new = (self.values[side][counted[side]] for side in (slice(self.n), slice(self.n, None)))
        return float(base.mean() - new.mean())


@dataclass(frozen=True, eq=False)
class Scores:
    """How far a cell's new trainings lie below the others, or above if scored upwards, under every labelling, the real one first.

    `drop` is the baseline's mean less the new one behind the real score: of the living, or of all (`living` is False).
    """

    by_labeling: Floats
    drop: float
    living: bool


def score(cells: Sequence[Trainings], *, upwards: bool = False) -> list[Scores]:
    """Score every labelling of every cell of a grid.

    The score is Student's t with a common variance (of pairs, the paired t), as a standard normal value of the same tail.
    Unpaired cells borrow variance from the grid, which no label enters. Where trainings died the score is the larger of
    two: that of the living alone, which finds a drop that deaths would hide, and that of all with the dead at chance,
    which finds deaths and collapses.

    Args:
        cells: All cells that are compared.
        upwards: Look for gains instead of drops.
    """
    lent = _lent_variance(cells)
    result: dict[int, Scores] = {}
    groups: dict[tuple[int, int, bool], list[int]] = {}
    for i, cell in enumerate(cells):
        groups.setdefault((cell.n, len(cell.values), cell.paired), []).append(i)
    sign = -1.0 if upwards else 1.0
    for members in groups.values():
        values = sign * np.stack([cells[i].values for i in members])
        units = np.array([cells[i].unit for i in members])
        labels = cells[members[0]].labels
        if cells[members[0]].paired:
            found = _paired_scores(values, units, labels)
            by_living = np.ones(len(members), np.bool_)
        else:
            alive = np.stack([cells[i].alive for i in members])
            found, by_living = _free_scores(values, alive, units, lent, labels)
        for i, one, living in zip(members, found, by_living, strict=True):
            result[i] = Scores(one, cells[i].drop(living=bool(living)), bool(living))
    return [result[i] for i in range(len(cells))]


def _free_scores(
    values: Floats, alive: Bools, units: Floats, lent: Lent | None, labels: Floats
) -> tuple[Floats, Bools]:
    """Score cells of one shape, (cells, labellings), and say where the living's score is the real labelling's."""
    found = _scores(values, alive.astype(np.float64), units, lent, labels)
    by_living = np.ones(len(found), np.bool_)
    died = np.flatnonzero(~alive.all(1))
    if died.size:
        # Deaths spread accuracies so widely that with the variance of quiet cells every death would look significant.
        every = _scores(values[died], np.ones_like(values[died]), units[died], None, labels)
        by_living[died] = found[died, 0] >= every[:, 0]
        found[died] = np.maximum(found[died], every)
    return found, by_living


def _paired_scores(values: Floats, units: Floats, labels: Floats) -> Floats:
    """Score pairs by the paired t, (cells, labellings); trainings i and n + i are a pair."""
    n = values.shape[1] // 2
    gaps = values[:, :n] - values[:, n:]
    drop = gaps @ (1 - 2 * labels[:, :n].T) / n
    squares = (gaps**2).sum(1)[:, None] - n * drop**2
    variance = np.maximum(squares / (n - 1), LEAST_PAIRED_VARIANCE * units[:, None])
    return _normal_score(drop / np.sqrt(variance / n), n - 1)


def _scores(values: Floats, weight: Floats, units: Floats, lent: Lent | None, labels: Floats) -> Floats:
    """Score the trainings of weight 1; minus infinity where a labelling leaves a side without any."""
    total = weight.sum(1, keepdims=True)
    centred = weight * (values - (weight * values).sum(1, keepdims=True) / np.maximum(total, 1))
    new = weight @ labels.T if (weight != 1).any() else labels[:1].sum(1, keepdims=True)
    df, unit = total - 2, units[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        both = 1 / (total - new) + 1 / new
        # The deviations of both sides add up to zero, so one side's sum gives both means.
        drop = (centred @ labels.T) * -both
        within = (centred**2).sum(1, keepdims=True) - drop**2 / both
        if lent is None:
            variance, credited = np.where(df > 0, within / df, unit), np.maximum(df, 1)
        else:
            more, ratio = lent  # only half of the lent degrees of freedom are credited
            variance, credited = (more * ratio * unit + within) / (more + df), df + more / 2
        found = _normal_score(drop / np.sqrt(np.maximum(variance, LEAST_VARIANCE * unit) * both), credited)
        return np.where((total > new) & (new > 0), found, -np.inf)


def _normal_score(t: Floats, df: Floats | float) -> Floats:
    """Turn Student's t into the standard normal value of nearly the same tail probability (Wallace 1959)."""
    return np.asarray(np.sign(t) * (8 * df + 1) / (8 * df + 3) * np.sqrt(df * np.log1p(t**2 / df)))


def _lent_variance(cells: Sequence[Trainings]) -> Lent | None:
    """Find what the grid says of a cell's variance, from the squares of the living about the mean of both sides together.

    No label enters. Cells without any spread say nothing; too few cells lend nothing (None).
    """
    ratios, dfs = [], []
    for cell in cells:
        living = cell.values[cell.alive]
        squares = float(((living - living.sum() / max(len(living), 1)) ** 2).sum())
        if squares > 1e-15:
            dfs.append(len(living) - 1.0)
            ratios.append(squares / dfs[-1] / cell.unit)
    return significance.variance_prior(ratios, dfs)


def cell_p(scores: Floats) -> float:
    """Return a cell's own p: the share of its labellings that score no lower than the real one."""
    return float(_shares(scores, scores[:1])[0])


def _shares(scores: Floats, observed: Floats) -> Floats:
    """Return the share of labellings that score no lower than each observed score; equal scores may differ in their last digits."""
    below = np.searchsorted(np.sort(scores), observed - 1e-9 * np.maximum(1.0, np.abs(observed)))
    return 1 - below / len(scores)


def adjusted_p(cells: Sequence[Floats]) -> list[float]:
    """Adjust each cell's p for the whole grid: how often the worst cell of a relabelled grid looks as bad.

    Step-down: a cell is compared with the cells that look no worse, since the worse ones are judged before it.

    Args:
        cells: Scores of each cell's labellings, the real one first.

    Returns:
        One p per cell, in the order given. Of unchanged grids, at most a share alpha have any p of alpha or less.
    """
    observed = np.array([found[0] for found in cells])
    shares = np.array([_shares(found, observed) for found in cells])
    adjusted = [1.0] * len(cells)
    order = np.argsort(-observed, kind="stable")
    highest = 0.0
    for rank, i in enumerate(order):
        quiet = float(np.prod(1 - shares[order[rank:], i]))
        adjusted[i] = highest = max(highest, 1 - quiet)
    return adjusted


def adjusted_p_of(cells: Sequence[Trainings], scores: Sequence[Scores], alpha: float) -> list[float | None]:
    """Adjust the p of the cells that can be found at `alpha` at all; None for one with too few labellings, which is not tested."""
    tested = [i for i, cell in enumerate(cells) if cell.testable(alpha)]
    adjusted: list[float | None] = [None] * len(cells)
    for i, p in zip(tested, adjusted_p([scores[i].by_labeling for i in tested]), strict=True):
        adjusted[i] = p
    return adjusted


def grid_p(cells: Sequence[Floats]) -> float:
    """Return how often a relabelled grid lies as low as a whole.

    Every cell enters with its score in units of that score's spread over the labellings, so that no wild cell outvotes
    the others.

    Args:
        cells: Scores of each cell's labellings, the real one first.
    """
    draws = _redraw(tuple(len(found) for found in cells))
    observed, redrawn = 0.0, np.zeros(LABELINGS)
    for found, drawn in zip(cells, draws, strict=True):
        spread = float(found.std())
        if spread > 0:
            observed += float(found[0]) / spread
            redrawn += (found / spread)[drawn]
    as_low = int((redrawn >= observed - 1e-9 * max(1.0, abs(observed))).sum())
    return (1 + as_low) / (1 + LABELINGS)


@lru_cache(maxsize=4)
def _redraw(labelings: tuple[int, ...]) -> NDArray[np.int32]:
    """Draw the labellings of `LABELINGS` grids, each cell's independently; shape (cells, grids)."""
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(count, size=LABELINGS, dtype=np.int32) for count in labelings])

"""Judging one cell that both runs have under one setup."""

from dataclasses import dataclass

import numpy as np

from benchmarks.comparison import exact, power, relabel, significance, suspicion
from benchmarks.comparison.conditions import SharedConditions
from benchmarks.comparison.detectable import detectable, pooled_deviation
from benchmarks.comparison.missed_floors import Floors
from benchmarks.comparison.pairs import begun_pairs, credited_deviation, share_start
from benchmarks.comparison.relabel import Scores, Trainings
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import (
    ROUNDING_TOLERANCE,
    CellVerdict,
    GateSettings,
    Identity,
    MoreSeeds,
    Side,
    Verdict,
    is_found,
    may_overlook,
)
from benchmarks.results.schema import CellResult


def side_of(sample: Sample) -> Side:
    """Sum up one run's accuracies."""
    deviation = significance.standard_deviation(sample.values)
    dead = len(sample) - len(sample.living)
    return Side(len(sample), sample.mean, deviation, dead, min(sample.values), max(sample.values))


@dataclass(frozen=True, eq=False)
class SharedCell:
    """A cell that both runs have under one setup."""

    base: Sample
    new: Sample
    identity: Identity | None
    conditions: SharedConditions

    @classmethod
    def of(cls, base: CellResult, new: CellResult, conditions: SharedConditions) -> "SharedCell":
        """Put the two sides of a cell together."""
        return cls(Sample.of(base), Sample.of(new), exact.identity_of(base, new), conditions)

    @property
    def identical(self) -> bool:
        """Whether the seeds that both runs have gave the same results, so that there is nothing to test."""
        if self.identity is None:
            return False
        same = self.identity.state == "same accuracies" and self.base.seeds == self.new.seeds
        return same or self.identity.state == "identical"

    @property
    def trained(self) -> int:
        """How many new trainings did not repeat one of the baseline."""
        return len(self.new) - (self.identity.alike if self.identity else 0)

    def remarks(self, floors: Floors) -> suspicion.Remarks:
        """Return what is known without the test; `floors` are those of the whole grid."""
        return suspicion.remarks(self.base, self.new, self.identity, self.conditions, floors)

    @property
    def trainings(self) -> Trainings:
        """All trainings of both sides, to be relabelled."""
        alive = np.array([*self.base.alive, *self.new.alive])
        values = np.array([*self.base.values, *self.new.values])
        images, paired = self.new.cell.test_images, share_start(self.base, self.new)
        return Trainings.of(values, alive, len(self.base), images, paired=paired)

    @property
    def deviation(self) -> float | None:
        """Deviation between the living seeds, pooled over both sides, in points; None: too few to tell."""
        return pooled_deviation(self.base.living, self.new.living, self.new.draw_variance)

    @property
    def time_ratio(self) -> float | None:
        """Median seconds of a training, divided by the baseline's; None where one is not known, or the two do not compare."""
        base, new = self.base.cell.seed_seconds, self.new.cell.seed_seconds
        frozen = self.base.cell.frozen_seeds or self.new.cell.frozen_seeds
        if self.conditions.times_differ or frozen or not base or not new or min(base) <= 0:
            return None
        return float(np.median(new) / np.median(base))


def judge_repeated(cell: str, shared: SharedCell, floors: Floors) -> CellVerdict:
    """Judge a cell whose shared seeds gave the same results: its training did not change, whatever other seeds say."""
    remarks = shared.remarks(floors)
    return CellVerdict(
        cell=cell,
        verdict="suspect" if remarks.suspicions else "unchanged",
        base=side_of(shared.base),
        new=side_of(shared.new),
        identity=shared.identity,
        test="identical",
        drop_pp=100 * (shared.base.mean - shared.new.mean),
        of_living=all((*shared.base.alive, *shared.new.alive)),
        time_ratio=shared.time_ratio,
        findings=tuple(remarks.findings),
        suspicions=tuple(remarks.suspicions),
        notes=tuple(remarks.notes),
    )


@dataclass(frozen=True, eq=False)
class Tested:
    """All that the relabelled grid says of one cell.

    `p_drop` and `p_gain` are adjusted, None where the cell has too few labellings; `spent`: whether any of the grid's
    `cells` has enough.
    """

    shared: SharedCell
    trainings: Trainings
    drops: Scores
    gains: Scores
    p_drop: float | None
    p_gain: float | None
    cells: int
    spent: bool
    floors: Floors
    settings: GateSettings

    def verdict(self, cell: str) -> CellVerdict:
        """Judge the cell: regressed, changed, suspect, undecided, improved or unchanged, the first that holds."""
        shared, drop = self.shared, 100 * self.drops.drop
        remarks = shared.remarks(self.floors)
        resolution, sees = self.resolution, self.detectable
        rose = self._significant(self.p_gain, -100 * self.gains.drop)
        verdict: Verdict = "unchanged"
        if dropped := self._significant(self.p_drop, drop):
            verdict = "regressed"
        elif remarks.evaluation_changed:
            verdict = "changed"
        elif remarks.suspicions:
            verdict = "suspect"
        elif may_overlook(resolution, sees):
            verdict = "undecided"
        elif rose:
            verdict = "improved"
        scores, adjusted = (self.gains, self.p_gain) if verdict == "improved" else (self.drops, self.p_drop)
        notes = list(remarks.notes)
        if self.p_drop is not None and self.p_drop <= self.alpha + ROUNDING_TOLERANCE and not dropped:
            notes.append(f"the drop is significant, and not larger than {self.settings.max_drop:g} points")
        if rose and verdict == "undecided":
            notes.append(
                f"accuracy rose by {-100 * self.gains.drop:.2f} points (p {self.p_gain:.2g}), more than chance explains"
            )
        if dropped and shared.new.cell.verdict == "passed" and shared.new.cell.floor is not None:
            lowest = min(shared.new.living, default=shared.new.mean)
            notes.append(f"its floor passes (lowest seed {lowest:.4f}, floor {shared.new.cell.floor:.4f})")
        regression = [f"accuracy dropped by {drop:.2f} points (p {self.p_drop:.2g})"] if dropped else []
        return CellVerdict(
            cell=cell,
            verdict=verdict,
            base=side_of(shared.base),
            new=side_of(shared.new),
            identity=shared.identity,
            test=self.trainings.test,
            drop_pp=100 * scores.drop,
            of_living=scores.living,
            labelings=self.trainings.count,
            p=relabel.cell_p(scores.by_labeling),
            adjusted_p=adjusted,
            detectable_pp=sees,
            resolution_pp=resolution,
            to_test=self._to_test(),
            to_confirm=self._to_confirm() if verdict == "suspect" else None,
            to_see=self._to_see() if verdict in ("suspect", "undecided") else None,
            time_ratio=shared.time_ratio,
            findings=(*regression, *remarks.findings),
            suspicions=tuple(remarks.suspicions),
            notes=tuple(notes),
        )

    @property
    def alpha(self) -> float:
        """What the grid's cells may spend on false alarms together."""
        return self.settings.alpha_of_cells(self.cells)

    @property
    def detectable(self) -> float | None:
        """The drop that would have been found, in points; None: none, however large."""
        if self.p_drop is None:
            return None
        images = self.shared.new.cell.test_images
        return detectable(self.trainings, self.shared.deviation, images, cells=self.cells, alpha=self.alpha)

    @property
    def resolution(self) -> float:
        """The drop that the comparison has to see, in points: pinned with the baseline, else max-drop."""
        pinned = self.shared.base.cell.resolution
        return self.settings.max_drop if pinned is None else pinned

    def _significant(self, p: float | None, points: float) -> bool:
        return is_found(p, points, alpha=self.alpha, limit=self.settings.max_drop)

    def _to_test(self) -> int | None:
        if self.p_drop is not None:
            return None
        needed = power.seeds_for_labelings(len(self.shared.base), 1 / self.alpha)
        return None if needed is None else needed - len(self.shared.new)

    def _to_confirm(self) -> int | None:
        """New seeds for one more look; None: this look left no alpha for another, or it takes more than anybody trains."""
        if self.spent and self.settings.looks == 1:
            return None
        left = self.settings.alpha_left(self.cells, spent=self.spent)
        needed = power.seeds_for_labelings(len(self.shared.base), self.cells / left)
        return None if needed is None else max(needed - len(self.shared.new), 1)

    def _to_see(self) -> MoreSeeds | None:
        base, new = self.shared.base, self.shared.new
        deviation, plans = self.shared.deviation, []
        if deviation is None or not (base.living and new.living):
            return None
        if pairs := begun_pairs(base, new):
            within = credited_deviation(pairs, new.cell.test_images)
            more = power.more_pairs(pairs.n, within, self.resolution, cells=self.cells, alpha=self.alpha)
            if more:
                seeds = max(pairs.n + more.new, len(base), len(new))
                plans.append(MoreSeeds(seeds - len(base), seeds - len(new)))
        if not self.shared.trainings.paired:
            n, m = len(base.living), len(new.living)
            free = power.more_seeds(n, m, deviation, self.resolution, cells=self.cells, alpha=self.alpha)
            plans += [free] if free else []
        return min(plans, key=lambda plan: plan.total, default=None)

"""One more look at what the first could not decide: a cell's old and new seeds together, by its own labellings."""

from dataclasses import dataclass, replace

from benchmarks.comparison import relabel, suspicion
from benchmarks.comparison.conditions import SharedConditions, condition_notes, other_versions
from benchmarks.comparison.detectable import detectable
from benchmarks.comparison.gate import judge
from benchmarks.comparison.judge_cell import SharedCell, side_of
from benchmarks.comparison.missed_floors import Floors
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.setup import describe, setup_differences
from benchmarks.comparison.verdict import (
    CellVerdict,
    GateReport,
    GateSettings,
    Verdict,
    is_found,
    may_overlook,
)
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run


def confirm(base: Run, first: Run, more: Run, settings: GateSettings) -> GateReport:
    """Judge `first`, and its suspect and undecided cells once more with the seeds of `more`.

    A drop is found if its share of labellings times the number of cells is at most the alpha that the first look left:
    all of it where no cell had enough seeds to be tested, half of it where two looks were planned (`looks`).

    Args:
        base: The baseline.
        first: The run that was judged.
        more: Further seeds of some of its cells.
        settings: As for `judge`; `looks` must be that of the first look.

    Raises:
        RunRefused: `more` does not fit, the first look left no alpha, or `judge` refuses the baseline.
    """
    report = judge(base, first, settings)
    tested = [c for c in report.cells if c.labelings is not None]
    spent = any(c.adjusted_p is not None for c in tested)
    if spent and settings.looks == 1:
        raise RunRefused(
            f"{first.name}: the first look spent all that false alarms may cost; plan two looks before the first "
            "(--looks 2), or judge all seeds in one run"
        )
    alpha = settings.alpha_left(len(tested), spent=spent)
    verdicts = {c.cell: c for c in report.cells}
    further: dict[str, SharedCell] = {}
    for cell, extra in more.cells.items():
        known = verdicts.get(cell)
        if known is None or known.labelings is None:
            raise RunRefused(
                f"{more.name}: {cell} was not tested in {first.name}; confirm only what is open there"
            )
        if known.verdict not in ("suspect", "undecided"):
            continue
        old = first.cells[cell]
        if differing := setup_differences(old, extra):
            raise RunRefused(
                f"{more.name}: {cell} is not that of {first.name}: {'; '.join(map(describe, differing))}"
            )
        if twice := sorted(set(old.seeds) & set(extra.seeds)):
            raise RunRefused(
                f"{more.name}: {cell} has seeds of {first.name} again ({twice}); train other ones"
            )
        pinned = base.cells[cell]
        further[cell] = SharedCell.of(pinned, extra, SharedConditions.of(base, more, pinned, extra))
    floors = Floors.of((one.base, one.new, one.trained) for one in further.values())
    for cell, one in further.items():
        shared = replace(one, new=Sample.of(first.cells[cell]).plus(one.new))
        look = _Look(verdicts[cell], one.remarks(floors), shared, len(tested), alpha)
        verdicts[cell] = look.verdict(settings)
    return replace(
        report,
        new=f"{first.name} + {more.name}",
        cells=tuple(verdicts.values()),
        other_versions=tuple(dict.fromkeys((*report.other_versions, *other_versions(base, more)))),
        notes=tuple(dict.fromkeys((*report.notes, *condition_notes(base, more)))),
    )


@dataclass(frozen=True)
class SecondTest:
    """The test of one cell of a grid with all its seeds, which borrows nothing from the other cells."""

    p: float
    adjusted_p: float
    """`p` times the number of cells in the grid, 1 at most."""
    drop_pp: float
    of_living: bool

    @classmethod
    def of(cls, trainings: relabel.Trainings, cells: int) -> "SecondTest":
        """Test a cell of a grid of this many."""
        (scores,) = relabel.score([trainings])
        p = relabel.cell_p(scores.by_labeling)
        return cls(p, min(1.0, cells * p), 100 * scores.drop, scores.living)

    def regressed(self, alpha: float, max_drop: float) -> bool:
        """Whether a drop of more than `max_drop` points is found at this alpha."""
        return is_found(self.adjusted_p, self.drop_pp, alpha=alpha, limit=max_drop)


@dataclass(frozen=True, eq=False)
class _Look:
    """The second look at one cell: the first verdict, what the further seeds tell without a test, all seeds, and the grid's alpha."""

    known: CellVerdict
    further: suspicion.Remarks
    shared: SharedCell
    cells: int
    alpha: float

    def verdict(self, settings: GateSettings) -> CellVerdict:
        base, new = self.shared.base, self.shared.new
        alpha = self.alpha / self.cells  # Bonferroni: the cells are judged one by one
        trainings = self.shared.trainings.paired_if_testable(alpha)
        test = SecondTest.of(trainings, self.cells)
        images = new.cell.test_images
        sees = detectable(trainings, self.shared.deviation, images, cells=1, alpha=alpha)
        resolution = self.known.resolution_pp or 0.0
        verdict: Verdict = "unchanged"
        stay = [s for s in self.known.suspicions if not s.startswith(suspicion.MORE_SEEDS_TELL)]
        stay += [s for s in self.further.suspicions if not s.startswith(suspicion.A_COLLAPSE)]
        suspicions = tuple(dict.fromkeys(stay))
        findings = tuple(dict.fromkeys((*self.known.findings, *self.further.findings)))
        if test.regressed(self.alpha, settings.max_drop):
            verdict = "regressed"
            findings += (
                f"accuracy dropped by {test.drop_pp:.2f} points (p {test.adjusted_p:.2g}, confirmed by {len(new)} seeds)",
            )
        elif self.further.evaluation_changed:
            verdict = "changed"
        elif suspicion.collapsed(base.values, new.values):
            verdict, suspicions = "suspect", tuple(dict.fromkeys((*self.known.suspicions, *stay)))
        elif suspicions:
            verdict = "suspect"
        elif may_overlook(resolution, sees):
            verdict = "undecided"
        return replace(
            self.known,
            verdict=verdict,
            new=side_of(new),
            test=trainings.test,
            drop_pp=test.drop_pp,
            of_living=test.of_living,
            labelings=trainings.count,
            p=test.p,
            adjusted_p=test.adjusted_p,
            detectable_pp=sees,
            to_test=None,
            to_confirm=None,
            to_see=None,
            findings=findings,
            suspicions=suspicions if verdict == "suspect" else (),
            notes=(
                *self.known.notes,
                f"{self.known.verdict} at the first look, with {len(new)} new seeds {verdict}",
            ),
        )

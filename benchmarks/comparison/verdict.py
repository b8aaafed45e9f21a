"""What the accuracy gate is asked, and what it answers: plain values, one per cell and one for the whole grid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.experiment import protocols

if TYPE_CHECKING:
    from benchmarks.results.run import Run

Verdict = Literal[
    "regressed", "changed", "suspect", "undecided", "improved", "unchanged", "missing", "new", "incomparable"
]
State = Literal["identical", "same accuracies", "evaluation changed", "training changed"]

OPEN: tuple[Verdict, ...] = ("suspect", "undecided", "incomparable")
"""Verdicts that are neither a regression nor a pass."""
CELLS_SHARE_OF_ALPHA = 0.8
"""Share of alpha that the cells of a grid may spend; the rest is the grid-wide test's."""
ROUNDING_TOLERANCE = 1e-9
"""A drop of exactly max-drop is not larger than it, however it is rounded."""
UNSELECTED = "unselected"
"""In `GateSettings.allow_missing`: all cells that the new run was not asked for."""


def is_found(p: float | None, points: float, *, alpha: float, limit: float) -> bool:
    """Whether a change of this many points counts: significant at alpha, and larger than the limit; None: not tested."""
    return p is not None and p <= alpha + ROUNDING_TOLERANCE and points > limit + ROUNDING_TOLERANCE


def may_overlook(points: float, sees: float | None) -> bool:
    """Whether a test may miss a drop of this many points, where it finds those of `sees` in 80% of cases; None: no drop, however large."""
    return sees is None or sees > points + ROUNDING_TOLERANCE


@dataclass(frozen=True)
class GateSettings:
    """What counts as a regression.

    Attributes:
        max_drop: Percentage points; smaller drops of a cell do not count.
        alpha: Chance of any false alarm, over all cells and the grid-wide test, 0..1.
        strict: `new` and `improved` fail too.
        allow_partial: Take an interrupted run as baseline.
        looks: 2 if suspects that were tested may be confirmed with more seeds: each look then spends half of the
            cells' alpha.
        allow_missing: Cells of the baseline that the new run may lack; `UNSELECTED` stands for all that it was not
            asked for. A cell that it was asked for and lacks is a finding, whatever is allowed.
        across_backends: Compare cells that Keras trained on different backends; otherwise they are incomparable.
    """

    max_drop: float = protocols.Protocol.max_drop
    alpha: float = 0.05
    strict: bool = False
    allow_partial: bool = False
    looks: int = 1
    allow_missing: tuple[str, ...] = ()
    across_backends: bool = False

    @classmethod
    def for_run(cls, new: "Run", max_drop: float | None = None, **others: Any) -> "GateSettings":
        """Return the settings for judging a run.

        Args:
            new: The run to judge.
            max_drop: Percentage points; None: what counts for the run's protocols, the least where it has several.
            **others: The other attributes, as far as they are not their defaults.
        """
        if max_drop is None:
            max_drop = protocols.max_drop(cell.protocol for cell in new.cells.values())
        return cls(max_drop, **others)

    def __post_init__(self) -> None:
        if not 0 <= self.max_drop <= 100:
            raise ValueError(f"max-drop is {self.max_drop}, expected percentage points, 0..100")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}, expected an error rate between 0 and 1, such as 0.05")
        if self.looks not in (1, 2):
            raise ValueError(f"looks is {self.looks}, expected 1 or 2")

    def alpha_of_cells(self, cells: int) -> float:
        """Return the alpha that this many cells share in one look; a lone cell is its own grid."""
        return self.alpha * (CELLS_SHARE_OF_ALPHA if cells > 1 else 1.0) / self.looks

    def alpha_left(self, cells: int, *, spent: bool) -> float:
        """Return the alpha that this many cells share in a second look: all of it if the first could test none, else what was planned."""
        return self.alpha_of_cells(cells) * (1 if spent else self.looks)

    @property
    def alpha_of_grid(self) -> float:
        """The alpha of the grid-wide test."""
        return self.alpha * (1 - CELLS_SHARE_OF_ALPHA)


@dataclass(frozen=True)
class Side:
    """One run's accuracies in a cell: shares, 0..1, the dead at chance; `sd` is None for a single seed."""

    n: int
    mean: float
    sd: float | None
    dead: int = 0
    lowest: float = 0.0
    highest: float = 1.0


@dataclass(frozen=True)
class Identity:
    """What the seeds that both runs have tell without statistics.

    Attributes:
        state: `identical`: equal weights and answers. `same accuracies`: equal as far as was kept. `evaluation changed`:
            equal weights, other answers. `training changed`: other weights, or other answers where weights were not kept.
        seeds: How many seeds both runs have.
        alike: For `evaluation changed`, how many have equal weights and other answers; else how many gave the same.
        changed_images: Answers that changed with equal weights, over all seeds; None: not known.
        first_differing_epoch: From 1, the earliest of any seed; None: not known.
    """

    state: State
    seeds: int
    alike: int
    changed_images: int | None = None
    first_differing_epoch: int | None = None


@dataclass(frozen=True)
class MoreSeeds:
    """How many more trainings a cell needs, of the baseline's version and of the new one."""

    base: int
    new: int

    @property
    def total(self) -> int:
        """Of both sides together."""
        return self.base + self.new


@dataclass(frozen=True)
class CellVerdict:
    """The judgement of one cell: `verdict` is about its accuracy; `findings`, whatever the verdict, fail the gate.

    `_pp`: percentage points, drops above zero.

    Attributes:
        test: `labelings`, or `pairs` where only the two trainings of one seed may be swapped; `identical` where equal
            seeds gave the same, so that there is nothing to test; empty: not compared.
        drop_pp: Drop of the living where they decide (`of_living`), else of all with the dead at chance.
        labelings: How many ways there are to call as many trainings new.
        p: Share of these in which the cell looks as bad; of an `improved` cell, as good.
        adjusted_p: Share of relabelled grids whose worst cell looks as bad (whose best looks as good); None: too few labellings
            to be tested.
        detectable_pp: The drop that would have been found in 80% of cases; None: no drop would.
        resolution_pp: The drop that this comparison has to see.
        to_test: New seeds that the cell lacks to be tested at all; None: none, or more than anybody trains.
        to_confirm: New seeds that it takes to judge a suspect once more.
        to_see: The fewest seeds that it lacks to see `resolution_pp`; None: not known, or more than anybody trains.
        time_ratio: Median seconds of a training, divided by the baseline's; None: not known.
        gone: Whether the architecture or data set of a missing cell no longer has a file.
        differs: Fields of the setup that differ, which make a cell incomparable.
        findings: What fails the gate with status 1.
        suspicions: What is no proof, and no pass: status 2.
        notes: What else a reader must know.
    """

    cell: str
    verdict: Verdict
    base: Side | None = None
    new: Side | None = None
    identity: Identity | None = None
    test: str = ""
    drop_pp: float | None = None
    of_living: bool = True
    labelings: int | None = None
    p: float | None = None
    adjusted_p: float | None = None
    detectable_pp: float | None = None
    resolution_pp: float | None = None
    to_test: int | None = None
    to_confirm: int | None = None
    to_see: MoreSeeds | None = None
    time_ratio: float | None = None
    gone: bool = False
    differs: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether accuracies were compared."""
        return self.verdict not in ("missing", "new", "incomparable")

    @property
    def left_out(self) -> bool:
        """Whether the new run lacks it and may, since it was not asked for it."""
        return self.verdict == "missing" and not self.findings and not self.suspicions


@dataclass(frozen=True)
class GridVerdict:
    """The judgement of all tested cells together: a drop everywhere that no cell can show."""

    cells: int
    """How many entered the grid-wide test."""
    drop_pp: float
    """The median cell's drop, percentage points."""
    limit_pp: float
    """The drop that `drop_pp` must exceed, percentage points."""
    p: float
    """Share of relabelled grids that fall as low."""
    alpha: float
    """The grid has regressed only if `p` is at most this."""
    regressed: bool


@dataclass(frozen=True)
class GateReport:
    """The whole judgement; `status` is the exit status, `findings` are the reasons for it.

    `other_versions` names the libraries whose versions differ, each as `name before -> after`.
    """

    base: str
    new: str
    settings: GateSettings
    cells: tuple[CellVerdict, ...]
    grid: GridVerdict | None
    alpha_of_cells: float
    other_versions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> int:
        """Cells in which accuracies were compared."""
        return sum(c.compared for c in self.cells)

    @property
    def findings(self) -> tuple[str, ...]:
        """Everything that fails the gate, in words."""
        found = [f"{c.cell}: {text}" for c in self.cells for text in c.findings]
        if self.grid is not None and self.grid.regressed:
            found.append(
                f"grid: accuracy dropped over {self.grid.cells} cells together, by {self.grid.drop_pp:.2f} points in the median"
            )
        if self.settings.strict:
            found += [
                f"{c.cell}: {c.verdict} (--strict)" for c in self.cells if c.verdict in ("improved", "new")
            ]
        return tuple(found)

    @property
    def status(self) -> int:
        """0: no regression, and every compared cell would have shown one. 1: a finding. 2: something is undecided, so not a pass."""
        if self.findings:
            return 1
        return 2 if self.compared == 0 or any(c.suspicions or c.verdict in OPEN for c in self.cells) else 0

"""What the accuracy gate is asked, and what it answers: plain values, one per cell and one for the whole grid."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["regressed", "improved", "unchanged", "underpowered", "missing", "new", "incomparable"]


@dataclass(frozen=True)
class GateSettings:
    """What counts as a regression.

    max_drop: percentage points; smaller drops of a cell do not count. alpha: family-wise error rate over all
    cells and the grid-wide test. strict: `underpowered` and `new` fail too. allow_partial: take an
    interrupted run as baseline.
    """

    max_drop: float = 0.5
    alpha: float = 0.05
    strict: bool = False
    allow_partial: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.max_drop <= 100:
            raise ValueError(f"max-drop is {self.max_drop}, expected percentage points, 0..100")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}, expected an error rate between 0 and 1, such as 0.05")


@dataclass(frozen=True)
class Side:
    """One run's accuracies in a cell: shares, 0..1; `sd` is None for a single seed."""

    n: int
    mean: float
    sd: float | None


@dataclass(frozen=True)
class CellVerdict:
    """The judgement of one cell. `_pp`: percentage points, drops above zero.

    p and adjusted_p are one-sided, against 'not lower'; effect is the drop in seed standard deviations;
    detectable_pp the smallest true drop that this comparison finds with 80% power; findings fail the gate,
    notes do not.
    """

    cell: str
    verdict: Verdict
    base: Side | None = None
    new: Side | None = None
    test: str = ""
    drop_pp: float | None = None
    interval_pp: tuple[float, float] | None = None
    effect: float | None = None
    p: float | None = None
    adjusted_p: float | None = None
    detectable_pp: float | None = None
    mcnemar_p: float | None = None
    time_ratio: float | None = None
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridVerdict:
    """The judgement of all comparable cells together: a drop everywhere that no cell can show."""

    cells: int
    drop_pp: float  # the median cell's
    limit_pp: float
    p: float
    adjusted_p: float
    detectable_pp: float
    regressed: bool


@dataclass(frozen=True)
class GateReport:
    """The whole judgement; `status` is the exit status, `findings` are the reasons for it."""

    base: str
    new: str
    settings: GateSettings
    cells: tuple[CellVerdict, ...]
    grid: GridVerdict | None
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> int:
        """Cells in which accuracies were compared."""
        return sum(c.p is not None for c in self.cells)

    @property
    def findings(self) -> tuple[str, ...]:
        """All that fails the gate, in words."""
        found = [f"{c.cell}: {text}" for c in self.cells for text in c.findings]
        if self.grid is not None and self.grid.regressed:
            found.append(
                f"grid: a drop over {self.grid.cells} cells, {self.grid.drop_pp:.2f} points in the median"
            )
        if self.settings.strict:
            found += [
                f"{c.cell}: {c.verdict} (--strict)"
                for c in self.cells
                if c.verdict in ("underpowered", "new")
            ]
        return tuple(found)

    @property
    def status(self) -> int:
        """0: no regression. 1: a finding. 2: cells could not be compared, and nothing else is wrong."""
        if self.compared == 0:
            return 2
        if self.findings:
            return 1
        return 2 if any(c.verdict == "incomparable" for c in self.cells) else 0

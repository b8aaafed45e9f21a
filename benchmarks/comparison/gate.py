"""The accuracy gate: is the new run worse than the baseline? docs/regression-gate.md says what is tested and
why.

`judge` is called by `python -m benchmarks compare` and by `pytest --accuracy-compare`; both get the same
judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.comparison import significance
from benchmarks.comparison.select_test import Match, choose_tests
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Cell, Run

Verdict = Literal["regressed", "improved", "unchanged", "underpowered", "missing", "new", "incomparable"]
# What must be equal for two accuracies to mean the same; the names are the saved run's.
IDENTITY = (
    "protocol",
    "data_source",
    "precision",
    "epochs",
    "test_images",
    "data_fingerprint",
    "fingerprint",
)
COUNTS = ("params_total", "params_trainable", "params_non_trainable", "flops_per_image")
_HAIR = 1e-9  # a drop of exactly max-drop is not larger than it, whatever binary fractions make of 0.5


@dataclass(frozen=True)
class Settings:
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
class Report:
    """The whole judgement; `status` is the exit status, `findings` are the reasons for it."""

    base: str
    new: str
    settings: Settings
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


def judge(base: Run, new: Run, settings: Settings | None = None) -> Report:
    """Judge every cell of both runs, and the grid as a whole.

    Raises RunRefused for a baseline that is an interrupted run, unless the settings allow it.
    """
    settings = settings or Settings()
    if base.partial and not settings.allow_partial:
        raise RunRefused(
            f"{base.name} is a partial run and no baseline: finish it with --resume, merge its shards, "
            "or say --allow-partial"
        )
    verdicts: dict[str, CellVerdict] = {}
    matches: dict[str, Match] = {}
    for cell in dict.fromkeys([*base.cells, *new.cells]):
        old, now = base.cells.get(cell), new.cells.get(cell)
        if old is not None and now is not None and not (differing := _differing(old, now)):
            matches[cell] = Match(old, now)
        elif old is not None and now is not None:
            verdicts[cell] = CellVerdict(cell, "incomparable", _side(old), _side(now), notes=tuple(differing))
        else:
            verdicts[cell] = _one_sided(cell, old, now, narrowed=new.narrowed)
    grid = None
    if matches:
        compared, grid = _compare(matches, settings)
        verdicts |= compared
    ordered = tuple(verdicts[cell] for cell in dict.fromkeys([*base.cells, *new.cells]))
    return Report(base.name, new.name, settings, ordered, grid, tuple(_run_notes(base, new)))


def _compare(
    matches: Mapping[str, Match], settings: Settings
) -> tuple[dict[str, CellVerdict], GridVerdict | None]:
    found = list(matches.values())
    family = len(found) + (len(found) > 1)  # one cell alone is its own grid
    level = settings.alpha / family
    choose_tests(found, level)
    p_values = [m.p_drop for m in found]
    p_grid = significance.stouffer(p_values)
    adjusted = significance.holm([*p_values, p_grid][:family])
    gains = significance.holm([m.p_gain for m in found])
    verdicts = {
        cell: _verdict(cell, match, adjusted[i], gains[i], level, settings)
        for i, (cell, match) in enumerate(matches.items())
    }
    if len(found) < 2:
        return verdicts, None
    # k cells together are known sqrt(k) times as well as one, so a drop that counts may be that much smaller.
    limit = settings.max_drop / math.sqrt(len(found))
    drop = 100 * float(np.median([m.difference.drop for m in found]))
    errors = [math.sqrt(m.difference.variance) for m in found]
    return verdicts, GridVerdict(
        cells=len(found),
        drop_pp=drop,
        limit_pp=limit,
        p=p_grid,
        adjusted_p=adjusted[-1],
        detectable_pp=100 * significance.stouffer_detectable(errors, level),
        regressed=adjusted[-1] <= settings.alpha and drop > limit + _HAIR,
    )


def _verdict(
    cell: str, match: Match, adjusted: float, adjusted_gain: float, level: float, settings: Settings
) -> CellVerdict:
    difference = match.difference
    drop, detectable = 100 * difference.drop, 100 * difference.detectable(level)
    verdict: Verdict = "unchanged"
    notes: list[str] = []
    if adjusted <= settings.alpha and drop > settings.max_drop + _HAIR:
        verdict = "regressed"
    elif adjusted_gain <= settings.alpha and -drop > settings.max_drop + _HAIR:
        verdict = "improved"
    elif match.identical:
        notes.append("the same seeds gave the same accuracies")
    elif detectable > settings.max_drop:
        verdict = "underpowered"
    if adjusted <= settings.alpha and verdict != "regressed":
        notes.append(f"the drop is significant, and not larger than {settings.max_drop:g} points")
    findings, more = _beside_accuracy(match, verdict, drop)
    low, high = difference.interval()
    sd = math.sqrt(difference.variance / (1 / match.n + 1 / match.m))
    return CellVerdict(
        cell=cell,
        verdict=verdict,
        base=_side(match.base),
        new=_side(match.new),
        test=match.test,
        drop_pp=drop,
        interval_pp=(100 * low, 100 * high),
        effect=difference.drop / sd,
        p=match.p_drop,
        adjusted_p=adjusted,
        detectable_pp=detectable,
        mcnemar_p=match.worse,
        time_ratio=_time_ratio(match.base, match.new),
        findings=tuple(findings),
        notes=(*notes, *more),
    )


def _beside_accuracy(match: Match, verdict: Verdict, drop: float) -> tuple[list[str], list[str]]:
    """Return findings and notes on one cell: the drop, counts, floor, diverged seeds."""
    base, new = match.base, match.new
    findings = [f"accuracy dropped by {drop:.2f} points ({match.test})"] if verdict == "regressed" else []
    notes = []
    for name in COUNTS:
        old, now = getattr(base, name), getattr(new, name)
        if old is None or now is None:
            if old != now:
                notes.append(f"{name} is known on one side only")
        elif old != now:
            findings.append(f"{name} changed from {old:,} to {now:,}")
    floor = "" if new.floor is None else f" ({_side(new).mean:.4f}, floor {new.floor:.4f})"
    if new.verdict == "failed" and base.verdict == "failed":
        notes.append(f"its floor fails{floor}, as it did in the baseline")
    elif new.verdict == "failed":
        agree = "and so does the baseline" if verdict == "regressed" else f"the baseline says {verdict}"
        findings.append(f"its floor fails{floor}; {agree}")
    elif verdict == "regressed" and new.verdict == "passed":
        notes.append(f"the baseline fails, its floor passes{floor}")
    if new.diverged_seeds or base.diverged_seeds:
        notes.append(
            f"diverged: {new.diverged_seeds} of {match.m} seeds; baseline: {base.diverged_seeds} of {match.n}"
        )
    return findings, notes


def _one_sided(cell: str, old: Cell | None, now: Cell | None, *, narrowed: bool) -> CellVerdict:
    if old is None:
        assert now is not None
        failed = ("its floor fails; no baseline",) if now.verdict == "failed" else ()
        return CellVerdict(
            cell, "new", None, _side(now), findings=failed, notes=("not in the baseline: nothing gated",)
        )
    if narrowed:
        return CellVerdict(cell, "missing", _side(old), notes=("not asked for in this run",))
    return CellVerdict(
        cell, "missing", _side(old), findings=("missing: in the baseline, not in the new run",)
    )


def _differing(old: Cell, now: Cell) -> list[str]:
    """Name every field of the identity that differs."""
    pairs = [(name, getattr(old, name), getattr(now, name)) for name in IDENTITY]
    if old.fingerprint != now.fingerprint and old.recipe and now.recipe:
        before, after = old.recipe_text, now.recipe_text
        names = dict.fromkeys([*before, *after])
        pairs += [(f"recipe.{name}", before.get(name), after.get(name)) for name in names]
    return [f"{name}: {before} -> {after}" for name, before, after in pairs if before != after]


def _run_notes(base: Run, new: Run) -> list[str]:
    notes = []
    if base.name == new.name:
        notes.append("baseline and new run are the same file: this comparison cannot fail")
    if base.partial:
        notes.append("the baseline is a partial run")
    if new.partial:
        notes.append("the new run is partial: its missing cells are findings")
    both = [(base.cells[name], new.cells[name]) for name in base.cells if name in new.cells]
    versions = dict.fromkeys(
        f"{name} {before[name]} -> {now[name]}"
        for old, fresh in both
        for before, now in [(base.versions_of(old), new.versions_of(fresh))]
        for name in sorted(before.keys() & now.keys())
        if before[name] != now[name]
    )
    if versions:
        notes.append("versions differ: " + ", ".join(versions))
    beside = [run.name for run in (base, new) if any(cell.parallel for cell in run.cells.values())]
    reasons = dict.fromkeys(
        reason
        for old, fresh in both
        for reason in time_differences(base.machine_of(old), new.machine_of(fresh), beside)
    )
    if reasons:
        notes.append("times are not comparable: " + "; ".join(reasons))
    return notes


def time_differences(base: Mapping[str, str], new: Mapping[str, str], beside: Sequence[str]) -> list[str]:
    """Why times measured on these machines do not compare; `beside`: runs that trained cells side by side."""
    reasons = [
        f"{key} {base.get(key, 'unknown')} -> {new.get(key, 'unknown')}"
        for key in sorted(base.keys() | new.keys())
        if base.get(key) != new.get(key)
    ]
    return reasons + [f"{run} was timed with other cells beside it" for run in beside]


def _time_ratio(base: Cell, new: Cell) -> float | None:
    if not base.seed_seconds or not new.seed_seconds or min(base.seed_seconds) <= 0:
        return None
    return float(np.median(new.seed_seconds) / np.median(base.seed_seconds))


def _side(cell: Cell) -> Side:
    values = list(cell.values.values())
    return Side(len(values), significance.mean(values), significance.standard_deviation(values))

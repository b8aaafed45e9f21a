"""What the gate does on made-up grids whose truth is known: the tables of docs/regression-gate.md.

The grids go through the same test as saved runs (`benchmarks.comparison.relabel`); only reading, and what needs no
statistics, is left out.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from benchmarks.comparison import power, relabel, suspicion
from benchmarks.comparison.relabel import Trainings
from benchmarks.comparison.select_test import Sample
from benchmarks.comparison.verdict import ROUNDING_TOLERANCE, GateSettings
from benchmarks.comparison.worlds import CELLS, Scenario, draw
from benchmarks.paths import BASELINES
from benchmarks.results.run import load_run

SEEDS = (1, 2, 3, 5, 10, 20)
SHOWN = ((1, 1), (5, 1), (10, 1), (5, 2), (3, 3), (5, 3), (5, 5), (10, 3), (10, 5), (10, 10))
EQUAL: dict[str, Scenario] = {
    f"{world}, {title}": Scenario(1, 1, world, **changes)
    for world in ("full", "wide")
    for title, changes in (
        ("normal", {}), ("t3", {"noise": "t3"}), ("skewed", {"noise": "skewed"}), ("dead 0.05", {"dead": 0.05}),
        ("dead 0.2", {"dead": 0.2}), ("dead 0.5", {"dead": 0.5}), ("4 cells dead 0.5", {"dead": 0.5, "dying_cells": 4}),
    )
}  # fmt: skip
"""Equal distributions on both sides, by name."""


@dataclass(frozen=True)
class Rates:
    """Shares of the made-up comparisons."""

    grids: int
    alarm: float
    """Any cell regressed, or the grid."""
    cell: float
    """The cell in which something is wrong regressed."""
    grid: float
    """The grid-wide test says so."""
    suspect: float
    """Any cell collapsed."""
    caught: float
    """The cell in which something is wrong regressed or collapsed."""

    def error(self, rate: float) -> float:
        """Monte-Carlo standard error of one of these."""
        return math.sqrt(rate * (1 - rate) / self.grids)


@lru_cache(maxsize=1024)
def simulate(scenario: Scenario, grids: int, *, seed: int = 0, max_drop: float = 0.5) -> Rates:
    """Judge this many made-up comparisons of twenty cells."""
    rng = np.random.default_rng(seed)
    counts = np.zeros(5)
    for _ in range(grids):
        made = draw(scenario, rng)
        counts += judge_trainings(made.trainings, max_drop)
    return Rates(grids, *(counts / grids).tolist())


def judge_trainings(trainings: Sequence[Trainings], max_drop: float) -> tuple[bool, ...]:
    """Judge one comparison: the fields of `Rates` after the first, in their order."""
    settings = GateSettings(max_drop)
    alpha = settings.alpha_of_cells(len(trainings))
    scores = relabel.score(trainings)
    drops = [100 * score.drop for score in scores]
    adjusted = relabel.adjusted_p_of(trainings, scores, alpha)
    cells = [
        p is not None and p <= alpha + ROUNDING_TOLERANCE and drop > max_drop + ROUNDING_TOLERANCE
        for p, drop in zip(adjusted, drops, strict=True)
    ]
    low = float(np.median(drops)) > max_drop / math.sqrt(len(trainings)) + ROUNDING_TOLERANCE
    grid = (
        low
        and relabel.grid_p([score.found for score in scores]) <= settings.alpha_of_grid + ROUNDING_TOLERANCE
    )
    collapsed = [suspicion.collapsed(t.values[: t.n].tolist(), t.values[t.n :].tolist()) for t in trainings]
    return any(cells) or grid, cells[0], grid, any(collapsed), cells[0] or collapsed[0]


def splits(name: str, new: int, count: int, *, seed: int = 0) -> Rates:
    """Split a pinned run's seeds at random into a baseline and `new` new ones, and judge it against itself."""
    samples = [Sample.of(cell) for cell in load_run(BASELINES / f"{name}.json").cells.values()]
    rng = np.random.default_rng(seed)
    counts = np.zeros(5)
    for _ in range(count):
        trainings = []
        for sample in samples:
            order = rng.permutation(len(sample))
            values, alive = np.array(sample.values)[order], np.array(sample.alive)[order]
            trainings.append(Trainings(values, alive, len(sample) - new, sample.draw))
        counts += judge_trainings(trainings, max_drop=0.0)
    return Rates(count, *(counts / count).tolist())


def false_alarms(grids: int, pairs: Sequence[tuple[int, int]], worlds: Sequence[str]) -> Iterator[str]:
    """Equal distributions: how often anything regresses, every drop counting."""
    yield "| " + " | ".join(["world, noise", *(f"{n}v{m}" for n, m in pairs)]) + " |"
    yield "|---" * (1 + len(pairs)) + "|"
    for name in worlds:
        rates = [simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0).alarm for n, m in pairs]
        yield _row(name, rates)


def false_alarms_of_all_pairs(grids: int) -> Iterator[str]:
    """Equal distributions, four kinds of noise: how often anything regresses with every pair of `SEEDS`, every drop counting."""
    worlds = ["full, normal", "full, t3", "full, skewed", "full, dead 0.2"]
    yield f"| seeds | {' | '.join(worlds)} |"
    yield "|---" * (1 + len(worlds)) + "|"
    for n in SEEDS:
        for m in SEEDS:
            rates = [simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0).alarm for name in worlds]
            yield _row(f"{n}v{m}", rates)


def suspects(grids: int, pairs: Sequence[tuple[int, int]], worlds: Sequence[str]) -> Iterator[str]:
    """Equal distributions: how often any cell is suspect of a collapse (status 2, never 1)."""
    yield "| " + " | ".join(["world, noise", *(f"{n}v{m}" for n, m in pairs)]) + " |"
    yield "|---" * (1 + len(pairs)) + "|"
    for name in worlds:
        yield _row(
            name, [simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0).suspect for n, m in pairs]
        )


_WRONG: dict[str, Callable[[Scenario], tuple[Scenario, str]]] = {
    "one cell loses 0.5 points": lambda s: (replace(s, drop=0.5), "cell"),
    "one cell loses 1 point": lambda s: (replace(s, drop=1.0), "cell"),
    "one cell loses 2 points": lambda s: (replace(s, drop=2.0), "cell"),
    "one cell loses 5 points": lambda s: (replace(s, drop=5.0), "cell"),
    "one cell loses 2 points, 0.2 die everywhere": lambda s: (replace(s, drop=2.0, dead=0.2), "cell"),
    "all new seeds of one cell die, 0.05 elsewhere": lambda s: (replace(s, deaths=1.0, dead=0.05), "cell"),
    "every cell loses 0.5 points": lambda s: (replace(s, everywhere=0.5), "alarm"),
    "every cell loses 1 point": lambda s: (replace(s, everywhere=1.0), "alarm"),
}


def found(grids: int, pairs: Sequence[tuple[int, int]], scenario: Scenario) -> Iterator[str]:
    """How often a true drop is found: in its cell, or anywhere where every cell drops; max-drop 0.5."""
    yield "| " + " | ".join([f"{scenario.world}, {scenario.noise}", *(f"{n}v{m}" for n, m in pairs)]) + " |"
    yield "|---" * (1 + len(pairs)) + "|"
    for name, change in _WRONG.items():
        rates = []
        for n, m in pairs:
            changed, which = change(replace(scenario, n=n, m=m))
            rates.append(float(getattr(simulate(changed, grids), which)))
        yield _row(name, rates)


def collapses(grids: int, pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
    """One cell falls by 40 points, or all its new seeds die: found (status 1), and found or suspect (not status 0)."""
    yield "| " + " | ".join(["full, normal", *(f"{n}v{m}" for n, m in pairs)]) + " |"
    yield "|---" * (1 + len(pairs)) + "|"
    for name, wrong in (
        ("40 points lower", Scenario(1, 1, drop=40.0)),
        ("all new seeds die", Scenario(1, 1, deaths=1.0)),
    ):
        rates = [simulate(replace(wrong, n=n, m=m), grids) for n, m in pairs]
        yield _row(f"{name}: found", [rate.cell for rate in rates])
        yield _row(f"{name}: found or suspect", [rate.caught for rate in rates])


def pairing(grids: int) -> Iterator[str]:
    """Seeds that share their start (`wide`): false alarms, and how often 2 points in one cell are found."""
    yield "| correlation | 5v5 false alarms | 5v5 finds 2 points | 10v10 false alarms | 10v10 finds 2 points |"
    yield "|---" * 5 + "|"
    for correlation in (0.0, 0.5, 0.8, 0.9, 0.95, 0.99):
        rates = []
        for n in (5, 10):
            scenario = Scenario(n, n, "wide", correlation=correlation)
            rates.append(simulate(scenario, grids, max_drop=0.0).alarm)
            rates.append(simulate(replace(scenario, drop=2.0), grids).cell)
        yield _row(f"{correlation:g}", rates)


def erratic(grids: int, pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Equal means, the new run's spread doubled in every cell: no equal distributions."""
    yield "| " + " | ".join(["full, normal", *(f"{n}v{m}" for n, m in pairs)]) + " |"
    yield "|---" * (1 + len(pairs)) + "|"
    yield _row(
        "spread doubled", [simulate(Scenario(n, m, wider=2.0), grids, max_drop=0.0).alarm for n, m in pairs]
    )


def seeds_needed() -> Iterator[str]:
    """Seeds per side that find a drop in one of twenty cells with 80%: deviation known, and known from 5 + 5 seeds."""
    drops = (0.5, 1.0, 2.0, 5.0)
    yield "| " + " | ".join(["deviation between seeds", *(f"{drop:g} points" for drop in drops)]) + " |"
    yield "|---" * (1 + len(drops)) + "|"
    for deviation in (0.2, 0.5, 1.0, 2.0):
        cells = []
        for drop in drops:
            known, estimated = (
                power.seeds_per_side(limit, drop, cells=CELLS, alpha=GateSettings().alpha_of_cells(CELLS))
                for limit in (deviation, power.upper_limit(deviation, 8))
            )
            cells.append(f"{known} ({estimated})")
        yield f"| {deviation:g} points | " + " | ".join(cells) + " |"


def of_pinned_runs(count: int) -> Iterator[str]:
    """Pinned runs against themselves, their five seeds split at random: findings and suspects."""
    yield "| run | split | findings (status 1) | suspects (status 2) |"
    yield "|---" * 4 + "|"
    for name in ("quick-synthetic", "quick-real"):
        for new in (1, 2):
            rates = splits(name, new, count)
            yield f"| {name} | {5 - new}v{new} | {rates.alarm:.4f} | {rates.suspect:.4f} |"


def _row(name: str, rates: Sequence[float]) -> str:
    return f"| {name} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |"

"""What the gate does on made-up grids whose truth is known.

The grids go through the same test as saved runs (`benchmarks.comparison.relabel`); only reading, and what needs no
statistics, is left out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from benchmarks.comparison import relabel, suspicion
from benchmarks.comparison.confirmation import SecondTest
from benchmarks.comparison.detectable import detectable, pooled_deviation
from benchmarks.comparison.gate import judge_grid
from benchmarks.comparison.missed_floors import Floors
from benchmarks.comparison.relabel import Trainings
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import GateSettings, is_found
from benchmarks.comparison.worlds import CELLS, Scenario, draw, draw_world
from benchmarks.experiment.floors import floor_of
from benchmarks.paths import BASELINES
from benchmarks.results.run import load_run

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
    """The grid regressed, by the grid-wide test."""
    suspect: float
    """Any cell collapsed."""
    caught: float
    """The cell in which something is wrong regressed or collapsed."""

    def error(self, rate: float) -> float:
        """Return the Monte Carlo standard error of one of these."""
        return math.sqrt(rate * (1 - rate) / self.grids)


@lru_cache(maxsize=1024)
def simulate(scenario: Scenario, grids: int, *, seed: int = 0, max_drop: float = 0.5) -> Rates:
    """Judge this many made-up comparisons of twenty cells; other seeds make up others."""
    rng = np.random.default_rng(seed)
    counts = np.zeros(5)
    for _ in range(grids):
        made = draw(scenario, rng)
        counts += judge_trainings(made.trainings, max_drop)
    return Rates(grids, *(counts / grids).tolist())


@dataclass(frozen=True)
class SecondLook:
    """Shares of made-up comparisons in which every cell got more seeds and was looked at again."""

    grids: int
    alarm: float
    """Any cell regressed in either look, or the grid in the first."""
    cell: float
    """The cell in which something is wrong regressed in either look."""


@lru_cache(maxsize=256)
def look_twice(
    scenario: Scenario, further: int, grids: int, *, looks: int = 1, max_drop: float = 0.5
) -> SecondLook:
    """Judge this many comparisons, and all their cells once more with `further` new seeds; a user would confirm fewer cells."""
    rng = np.random.default_rng(0)
    settings = GateSettings(max_drop, looks=looks)
    counts = np.zeros(2)
    for _ in range(grids):
        made = draw(replace(scenario, m=scenario.m + further), rng)
        counts += judge_twice(made.trainings, further, settings)
    return SecondLook(grids, *(counts / grids).tolist())


def judge_twice(trainings: Sequence[Trainings], further: int, settings: GateSettings) -> tuple[bool, bool]:
    """Judge one comparison without the last `further` (1 or more) seeds, then with them; return `alarm` and `cell` of `SecondLook`."""
    at_first = settings.alpha_of_cells(len(trainings))
    first = [
        # Pairs need as many new seeds as the baseline has, of which some are still to come.
        replace(cell, values=cell.values[:-further], alive=cell.alive[:-further], paired=False)
        for cell in trainings
    ]
    alarm, cell, *_ = judge_trainings(first, settings.max_drop, settings.looks)
    spent = any(cell.testable(at_first) for cell in first)
    alpha = settings.alpha_left(len(first), spent=spent)
    whole = [each.paired_if_testable(alpha / len(first)) for each in trainings]
    later = [SecondTest.of(each, len(first)).regressed(alpha, settings.max_drop) for each in whole]
    return alarm or any(later), cell or later[0]


@dataclass(frozen=True)
class Seen:
    """How honest `sees` is.

    Attributes:
        grids: Made-up comparisons in which the cell saw any drop.
        found: Share of other comparisons in the same world in which a drop of exactly that size was found.
        median: Of `sees`, points.
    """

    grids: int
    found: float
    median: float


@lru_cache(maxsize=256)
def seen(scenario: Scenario, grids: int, *, seed: int = 0) -> Seen:
    """Ask each of this many comparisons what its cell 0 sees, and test for a drop of that size in fresh trainings of the same cells."""
    rng = np.random.default_rng(seed)
    alpha = GateSettings().alpha_of_cells(CELLS)
    drops, found = [], 0
    for _ in range(grids):
        world = draw_world(scenario.world, rng)
        first = draw(scenario, rng, world).trainings[0]
        base, new = first.living
        deviation = pooled_deviation(base.tolist(), new.tolist(), first.unit)
        drop = detectable(first, deviation, world.images, cells=CELLS, alpha=alpha)
        if drop is not None:
            drops.append(drop)
            fresh = draw(replace(scenario, drop=drop), rng, world)
            found += judge_trainings(fresh.trainings, max_drop=0.0)[1]
    return Seen(len(drops), found / max(len(drops), 1), float(np.median(drops)) if drops else math.nan)


def judge_trainings(trainings: Sequence[Trainings], max_drop: float, looks: int = 1) -> tuple[bool, ...]:
    """Judge one comparison, the first of this many looks; return the fields of `Rates` after `grids`, in their order."""
    settings = GateSettings(max_drop, looks=looks)
    alpha = settings.alpha_of_cells(len(trainings))
    trainings = [each.paired_if_testable(alpha) for each in trainings]
    scores = relabel.score(trainings)
    adjusted = relabel.adjusted_p_of(trainings, scores, alpha)
    cells = [
        is_found(p, 100 * score.drop, alpha=alpha, limit=max_drop)
        for p, score in zip(adjusted, scores, strict=True)
    ]
    grid = judge_grid(scores, settings).regressed
    collapsed = [suspicion.collapsed(t.values[: t.n].tolist(), t.values[t.n :].tolist()) for t in trainings]
    return any(cells) or grid, cells[0], grid, any(collapsed), cells[0] or collapsed[0]


@dataclass(frozen=True)
class FloorRates:
    """Shares of made-up comparisons; the new run is held to the floors that follow from the baseline's seeds."""

    grids: int
    missed: float
    """Any new seed missed its floor."""
    suspect: float
    """Any missed floor is suspicious: chance does not explain it."""
    caught: float
    """That of the cell in which something is wrong is."""


@lru_cache(maxsize=256)
def hold_to_floors(scenario: Scenario, grids: int, *, fallen: float = 0.0) -> FloorRates:
    """Hold the new seeds of this many comparisons to their floors; one new seed of cell 0 falls by `fallen` points."""
    rng = np.random.default_rng(0)
    counts = np.zeros(3)
    for _ in range(grids):
        trainings = draw(scenario, rng).trainings
        trainings[0].values[-1] -= fallen / 100
        counts += judge_floors(trainings)
    return FloorRates(grids, *(counts / grids).tolist())


def judge_floors(trainings: Sequence[Trainings]) -> tuple[bool, bool, bool]:
    """Judge the floors of one comparison; return the fields of `FloorRates` after `grids`, in their order."""
    cells = []
    for each in trainings:
        base, new = each.living
        pinned = tuple(base.tolist())
        cells.append((len(each.values) - each.n, pinned, floor_of(pinned), new.tolist()))
    floors = Floors(tuple((count, pinned, floor) for count, pinned, floor, _ in cells))
    suspects, missed = [], False
    for _, pinned, floor, new in cells:
        low = [] if floor is None else [value for value in new if value < floor]
        missed |= bool(low)
        suspects.append(not floors.explain(pinned, low))
    return missed, any(suspects), suspects[0]


def pinned_samples(name: str) -> list[Sample]:
    """Return the pinned seeds of each cell of a baseline, such as `quick-real`."""
    return [Sample.of(cell) for cell in load_run(BASELINES / f"{name}.json").cells.values()]


def splits(samples: Sequence[Sample], new: int, count: int) -> tuple[Rates, FloorRates]:
    """Split the seeds of a run at random into a baseline and `new` new ones, and judge these, `count` times."""
    rng = np.random.default_rng(0)
    counts, floors = np.zeros(5), np.zeros(3)
    for _ in range(count):
        trainings = []
        for sample in samples:
            order = rng.permutation(len(sample))
            values, alive = np.array(sample.values)[order], np.array(sample.alive)[order]
            trainings.append(Trainings.of(values, alive, len(sample) - new, sample.cell.test_images))
        counts += judge_trainings(trainings, max_drop=0.0)
        floors += judge_floors(trainings)
    return Rates(count, *(counts / count).tolist()), FloorRates(count, *(floors / count).tolist())

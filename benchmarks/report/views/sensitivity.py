"""What it costs to see a drop of a given size in every cell: seeds on each side, and minutes of training them."""

import math
import statistics
from dataclasses import dataclass

import numpy as np

from benchmarks.comparison import power
from benchmarks.comparison.pairs import deviation_within
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.significance import standard_deviation
from benchmarks.comparison.verdict import GateSettings
from benchmarks.report.grid import median_seconds
from benchmarks.report.table import Column, Table, row
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def table(base: Run, rounded: Run | None, drop: float) -> Table:
    """Return the costs of every cell by the spread between seeds and, with `rounded`, within pairs of equal seeds.

    Args:
        base: Two living seeds or more per cell. Dead ones say nothing about the others' spread; a note names them.
        rounded: The same seeds of the same cells, trained with other rounding.
        drop: Points, to be seen with a probability of 80%.

    Raises:
        RunRefused: A cell has fewer than two living seeds or no seconds; or `rounded` has other cells or seeds, or a dead one.
    """
    costs = [_cost(base, cell, rounded, drop) for cell in base.cells.values()]
    columns = [
        Column("cell"), Column("accuracy", format=".3f"), Column("s per seed", format=".1f"),
        Column("deviation between seeds", format=".2f"), Column("seeds", format="d"), Column("min", format=".1f"),
        Column("deviation in pairs", format=".2f"), Column("pairs", format="d"), Column("min", format=".1f"),
    ]  # fmt: skip
    rows = [
        row(
            cost.cell, cost.accuracy, cost.seconds,
            *(figure for way in cost.ways for figure in (way.deviation, way.seeds, way.minutes)),
        )
        for cost in costs
    ]  # fmt: skip
    ways = 1 if rounded is None else 2
    sums = [math.fsum(cost.ways[i].minutes for cost in costs) for i in range(ways)]
    alone = [math.fsum(cost.ways[i].minutes_alone for cost in costs) for i in range(ways)]
    entries = [entry for total in sums for entry in (None, None, total)]
    return Table(
        "sensitivity",
        f"Seeds and minutes on each side to see {drop:g} point{'' if drop == 1 else 's'} in every cell",
        columns[: 3 + 3 * ways],
        [*rows, row("sum", None, math.fsum(cost.seconds for cost in costs), *entries)],
        notes=[
            "Judged one at a time at 5% instead of as a grid: "
            + ", ".join(f"{m:.1f} min" for m in alone)
            + ".",
            *(f"{cost.cell} without its dead seeds ({cost.dead})." for cost in costs if cost.dead),
        ],
    )


@dataclass(frozen=True)
class _Way:
    """What one way of comparing costs on each side: points, seeds, minutes by the gate and for a cell alone."""

    deviation: float
    seeds: int
    minutes: float
    minutes_alone: float


@dataclass(frozen=True)
class _Cost:
    cell: str
    accuracy: float
    seconds: float
    """Of training and, where it is known, of evaluation; per seed."""
    ways: tuple[_Way, ...]
    """Unpaired, then paired."""
    dead: str
    """How many of how many seeds, such as `1 of 10`; empty where none is."""


def _cost(base: Run, cell: CellResult, rounded: Run | None, drop: float) -> _Cost:
    sample, cells = Sample.of(cell), len(base.cells)
    deviation, alpha = standard_deviation(sample.living), GateSettings().alpha_of_cells(cells)
    if deviation is None or (took := median_seconds(cell)) is None:
        raise RunRefused(
            f"{base.name}: {cell.id}: expected two seeds or more that did not die, with their seconds; train some with --seeds 5"
        )
    per_seed = took + (cell.eval_seconds or 0.0) / len(sample)

    def way(points: float, seeds: int | None, sides: int) -> _Way:
        if seeds is None:
            raise RunRefused(
                f"{base.name}: {cell.id}: a drop of {drop:g} takes over {power.SEARCH_LIMIT:,} seeds; raise --drop"
            )
        alone = max(2.0, power.seeds_of_one_cell(points, drop, sides=sides))
        return _Way(points, seeds, seeds * per_seed / 60, alone * per_seed / 60)

    between = 100 * deviation
    ways = [way(between, power.seeds_per_side(between, drop, cells=cells, alpha=alpha), 2)]
    if rounded is not None:
        other = rounded.cells.get(cell.id)
        if (
            other is None
            or (pair := Sample.of(other)).seeds != sample.seeds
            or other.fingerprint != cell.fingerprint
        ):
            raise RunRefused(f"{rounded.name}: {cell.id}: expected the seeds and the recipe of {base.name}")
        if not all([*sample.alive, *pair.alive]):
            raise RunRefused(f"{rounded.name}: {cell.id}: expected pairs of seeds that are all alive")
        within = deviation_within(np.array([*sample.values, *pair.values]))
        ways.append(way(within, power.pairs_needed(within, drop, cells=cells, alpha=alpha), 1))
    dead = len(sample) - len(sample.living)
    accuracy = statistics.fmean(sample.living)
    return _Cost(cell.id, accuracy, per_seed, tuple(ways), f"{dead} of {len(sample)}" if dead else "")

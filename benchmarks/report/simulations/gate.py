"""How often the gate raises false alarms and finds true drops on made-up grids: the tables of docs/gate-validation.md."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from benchmarks.comparison import power
from benchmarks.comparison.simulation import (
    EQUAL,
    hold_to_floors,
    look_twice,
    pinned_samples,
    seen,
    simulate,
    splits,
)
from benchmarks.comparison.verdict import GateSettings
from benchmarks.comparison.worlds import CELLS, Noise, Scenario, WorldName
from benchmarks.report.table import Column, Row, SlowTable, row

SEEDS = (1, 2, 3, 5, 10, 20)
SHOWN = ((1, 1), (5, 1), (10, 1), (5, 2), (3, 3), (5, 3), (5, 5), (10, 3), (10, 5), (10, 10))
SEE = ((5, 3), (5, 5), (10, 3), (10, 5), (10, 10))
"""Pairs of which the table of `sees` is made."""
CONFIRMED = ((5, 1, 6, 1), (10, 1, 3, 1), (20, 1, 2, 1), (5, 5, 5, 2), (10, 3, 3, 2))
"""Seeds of the baseline and of the first look, further seeds, and planned looks, of which the table of second looks is made."""
_WORLDS: tuple[WorldName, ...] = ("full", "wide")
Pairs = Sequence[tuple[int, int]]
"""Seeds of the baseline and of the new run."""


def false_alarms(grids: int, pairs: Pairs, worlds: Sequence[str]) -> SlowTable:
    """Equal distributions: how often anything regresses, every drop counting."""

    def rows() -> Iterator[Row]:
        for name in worlds:
            yield row(
                name, *(simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0).alarm for n, m in pairs)
            )

    return SlowTable("False alarms: equal distributions", _columns("world, noise", pairs), rows())


def false_alarms_of_all_pairs(grids: int) -> SlowTable:
    """Equal distributions, four kinds of noise: how often anything regresses with every pair of `SEEDS`, every drop counting."""
    worlds = ["full, normal", "full, t3", "full, skewed", "full, dead 0.2"]

    def rows() -> Iterator[Row]:
        for n in SEEDS:
            for m in SEEDS:
                found = (simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0) for name in worlds)
                yield row(f"{n}v{m}", *(rates.alarm for rates in found))

    columns = [Column("seeds"), *(Column(world, format=".3f") for world in worlds)]
    return SlowTable("False alarms of all pairs", columns, rows())


def suspects(grids: int, pairs: Pairs, worlds: Sequence[str]) -> SlowTable:
    """Equal distributions: how often any cell is suspect of a collapse (status 2, never 1)."""

    def rows() -> Iterator[Row]:
        for name in worlds:
            found = (simulate(replace(EQUAL[name], n=n, m=m), grids, max_drop=0.0) for n, m in pairs)
            yield row(name, *(rates.suspect for rates in found))

    return SlowTable("Suspects: equal distributions", _columns("world, noise", pairs), rows())


def missed_floors(grids: int, pairs: Pairs) -> SlowTable:
    """How often any new seed misses its floor, and how often the gate suspects a cell of it; one fallen seed suspected."""
    noises: tuple[Noise, ...] = ("normal", "t3", "skewed")
    worlds = {f"{world}, {noise}": Scenario(1, 1, world, noise) for world in _WORLDS for noise in noises}

    def rows() -> Iterator[Row]:
        for name, scenario in worlds.items():
            rates = [hold_to_floors(replace(scenario, n=n, m=m), grids) for n, m in pairs]
            yield row(f"{name}: a floor is missed", *(rate.missed for rate in rates))
            yield row(f"{name}: a cell is suspect", *(rate.suspect for rate in rates))
        for points in (5.0, 10.0, 20.0, 40.0):
            for world in _WORLDS:
                fallen = [hold_to_floors(Scenario(n, m, world), grids, fallen=points) for n, m in pairs]
                name = f"{world}, normal, one seed {points:g} points lower: its cell is suspect"
                yield row(name, *(rate.caught for rate in fallen))

    return SlowTable("Missed floors", _columns("world, noise", pairs), rows())


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


def found(grids: int, pairs: Pairs, scenario: Scenario) -> SlowTable:
    """How often a true drop is found: in its cell, or anywhere where every cell drops; max-drop 0.5."""

    def rows() -> Iterator[Row]:
        for name, change in _WRONG.items():
            rates = []
            for n, m in pairs:
                changed, which = change(replace(scenario, n=n, m=m))
                rates.append(float(getattr(simulate(changed, grids), which)))
            yield row(name, *rates)

    return SlowTable("True drops found", _columns(f"{scenario.world}, {scenario.noise}", pairs), rows())


def collapses(grids: int, pairs: Pairs) -> SlowTable:
    """One cell falls by 40 points, or all its new seeds die: found (status 1), and found or suspect (not status 0)."""
    wrong = {"40 points lower": Scenario(1, 1, drop=40.0), "all new seeds die": Scenario(1, 1, deaths=1.0)}

    def rows() -> Iterator[Row]:
        for name, scenario in wrong.items():
            rates = [simulate(replace(scenario, n=n, m=m), grids) for n, m in pairs]
            yield row(f"{name}: found", *(rate.cell for rate in rates))
            yield row(f"{name}: found or suspect", *(rate.caught for rate in rates))

    return SlowTable("Collapses found or suspect", _columns("full, normal", pairs), rows())


def pairing(grids: int) -> SlowTable:
    """Seeds that share their start (`wide`): false alarms, and how often 2 points in one cell are found."""

    def rows() -> Iterator[Row]:
        for correlation in (0.0, 0.5, 0.8, 0.9, 0.95, 0.99):
            rates = []
            for n in (5, 10):
                scenario = Scenario(n, n, "wide", correlation=correlation)
                rates.append(simulate(scenario, grids, max_drop=0.0).alarm)
                rates.append(simulate(replace(scenario, drop=2.0), grids).cell)
            yield row(f"{correlation:g}", *rates)

    heads = [f"{pair} {what}" for pair in ("5v5", "10v10") for what in ("false alarms", "finds 2 points")]
    columns = [Column("correlation"), *(Column(head, format=".3f") for head in heads)]
    return SlowTable("Seeds that share their start", columns, rows())


def sees(grids: int, pairs: Pairs) -> SlowTable:
    """How often a drop of exactly the size that a cell `sees` is found in fresh trainings of it, with the median size in points."""
    noises: tuple[Noise, ...] = ("normal", "t3", "skewed")
    worlds = {f"{world}, {noise}": Scenario(1, 1, world, noise) for world in _WORLDS for noise in noises}
    worlds["wide, normal, seeds share their start (0.95)"] = Scenario(1, 1, "wide", correlation=0.95)

    def one(scenario: Scenario, n: int, m: int) -> str:
        if scenario.correlation is not None and n != m:
            return ""
        rates = seen(replace(scenario, n=n, m=m), grids)
        return f"{rates.found:.3f} ({rates.median:.1f})"

    def rows() -> Iterator[Row]:
        for name, scenario in worlds.items():
            yield row(name, *(one(scenario, n, m) for n, m in pairs))

    columns = [Column("world, noise"), *(Column(f"{n}v{m}") for n, m in pairs)]
    return SlowTable("Drops of the size that a cell sees, found", columns, rows())


def second_looks(grids: int, plans: Sequence[tuple[int, int, int, int]]) -> SlowTable:
    """Every cell gets further seeds and a second look: false alarms of equal distributions, and true drops of one cell found."""
    worlds = {f"nothing changed: {name}": (equal, 0.0, "alarm") for name, equal in EQUAL.items()}
    wrong = {"loses 1 point": Scenario(1, 1, drop=1.0), "loses 2 points": Scenario(1, 1, drop=2.0),
             "falls by 40 points": Scenario(1, 1, drop=40.0), "loses all new seeds": Scenario(1, 1, deaths=1.0)}  # fmt: skip
    worlds |= {f"one cell {name}: found": (scenario, 0.5, "cell") for name, scenario in wrong.items()}

    def rows() -> Iterator[Row]:
        for name, (scenario, max_drop, which) in worlds.items():
            looks = [
                look_twice(replace(scenario, n=n, m=m), more, grids, looks=planned, max_drop=max_drop)
                for n, m, more, planned in plans
            ]
            yield row(name, *(float(getattr(one, which)) for one in looks))

    heads = (f"{n}v{m}, then {n}v{m + more}{', --looks 2' * (planned > 1)}" for n, m, more, planned in plans)
    columns = [Column("what is wrong"), *(Column(head, format=".3f") for head in heads)]
    return SlowTable("Second looks", columns, rows())


def erratic(grids: int, pairs: Pairs) -> SlowTable:
    """Equal means, the new run's spread doubled in every cell: no equal distributions."""

    def rows() -> Iterator[Row]:
        rates = (simulate(Scenario(n, m, wider=2.0), grids, max_drop=0.0) for n, m in pairs)
        yield row("spread doubled", *(rate.alarm for rate in rates))

    return SlowTable("Spread doubled", _columns("full, normal", pairs), rows())


def seeds_needed() -> SlowTable:
    """Seeds per side that find a drop in one of twenty cells with 80%: deviation known, and known from 5 + 5 seeds."""
    drops = (0.5, 1.0, 2.0, 5.0)
    alpha = GateSettings().alpha_of_cells(CELLS)

    def needed(deviation: float, drop: float) -> str:
        known, estimated = (
            power.seeds_per_side(limit, drop, cells=CELLS, alpha=alpha)
            for limit in (deviation, power.upper_limit(deviation, 8))
        )
        return f"{known} ({estimated})"

    def rows() -> Iterator[Row]:
        for deviation in (0.2, 0.5, 1.0, 2.0):
            yield row(f"{deviation:g} points", *(needed(deviation, drop) for drop in drops))

    columns = [Column("deviation between seeds"), *(Column(f"{drop:g} points") for drop in drops)]
    return SlowTable("Seeds per side that find a drop in 80% of cases", columns, rows())


def of_pinned_runs(count: int) -> SlowTable:
    """Pinned runs against themselves, their seeds split at random: findings and suspects."""

    def rows() -> Iterator[Row]:
        for name in ("quick-synthetic", "quick-real"):
            samples = pinned_samples(name)
            for new in (1, 3, 5):
                rates, floors = splits(samples, new, count)
                split = f"{len(samples[0]) - new}v{new}"
                yield row(name, split, rates.alarm, rates.suspect, floors.missed, floors.suspect)

    columns = [
        Column("run"), Column("split"), Column("findings (status 1)", format=".4f"),
        Column("collapses (status 2)", format=".4f"), Column("a floor is missed", format=".4f"),
        Column("suspect by its floor (status 2)", format=".4f"),
    ]  # fmt: skip
    return SlowTable("Pinned runs against themselves", columns, rows())


def _columns(first: str, pairs: Pairs) -> list[Column]:
    return [Column(first), *(Column(f"{n}v{m}", format=".3f") for n, m in pairs)]

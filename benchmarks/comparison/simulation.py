"""`python -m benchmarks.comparison.simulation`: what the gate does on grids whose truth is known.

It prints the tables of docs/regression-gate.md.

Twenty cells with true accuracies 55..99%, 10,000 test images, normal training noise whose standard deviation
is a factor times the binomial error; accuracies are rounded to whole images. Runs go through `gate.judge` as
saved ones do.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import GateReport, GateSettings
from benchmarks.results.run import CellResult, Run

CELLS = 20
IMAGES = 10_000
TRUTH = np.linspace(0.55, 0.99, CELLS)
BINOMIAL = np.sqrt(TRUTH * (1 - TRUTH) / IMAGES)
# How the cells' training noise differs: its factor on the binomial error, one a cell.
SPREADS: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "alike": lambda rng: np.full(CELLS, 1.5),
    "mild": lambda rng: 1.5 * np.exp(rng.normal(0, 0.25, CELLS)),
    "strong": lambda rng: 1.5 * np.exp(rng.normal(0, 0.75, CELLS)),
    "one wild": lambda rng: np.where(np.arange(CELLS) == rng.integers(CELLS), 10.0, 1.0),
}


@dataclass(frozen=True)
class Scenario:
    """Seeds a side, how noise differs over the cells, and what is wrong with the new run.

    sigmas: drop of one random cell in seed standard deviations; points: drop of every cell in percentage
    points; correlation: of the two runs' noise at equal seeds; wider: factor on the new run's noise.
    """

    base_n: int
    new_n: int
    spread: str = "alike"
    sigmas: float = 0.0
    points: float = 0.0
    correlation: float = 0.0
    wider: float = 1.0


@dataclass(frozen=True)
class Rates:
    """Shares of the simulated comparisons; each has a Monte-Carlo standard error of at most 0.5 / sqrt(n)."""

    repeats: int
    alarm: float  # any cell regressed, or the grid
    cell: float  # the dropped cell regressed
    grid: float  # the grid-wide test says so


def simulate(scenario: Scenario, repeats: int, seed: int = 0, settings: GateSettings | None = None) -> Rates:
    """Judge `repeats` simulated pairs of runs. Without settings max-drop is 0: significance alone decides."""
    settings = settings or GateSettings(max_drop=0)
    rng = np.random.default_rng(seed)
    alarms = cells = grids = 0
    for _ in range(repeats):
        report, dropped = _one(scenario, rng, settings)
        cells += report.cells[dropped].verdict == "regressed"
        grid = report.grid is not None and report.grid.regressed
        grids += grid
        alarms += grid or any(c.verdict == "regressed" for c in report.cells)
    return Rates(repeats, alarms / repeats, cells / repeats, grids / repeats)


def _one(scenario: Scenario, rng: np.random.Generator, settings: GateSettings) -> tuple[GateReport, int]:
    sd = SPREADS[scenario.spread](rng) * BINOMIAL
    dropped = int(rng.integers(CELLS))
    base = rng.normal(0, 1, (scenario.base_n, CELLS))
    new = rng.normal(0, 1, (scenario.new_n, CELLS))
    both = min(scenario.base_n, scenario.new_n)
    r = scenario.correlation
    new[:both] = r * base[:both] + np.sqrt(1 - r**2) * new[:both]
    centre = TRUTH - scenario.points / 100
    centre[dropped] -= scenario.sigmas * sd[dropped]
    runs = _run("base", TRUTH + base * sd), _run("new", centre + new * sd * scenario.wider)
    return judge(*runs, settings), dropped


def _run(name: str, accuracies: NDArray[np.float64]) -> Run:
    whole = np.clip(np.rint(accuracies * IMAGES), 0, IMAGES) / IMAGES
    cells = {}
    for i, values in enumerate(whole.T):
        cell = CellResult(
            architecture=f"a{i:02}", dataset="d", protocol="p", precision="float32", data_source="synthetic",
            data_fingerprint="0", fingerprint="0", seeds=tuple(range(len(values))),
            accuracies=tuple(map(float, values)), test_images=IMAGES,
            params_total=1, params_trainable=1, params_non_trainable=0,
        )  # fmt: skip
        cells[cell.id] = cell
    return Run(name, cells)


def _false_alarms(repeats: int) -> Iterator[str]:
    yield "| seeds, baseline and new | " + " | ".join(SPREADS) + " |"
    yield "|---" * (1 + len(SPREADS)) + "|"
    for base_n, new_n in ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (5, 1), (1, 5), (10, 1), (5, 2), (10, 5)):
        rates = [simulate(Scenario(base_n, new_n, spread), repeats).alarm for spread in SPREADS]
        yield f"| {base_n}, {new_n} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |"
    for title, extra in (
        ("noise correlated 0.9", {"correlation": 0.9}),
        ("new run's noise doubled", {"wider": 2.0}),
    ):
        rates = [simulate(Scenario(5, 5, spread, **extra), repeats).alarm for spread in SPREADS]
        yield f"| 5, 5, {title} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |"


def _power(repeats: int) -> Iterator[str]:
    yield "| seeds, baseline and new | noise | 1 sigma | 2 sigma | 3 sigma |"
    yield "|---" * 5 + "|"
    for base_n, new_n in ((1, 1), (2, 2), (3, 3), (5, 5), (10, 5), (10, 10), (5, 1), (10, 1)):
        for spread in SPREADS:
            rates = [simulate(Scenario(base_n, new_n, spread, sigmas), repeats).cell for sigmas in (1, 2, 3)]
            yield f"| {base_n}, {new_n} | {spread} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |"


def _uniform(repeats: int) -> Iterator[str]:
    yield "| seeds, baseline and new | noise | grid-wide test | any single cell or the grid |"
    yield "|---" * 4 + "|"
    for base_n, new_n in ((1, 1), (2, 2), (3, 3), (5, 5), (10, 5)):
        for spread in SPREADS:
            rates = simulate(Scenario(base_n, new_n, spread, points=0.3), repeats, settings=GateSettings())
            yield f"| {base_n}, {new_n} | {spread} | {rates.grid:.3f} | {rates.alarm:.3f} |"


def main() -> int:
    """Print the tables as Markdown, row by row as they are ready."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison.simulation", description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=4000, help="comparisons a figure (%(default)s); power takes a quarter"
    )
    repeats = parser.parse_args().repeats
    fewer = max(1, repeats // 4)  # power is far from certain either way: a coarser figure will do
    for title, table, n, rate in (
        ("False alarms on clean grids, alpha 0.05, max-drop 0", _false_alarms, repeats, 0.05),
        ("One cell drops: found in this cell, alpha 0.05, max-drop 0", _power, fewer, 0.5),
        ("Every cell drops by 0.3 points, alpha 0.05, max-drop 0.5", _uniform, fewer, 0.5),
    ):
        error = (rate * (1 - rate) / n) ** 0.5
        print(f"\n{title} (n = {n}, standard error of {rate:.2f}: {error:.4f})\n")
        for line in table(n):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

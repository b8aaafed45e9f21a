"""Which cells cost what, and how a grid is divided: into shards of about equal time, and longest first among workers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.engine.backend import load_engine
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.settings import Settings

IMAGES_PER_SECOND: Mapping[str, float] = {
    "lenet": 17_600,
    "vgg": 243,
    "resnet20v1": 464,
    "resnet20v2": 251,
    "squeezenet": 100,
    "linear": 30_000,
    "cct": 440,
    "cifarnet": 240,
    "mobilenetv2": 200,
    "alexnet": 180,
}
"""Training rate at 32x32x3, float32, two cores (AMD Zen 3, TensorFlow 2.21, batch 128; docs/performance.md);
only the ratios count here. The last five are rough, of a few steps each on one busy core (Intel Xeon 2.5 GHz: 15,632, 226, 122, 106
and 91), scaled so that resnet20v1, which reached 240 there, has the rate above."""

SETUP_SECONDS: Mapping[str, float] = {
    "lenet": 1.0,
    "vgg": 1.0,
    "resnet20v1": 2.0,
    "resnet20v2": 2.5,
    "squeezenet": 1.5,
    "linear": 0.3,
    "cct": 1.5,
    "cifarnet": 1.5,
    "mobilenetv2": 4.5,
    "alexnet": 2.0,
}
"""Building and tracing the program, on the same machine; the last five scaled in the same way."""

JAX_ON_A_PROCESSOR = 0.45
"""Training rate on JAX as a share of TensorFlow's, roughly: 0.31 to 0.63 (docs/performance.md). On a GPU the rates above only
divide a grid."""

JAX_SETUP_SECONDS = 15.0
"""Building and compiling a program of many layers on JAX; a compiled program is kept for later processes."""

_PIXELS = 32 * 32


@dataclass(frozen=True)
class Shard:
    """Part `index`, from 1, of `count` parts."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that `I/N` names.

        Raises:
            ValueError: It has another form, or I is not from 1 to N.
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ValueError(f"--shard {text}: expected I/N with I from 1 to N, such as 2/4")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def cells(self, cells: Sequence[Cell], settings: Settings) -> list[Cell]:
        """Return the cells of this shard, in their order. All shards together are all cells, each once."""
        mine = set(divide(cells, self.count, settings)[self.index - 1])
        return [cell for cell in cells if cell in mine]


def expected_seconds(cell: Cell, settings: Settings) -> float:
    """Return the seconds that a cell is expected to take on the machine of the tables; an unknown architecture counts as the median one.

    It is the same on every machine: shards that divided a grid differently would lose cells.
    """
    import datasets

    spec = datasets.spec(cell.dataset)
    recipe = settings.recipe(cell)
    whole = sum(spec.train_counts)
    images = min(settings.protocol.images(cell.architecture) or whole, whole)
    rate = _of_architecture(IMAGES_PER_SECOND, cell.architecture) * _PIXELS / math.prod(spec.shape[:2])
    setup = _of_architecture(SETUP_SECONDS, cell.architecture)
    if settings.backend == "jax":
        rate *= JAX_ON_A_PROCESSOR
        setup = JAX_SETUP_SECONDS
    return setup + len(settings.seeds) * recipe.epochs * images / rate


def announcement(cells: Sequence[Cell], settings: Settings) -> str | None:
    """Say before anything trains what a grid on JAX on a processor is expected to take; None for others, which take less."""
    if not cells or settings.backend != "jax" or not load_engine("jax").on_processor():
        return None
    these = "this cell" if len(cells) == 1 else f"these {len(cells)} cells"
    expected, usual = (
        sum(expected_seconds(cell, replace(settings, backend=backend)) for cell in cells) / 60
        for backend in (settings.backend, "tensorflow")
    )
    return (
        f"--backend jax on a processor: {these} will take very roughly"
        f" {max(expected, 1):.0f} min on two cores; with TensorFlow about {max(usual, 1):.0f} min"
    )


def divide(cells: Sequence[Cell], parts: int, settings: Settings) -> list[list[Cell]]:
    """Assign each cell, the costliest first, to the part with the least work (Graham 1969: within 4/3 of the best)."""
    found: list[list[Cell]] = [[] for _ in range(parts)]
    loads = [0.0] * parts
    for cell in sorted(cells, key=lambda cell: (-expected_seconds(cell, settings), cell.id)):
        least = loads.index(min(loads))
        found[least].append(cell)
        loads[least] += expected_seconds(cell, settings)
    return found


def longest_first(cells: Sequence[Cell], settings: Settings) -> list[Cell]:
    """Return the cells in the order for workers that take cell after cell.

    Cells that share a program (same architecture and image shape) stay together: xdist hands out two at a time, and who gets both traces
    it once.
    """
    import datasets

    cost = {cell: expected_seconds(cell, settings) for cell in cells}
    program = {cell: (cell.architecture, datasets.spec(cell.dataset).shape) for cell in cells}
    largest: dict[tuple[str, tuple[int, ...]], float] = {}
    for cell in cells:
        largest[program[cell]] = max(largest.get(program[cell], 0.0), cost[cell])

    def place(cell: Cell) -> tuple[float, str, float, str]:
        return -largest[program[cell]], cell.architecture, -cost[cell], cell.id

    return sorted(cells, key=place)


def _of_architecture(table: Mapping[str, float], architecture: str) -> float:
    if architecture in table:
        return table[architecture]
    import statistics

    return statistics.median(table.values())

"""Made-up grids whose truth is known: accuracies, noise, deaths, and what is wrong with the new run."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.comparison import pairs
from benchmarks.comparison.relabel import Bools, Floats, Trainings

CELLS = 20
CHANCE = 0.1

WorldName = Literal["full", "wide"]
_WIDE = (
    (513, 520, 509, 522, 524), (879, 876, 881, 879, 880), (911, 927, 942, 918, 921), (893, 921, 899, 886, 901),
    (437, 422, 431, 424, 321), (756, 782, 798, 807, 804), (958, 960, 965, 966, 923), (979, 960, 975, 970, 980),
    (395, 364, 309, 369, 348), (714, 784, 774, 776, 761), (877, 828, 858, 942, 923), (863, 702, 862, 907, 884),
    (208, 213, 215, 191, 172), (626, 613, 625, 628, 618), (464, 630, 550, 457, 713), (217, 234, 235, 325, 310),
    (372, 371, 374, 396, 385), (808, 806, 828, 818, 787), (932, 925, 911, 915, 916), (889, 876, 869, 911, 898),
)  # fmt: skip
"""Correct answers of 1,000: five seeds of each cell of a grid whose spreads differ as widely as they may (0.2 to 11 points).
Measured with the recipes of `quick`, before 2026-11-28."""
Noise = Literal["normal", "t3", "skewed"]


@dataclass(frozen=True)
class Scenario:
    """Seeds per side, how they scatter, and what is wrong with the new run.

    Attributes:
        n: Seeds of the baseline.
        m: New seeds.
        world: `full`: accuracies 0.55 to 0.99 on 10,000 test images, deviations about 0.1 to 0.7 points. `wide`: means
            and deviations of short trainings (0.2 to 11 points), 1,000 images.
        noise: Normal, Student's t with 3 degrees of freedom, or exponential towards low accuracies.
        dead: Chance of each training to die, 0..1.
        dying_cells: In how many cells trainings die.
        drop: Drop of cell 0, points.
        everywhere: Drop of every cell, points.
        deaths: Chance of each new training of cell 0 to die, 0..1; None: as elsewhere.
        correlation: That of trainings of equal seeds, which then share their start; None: they do not.
        wider: Factor on the new run's noise.
    """

    n: int
    m: int
    world: WorldName = "full"
    noise: Noise = "normal"
    dead: float = 0.0
    dying_cells: int = CELLS
    drop: float = 0.0
    everywhere: float = 0.0
    deaths: float | None = None
    correlation: float | None = None
    wider: float = 1.0


@dataclass(frozen=True, eq=False)
class MadeUpGrid:
    """One made-up comparison; cell 0 is the one in which something is wrong.

    Attributes:
        values: Accuracies, the dead at chance; shape (cells, n + m).
        alive: The same shape.
        images: Number of test images.
        trainings: The same, as the gate's test takes them.
    """

    values: Floats
    alive: Bools
    images: int
    trainings: list[Trainings]


@dataclass(frozen=True, eq=False)
class World:
    """The true mean accuracies of cells and their deviations between seeds, shares, (cells,); number of test images."""

    means: Floats
    deviations: Floats
    images: int


def draw(scenario: Scenario, rng: np.random.Generator, world: World | None = None) -> MadeUpGrid:
    """Draw one comparison in this world; None: in one that is drawn first."""
    world = draw_world(scenario.world, rng) if world is None else world
    means, deviations, images = world.means, world.deviations, world.images
    shape = (CELLS, scenario.n + scenario.m)
    noise = _noise(scenario.noise, shape, rng)
    if scenario.correlation is not None:
        shared = _noise(scenario.noise, (CELLS, scenario.n), rng)
        weight = np.sqrt(scenario.correlation)
        noise = weight * np.tile(shared, 2) + np.sqrt(1 - scenario.correlation) * noise
    noise[:, scenario.n :] *= scenario.wider
    values = means[:, None] + deviations[:, None] * noise
    values[:, scenario.n :] -= scenario.everywhere / 100
    values[0, scenario.n :] -= scenario.drop / 100
    chance_to_die = np.where(np.arange(CELLS) < scenario.dying_cells, scenario.dead, 0.0)[:, None] * np.ones(
        shape
    )
    if scenario.deaths is not None:
        chance_to_die[0, scenario.n :] = scenario.deaths
    alive = rng.random(shape) >= chance_to_die
    values = np.where(alive, np.clip(np.rint(values * images), 0, images) / images, CHANCE)
    trainings = [
        _trainings(row, lived, scenario.n, images, share_start=scenario.correlation is not None)
        for row, lived in zip(values, alive, strict=True)
    ]
    return MadeUpGrid(values, alive, images, trainings)


def _trainings(
    values: Floats,
    alive: Bools,
    n: int,
    images: int,
    *,
    share_start: bool,
) -> Trainings:
    paired = share_start and alive.all() and pairs.correlation(values) >= pairs.LEAST_CORRELATION
    return Trainings.of(values, alive, n, images, paired=bool(paired))


def _noise(kind: Noise, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Draw noise of mean 0 and deviation 1."""
    if kind == "normal":
        return rng.normal(size=shape)
    if kind == "t3":
        return np.asarray(rng.standard_t(3, size=shape) / np.sqrt(3))
    return 1 - rng.exponential(size=shape)


def draw_world(name: WorldName, rng: np.random.Generator) -> World:
    """Draw a world, with its cells in a random order, so that cell 0 may be any."""
    order = rng.permutation(CELLS)
    if name == "wide":
        shares = np.array(_WIDE) / 1_000
        return World(shares.mean(1)[order], shares.std(1, ddof=1)[order], 1_000)
    means = np.linspace(0.55, 0.99, CELLS)[order]
    binomial = np.sqrt(means * (1 - means) / 10_000)
    return World(means, binomial * np.exp(rng.normal(0, 0.35, CELLS)), 10_000)

"""How long grids would take on many nodes: list scheduling with measured job times, start-up and the driver's time per job."""

from __future__ import annotations

import heapq
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.execution.schedule import SETUP_SECONDS, expected_seconds
from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.paths import BASELINES
from benchmarks.results.run import Run, load_run
from benchmarks.results.schema import CellResult

DRIVER_SECONDS = 0.011
"""The driver's time per job: an upper bound, measured with driver, worker and Ray on one core (docs/scaling.md)."""
WORKER_SECONDS = 18.0
"""Time until a worker trains: 14.9 s for Ray's start and the code, as measured, and about 3 s for TensorFlow's import."""


@dataclass(frozen=True)
class ModelJob:
    """A job of the model."""

    program: str
    """Jobs of one architecture and image shape share a traced program."""
    seconds: float
    setup: float
    """Seconds of tracing, once per worker and program."""
    checkpoint_bytes: int
    """Size of all checkpoints of the training together."""


@dataclass(frozen=True)
class Outcome:
    """What a grid took."""

    seconds: float
    busy: float
    """Share of the workers' time that was training, 0..1."""
    driver_busy: float
    """Share of the driver's time, 0..1."""
    checkpoint_rate: float
    """Bytes per second that the workers would send if there were no limit."""


def tuned_jobs() -> list[ModelJob]:
    """Return a job per cell of `tuned`, with the mean seconds of its pinned seeds on two cores, or of all where none had two.

    A cell that is not pinned takes as long as the architecture's CIFAR-10 cell, times the ratio of their expected costs.
    """
    settings = Settings(PROTOCOLS["tuned"], published.ARCHITECTURES, published.DATASETS)
    run = load_run(BASELINES / "tuned-real.json")
    measured = {name: _seconds(cell, run) for name, cell in run.cells.items()}
    return [
        _job(cell, settings, measured, run.cells[Cell(cell.architecture, "cifar10").id].params_total)
        for cell in settings.cells()
    ]


def _seconds(cell: CellResult, run: Run) -> float:
    timed = zip(cell.seed_seconds, run.machines_of(cell), strict=True)
    on_two = [seconds for seconds, machine in timed if machine.get("usable_cores") == "2"]
    return statistics.fmean(on_two or cell.seed_seconds)


def _job(cell: Cell, settings: Settings, measured: Mapping[str, float], parameters: int) -> ModelJob:
    import datasets

    near = Cell(cell.architecture, "cifar10")
    ratio = expected_seconds(cell, settings) / expected_seconds(near, settings)
    return ModelJob(
        program=f"{cell.architecture} {datasets.spec(cell.dataset).shape}",
        seconds=measured.get(cell.id, measured[near.id] * ratio),
        setup=SETUP_SECONDS[cell.architecture],
        # In float32: the weights, and at most two vectors of the optimizer.
        checkpoint_bytes=(settings.recipe(cell).epochs - 1) * 3 * 4 * parameters,
    )


def simulate(jobs: Sequence[ModelJob], nodes: int) -> Outcome:
    """Run jobs on nodes with one worker each, the longest first; the driver hands over one at a time."""
    free = [(WORKER_SECONDS, worker) for worker in range(nodes)]
    programs: list[set[str]] = [set() for _ in range(nodes)]
    driver = end = 0.0
    for job in sorted(jobs, key=lambda job: -job.seconds):
        start, worker = heapq.heappop(free)
        driver = max(driver, start) + DRIVER_SECONDS
        setup = 0.0 if job.program in programs[worker] else job.setup
        programs[worker].add(job.program)
        done = driver + setup + job.seconds
        end = max(end, done)
        heapq.heappush(free, (done, worker))
    return Outcome(
        end,
        busy=math.fsum(job.seconds for job in jobs) / (end * nodes),
        driver_busy=len(jobs) * DRIVER_SECONDS / end,
        checkpoint_rate=sum(job.checkpoint_bytes for job in jobs) / end,
    )

"""What a report reads of a cell beyond what comparing needs, checked like everything else from outside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import significance
from benchmarks.report.groups import elsewhere, machine_name
from benchmarks.report.sheets import Tags
from benchmarks.results.run import Cell, Run

Curves = NDArray[np.float64]  # (seeds, epochs); NaN where a training had ended


@dataclass(frozen=True, eq=False)
class Reading:
    """One cell's results. Accuracies are shares, 0..1; a training that left no model counts as guessing, as in the gate."""

    cell: Cell
    train_curves: Curves
    test_curves: Curves
    confusion: NDArray[np.int64] | None  # (classes, classes), sum over seeds; rows are true classes
    class_names: tuple[str, ...]
    images_per_second: float | None
    origin: str
    elsewhere: bool = False
    """Timed on another machine than most cells of its data set."""

    @property
    def time_tags(self) -> Tags:
        """What keeps its times from being compared with others'; empty: nothing does."""
        parallel: Tags = (("parallel", "warn"),) if self.cell.parallel else ()
        return (*parallel, ("other machine", "warn")) if self.elsewhere else parallel

    @property
    def column(self) -> tuple[str, str]:
        """Data set and source: what is synthetic, or an accepted copy, never shares a column with what is real, or official."""
        copied = self.cell.data_source == "real" and self.cell.data_verified is False
        return self.cell.dataset, "copies" if copied else self.cell.data_source

    @cached_property
    def values(self) -> list[float]:
        """Accuracy by seed."""
        return list(self.cell.values.values())

    @cached_property
    def mean(self) -> float:
        """Accuracy over the seeds."""
        return significance.mean(self.values)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95% interval of the mean over seeds; with one seed, of the draw of test images alone."""
        return significance.accuracy_interval(self.values, self.cell.test_images)

    @property
    def half(self) -> float:
        """Half of the interval's width."""
        return (self.interval[1] - self.interval[0]) / 2

    @property
    def seconds(self) -> float | None:
        """Training alone, mean over seeds."""
        times = self.cell.seed_seconds
        return significance.mean(times) if times else None


def read(run: Run) -> list[Reading]:
    """Read all cells of a run, in its order. Raises RunRefused, by field, for what does not fit."""
    away = elsewhere((cell, machine_name(run.machine_of(cell))) for cell in run.cells.values())
    return [_reading(cell, run.name, cell.id in away) for cell in run.cells.values()]


def label(column: tuple[str, str]) -> str:
    """Name a data set, or what was measured on it, for people: (name, source); stand-ins and copies are never named without saying so."""
    name, source = column
    return name if source == "real" else f"{name} ({source})"


def architectures(readings: Sequence[Reading]) -> list[str]:
    """All of them, in the run's order."""
    return list(dict.fromkeys(r.cell.architecture for r in readings))


def columns(readings: Sequence[Reading]) -> list[tuple[str, str]]:
    """All data sets with their sources, in the run's order."""
    return list(dict.fromkeys(r.column for r in readings))


def of(readings: Sequence[Reading], column: tuple[str, str]) -> list[Reading]:
    """Those of one column."""
    return [r for r in readings if r.column == column]


def _reading(cell: Cell, run: str, away: bool) -> Reading:
    return Reading(
        cell=cell,
        train_curves=_curves([h.accuracy for h in cell.history]),
        test_curves=_curves([h.val_accuracy for h in cell.history]),
        confusion=np.array(cell.confusion, np.int64).sum(0) if cell.confusion else None,
        class_names=cell.class_names,
        images_per_second=cell.images_per_second,
        origin=cell.data_origin,
        elsewhere=away,
    )


def _curves(rows: Sequence[Sequence[float | None]]) -> Curves:
    curves = np.full((len(rows), max(map(len, rows), default=0)), math.nan)
    for i, row in enumerate(rows):
        curves[i, : len(row)] = [math.nan if value is None else value for value in row]
    return curves

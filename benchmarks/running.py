"""Running a cell: its data and program are brought, its seeds trained one by one, its costs counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benchmarks import clock, runtime
from benchmarks.cells import Cell, Costs, Settings, extra_info
from benchmarks.metrics import PeakMemory
from benchmarks.protocols import Recipe

if TYPE_CHECKING:
    from benchmarks.program import Program
    from benchmarks.training import Moment, Resident, Training
    from datasets import Dataset

Watch = Callable[[Cell, int, "Moment"], None]
"""Is told of a cell's progress: which cell, which seed, and where it stands."""


@dataclass
class CellRun:
    """The trainings of one cell, a seed at a time."""

    cell: Cell
    settings: Settings
    recipe: Recipe
    data: Dataset
    resident: Resident
    program: Program
    multiply_adds: int
    costs: Costs
    watch: Watch | None = None
    memory: PeakMemory = field(default_factory=PeakMemory)
    trainings: list[Training] = field(default_factory=list)
    info: dict[str, Any] | None = None
    """What is saved of the cell, once all seeds are trained."""

    def train_next_seed(self) -> None:
        """Train the next seed, and move the benchmark's clock on by what training alone took."""
        from benchmarks.training import train

        seed = self.settings.seeds[len(self.trainings)]
        watch = self.watch
        told = (lambda moment: watch(self.cell, seed, moment)) if watch else None
        training = train(self.program, self.resident, self.recipe, seed, watch=told)
        self.trainings.append(training)
        clock.advance(training.seconds)

    def finish(self) -> dict[str, Any]:
        """What is saved of the cell."""
        self.info = extra_info(
            self.cell,
            self.settings.protocol,
            self.recipe,
            self.data,
            self.settings.precision,
            self.program.parameters,
            self.multiply_adds,
            self.trainings,
            replace(self.costs, peak_memory_mib=self.memory.mib()),
        )
        return self.info


class Workshop:
    """Brings what cells need, and keeps what several of them share: programs for all, data for one data set at a time."""

    def __init__(self, settings: Settings, watch: Watch | None = None) -> None:
        self._settings = settings
        self._watch = watch
        self._data: tuple[tuple[str, int | None], Dataset, float] | None = None
        self._resident: tuple[tuple[str, str], Resident] | None = None
        self._import_seconds: float | None = None

    def dataset(self, cell: Cell) -> tuple[Dataset, float]:
        """The cell's share of its data set, and the seconds it took to bring it (0 where the last cell had it too)."""
        import datasets

        protocol = self._settings.protocol
        key = (cell.dataset, protocol.images(cell.architecture))
        if self._data is not None and self._data[0] == key:
            return self._data[1], 0.0
        self._data = self._resident = None  # let go of the last data set before the next one comes
        begin = time.perf_counter()
        data = datasets.load(
            cell.dataset,
            self._settings.data,
            data_dir=self._settings.data_dir,
            accept_copies=self._settings.accept_copies,
            train=key[1],
            test=protocol.test,
        )
        self._data = (key, data, time.perf_counter() - begin)
        return data, self._data[2]

    def prepare(self, cell: Cell) -> CellRun:
        """Everything ready for the first seed's first step."""
        memory = PeakMemory()
        memory.reset()
        importing = 0.0
        if self._import_seconds is None:
            importing = self._import_seconds = runtime.start()
        from benchmarks.program import program_for

        data, seconds = self.dataset(cell)
        import datasets

        mirrorable = datasets.spec(cell.dataset).mirrorable
        recipe = self._settings.protocol.recipe(cell.architecture, cell.dataset, mirrorable=mirrorable)
        resident, placing = self._place(data, recipe)
        begin = time.perf_counter()
        shape = (data.x_train.shape[1], data.x_train.shape[2], data.x_train.shape[3])
        program, fresh = program_for(cell.architecture, shape, recipe, self._settings.precision)
        took = time.perf_counter() - begin
        setup = program.setup
        costs = Costs(
            importing=importing,
            data=seconds + placing,
            build=setup.build if fresh else took,
            trace=setup.trace if fresh else 0.0,
            peak_memory_mib=0.0,
        )
        return CellRun(
            cell,
            self._settings,
            recipe,
            data,
            resident,
            program,
            program.multiply_adds,
            costs,
            self._watch,
            memory,
        )

    def _place(self, data: Dataset, recipe: Recipe) -> tuple[Resident, float]:
        from benchmarks.training import Resident

        key = (data.fingerprint, recipe.pixels)
        if self._resident is not None and self._resident[0] == key:
            return self._resident[1], 0.0
        self._resident = None
        resident = Resident.of(data, recipe.pixels)
        self._resident = (key, resident)
        return resident, resident.seconds

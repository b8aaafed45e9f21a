"""Running a cell: its data and program are brought, its seeds trained one by one, its costs counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.engine.interface import Threads, load_engine
from benchmarks.execution.environment import machine
from benchmarks.execution.extra_info import Costs, extra_info
from benchmarks.execution.memory import PeakMemory
from benchmarks.execution.resume_key import identity
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import recipe_parts
from benchmarks.experiment.recipe import Recipe
from benchmarks.experiment.settings import Settings
from benchmarks.plugin import timer

if TYPE_CHECKING:
    from benchmarks.engine.interface import DeviceData, Program
    from benchmarks.engine.loop import Checkpoint, ProgressEvent
    from benchmarks.execution.checkpoint_file import Finished
    from benchmarks.execution.store import Shelf
    from datasets import Dataset

Watch = Callable[[Cell, int, "ProgressEvent"], None]
"""Is told of a cell's progress: which cell, which seed, and where it stands."""


@dataclass(frozen=True)
class Conduct:
    """How a process goes about its cells; nothing here decides an outcome."""

    store: Path | None = None
    """Where finished and half-finished seeds are kept; None keeps none."""
    resume: bool = False
    """Take up what is stored there."""
    threads: Threads = field(default_factory=Threads)
    parallel: bool = False
    """Other cells run beside: times are not those of a machine of its own."""
    tell: Callable[[str], None] = print
    """Is told what whoever started the run has to know."""
    watch: Watch | None = None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C begin here: TensorFlow rewrites tracebacks that pass through it, and pytest fails on lines without a number."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None


@dataclass
class CellRun:
    """The trainings of one cell, a seed at a time."""

    cell: Cell
    settings: Settings
    recipe: Recipe
    data: Dataset
    identity: Mapping[str, str]
    """What stored work depends on."""
    shelf: Shelf | None
    stored: dict[int, Finished]
    """Seeds that an earlier run has finished."""
    train: Callable[[int], Finished]
    """Trains one seed."""
    finished: list[Finished] = field(default_factory=list)
    info: dict[str, Any] | None = None
    """What is saved of the cell, once all seeds are trained."""

    @property
    def missing(self) -> list[int]:
        """Seeds that are still to be trained."""
        done = {finished.training.seed for finished in self.finished}
        return [seed for seed in self.settings.seeds if seed not in self.stored and seed not in done]

    def train_next_seed(self) -> None:
        """Train the next seed or take it up, and move the benchmark's clock on by what training alone took."""
        seed = self.settings.seeds[len(self.finished)]
        finished = self.stored.get(seed) or self.train(seed)
        self.finished.append(finished)
        timer.advance(finished.training.seconds)

    def finish(self) -> dict[str, Any]:
        """What is saved of the cell, of all seeds; those that nobody has asked for yet are trained."""
        while len(self.finished) < len(self.settings.seeds):
            self.train_next_seed()
        first, costs = self.finished[0], [finished.costs for finished in self.finished]
        info = extra_info(
            self.cell,
            self.settings.protocol,
            self.recipe,
            self.data,
            self.settings.precision,
            first.parameters,
            first.multiply_adds,
            [finished.training for finished in self.finished],
            replace(
                first.costs,
                peak_memory_mib=max(cost.peak_memory_mib for cost in costs),
                parallel=any(cost.parallel for cost in costs),
            ),
        )
        self.info = info | {"measured_at": [finished.measured_at for finished in self.finished]}
        return self.info


@dataclass(frozen=True)
class Trainer:
    """Trains seeds of one cell in this process, and stores them."""

    run: CellRun
    conduct: Conduct
    device_data: DeviceData
    program: Program
    costs: Costs
    memory: PeakMemory
    takes_up: bool
    """Half-finished seeds."""

    @_interruptible()
    def __call__(self, seed: int) -> Finished:
        from benchmarks.engine.loop import train
        from benchmarks.execution.checkpoint_file import Finished

        run, shelf, watch = self.run, self.run.shelf, self.conduct.watch
        keeping = shelf is not None and run.settings.protocol.checkpoints
        training = train(
            self.program,
            self.device_data,
            run.recipe,
            seed,
            on_progress=(lambda event: watch(run.cell, seed, event)) if watch else None,
            checkpoint=self._half(seed) if keeping and self.takes_up else None,
            save_checkpoint=(lambda half: shelf.keep_checkpoint(seed, half)) if shelf and keeping else None,
        )
        finished = Finished(
            training,
            self.program.parameters,
            self.program.multiply_adds,
            replace(self.costs, peak_memory_mib=self.memory.mib()),
            datetime.now(UTC).isoformat(timespec="seconds"),
            machine(),
        )
        if shelf is not None:
            shelf.keep(finished)
        return finished

    def _half(self, seed: int) -> Checkpoint | None:
        """Where a half-finished seed stands, if it fits the program."""
        assert self.run.shelf is not None
        half = self.run.shelf.checkpoint(seed)
        if half is None:
            return None
        if not self.program.fits(half.state):
            self.conduct.tell(f"{self.run.cell.id} seed {seed}: the stored state does not fit; trained anew")
            return None
        return half


class Workshop:
    """Brings what cells need, and keeps what several of them share: programs for all, data for one data set at a time."""

    def __init__(self, settings: Settings, conduct: Conduct | None = None) -> None:
        self._settings = settings
        self._conduct = conduct or Conduct()
        self._data: tuple[tuple[str, int | None], Dataset, float] | None = None
        self._engine = load_engine()
        self._device_data: tuple[tuple[str, str], DeviceData] | None = None
        self._started = False

    def dataset(self, cell: Cell) -> tuple[Dataset, float]:
        """The cell's share of its data set, and the seconds it took to bring it (0 where the last cell had it too)."""
        import datasets

        protocol = self._settings.protocol
        key = (cell.dataset, protocol.images(cell.architecture))
        if self._data is not None and self._data[0] == key:
            return self._data[1], 0.0
        self._data = self._device_data = None  # let go of the last data set before the next one comes
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

    def open(self, cell: Cell) -> CellRun:
        """The cell with its data and with what is stored of it, nothing trained and TensorFlow not imported."""
        import datasets

        data, _ = self.dataset(cell)
        settings = self._settings
        mirrorable = datasets.spec(cell.dataset).mirrorable
        recipe = settings.protocol.recipe(cell.architecture, cell.dataset, mirrorable=mirrorable)
        depends = identity(recipe_parts(cell, settings.protocol.name, recipe, data, settings.precision))
        shelf = self._shelf(cell, depends)
        stored: dict[int, Finished] = {}
        if shelf is not None and self._conduct.resume:
            found = {seed: shelf.finished(seed) for seed in settings.seeds}
            stored = {seed: finished for seed, finished in found.items() if finished is not None}
            shelf.say_what_differs([seed for seed in settings.seeds if seed not in stored])
        return CellRun(cell, settings, recipe, data, depends, shelf, stored, _nothing_to_train)

    def _shelf(self, cell: Cell, depends: Mapping[str, str]) -> Shelf | None:
        from benchmarks.execution.store import Shelf

        store = self._conduct.store
        return None if store is None else Shelf(store, cell, depends, self._conduct.tell)

    @_interruptible()
    def prepare(self, cell: Cell) -> CellRun:
        """The cell ready for the first step of its first seed; where all seeds are stored there is none, and nothing is imported."""
        memory = PeakMemory()
        memory.reset()
        _, seconds = self.dataset(cell)
        run = self.open(cell)
        if not run.missing:
            return run
        importing = self._start()
        device_data, copying = self._to_device(run.data, run.recipe)
        begin = time.perf_counter()
        shape = (run.data.x_train.shape[1], run.data.x_train.shape[2], run.data.x_train.shape[3])
        program, fresh = self._engine.program_for(
            cell.architecture, shape, run.recipe, self._settings.precision
        )
        took = time.perf_counter() - begin
        costs = Costs(
            importing=importing,
            data=seconds + copying,
            build=program.setup.build if fresh else took,
            trace=program.setup.trace if fresh else 0.0,
            peak_memory_mib=0.0,
            parallel=self._conduct.parallel,
        )
        run.train = Trainer(run, self._conduct, device_data, program, costs, memory, self._conduct.resume)
        return run

    def _start(self) -> float:
        """Start TensorFlow; the seconds it took, 0 where it runs."""
        if self._started:
            return 0.0
        self._started = True
        return self._engine.start(self._conduct.threads)

    def _to_device(self, data: Dataset, recipe: Recipe) -> tuple[DeviceData, float]:
        key = (data.fingerprint, recipe.pixels)
        if self._device_data is not None and self._device_data[0] == key:
            return self._device_data[1], 0.0
        self._device_data = None
        device_data = self._engine.to_device(data, recipe.pixels)
        self._device_data = (key, device_data)
        return device_data, device_data.seconds


def _nothing_to_train(seed: int) -> Finished:
    raise RuntimeError(f"seed {seed} is to be trained, and nothing has been prepared for that")

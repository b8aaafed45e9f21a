"""One pytest session: what was requested, what has finished, the notices, and what a saved run records of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.execution import environment
from benchmarks.execution.schedule import Shard
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint
from benchmarks.experiment.settings import Settings
from benchmarks.results.facts import merge_facts
from benchmarks.results.suite import Suite

if TYPE_CHECKING:
    from benchmarks.engine.loop import ProgressEvent
    from benchmarks.execution.cell_data import CellData
    from benchmarks.execution.executors import Executor, Handle, Results
    from benchmarks.execution.job import CellPlan, Job
    from benchmarks.execution.store import ResumeStore
    from benchmarks.plugin.gate import Judgement
    from benchmarks.plugin.progress import Progress
    from benchmarks.results.run import Run
    from benchmarks.results.schema import CellResult
    from benchmarks.results.seed_result import SeedResult
    from datasets import Dataset


@dataclass(frozen=True)
class CellRun:
    """The cell of one test case: what is to be trained, and its results as they come."""

    plan: CellPlan
    results: Results
    """Trains the next seed, or reuses a stored one, each time it is advanced."""
    session: Session
    stored: int = 0
    """How many of its seeds are reused."""

    def finish(self, seeds: Iterable[SeedResult]) -> CellResult:
        """Combine the cell's seeds and record the result; seeds that `seeds` has not yielded yet are trained."""
        every = list(seeds)
        result = self.plan.result(every)
        self.session.record(result, [seed.machine for seed in every])
        return result


class Session:
    """The plugin's state in one process: the only object of the plugin that changes while the grid runs."""

    def __init__(
        self,
        settings: Settings,
        executor: Executor,
        data: CellData,
        notify: Callable[[str], None],
        *,
        stored: ResumeStore | None = None,
        shard: Shard | None = None,
        tensorboard: Path | None = None,
    ) -> None:
        """Start with nothing trained.

        Args:
            settings: What was requested.
            executor: Runs the jobs.
            data: Where this process holds the images.
            notify: Prints a notice at once, and calls `add_notice`.
            stored: Finished seeds that are reused; None trains all seeds.
            shard: The part of the grid that runs here; None runs all of it.
            tensorboard: Folder of TensorBoard's logs; None writes none.
        """
        self.settings = settings
        self.shard = shard
        self.requested: list[str] = []
        """Ids of all requested cells, other shards' too."""
        self.results: list[CellResult] = []
        """Results of the cells that have finished."""
        self.notices: list[str] = []
        """Messages that the user must see, each once."""
        self.reused: dict[str, int] = {}
        """How many seeds were stored and not trained again, by the ids of their cells."""
        self.without_images: dict[str, str] = {}
        """What to do about cells whose images could not be loaded, by their ids."""
        self.machines: list[Mapping[str, Any]] = []
        """What the finished cells were measured on, each once."""
        self.interrupted = False
        """Whether the run was ended by Ctrl-C."""
        self.judgement: Judgement | None = None
        """What the accuracy gate said, if it ran."""
        self.exit_status = 0
        """The whole session's, when it has finished."""
        self.progress: Progress | None = None
        """Shows the grid's progress, unless output is quiet."""
        self._executor = executor
        self._data = data
        self._notify = notify
        self._stored = stored
        self._tensorboard = tensorboard
        self._here: list[str] = []
        """Ids of the cells that run here."""
        self._handles: dict[str, list[Handle]] | None = None
        """Handles of the jobs that were submitted before their cell's turn, by cell, until that comes; None: before the first cell."""
        self._synthetic: set[str] = set()
        """Data sets whose images were said to be synthetic."""

    def select_cells(self, requested: Sequence[str]) -> list[str]:
        """Record the requested cells, and return those that run here."""
        self.requested = self._here = list(requested)
        if self.shard is not None:
            cells = self.shard.cells(list(map(Cell.parse, requested)), self.settings)
            self._here = [cell.id for cell in cells]
        return self._here

    @property
    def concurrent(self) -> bool:
        """Whether several jobs run at a time, so that the cell of the current case is one of many."""
        return self._executor.concurrent

    def announce(self, phase: str) -> None:
        """Show which phase begins."""
        if self.progress is not None:
            self.progress.announce(phase)

    def begin(self, name: str) -> CellRun:
        """Load the images of a cell, and plan its trainings; the first call submits all cells' jobs where several run at a time."""
        from benchmarks.execution.executors import Stored, results_of

        if self.progress is not None:
            self.progress.begin(name)
        if self._handles is None:
            self._handles = {}
            if self.concurrent:
                self._submit_all(self._handles)
        plan = self._plan(name)
        handles = self._handles.pop(name, None) or self._submit(plan)  # a case that runs again trains again
        stored = sum(isinstance(handle, Stored) for handle in handles)
        return CellRun(plan, results_of(handles), self, stored)

    def close(self) -> None:
        """Stop all jobs."""
        self._executor.close()

    def _plan(self, name: str) -> CellPlan:
        from benchmarks.execution.job import CellPlan, DataSelection

        cell = Cell.parse(name)
        data = self._data.load(cell, DataSelection.of(cell, self.settings))
        if data.source == "synthetic" and data.name not in self._synthetic:
            self._synthetic.add(data.name)
            self._notify(_why_synthetic(data))
        return CellPlan.of(cell, self.settings, data)

    def _submit(self, plan: CellPlan) -> list[Handle]:
        from benchmarks.execution.executors import submit_missing

        jobs = [job.elsewhere(plan.data.source) for job in plan.jobs] if self.concurrent else plan.jobs
        return submit_missing(self._executor, self._stored, jobs, self._on_event)

    def _submit_all(self, handles: dict[str, list[Handle]]) -> None:
        """Submit the jobs of all cells; one whose images cannot be loaded fails when its turn comes."""
        from datasets import DataError

        for name in self._here:  # data set by data set
            with contextlib.suppress(DataError):
                handles[name] = self._submit(self._plan(name))

    def end(self, name: str) -> None:
        """Show how a cell ended."""
        if self.progress is not None:
            self.progress.end(name, next((r for r in reversed(self.results) if r.id == name), None))

    @property
    def machine(self) -> Mapping[str, Any]:
        """What the finished cells were measured on; where they differ, the values of all, joined."""
        return merge_facts(self.machines) if self.machines else {}

    def record(self, result: CellResult, machines: Iterable[Mapping[str, Any]]) -> None:
        """Record a finished cell and what its seeds were measured on."""
        self.results.append(result)
        for one in machines:
            if one not in self.machines:
                self.machines.append(one)
        if self._tensorboard is not None:
            from benchmarks.report.writers import tensorboard

            try:
                tensorboard.write(self._tensorboard, result)
            except OSError as error:
                self._notify(
                    f"--tensorboard {self._tensorboard}: could not be written ({error.strerror}); training goes on"
                )

    def add_notice(self, message: str) -> bool:
        """Record a notice; return whether it is new."""
        if message in self.notices:
            return False
        self.notices.append(message)
        return True

    def drain(self) -> tuple[list[str], CellResult | None]:
        """Return and forget the notices and the finished cell since the last call; a worker sends both."""
        notices, results = self.notices, self.results
        self.notices, self.results = [], []
        return notices, results[-1] if results else None

    def sort(self) -> None:
        """Sort the cells, which arrive as workers finish them, into the order of a run in one process."""
        place = {name: position for position, name in enumerate(self.requested)}
        self.results.sort(key=lambda result: place[result.id])

    def missing(self) -> list[str]:
        """Return the ids of the requested cells that have not finished here."""
        finished = {result.id for result in self.results}
        return [name for name in self.requested if name not in finished]

    def unfinished(self) -> list[str]:
        """Return the ids of the cells that run here and have not finished: those of a shard, else the missing ones."""
        return [name for name in self.missing() if name in self._here]

    def narrowed(self) -> bool:
        """Whether a cell of the default grid was left out by choice."""
        return not {cell.id for cell in self.settings.default_grid()} <= set(self.requested)

    @cached_property
    def _available(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of all architectures and of all data sets that can be asked for here, the same for the gate and the saved run."""
        import datasets
        import models

        return models.names(), datasets.names()

    def to_run(self, machine: Mapping[str, Any], commit: Mapping[str, Any]) -> Run:
        """Return the finished cells as a run to be judged: for a shard, only the cells that it was asked to run are expected.

        Args:
            machine: `machine_info` as it is saved.
            commit: `commit_info` as it is saved.
        """
        from benchmarks.results.run import Run, timing_facts

        architectures, data_sets = self._available
        return Run(
            name="this run",
            cells={result.id: result for result in self.results},
            partial=bool(self.unfinished()),
            expected=tuple(self._here),
            narrowed=self.narrowed(),
            architectures=architectures,
            datasets=data_sets,
            versions=environment.versions(self.settings.backend),
            machine=timing_facts(machine),
            commit=commit.get("id"),
            dirty=bool(commit.get("dirty")),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the `suite` entry of a saved run."""
        from benchmarks.execution.resume_key import code_hashes

        settings = self.settings
        architectures, data_sets = self._available
        return Suite(
            protocol=settings.protocol.name,
            settings={
                "protocol": settings.protocol.name,
                "precision": settings.precision,
                "backend": settings.backend,
                "data": settings.data,
                "seeds": list(settings.seeds),
                **({"measures": list(settings.measures)} if settings.measures else {}),
                **({"set": list(map(str, settings.changes))} if settings.changes else {}),
            },
            # Of the code that trains any of the requested architectures: equal in all shards of a grid.
            code=fingerprint(
                {name: dict(code_hashes(name, settings.backend)) for name in settings.architectures}
            ),
            expected=tuple(self.requested),
            here=() if self.shard is None else tuple(self._here),
            shard=None if self.shard is None else str(self.shard),
            partial=bool(self.missing()),
            narrowed=self.narrowed(),
            architectures=architectures,
            datasets=data_sets,
            versions=environment.versions(settings.backend),
        ).to_json()

    def _on_event(self, job: Job, event: ProgressEvent) -> None:
        if self.progress is None:
            return
        if self.concurrent:
            self.progress.update_jobs(self._executor.status)
        else:
            self.progress.update(job.seed, event)


SESSION = pytest.StashKey[Session]()
"""Where pytest's configuration keeps the session."""


def _why_synthetic(data: Dataset) -> str:
    """Say in one line that images are synthetic, and why."""
    import datasets

    if not datasets.spec(data.name).layouts:
        return f"{data.name}: synthetic data; it has no files, and so no real images"
    why = ", as --data synthetic asks"
    if data.missing is not None:
        why = f": none are on this machine; {data.missing.reason}"
    return f"{data.name}: SYNTHETIC data, not the real images{why}"

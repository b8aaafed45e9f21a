"""Jobs in this process, each when its result is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.execution.executors import Handle, Status
from benchmarks.execution.job import Job, OnEvent
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.execution.run_job import JobRunner


class Local:
    """Runs one job at a time in this process: see `executors.Executor`."""

    concurrent = False

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def submit(self, job: Job, on_event: OnEvent) -> Handle:
        """Return a handle that runs the job when its result is asked for."""
        return _Deferred(self._runner, job, on_event)

    def status(self) -> Status:
        """Return no counts: what runs is the cell of the current case."""
        return Status(1, 0, 0, 0, None)

    def close(self) -> None:
        """Do nothing: no job outlives the call that runs it."""


@dataclass(frozen=True)
class _Deferred:
    runner: JobRunner
    job: Job
    on_event: OnEvent

    def result(self) -> SeedResult:
        return self.runner.run(self.job, self.on_event)

    def cancel(self) -> None:
        pass

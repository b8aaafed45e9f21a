"""Who runs jobs: this process (`InProcess`) or a child (`isolated.Isolated`); `Resuming` leaves out those that are stored."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from benchmarks.execution.job import Job, OnEvent
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.execution.run_job import JobRunner
    from benchmarks.execution.store import ResumeStore

Results = Generator[SeedResult, None, None]
"""Closing it ends what runs for it."""


class Executor(Protocol):
    """Runs jobs, here or elsewhere."""

    def run(self, jobs: Sequence[Job], on_event: OnEvent) -> Results:
        """Run the jobs of one cell, and give their results one by one, in the order of the jobs.

        Nothing starts before the first result is asked for.

        Args:
            jobs: All of one cell.
            on_event: Is called with every event of their trainings.

        Raises:
            JobFailed: A job did not finish for a reason outside of it.
        """
        ...


class InProcess:
    """Runs jobs in this process."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def run(self, jobs: Sequence[Job], on_event: OnEvent) -> Results:
        """Run the jobs one after the other: see `Executor.run`."""
        for job in jobs:
            yield self._runner.run(job, on_event)


class Resuming:
    """Reuses the results that are stored, and has another executor run the other jobs."""

    def __init__(self, executor: Executor, store: ResumeStore) -> None:
        self._executor = executor
        self._store = store

    def run(self, jobs: Sequence[Job], on_event: OnEvent) -> Results:
        """Run the jobs that are not stored: see `Executor.run`."""
        stored = {job.seed: result for job in jobs if (result := self._store.result(job)) is not None}
        missing = [job for job in jobs if job.seed not in stored]
        self._store.report_differences(missing)
        with closing(self._executor.run(missing, on_event)) as trained:
            for job in jobs:
                yield stored[job.seed] if job.seed in stored else next(trained)
            yield from trained  # there is none left, but an executor may have to end well

"""Running jobs through one interface: a job is submitted, and its handle waits for its result.

Three executors implement it: `local.Local` (this process), and `dispatcher.Dispatcher` over child processes
(`processes.ChildProcesses`) or over Ray (`on_ray.RayWorkers`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benchmarks.execution.job import Job, OnEvent
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.execution.store import ResumeStore

Results = Generator[SeedResult, None, None]
"""Closing it cancels what has not finished."""


class Handle(Protocol):
    """A submitted job."""

    def result(self) -> SeedResult:
        """Wait for the job to finish, and return its result.

        Raises:
            JobFailed: It did not finish.
        """
        ...

    def cancel(self) -> None:
        """Stop the job if it has not finished; nobody waits for it any more."""
        ...


@dataclass(frozen=True)
class Status:
    """How far the jobs of a run are."""

    workers: int
    """How many jobs can run at a time."""
    waiting: int
    running: int
    done: int
    seconds_left: float | None
    """Seconds until all jobs are done; None while that is not known."""


class Executor(Protocol):
    """Runs jobs, here or elsewhere."""

    @property
    def concurrent(self) -> bool:
        """Whether several jobs may run at a time, so that all of them should be submitted at the start."""
        ...

    def submit(self, job: Job, on_event: OnEvent) -> Handle:
        """Accept a job.

        Args:
            job: Run once; it may start immediately, or only when its result is asked for.
            on_event: Called with every event of its training, while somebody waits for any result.
        """
        ...

    def status(self) -> Status:
        """Return how far the submitted jobs are."""
        ...

    def close(self) -> None:
        """Stop everything that runs; no process is left. Closing twice is allowed."""
        ...


@dataclass(frozen=True)
class Stored:
    """The handle of a job whose result is stored."""

    stored: SeedResult

    def result(self) -> SeedResult:
        return self.stored

    def cancel(self) -> None:
        pass


def submit_missing(
    executor: Executor, store: ResumeStore | None, jobs: Sequence[Job], on_event: OnEvent
) -> list[Handle]:
    """Submit those jobs of a cell that are not stored, and notify why stored work of theirs cannot be reused.

    Args:
        executor: What runs the jobs.
        store: Where finished seeds are stored; None reuses none.
        jobs: All jobs of one cell.
        on_event: As for `Executor.submit`.

    Returns:
        A handle per job, in their order.
    """
    if store is None:
        return [executor.submit(job, on_event) for job in jobs]
    found = [(job, store.result(job)) for job in jobs]
    store.report_differences([job for job, stored in found if stored is None])
    return [executor.submit(job, on_event) if stored is None else Stored(stored) for job, stored in found]


def results_of(handles: Sequence[Handle]) -> Results:
    """Yield the results in the order of the handles; if one fails, or nobody asks for more, the other jobs are cancelled."""
    try:
        for handle in handles:
            yield handle.result()
    finally:
        for handle in handles:
            handle.cancel()

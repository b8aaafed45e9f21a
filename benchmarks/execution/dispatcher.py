"""The driver's side of jobs that run elsewhere: which one is next, what is stored, and what happens when a worker is lost.

It has no thread of its own: waiting for any result runs the loop that takes care of all jobs.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from benchmarks.execution import checkpoint_file, messages, store
from benchmarks.execution.executors import Status
from benchmarks.execution.job import Job, JobFailed, OnEvent
from benchmarks.execution.sealed_file import StoredWorkRefused
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.execution.store import ResumeStore

POLL_SECONDS = 1.0


class _Mark(Enum):
    STARTED = "started"
    ENDED = "ended"


STARTED, ENDED = _Mark.STARTED, _Mark.ENDED
"""STARTED: a worker has begun a job. ENDED: it has sent its last message for it."""


@dataclass(frozen=True)
class Lost:
    """A worker that has ended in the middle of a job, or before it."""

    reason: str
    counts: bool = True
    """Whether this loss counts towards the limit of restarts; False where the job had not begun."""


Event = bytes | _Mark | Lost


class Workers(Protocol):
    """Processes that run jobs, here or on other machines."""

    @property
    def restarts(self) -> int:
        """How often a job whose worker was lost starts again."""
        ...

    @property
    def slots(self) -> int:
        """How many jobs can run at a time; it may change."""
        ...

    @property
    def window(self) -> int:
        """How many jobs may be handed over at a time, including those that run."""
        ...

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        """Hand over a job, and return its ticket. It may wait for a free worker.

        Args:
            job: What to run.
            checkpoint: Where it continues; None starts it.
        """
        ...

    def poll(self, timeout: float) -> Iterable[tuple[int, Event]]:
        """Wait for events for at most `timeout` seconds, and yield them with their tickets."""
        ...

    def cancel(self, ticket: int) -> None:
        """Stop a job; no more events of it count."""
        ...

    def exclude(self, ticket: int, dataset: str | None = None) -> bool:
        """Give no more jobs to the machine of this job, which differs from the driver's.

        Args:
            ticket: The job's.
            dataset: The data set whose jobs it gets no more of; None: it gets none at all.

        Returns:
            Whether another machine is left for them.
        """
        ...

    def close(self) -> None:
        """Stop all jobs and processes."""
        ...


class _Task:
    """A submitted job, and its handle."""

    def __init__(self, dispatcher: Dispatcher, job: Job, on_event: OnEvent) -> None:
        self.job = job
        self.on_event = on_event
        self.outcome: SeedResult | JobFailed | None = None
        self.ticket: int | None = None
        self.running = False
        self.restarts = 0
        self.share = 0.0
        """Share of its training that is done, 0..1."""
        self.has_checkpoint = False
        """Whether this run has stored a checkpoint of it."""
        self._dispatcher = dispatcher

    def result(self) -> SeedResult:
        """Take care of all jobs until this one has finished: see `executors.Handle`."""
        return self._dispatcher.wait(self)

    def cancel(self) -> None:
        """Stop the job if it has not finished."""
        self._dispatcher.cancel(self)


class Dispatcher:
    """Runs jobs by workers, the longest first: see `executors.Executor`."""

    def __init__(
        self, workers: Workers, store: ResumeStore, *, resume: bool, notify: Callable[[str], None]
    ) -> None:
        """Start nothing yet.

        Args:
            workers: What runs the jobs; this object closes them.
            store: Where each finished seed and each checkpoint is kept as it arrives.
            resume: Whether checkpoints of earlier runs are used.
            notify: Called with each notice.
        """
        self._workers = workers
        self._store = store
        self._resume = resume
        self._notify = notify
        self._queue: list[tuple[float, int, _Task]] = []
        self._queued = 0
        self._queued_seconds = 0.0
        """Expected seconds of the jobs in the queue that nobody has cancelled."""
        self._order = itertools.count()
        self._handed_over: dict[int, _Task] = {}
        self._done = 0
        self._seconds_done = 0.0
        self._start_time: float | None = None

    @property
    def concurrent(self) -> bool:
        """Whether several jobs may run at a time."""
        return self._workers.window > 1

    def submit(self, job: Job, on_event: OnEvent) -> _Task:
        """Put a job into the queue: see `executors.Executor.submit`."""
        task = _Task(self, job, on_event)
        self._enqueue(task)
        return task

    def wait(self, task: _Task) -> SeedResult:
        """Take care of all jobs until this one has finished.

        Raises:
            JobFailed: It cannot finish.
        """
        while task.outcome is None:
            self._hand_over()
            for ticket, event in self._workers.poll(POLL_SECONDS):
                self._receive(ticket, event)
        if isinstance(task.outcome, JobFailed):
            raise task.outcome
        return task.outcome

    def cancel(self, task: _Task) -> None:
        """Stop a job if it has not finished."""
        if task.outcome is not None:
            return
        task.outcome = JobFailed(f"{task.job.name}: it was cancelled")
        if task.ticket is None:
            self._count_queued(task, -1)  # it is skipped when its turn comes
        else:
            self._drop(task, task.ticket)

    def status(self) -> Status:
        """Return how far the submitted jobs are; the time left assumes that they go on at the pace so far."""
        waiting_or_running = [task for task in self._handed_over.values() if task.outcome is None]
        running = [task for task in waiting_or_running if task.running]
        left = self._queued_seconds + math.fsum(
            task.job.expected_seconds * (1 - task.share) for task in waiting_or_running
        )
        done = self._seconds_done + math.fsum(task.job.expected_seconds * task.share for task in running)
        start_time = self._start_time
        return Status(
            workers=self._workers.slots,
            waiting=self._queued + len(waiting_or_running) - len(running),
            running=len(running),
            done=self._done,
            seconds_left=None
            if start_time is None or not done
            else (time.monotonic() - start_time) * left / done,
        )

    def close(self) -> None:
        """Stop everything: see `executors.Executor.close`."""
        self._queue.clear()
        self._handed_over.clear()
        self._workers.close()

    def _enqueue(self, task: _Task) -> None:
        heapq.heappush(self._queue, (-task.job.expected_seconds, next(self._order), task))
        self._count_queued(task, 1)

    def _count_queued(self, task: _Task, sign: int) -> None:
        self._queued += sign
        self._queued_seconds += sign * task.job.expected_seconds

    def _hand_over(self) -> None:
        while self._queue and len(self._handed_over) < self._workers.window:
            task = heapq.heappop(self._queue)[-1]
            if task.outcome is not None:  # cancelled
                continue
            self._count_queued(task, -1)
            if self._start_time is None:
                self._start_time = time.monotonic()
            task.ticket = self._workers.start(task.job, self._checkpoint(task))
            self._handed_over[task.ticket] = task

    def _checkpoint(self, task: _Task) -> bytes | None:
        """Return where the training continues, if it does."""
        if not task.job.checkpoints or not (self._resume or task.has_checkpoint):
            return None
        found = self._store.checkpoint(task.job)
        return None if found is None else checkpoint_file.encode(task.job, found)

    def _receive(self, ticket: int, event: Event) -> None:
        task = self._handed_over.get(ticket)
        if task is None:  # cancelled, or its answer was refused
            return
        if event is STARTED:
            task.running = True
        elif event is ENDED:
            self._forget(task)
            if task.outcome is None:
                self._finish(task, JobFailed(f"{task.job.name}: its worker finished without a result"))
        elif isinstance(event, Lost):
            self._forget(task)
            if task.outcome is None:
                self._restart(task, event)
        elif isinstance(event, bytes) and task.outcome is None:
            try:
                self._read(task, event)
            except StoredWorkRefused as error:
                self._drop(task, ticket)
                self._finish(task, JobFailed(f"a worker's answer was refused: {error}"))

    def _read(self, task: _Task, content: bytes) -> None:
        """Act on a message of a worker."""
        job = task.job
        task.running = True
        match messages.decode(content, job.name):
            case messages.Progressed(event):
                task.share = event.step / event.steps
                task.on_event(job, event)
            case messages.Notified(text):
                self._notify(text)
            case messages.CheckpointTaken(content):
                self._store.save_checkpoint(job, checkpoint_file.decode(content, job.name, job))
                task.has_checkpoint = True
            case messages.Finished(content):
                result = store.decode(content, job.name, job)
                self._store.save(job, result)
                self._finish(task, result)
            case messages.Failed(reason):
                self._finish(task, JobFailed(reason))
            case messages.Refused(reason, images):
                self._refuse(task, reason, job.cell.dataset if images else None)

    def _restart(self, task: _Task, lost: Lost) -> None:
        """Put the job of a lost worker into the queue again, unless this has happened too often."""
        task.restarts += lost.counts
        if task.restarts > self._workers.restarts:
            gave_up = f"; gave up after {self._workers.restarts} restarts" if self._workers.restarts else ""
            self._finish(task, JobFailed(f"{task.job.name}: {lost.reason}{gave_up}"))
            return
        if lost.counts:
            where = "from the beginning" if self._checkpoint(task) is None else "from its last checkpoint"
            self._notify(
                f"{task.job.name}: {lost.reason}; it starts again {where}"
                f" (restart {task.restarts} of {self._workers.restarts})"
            )
        self._enqueue(task)

    def _refuse(self, task: _Task, reason: str, dataset: str | None) -> None:
        """Run the job elsewhere, if there is a machine that matches the driver, with this data set's images where one is given."""
        assert task.ticket is not None
        left = self._workers.exclude(task.ticket, dataset)
        if left:
            self._notify(f"a worker was excluded{f' from {dataset}' if dataset else ''}: {reason}")
            self._forget(task)
            self._enqueue(task)
        else:
            self._finish(task, JobFailed(f"{task.job.name}: no worker matches the driver: {reason}"))

    def _finish(self, task: _Task, outcome: SeedResult | JobFailed) -> None:
        """Record a job's outcome; its worker is free only when the job has ended."""
        task.outcome = outcome
        self._done += 1
        self._seconds_done += task.job.expected_seconds

    def _drop(self, task: _Task, ticket: int) -> None:
        """Stop a job that has been handed over."""
        self._forget(task)
        self._workers.cancel(ticket)

    def _forget(self, task: _Task) -> None:
        if task.ticket is not None:
            self._handed_over.pop(task.ticket, None)  # `close` has emptied it
        task.ticket, task.running, task.share = None, False, 0.0

"""Jobs in child processes: one that crashes, runs out of memory or hangs fails alone.

The standard library's pools do not fit: a worker that dies breaks `ProcessPoolExecutor` with all its jobs and is replaced by
`multiprocessing.Pool` without notice, and neither can kill the one job that exceeds its time limit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from benchmarks.execution.cell_data import CellData
from benchmarks.execution.child_process import Child
from benchmarks.execution.dispatcher import ENDED, STARTED, Event, Lost
from benchmarks.execution.job import Job
from benchmarks.execution.worker import Conditions, Order, run
from benchmarks.experiment.cell import Cell

_END_OF_JOB = b""


@dataclass
class _Seat:
    """A child process and the job that it runs."""

    child: Child
    cell: Cell
    ticket: int | None
    begun: bool = False
    """Whether the driver was told that the job runs."""


class ChildProcesses:
    """Runs jobs in child processes, each of which serves one cell: see `dispatcher.Workers`."""

    restarts = 0

    def __init__(
        self,
        count: int,
        conditions: Conditions,
        time_limit: float | None,
    ) -> None:
        """Start nothing yet.

        Args:
            count: How many processes run at a time.
            conditions: How they train.
            time_limit: Seconds per process; None sets no limit. A cell has several processes where several of its jobs run at a time.
        """
        self._count = count
        self._conditions = conditions
        self._time_limit = time_limit
        self._seats: list[_Seat] = []
        self._tickets = itertools.count()

    @property
    def slots(self) -> int:
        """How many jobs run at a time."""
        return self._count

    @property
    def window(self) -> int:
        """How many jobs may be handed over: no more than run, so that a job's process is known when it starts."""
        return self._count

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        """Hand a job to the idle process of its cell, or to a new one in place of another cell's."""
        idle = [seat for seat in self._seats if seat.ticket is None]
        seat = next((seat for seat in idle if seat.cell == job.cell), None)
        if seat is None:
            if len(self._seats) >= self._count:
                self._end(idle[0])
            seat = _Seat(Child(_serve, self._time_limit), job.cell, None)
            self._seats.append(seat)
        seat.ticket, seat.begun = next(self._tickets), False
        seat.child.send(Order(job, self._conditions, checkpoint))
        return seat.ticket

    def poll(self, timeout: float) -> Iterator[tuple[int, Event]]:
        """Wait until something happens, and yield it; a job runs as soon as it is handed over."""
        for seat in list(self._seats):
            if seat.ticket is not None and not seat.begun:
                seat.begun = True
                yield seat.ticket, STARTED
        wait([waitable for seat in self._seats for waitable in seat.child.waitables()], timeout)
        for seat in list(self._seats):
            messages, ended = seat.child.read()
            for message in messages:
                if seat.ticket is not None:
                    yield seat.ticket, self._event(seat, message)
            if ended:
                ticket, reason = seat.ticket, self._end(seat)
                if ticket is not None:
                    yield ticket, Lost(reason or "its process ended with exit code 0")

    def cancel(self, ticket: int) -> None:
        """Kill the process of a job."""
        for seat in [seat for seat in self._seats if seat.ticket == ticket]:
            self._end(seat)

    def exclude(self, ticket: int, dataset: str | None = None) -> bool:
        """Return False: all children run on this machine, so there is no other."""
        return False

    def close(self) -> None:
        """Kill all processes."""
        for seat in list(self._seats):
            self._end(seat)

    def _event(self, seat: _Seat, message: bytes) -> Event:
        if message == _END_OF_JOB:
            seat.ticket = None
            return ENDED
        return message

    def _end(self, seat: _Seat) -> str:
        if seat not in self._seats:  # cancelled while its messages were read
            return ""
        self._seats.remove(seat)
        return seat.child.end()


def _serve(connection: Connection[Any, Any]) -> None:
    """Run the jobs that arrive, in the child."""
    data = CellData()
    while True:
        order: Order = connection.recv()
        run(order, connection.send_bytes, data)
        connection.send_bytes(_END_OF_JOB)

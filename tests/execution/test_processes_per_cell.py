"""Which process trains which job, with made-up child processes: nothing is started."""

import dataclasses

import pytest

from benchmarks.execution import processes
from benchmarks.execution.dispatcher import ENDED, STARTED, Lost
from benchmarks.execution.job import Job
from benchmarks.execution.processes import ChildProcesses
from benchmarks.execution.worker import Conditions, Order
from benchmarks.experiment.cell import Cell
from tests.support import stored_seeds


class MadeUpChild:
    """A process that has done a job as soon as it is asked, unless it has died."""

    def __init__(self, target: object, limit: float | None) -> None:
        self.limit = limit
        self.jobs: list[str] = []
        self.dies = ""
        self.ended = False
        self._unread: list[bytes] = []

    def waitables(self) -> list[object]:
        return []

    def send(self, order: Order) -> None:
        self.jobs.append(order.job.name)
        self._unread.append(b"")

    def read(self) -> tuple[list[bytes], bool]:
        done, self._unread = self._unread, []
        return ([], True) if self.dies else (done, False)

    def end(self) -> str:
        self.ended = True
        return self.dies


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[MadeUpChild]:
    """The child processes of this test, in the order in which they were started."""
    children: list[MadeUpChild] = []

    def start(target: object, limit: float | None) -> MadeUpChild:
        children.append(MadeUpChild(target, limit))
        return children[-1]

    monkeypatch.setattr(processes, "Child", start)
    return children


def job(architecture: str, seed: int = 0) -> Job:
    one = stored_seeds.job(seed)
    return dataclasses.replace(one, spec=dataclasses.replace(one.spec, cell=Cell(architecture, "mnist")))


def done(workers: ChildProcesses, *jobs: Job) -> None:
    """Run these jobs at once, to their end."""
    tickets = [workers.start(one, None) for one in jobs]
    begun = [(ticket, STARTED) for ticket in tickets]
    assert list(workers.poll(0)) == [*begun, *((ticket, ENDED) for ticket in tickets)]


def test_a_cell_has_a_process_of_its_own_and_its_own_time(started: list[MadeUpChild]) -> None:
    """Its peak memory is not that of the cell before it, and `--cell-timeout` is for all of its seeds."""
    workers = ChildProcesses(1, Conditions(), 60.0)
    for one in (job("lenet", 0), job("lenet", 1), job("vgg")):
        done(workers, one)
    assert [child.jobs for child in started] == [
        ["lenet-mnist seed 0", "lenet-mnist seed 1"],
        ["vgg-mnist seed 0"],
    ]
    assert [(child.limit, child.ended) for child in started] == [(60.0, True), (60.0, False)]


def test_there_are_never_more_processes_than_asked_for(started: list[MadeUpChild]) -> None:
    workers = ChildProcesses(2, Conditions(), None)
    done(workers, job("lenet"), job("vgg"))
    done(workers, job("vgg", 1), job("linear"))
    assert [child.jobs for child in started] == [
        ["lenet-mnist seed 0"],
        ["vgg-mnist seed 0", "vgg-mnist seed 1"],
        ["linear-mnist seed 0"],
    ]
    assert [child.ended for child in started] == [True, False, False]


def test_a_process_that_died_loses_its_job_and_has_a_successor(started: list[MadeUpChild]) -> None:
    workers = ChildProcesses(2, Conditions(), None)
    first, second = workers.start(job("lenet"), None), workers.start(job("vgg"), None)
    started[0].dies = "out of memory"
    begun = [(first, STARTED), (second, STARTED)]
    assert list(workers.poll(0)) == [*begun, (first, Lost("out of memory")), (second, ENDED)]
    done(workers, job("lenet", 1))
    started[1].dies = "killed while it had nothing to do"
    assert list(workers.poll(0)) == []
    done(workers, job("vgg", 1))
    assert [len(child.jobs) for child in started] == [1, 1, 1, 1]


def test_a_cancelled_job_ends_with_its_process_alone_and_closing_ends_all(started: list[MadeUpChild]) -> None:
    workers = ChildProcesses(3, Conditions(), None)
    for name in ("lenet", "vgg", "linear"):
        ticket = workers.start(job(name), None)
    workers.cancel(ticket)
    assert [child.ended for child in started] == [False, False, True]
    workers.close()
    assert [child.ended for child in started] == [True] * 3

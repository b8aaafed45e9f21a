"""Cells in xdist's workers, one saved run at the controller.

pytest-benchmark switches itself off under xdist: a worker has no statistics, and the controller runs no tests. So a worker sends each
finished cell with its report, and the controller replays the seeds' seconds through pytest-benchmark's own fixture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.plugin import timer
from benchmarks.results.schema import CellResult

if TYPE_CHECKING:
    from benchmarks.plugin.session import Session

CRASHED = "???"
"""The phase of a report that pytest-xdist makes itself, for a worker that died in the middle of a test."""
WORKERS_HERE = "cnn_benchmarks_workers_here"
"""In a worker's input: how many workers share its machine, itself included."""
ADVICE = "cnn_benchmarks_advice"
"""A property of a report: what to do about images that could not be loaded."""
REUSED = "cnn_benchmarks_reused"
"""A property of a report: how many seeds of the cell were reused."""
_REPORT = "cnn_benchmarks_cell"


class Message(msgspec.Struct, frozen=True):
    """What a worker sends with a report."""

    requested: list[str]
    notices: list[str]
    machine: dict[str, Any]
    result: CellResult | None


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def workers_here(config: pytest.Config) -> int:
    """Return how many workers share this machine; 1 where there are none."""
    return int(getattr(config, "workerinput", {}).get(WORKERS_HERE, 1))


def count_workers(node: Any) -> None:
    """Tell a worker that is about to start how many there are on its machine."""
    hosts = Counter(_host(spec) for spec in node.nodemanager.specs)
    node.workerinput[WORKERS_HERE] = hosts[_host(node.gateway.spec)]


def attach(report: pytest.TestReport, session: Session) -> None:
    """In a worker: attach the notices to a report, and the cell if it has finished; with a failure, what was requested."""
    notices, result = session.drain()
    if notices or result is not None or report.failed:
        message = Message(session.requested, notices, dict(session.machine), result)
        setattr(report, _REPORT, msgspec.json.encode(message).decode())


def receive(
    report: pytest.TestReport, session: Session, config: pytest.Config, notify: Callable[[str], None]
) -> None:
    """At the controller: record what a worker attached to a report."""
    sent = getattr(report, _REPORT, None)
    if sent is None:
        return
    message = msgspec.json.decode(sent, type=Message)
    session.select_cells(message.requested)
    for notice in message.notices:
        notify(notice)
    if message.result is not None:
        session.record(message.result, [message.machine])
        replay(message.result, config)


def is_remote(report: pytest.TestReport) -> bool:
    """Whether a worker sent this report."""
    return hasattr(report, "node")


def replay(result: CellResult, config: pytest.Config) -> None:
    """Have pytest-benchmark count a cell as if it had been timed here."""
    from pytest_benchmark.fixture import BenchmarkFixture
    from pytest_benchmark.utils import NameWrapper

    session = config._benchmarksession  # type: ignore[attr-defined]
    test_id = result.cell.test_id
    node = SimpleNamespace(
        name=test_id.rpartition("::")[2],
        nodeid=test_id,
        callspec=SimpleNamespace(id=result.id, params={"cell_run": result.id}),
    )
    options = dict(session.options, timer=NameWrapper(timer.training_seconds), group=result.dataset)
    fixture = BenchmarkFixture(
        node,
        add_stats=session.benchmarks.append,
        logger=session.logger,
        warner=None,
        disabled=False,
        **options,
    )
    fixture.extra_info.update(result.to_json())
    timer.time_seeds(fixture, iter(result.seed_seconds), rounds=len(result.seeds))


def sort(session: Session, config: pytest.Config) -> None:
    """At the controller: sort cells and times into the order of a run in one process."""
    session.sort()
    place = {name: position for position, name in enumerate(session.requested)}
    benchmarks = config._benchmarksession.benchmarks  # type: ignore[attr-defined]
    benchmarks.sort(key=lambda b: place.get(str((b.params or {}).get("cell_run")), len(place)))


def silence_xdist_warning(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep pytest-benchmark from warning that benchmarks are disabled in workers: cells are timed all the same."""
    timed = [item for item in items if "benchmark" in getattr(item, "fixturenames", ())]
    if all("cell_run" in getattr(item, "fixturenames", ()) for item in timed):
        config._benchmarksession.xdist_benchmark_found = False  # type: ignore[attr-defined]


def cell_of(test_id: str) -> str | None:
    """Return the id of the cell that the test of this id trains; None for other tests."""
    cell = Cell.from_test_id(test_id)
    return None if cell is None else cell.id


def _host(spec: Any) -> str:
    """Return what identifies an execnet gateway's machine."""
    socket = (spec.socket or "").rpartition(":")[0]
    return str(spec.ssh or spec.vagrant_ssh or socket or "here")

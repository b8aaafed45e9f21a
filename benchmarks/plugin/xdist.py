"""Cells in xdist's workers, one saved run at the controller.

pytest-benchmark switches itself off under xdist: a worker has no statistics, and the controller runs no tests. So a worker sends what is
saved of a cell with its report, and the controller replays the seeds' seconds through pytest-benchmark's own fixture.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.utils import NameWrapper

from benchmarks.engine.interface import Threads
from benchmarks.execution.extra_info import cell_id
from benchmarks.plugin import timer

if TYPE_CHECKING:
    from benchmarks.plugin.session import Grid

BESIDE = "cnn_benchmarks_beside"
"""In a worker's input: how many workers share its machine, itself among them."""
_REPORT = "cnn_benchmarks_cell"


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def beside(config: pytest.Config) -> int:
    """Workers on this machine; 1 where there are none."""
    return int(getattr(config, "workerinput", {}).get(BESIDE, 1))


def count_neighbours(node: Any) -> None:
    """Tell a worker that is about to start how many there are on its machine."""
    hosts = Counter(_host(spec) for spec in node.nodemanager.specs)
    node.workerinput[BESIDE] = hosts[_host(node.gateway.spec)]


def threads(workers: int) -> Threads:
    """A worker's fair share of the machine's cores, at least one; a process alone leaves the choice to TensorFlow."""
    if workers == 1:
        return Threads()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = max(1, cores // workers)
    return Threads(intra_op=share, inter_op=share)


def attach(report: pytest.TestReport, grid: Grid, cell: str | None) -> None:
    """In a worker: send with a report what the grid has to tell, and the cell's figures once it is finished."""
    infos = [info for info in grid.infos if cell_id(info) == cell]
    if infos or grid.told:
        found = {
            "asked": grid.asked,
            "told": grid.told,
            "machine": grid.machine,
            "info": infos[-1] if infos else None,
        }
        setattr(report, _REPORT, json.dumps(found, allow_nan=False))
        grid.told, grid.infos = [], []


def is_remote(report: pytest.TestReport) -> bool:
    """A worker has sent it."""
    return hasattr(report, "node")


def cell_of(nodeid: str) -> str | None:
    """The cell that the test of this id trains; None for other tests."""
    found = re.search(r"::test_training\[([^][]+)\]$", nodeid)
    return None if found is None else found[1]


def take(report: pytest.TestReport, grid: Grid, config: pytest.Config) -> dict[str, Any] | None:
    """At the controller: take what a worker has sent, and return the finished cell's ``extra_info`` if it is that."""
    sent = getattr(report, _REPORT, None)
    if sent is None:
        return None
    found = json.loads(sent)
    grid.asked = found["asked"]
    for message in found["told"]:
        grid.conduct.tell(message)
    info: dict[str, Any] | None = found["info"]
    if info is not None:
        grid.infos.append(info)
        grid.machine = found["machine"]
        replay(report.nodeid, info, config)
    return info


def replay(nodeid: str, info: dict[str, Any], config: pytest.Config) -> None:
    """Have pytest-benchmark count a cell as if it had been timed here."""
    session = config._benchmarksession  # type: ignore[attr-defined]
    name = cell_id(info)
    node = SimpleNamespace(
        name=nodeid.rpartition("::")[2],
        nodeid=nodeid,
        callspec=SimpleNamespace(id=name, params={"cell_run": name}),
    )
    options = dict(session.options, timer=NameWrapper(timer.training_seconds), group=info["dataset"])
    fixture = BenchmarkFixture(
        node,
        add_stats=session.benchmarks.append,
        logger=session.logger,
        warner=None,
        disabled=False,
        **options,
    )
    fixture.extra_info.update(info)
    seconds = iter(info["seed_seconds"])
    fixture.pedantic(lambda: timer.advance(next(seconds)), rounds=len(info["seed_seconds"]))


def in_order(grid: Grid, config: pytest.Config) -> None:
    """Put the cells, which come as workers finish them, in the order in which one process would have run them."""
    place = {name: position for position, name in enumerate(grid.asked)}
    grid.infos.sort(key=lambda info: place[cell_id(info)])
    benchmarks = config._benchmarksession.benchmarks  # type: ignore[attr-defined]
    benchmarks.sort(key=lambda b: place.get(str((b.params or {}).get("cell_run")), len(place)))


def hush(config: pytest.Config, items: list[pytest.Item]) -> None:
    """pytest-benchmark warns that its benchmarks are disabled in workers; for cells that is not so."""
    timed = [item for item in items if "benchmark" in getattr(item, "fixturenames", ())]
    if all("cell_run" in getattr(item, "fixturenames", ()) for item in timed):
        config._benchmarksession.xdist_benchmark_found = False  # type: ignore[attr-defined]


def _host(spec: Any) -> str:
    """What tells an execnet gateway's machine from others."""
    socket = (spec.socket or "").rpartition(":")[0]
    return str(spec.ssh or spec.vagrant_ssh or socket or "here")

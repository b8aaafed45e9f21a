"""The options that say where jobs run: in this process, in child processes, or on Ray."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from benchmarks.experiment import names
from benchmarks.plugin import xdist

if TYPE_CHECKING:
    from benchmarks.execution.cell_data import CellData
    from benchmarks.execution.dispatcher import Workers
    from benchmarks.execution.executors import Executor
    from benchmarks.execution.on_ray import RayWorkers
    from benchmarks.execution.processes import ChildProcesses
    from benchmarks.execution.store import ResumeStore

EXECUTORS = ("local", "process", "ray")
RAY_OPTIONS = ("ray_address", "ray_cpus", "ray_gpus", "ray_memory")


def add(group: pytest.OptionGroup) -> None:
    """Declare these options."""
    group.addoption(
        "--executor",
        metavar="E",
        help="where trainings run: local (this process), process (child processes) or ray (default: local)",
    )
    group.addoption(
        "--isolate",
        action="store_true",
        help="short for --executor process: a cell that crashes or runs out of memory fails alone",
    )
    group.addoption(
        "--jobs",
        type=int,
        metavar="N",
        help="with --executor process: run N trainings at a time, the longest first (default: 1)",
    )
    group.addoption(
        "--cell-timeout",
        type=float,
        metavar="SECONDS",
        help="with --executor process: a process that trains a cell for longer is stopped, and the cell fails (default: no limit)",
    )
    group.addoption(
        "--ray-address",
        metavar="HOST:PORT",
        help="with --executor ray: the head node of a cluster (default: a cluster of this machine alone, for this run)",
    )
    group.addoption(
        "--ray-cpus",
        type=int,
        metavar="N",
        help="with --executor ray: cores, and threads, per training (default: 1)",
    )
    group.addoption(
        "--ray-gpus",
        type=float,
        metavar="X",
        help="with --executor ray: GPUs per training, such as 0.25 (default: 0)",
    )
    group.addoption(
        "--ray-memory",
        type=float,
        metavar="GIB",
        help="with --executor ray: memory that a node must have free per training (default: any amount)",
    )


def name(config: pytest.Config) -> str:
    """Return which executor is asked for."""
    given: str | None = config.getoption("executor")
    return given or ("process" if config.getoption("isolate") else "local")


def check(config: pytest.Config) -> None:
    """Refuse options that contradict each other or cannot be honoured.

    Raises:
        UsageError: It says which options, and what to do.
    """
    executor, isolate = name(config), config.getoption("isolate")
    try:
        names.one("--executor", executor, EXECUTORS)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if isolate and executor != "process":
        raise pytest.UsageError(f"--isolate means --executor process, not {executor}; leave one of them out")
    jobs: int | None = config.getoption("jobs")
    limit: float | None = config.getoption("cell_timeout")
    if limit is not None and executor != "process":
        raise pytest.UsageError(
            f"--cell-timeout {limit:g} needs --isolate or --executor process: only a separate process can be stopped"
        )
    if limit is not None and not 0 < limit <= threading.TIMEOUT_MAX:
        raise pytest.UsageError(
            f"--cell-timeout {limit:g}: expected more than 0 and at most {threading.TIMEOUT_MAX:g} seconds"
        )
    if jobs is not None and executor != "process":
        raise pytest.UsageError(f"--jobs {jobs} needs --executor process; add it, or leave --jobs out")
    if jobs is not None and not 1 <= jobs <= 1000:
        raise pytest.UsageError(f"--jobs {jobs}: expected 1 to 1000 processes")
    _check_ray(config, executor)
    if config.getoption("dist", "no") == "each":
        raise pytest.UsageError("--dist each would train every cell once per worker; use --dist load")
    if (executor == "ray" or (jobs or 1) > 1) and config.getoption("tx", None):
        raise pytest.UsageError(
            f"--executor {executor} starts workers of its own; leave out pytest-xdist's -n and --tx"
        )


def _check_ray(config: pytest.Config, executor: str) -> None:
    options = {option: config.getoption(option) for option in RAY_OPTIONS}
    given = [f"--{option.replace('_', '-')}" for option, value in options.items() if value is not None]
    if executor != "ray":
        if given:
            raise pytest.UsageError(f"{given[0]} needs --executor ray; add it, or leave {given[0]} out")
        return
    if importlib.util.find_spec("ray") is None:
        raise pytest.UsageError(
            "--executor ray: Ray is not installed; install it with: pip install -e '.[ray]'"
        )
    limits = {"ray_cpus": (1, 4096), "ray_gpus": (0, 1024), "ray_memory": (0, 10**6)}
    for option, (least, most) in limits.items():
        if options[option] is not None and not least <= options[option] <= most:
            raise pytest.UsageError(
                f"--{option.replace('_', '-')} {options[option]:g}: expected {least} to {most}"
            )
    from benchmarks.execution.ray_cluster import ClusterRefused, check_address

    try:
        check_address(options["ray_address"])
    except ClusterRefused as error:
        raise pytest.UsageError(str(error)) from None


def create(
    config: pytest.Config,
    data: CellData,
    store: ResumeStore,
    notify: Callable[[str], None],
    announce: Callable[[str], None],
) -> Executor:
    """Return the executor that the options ask for; it starts nothing yet.

    Args:
        config: pytest's configuration.
        data: Where this process holds the images.
        store: Where finished and partly trained seeds are kept.
        notify: Is called with each notice.
        announce: Is called with each phase that begins, where jobs run in this process.
    """
    resume: bool = config.getoption("resume")
    if name(config) == "local":
        from benchmarks.execution.environment import share_threads
        from benchmarks.execution.local import Local
        from benchmarks.execution.run_job import JobRunner

        processes = xdist.workers_here(config)
        return Local(
            JobRunner(
                data,
                store=store,
                resume=resume,
                threads=share_threads(processes),
                parallel=processes > 1,
                notify=notify,
                announce=announce,
            )
        )
    from benchmarks.execution.dispatcher import Dispatcher

    workers: Workers = _ray(config, notify) if name(config) == "ray" else _child_processes(config)
    return Dispatcher(workers, store, resume=resume, notify=notify)


def _child_processes(config: pytest.Config) -> ChildProcesses:
    from benchmarks.execution.environment import share_threads
    from benchmarks.execution.processes import ChildProcesses
    from benchmarks.execution.worker import Conditions

    jobs: int = config.getoption("jobs") or 1
    processes = jobs * xdist.workers_here(config)
    conditions = Conditions(share_threads(processes), parallel=processes > 1)
    return ChildProcesses(jobs, conditions, config.getoption("cell_timeout"))


def _ray(config: pytest.Config, notify: Callable[[str], None]) -> RayWorkers:
    from benchmarks.execution.on_ray import RayWorkers, Resources

    option = config.getoption
    resources = Resources(
        option("ray_cpus") or 1, option("ray_gpus") or 0.0, round((option("ray_memory") or 0.0) * 1024**3)
    )
    return RayWorkers(option("ray_address"), resources, notify)

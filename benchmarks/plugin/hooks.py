"""The plugin that pytest loads: its options, its session, and how the case of one cell runs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import pytest
from pytest_benchmark.logger import PytestBenchmarkWarning

from benchmarks.execution import environment
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.job import JobFailed, NoWorkers
from benchmarks.plugin import (
    collection,
    executor_options,
    options,
    storage,
    summary,
    terminal,
    termination,
    xdist,
)
from benchmarks.plugin.controller import COMPARED, Controller
from benchmarks.plugin.session import SESSION, CellRun, Session


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Let `-n auto` start no more workers than a container's quota allows; xdist counts the machine's cores."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else environment.quota()


def pytest_configure(config: pytest.Config) -> None:
    settings = options.check(config)
    data = CellData()

    def notify(message: str) -> None:
        terminal.notify(config, message)

    store = options.store(config, notify)
    config.stash[SESSION] = Session(
        settings,
        executor_options.create(
            config, data, store, notify, lambda phase: config.stash[SESSION].announce(phase)
        ),
        data,
        notify,
        stored=store if config.getoption("resume") else None,
        shard=options.shard(config),
        tensorboard=options.tensorboard(config),
    )
    config.pluginmanager.register(collection, "cnn-benchmarks-collection")
    if not xdist.is_worker(config):
        config.pluginmanager.register(Controller(config), "cnn-benchmarks-controller")
        termination.end_like_ctrl_c(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (session := config.stash.get(SESSION, None)) is not None:
        session.close()


@pytest.fixture
def cell_run(request: pytest.FixtureRequest) -> Iterator[CellRun]:
    """The cell of this case with its images, ready to train; where its images cannot be loaded, only the reason is shown."""
    from datasets import DataError

    session = request.config.stash[SESSION]
    try:
        try:
            run = session.begin(request.param)
        except DataError as error:
            request.node.user_properties.append((xdist.ADVICE, error.advice))
            raise pytest.fail.Exception(terminal.printable(error), pytrace=False) from None
        if run.stored:
            request.node.user_properties.append((xdist.REUSED, run.stored))
        with closing(run.results):
            yield run
    finally:
        session.end(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Show only the reason where a job failed, or nothing can run any, which ends the session; xdist knows no worker that ends itself."""
    try:
        return (yield)
    except JobFailed as failure:
        raise pytest.fail.Exception(terminal.printable(failure), pytrace=False) from None
    except NoWorkers as error:
        if xdist.is_worker(pyfuncitem.config):
            raise pytest.fail.Exception(terminal.printable(error), pytrace=False) from None
        raise pytest.exit.Exception(terminal.printable(error), pytest.ExitCode.USAGE_ERROR) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    session = item.config.stash[SESSION]
    if session.progress is not None and call.when == "call":
        session.progress.hide()  # pytest is about to print the outcome
    if xdist.is_worker(item.config):
        xdist.attach(report, session)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    summary.write(config.stash[SESSION], terminalreporter, config)


@pytest.hookimpl(wrapper=True)
def pytest_benchmark_compare_machine_info(
    config: pytest.Config, benchmarksession: Any, compared_benchmark: dict[str, Any]
) -> Generator[None, Any, Any]:
    """Keep the compared run until this run's machine is known, and leave out pytest-benchmark's own warning.

    It compares before TensorFlow has started, so threads always differ, and its warning would be an error here.
    """
    config.stash.setdefault(COMPARED, []).append(compared_benchmark)
    storage.use_atomic_storage(benchmarksession)  # pytest-benchmark's own fails outside the working directory
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Benchmark machine_info is different", category=PytestBenchmarkWarning
        )
        return (yield)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    # The facts of whatever trained win: a worker, a cell's process, or the run that was resumed.
    session = config.stash[SESSION]
    machine_info.update(environment.machine(session.settings.backend) | dict(session.machine))


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    output_json["suite"] = config.stash[SESSION].as_json()

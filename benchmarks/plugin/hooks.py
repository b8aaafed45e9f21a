"""Glue between pytest, pytest-benchmark, pytest-xdist and the suite: which hook calls what."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.logger import PytestBenchmarkWarning

from benchmarks.execution import environment, schedule
from benchmarks.execution.isolated import Isolation
from benchmarks.execution.job import CellFailed
from benchmarks.execution.run_job import CellRun, Conduct
from benchmarks.plugin import gate, options, storage, xdist
from benchmarks.plugin.progress import Output, Progress
from benchmarks.plugin.session import Grid

SPEED = ("bench_throughput.py", "bench_inference.py")
GRID = pytest.StashKey[Grid]()
COMPARED = pytest.StashKey[list[dict[str, Any]]]()
"""Runs that ``--benchmark-compare`` has loaded."""


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    options.check(config)
    workers = xdist.beside(config)
    conduct = Conduct(
        store=options.store(config),
        resume=config.getoption("resume"),
        threads=xdist.threads(workers),
        parallel=workers > 1,
        tell=lambda message: _tell(config, message),
    )
    isolation = Isolation(config.getoption("cell_timeout")) if config.getoption("isolate") else None
    config.stash[GRID] = Grid(
        options.settings(config),
        conduct,
        options.shard(config),
        isolation,
        tensorboard=options.tensorboard(config),
    )
    if not xdist.is_worker(config):
        config.pluginmanager.register(_Controller(), "cnn-benchmarks-controller")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Speed benchmarks are not part of the grid: they are collected only when they are named."""
    named = {(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args}
    return True if collection_path.name in SPEED and collection_path not in named else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell_run" in metafunc.fixturenames:
        # Strings, since pytest-benchmark saves parameters, and objects with their memory address.
        cells = [cell.id for cell in metafunc.config.stash[GRID].settings.cells()]
        metafunc.parametrize("cell_run", cells, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out other shards' cells, and have workers begin with the longest."""
    grid = config.stash[GRID]
    cells = {name: item for item in items if (name := _cell(item)) is not None}
    chosen = grid.choose(list(cells))
    if xdist.is_worker(config):
        chosen = [
            cell.id for cell in schedule.longest_first([grid.cell(name) for name in chosen], grid.settings)
        ]
    config.hook.pytest_deselected(items=[item for name, item in cells.items() if name not in chosen])
    items[:] = [item for item in items if _cell(item) is None] + [cells[name] for name in chosen]
    xdist.hush(config, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.getoption("collectonly"):
        _show_progress(session.config, [name for item in session.items if (name := _cell(item)) is not None])


@pytest.fixture
def cell_run(request: pytest.FixtureRequest) -> Iterator[CellRun]:
    """The cell of this case with its data and its program, ready to train."""
    grid = request.config.stash[GRID]
    run: CellRun | None = None
    if grid.progress is not None:
        grid.progress.begin(request.param)
    try:
        run = grid.prepare(grid.cell(request.param))
        yield run
    except CellFailed as failure:
        raise pytest.fail.Exception(str(failure), pytrace=False) from None
    finally:
        if grid.progress is not None:
            grid.progress.end(request.param, run.info if run is not None else None)
    grid.finished(run)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    grid = item.config.stash[GRID]
    if grid.progress is not None and call.when == "call":
        grid.progress.hide()  # pytest is about to say how it went
    if xdist.is_worker(item.config):
        xdist.attach(report, grid, _cell(item))
    return report


class _Controller:
    """Hooks of the process that saves: the only one, or the one that has workers."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        xdist.count_neighbours(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        if self._config.stash[GRID].progress is None:
            _show_progress(self._config, [name for test in ids if (name := xdist.cell_of(test)) is not None])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        grid = self._config.stash[GRID]
        info = xdist.take(report, grid, self._config)
        cell = xdist.cell_of(report.nodeid)
        if (
            grid.progress is not None
            and cell is not None
            and xdist.is_remote(report)
            and report.when == "teardown"
        ):
            grid.progress.end(cell, info)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._config = session.config
        benchmarks = session.config._benchmarksession  # type: ignore[attr-defined]
        storage.make_safe(benchmarks)
        if benchmarks.compare_fail and not benchmarks.compared_mapping:
            raise pytest.UsageError(  # pytest-benchmark says so too, once everything has trained
                "--benchmark-compare-fail: there is no run to compare with; name one with --benchmark-compare=REF,"
                " or leave both away until one is saved"
            )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        benchmarks = session.config._benchmarksession  # type: ignore[attr-defined]
        storage.drop_unfinished(benchmarks)
        xdist.in_order(session.config.stash[GRID], session.config)
        self._flag_times(session.config)
        self._gate(session)
        yield
        if getattr(benchmarks.storage, "failed", False):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _gate(self, session: pytest.Session) -> None:
        """Judge the run before the summary is printed; a failed or interrupted session keeps its own status."""
        config, grid = session.config, session.config.stash[GRID]
        reference = config.getoption("accuracy_compare")
        if reference is None or session.exitstatus == pytest.ExitCode.INTERRUPTED:
            return
        grid.judgement, status = gate.judge(
            grid.infos,
            grid.as_json(),
            self._machine(config),
            reference,
            options.storage(config),
            options.gate_settings(config),
        )
        session.exitstatus = session.exitstatus or status

    def _flag_times(self, config: pytest.Config) -> None:
        """Say where pytest-benchmark compares times that do not compare."""
        grid, compared = config.stash[GRID], config.stash.get(COMPARED, [])
        if compared:
            for line in gate.flag_times(compared, grid.infos, self._machine(config)):
                grid.conduct.tell(line)

    def _machine(self, config: pytest.Config) -> dict[str, Any]:
        """``machine_info`` as it is saved."""
        found: dict[str, Any] = config.hook.pytest_benchmark_generate_machine_info(config=config)
        return found | environment.machine() | config.stash[GRID].machine


@pytest.hookimpl(wrapper=True)
def pytest_benchmark_compare_machine_info(
    config: pytest.Config, benchmarksession: Any, compared_benchmark: dict[str, Any]
) -> Generator[None, Any, Any]:
    """Keep what is compared until it is known what this run was measured on, and leave out pytest-benchmark's own word on it.

    It speaks before TensorFlow has started, so that threads always differ, and its warning would be an error here.
    """
    config.stash.setdefault(COMPARED, []).append(compared_benchmark)
    storage.make_safe(benchmarksession)  # its storage cannot name itself outside the working directory
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Benchmark machine_info is different", category=PytestBenchmarkWarning
        )
        return (yield)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    # Whoever has trained knows best: a worker, a process of a cell, or the run that was taken up.
    machine_info.update(environment.machine() | config.stash[GRID].machine)


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    output_json["suite"] = config.stash[GRID].as_json()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    grid = config.stash[GRID]
    if config.get_verbosity() < 0 or not (grid.infos or grid.told):
        return
    from benchmarks.report import end_of_run
    from benchmarks.report.writers import terminal
    from benchmarks.results.schema import CellResult

    file = config.get_terminal_writer()._file
    terminalreporter.section("grid", "=")
    if not grid.infos:
        for message in grid.told:
            terminalreporter.write_line(message)
        return
    cells = [CellResult.from_json(info, "this run") for info in grid.infos]
    terminal.write(
        file, end_of_run.section(cells, grid.notes(), phases=config.getoption("time_report")), n=False
    )
    if grid.judgement:
        terminalreporter.section("accuracy", "=")
        terminalreporter.write_line(grid.judgement)


def _cell(item: pytest.Item) -> str | None:
    """The cell that a test trains; None for other tests."""
    if isinstance(item, pytest.Function) and "cell_run" in item.fixturenames:
        return str(item.callspec.params["cell_run"])
    return None


def _show_progress(config: pytest.Config, cells: list[str]) -> None:
    """From now on say where the grid stands, unless people want it quiet."""
    grid, reporter = config.stash[GRID], config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if not cells or reporter is None or config.get_verbosity() < 0 or xdist.is_worker(config):
        return
    writer = config.get_terminal_writer()
    outside = nullcontext if capture is None else capture.global_and_fixture_disabled

    def say(line: str) -> None:
        with outside():
            if config.getoption("dist", "no") == "no":
                reporter.write_ensure_prefix(line, "")  # the next test begins a line of its own
            else:  # where dots follow each other
                if writer.width_of_current_line:
                    writer.line()
                writer.line(line)

    output = Output(writer._file, say, lambda: writer.width_of_current_line, outside)
    grid.progress = Progress(output, grid.costs(cells), grid.settings.seeds)


def _tell(config: pytest.Config, message: str) -> None:
    """Say something at once, past pytest's capture, and again at the end."""
    grid = config.stash[GRID]
    if message in grid.told:
        return
    grid.told.append(message)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(message, yellow=True)

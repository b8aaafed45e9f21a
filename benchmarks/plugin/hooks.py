"""Glue between pytest, pytest-benchmark, pytest-xdist and the suite: which hook calls what."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.logger import PytestBenchmarkWarning

from benchmarks.execution import environment, schedule
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.job import JobFailed, NoWorkers
from benchmarks.experiment.cell import Cell
from benchmarks.plugin import executor_options, options, storage, summary, xdist
from benchmarks.plugin.progress import Output, Progress
from benchmarks.plugin.session import CellRun, Session

SPEED = ("bench_throughput.py", "bench_inference.py")
SESSION = pytest.StashKey[Session]()
ADVICE = "cnn_benchmarks_advice"
"""A property of a report, which xdist's workers send, too: what to do about images that could not be loaded."""
REUSED = "cnn_benchmarks_reused"
"""The same: how many seeds of the cell were stored."""
COMPARED = pytest.StashKey[list[dict[str, Any]]]()
"""Runs that `--benchmark-compare` has loaded."""


class _Warned(logging.Handler):
    """Turns warnings of the data sets, such as of a cache that cannot be written, into notices: pytest hides the log of a passing case."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._notify = notify

    def emit(self, record: logging.LogRecord) -> None:
        self._notify(record.getMessage())


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    settings = options.check(config)
    data = CellData()

    def print_notice(message: str) -> None:
        notify(config, message)

    warned = _Warned(print_notice)
    logging.getLogger("datasets").addHandler(warned)
    config.add_cleanup(partial(logging.getLogger("datasets").removeHandler, warned))
    store = options.store(config, print_notice)
    config.stash[SESSION] = Session(
        settings,
        executor_options.create(
            config, data, store, print_notice, lambda phase: config.stash[SESSION].announce(phase)
        ),
        data,
        print_notice,
        stored=store if config.getoption("resume") else None,
        shard=options.shard(config),
        tensorboard=options.tensorboard(config),
    )
    if not xdist.is_worker(config):
        config.pluginmanager.register(_Controller(config), "cnn-benchmarks-controller")


def pytest_unconfigure(config: pytest.Config) -> None:
    if (session := config.stash.get(SESSION, None)) is not None:
        session.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the speed benchmarks unless they are named: they are not part of the grid."""
    named = {(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args}
    return True if collection_path.name in SPEED and collection_path not in named else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell_run" in metafunc.fixturenames:
        # Strings, since pytest-benchmark saves parameters, and objects with their memory address.
        cells = [cell.id for cell in metafunc.config.stash[SESSION].settings.cells()]
        metafunc.parametrize("cell_run", cells, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop other shards' cells, and let workers begin with the longest."""
    session = config.stash[SESSION]
    cells = {name: item for item in items if (name := _cell(item)) is not None}
    chosen = session.select_cells(list(cells))
    if xdist.is_worker(config) or session.concurrent:
        ordered = schedule.longest_first(list(map(Cell.parse, chosen)), session.settings)
        chosen = [cell.id for cell in ordered]
    config.hook.pytest_deselected(items=[item for name, item in cells.items() if name not in chosen])
    items[:] = [item for item in items if _cell(item) is None] + [cells[name] for name in chosen]
    xdist.silence_xdist_warning(config, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.getoption("collectonly"):
        _show_progress(session.config, [name for item in session.items if (name := _cell(item)) is not None])


@pytest.fixture
def cell_run(request: pytest.FixtureRequest) -> Iterator[CellRun]:
    """The cell of this case with its images, ready to train; where its images cannot be loaded, only the reason is shown."""
    from datasets import DataError

    session = request.config.stash[SESSION]
    try:
        try:
            run = session.begin(request.param)
        except DataError as error:
            request.node.user_properties.append((ADVICE, error.advice))
            raise pytest.fail.Exception(_shown(error), pytrace=False) from None
        if run.stored:
            request.node.user_properties.append((REUSED, run.stored))
        with closing(run.results):
            yield run
    finally:
        session.end(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Show the reason without a traceback where a job failed for a reason outside of it."""
    try:
        return (yield)
    except JobFailed as failure:
        raise pytest.fail.Exception(_shown(failure), pytrace=False) from None
    except NoWorkers as error:
        raise pytest.exit.Exception(_shown(error), pytest.ExitCode.USAGE_ERROR) from None


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


class _Controller:
    """Hooks of the process that saves: the only one, or the one that has workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        xdist.count_workers(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        if self._config.stash[SESSION].progress is None:
            _show_progress(self._config, [name for test in ids if (name := xdist.cell_of(test)) is not None])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        session = self._config.stash[SESSION]
        xdist.receive(report, session, self._config, partial(notify, self._config))
        cell = xdist.cell_of(report.nodeid)
        said: dict[str, Any] = dict(report.user_properties)
        if cell is not None and ADVICE in said:
            session.without_images[cell] = said[ADVICE]
        if cell is not None and REUSED in said:
            session.reused[cell] = said[REUSED]
        if cell is not None and xdist.is_remote(report) and report.when in ("teardown", xdist.CRASHED):
            session.end(cell)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        benchmarks = session.config._benchmarksession  # type: ignore[attr-defined]
        storage.use_atomic_storage(benchmarks)
        if benchmarks.compare_fail and not benchmarks.compared_mapping:
            raise pytest.UsageError(  # pytest-benchmark says so too, once everything has trained
                "--benchmark-compare-fail: there is no run to compare with; name one with --benchmark-compare=REF,"
                " or omit both until one is saved"
            )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        benchmarks = session.config._benchmarksession  # type: ignore[attr-defined]
        state = session.config.stash[SESSION]
        state.close()  # so that nothing trains while the run is judged and saved
        state.interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        storage.remove_unfinished(benchmarks)
        xdist.sort(state, session.config)
        self._compare(session)
        yield
        if storage.has_failed(benchmarks):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        state.exit_status = int(session.exitstatus)

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, config: pytest.Config) -> None:
        """Narrow pytest-benchmark's table before it is printed."""
        if not options.wants_table(config):
            storage.leave_cells_out_of_the_table(config._benchmarksession)  # type: ignore[attr-defined]

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Print the gate's outcome and what to do next, below pytest's own last line, which only counts tests."""
        benchmarks, state = config._benchmarksession, config.stash[SESSION]  # type: ignore[attr-defined]
        # Why a run could not be saved is in the last lines already.
        if not config.pluginmanager.has_plugin("terminalreporter") or storage.has_failed(benchmarks):
            return
        writer = config.get_terminal_writer()
        if judged := state.judgement:
            status, colour = f"exit status {judged.status}", ("green", "red", "yellow")[judged.status]
            if state.exit_status != judged.status:  # other tests failed: no green line beside a red session
                status, colour = f"status {judged.status}; exit status {state.exit_status}", "yellow"
            writer.line(f"accuracy gate: {judged.outcome} ({status})", **{colour: True})
        line = summary.next_steps(state, storage.saved_file(benchmarks), disabled=storage.is_disabled(config))
        if line and config.get_verbosity() >= 0:
            writer.line(line)

    def _compare(self, session: pytest.Session) -> None:
        """Judge the run before the summary is printed; a failed or interrupted session keeps its status."""
        config, state = session.config, session.config.stash[SESSION]
        compared, reference = config.stash.get(COMPARED, []), config.getoption("accuracy_compare")
        if config.getoption("collectonly") or (not compared and reference is None):
            return
        from benchmarks.plugin import gate

        found: dict[str, Any] = config.hook.pytest_benchmark_generate_machine_info(config=config)
        machine = found | environment.machine(state.settings.backend) | dict(state.machine)
        run = state.to_run(machine, config.hook.pytest_benchmark_generate_commit_info(config=config))
        for line in gate.flag_times(compared, run):
            notify(config, line)
        if reference is not None and not state.interrupted:
            settings = options.gate_settings(config, run)
            state.judgement = gate.judge(run, reference, options.storage(config), settings)
            session.exitstatus = session.exitstatus or state.judgement.status


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


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    summary.write(config.stash[SESSION], terminalreporter, config)


def _cell(item: pytest.Item) -> str | None:
    """Return the id of the cell that a test trains; None for other tests."""
    if isinstance(item, pytest.Function) and "cell_run" in item.fixturenames:
        return str(item.callspec.params["cell_run"])
    return None


def _shown(said: object) -> str:
    """Return a notice, or an error, as it may be shown: it may quote a worker, a process or a file, and must not control the terminal."""
    from benchmarks.report.format import printable_lines

    return printable_lines(str(said))


def _show_progress(config: pytest.Config, cells: list[str]) -> None:
    """Start to show the grid's progress, unless output is quiet."""
    session, reporter = config.stash[SESSION], config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    expected = schedule.announcement(list(map(Cell.parse, cells)), session.settings)
    left_out = session.settings.left_out() if cells else None
    if xdist.is_worker(config):
        return
    for notice in filter(None, (expected, left_out, _incomparable(config, cells))):
        notify(config, notice)
    if not cells or reporter is None or config.get_verbosity() < 0:
        return
    writer = config.get_terminal_writer()
    outside = nullcontext if capture is None else capture.global_and_fixture_disabled
    output = Output(writer._file, partial(say, config), lambda: writer.width_of_current_line, outside)
    session.progress = Progress(output, session.expected_seconds(cells), session.settings.seeds)


def _incomparable(config: pytest.Config, cells: list[str]) -> str | None:
    """Say which cells the gate will not compare, before they train for nothing."""
    reference: str | None = config.getoption("accuracy_compare")
    if reference is None or not cells:
        return None
    from benchmarks.plugin import gate

    return gate.incomparable(reference, options.storage(config), config.stash[SESSION].settings, cells)


def say(config: pytest.Config, line: str) -> None:
    """Print a line at once, past pytest's capture, unless output is quiet."""
    reporter, writer = config.pluginmanager.get_plugin("terminalreporter"), config.get_terminal_writer()
    capture = config.pluginmanager.get_plugin("capturemanager")
    if reporter is None or config.get_verbosity() < 0:
        return
    with nullcontext() if capture is None else capture.global_and_fixture_disabled():
        if config.getoption("dist", "no") == "no":
            reporter.write_ensure_prefix(line, "")  # the next test begins a line of its own
        else:  # where dots follow each other
            if writer.width_of_current_line:
                writer.line()
            writer.line(line)


def notify(config: pytest.Config, message: str) -> None:
    """Print a notice at once, past pytest's capture, and again at the end."""
    message = _shown(message)
    session = config.stash[SESSION]
    if not session.add_notice(message):
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if reporter is not None and capture is not None:
        if session.progress is not None:
            session.progress.hide()
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(message, yellow=True)

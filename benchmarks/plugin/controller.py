"""The hooks of the process that judges and saves the run, which is the only one or xdist's controller, and says what to do next."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial
from typing import Any

import pytest
from pytest_benchmark.session import PerformanceRegression

from benchmarks.execution import environment
from benchmarks.paths import PROJECT
from benchmarks.plugin import benchmark_options, collection, options, storage, summary, terminal, xdist
from benchmarks.plugin.session import SESSION, Session

COMPARED = pytest.StashKey[list[dict[str, Any]]]()
"""Runs that `--benchmark-compare` has loaded."""


class Controller:
    """The hooks of this process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._notify = partial(terminal.notify, config)
        self._stopped = False
        """Whether pytest itself stopped the session, such as for an error of collection."""
        self._commit: dict[str, Any] | None = None
        """pytest-benchmark's facts of the commit; None: not yet known."""

    @property
    def _session(self) -> Session:
        return self._config.stash[SESSION]

    @property
    def _benchmarks(self) -> Any:
        """pytest-benchmark's session."""
        return self._config._benchmarksession  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        xdist.count_workers(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        if self._session.progress is None:
            cells = [name for test in ids if (name := xdist.cell_of(test)) is not None]
            collection.announce(self._config, cells)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        xdist.receive(report, self._session, self._config, self._notify)
        cell = xdist.cell_of(report.nodeid)
        if cell is None:
            return
        properties: dict[str, Any] = dict(report.user_properties)
        if xdist.ADVICE in properties:
            self._session.without_images[cell] = properties[xdist.ADVICE]
        if xdist.REUSED in properties:
            self._session.reused[cell] = properties[xdist.REUSED]
        if xdist.is_remote(report) and report.when in ("teardown", xdist.CRASHED):
            self._session.end(cell)

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_commit_info(self) -> dict[str, Any] | None:
        """Return the commit that was checked out when the run began: nothing was trained with later ones."""
        return self._commit

    def pytest_sessionstart(self) -> None:
        with contextlib.chdir(PROJECT):  # a run may start in another checkout than the suite's
            self._commit = self._config.hook.pytest_benchmark_generate_commit_info(config=self._config)
        storage.use_atomic_storage(self._benchmarks)
        if self._benchmarks.compare_fail and not self._benchmarks.compared_mapping:
            raise pytest.UsageError(  # pytest-benchmark says so too, once everything has trained
                "--benchmark-compare-fail: there is no run to compare with; name one with --benchmark-compare=REF,"
                " or omit both until one is saved"
            )

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._stopped = isinstance(excinfo.value, pytest.Session.Interrupted)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        self._session.close()  # so that nothing trains while the run is judged and saved
        self._session.interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED and not self._stopped
        storage.remove_unfinished(self._benchmarks)
        xdist.sort(self._session, self._config)
        self._judge()
        yield
        if self._benchmarks.performance_regressions:  # --benchmark-compare-fail
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        if self._session.judgement is not None:
            session.exitstatus = session.exitstatus or self._session.judgement.status
        if storage.has_failed(self._benchmarks):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        self._session.exit_status = int(session.exitstatus)

    def _judge(self) -> None:
        """Compare the run's times and, unless it was interrupted, judge its accuracy, before the summary is printed."""
        config, ended = self._config, self._session
        compared, reference = config.stash.get(COMPARED, []), config.getoption("accuracy_compare")
        if config.getoption("collectonly") or (not compared and reference is None):
            return
        from benchmarks.plugin import gate

        found: dict[str, Any] = config.hook.pytest_benchmark_generate_machine_info(config=config)
        machine = found | environment.machine(ended.settings.backend) | dict(ended.machine)
        run = ended.to_run(machine, config.hook.pytest_benchmark_generate_commit_info(config=config))
        for line in gate.flag_times(compared, run):
            self._notify(line)
        if reference is not None and not ended.interrupted:
            settings = options.gate_settings(config, run)
            ended.judgement = gate.judge(run, reference, benchmark_options.storage(config), settings)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self) -> Generator[None]:
        """Narrow pytest-benchmark's table before it is printed, and let slower times end the session as failed cases do."""
        if not benchmark_options.wants_table(self._config):
            storage.leave_cells_out_of_the_table(self._benchmarks)
        with contextlib.suppress(PerformanceRegression):  # they are printed, and in the exit status
            yield

    def pytest_unconfigure(self) -> None:
        """Print the gate's outcome and what to do next, below pytest's own last line, which only counts tests."""
        config, ended = self._config, self._session
        # Why a run could not be saved is in the last lines already.
        if not config.pluginmanager.has_plugin("terminalreporter") or storage.has_failed(self._benchmarks):
            return
        writer = config.get_terminal_writer()
        if judged := ended.judgement:
            status, colour = f"exit status {judged.status}", ("green", "red", "yellow")[judged.status]
            if ended.exit_status != judged.status:  # other tests failed: no green line beside a red session
                status, colour = f"gate's status {judged.status}; exit status {ended.exit_status}", "yellow"
            writer.line(f"accuracy gate: {judged.outcome} ({status})", **{colour: True})
        saved, disabled = storage.saved_file(self._benchmarks), storage.is_disabled(config)
        line = summary.next_steps(ended, saved, disabled=disabled)
        if line and config.get_verbosity() >= 0:
            writer.line(line)

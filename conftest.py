"""Glue between pytest, pytest-benchmark and the suite: options, fixtures, what is saved and what is printed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import datasets
import models
from benchmarks.cells import Cell, Settings
from benchmarks.machine import machine, versions
from benchmarks.progress import Progress
from benchmarks.protocols import PROTOCOLS
from benchmarks.running import CellRun, Workshop

if TYPE_CHECKING:
    from benchmarks.training import Moment


class Grid:
    """One session's grid: what was asked for, what is ready, and what it shows meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.selected: list[str] = []
        self.infos: list[dict[str, Any]] = []
        self.progress: Progress | None = None
        self.workshop = Workshop(settings, self._watch)

    def _watch(self, cell: Cell, seed: int, moment: Moment) -> None:
        if self.progress is not None:
            self.progress.tell(cell, seed, moment)

    def notes(self) -> list[str]:
        """What the data behind the figures were, for whoever reads only the end."""
        lines = []
        for info in {info["dataset"]: info for info in self.infos}.values():
            if info["data_source"] == "synthetic":
                lines.append(
                    f"{info['dataset']}: SYNTHETIC stand-in, not the real images; {info['data_origin']}"
                )
            elif not info["data_verified"]:
                lines.append(f"{info['dataset']}: real, not verified; {info['data_origin']}")
        return lines

    def as_json(self) -> dict[str, Any]:
        """What stands under ``suite`` in a saved run."""
        finished = [f"{info['architecture']}-{info['dataset']}" for info in self.infos]
        whole = len(models.names()) * len(datasets.names())
        return {
            "protocol": self.settings.protocol.name,
            "expected": self.selected,
            "partial": not set(self.selected) <= set(finished),
            "narrowed": len(self.selected) < whole,
            "versions": versions(),
        }


GRID = pytest.StashKey[Grid]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("grid", "CNN benchmarks: what is trained, on what, how")
    group.addoption(
        "--protocol", default="quick", metavar="NAME", help=f"{', '.join(PROTOCOLS)} (default: quick)"
    )
    group.addoption(
        "--data",
        default="auto",
        metavar="MODE",
        help="real, synthetic, or auto: real where it can be had, else the stand-in, said loudly (default: auto)",
    )
    group.addoption(
        "--data-dir",
        default=os.environ.get("BENCH_DATA_DIR"),
        metavar="DIR",
        help="where real files are looked for first, and kept (default: $BENCH_DATA_DIR, else Keras's cache)",
    )
    group.addoption(
        "--accept-copies",
        action="store_true",
        help="take data files whose checksum is not the official one, as known copies; the run records it",
    )
    group.addoption("--arch", metavar="A,B", help="only these architectures")
    group.addoption("--dataset", metavar="D,E", help="only these data sets")
    group.addoption(
        "--seeds", type=int, default=1, metavar="N", help="trainings a cell, each a round (default: 1)"
    )
    group.addoption("--seed", type=int, default=0, metavar="S", help="the first seed (default: 0)")
    group.addoption(
        "--precision", default="float32", metavar="P", help="float32 or mixed_bfloat16 (default: float32)"
    )
    group.addoption("--time-report", action="store_true", help="print where the seconds of each cell went")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[GRID] = Grid(_settings(config))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell_run" in metafunc.fixturenames:
        # Strings, since pytest-benchmark saves parameters, and objects with their memory address.
        cells = [cell.id for cell in metafunc.config.stash[GRID].settings.cells()]
        metafunc.parametrize("cell_run", cells, indirect=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    grid = session.config.stash[GRID]
    grid.selected = [
        str(item.callspec.params["cell_run"])
        for item in session.items
        if isinstance(item, pytest.Function) and "cell_run" in item.fixturenames
    ]
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if grid.selected and reporter is not None and reporter.isatty and session.config.get_verbosity() >= 0:
        file = session.config.get_terminal_writer()._file
        grid.progress = Progress(file, len(grid.selected), reporter.ensure_newline)


@pytest.fixture
def cell_run(request: pytest.FixtureRequest) -> Iterator[CellRun]:
    """The cell of this case with its data and its program, ready to train."""
    grid = request.config.stash[GRID]
    cell = next(c for c in grid.settings.cells() if c.id == request.param)
    if grid.progress is not None:
        grid.progress.begin()
    try:
        run = grid.workshop.prepare(cell)
        yield run
    finally:
        if grid.progress is not None:
            grid.progress.end()
    if run.info is not None:
        grid.infos.append(run.info)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    machine_info.update(machine())


def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    output_json["suite"] = config.stash[GRID].as_json()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    grid = config.stash[GRID]
    if not grid.infos or config.get_verbosity() < 0:
        return
    from benchmarks.report import terminal

    file = config.get_terminal_writer()._file
    terminalreporter.section("grid", "=")
    terminal.print_run(grid.infos, file, grid.notes())
    if config.getoption("time_report"):
        terminal.time_report(grid.infos, file)


def _settings(config: pytest.Config) -> Settings:
    option = config.getoption
    try:
        return Settings.parse(
            protocol=option("protocol"),
            architectures=option("arch"),
            datasets=option("dataset"),
            first_seed=option("seed"),
            seeds=option("seeds"),
            data=option("data"),
            data_dir=Path(option("data_dir")) if option("data_dir") else None,
            accept_copies=option("accept_copies"),
            precision=option("precision"),
        )
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None

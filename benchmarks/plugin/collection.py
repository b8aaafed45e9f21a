"""Which cells are collected, in which order they run, and what is said of them before the first one trains."""

from __future__ import annotations

import logging
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.execution import schedule
from benchmarks.experiment.cell import Cell
from benchmarks.plugin import benchmark_options, options, terminal, xdist
from benchmarks.plugin.progress import Output, Progress
from benchmarks.plugin.session import SESSION

if TYPE_CHECKING:
    from benchmarks.experiment.settings import Settings

SPEED = ("bench_throughput.py", "bench_inference.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the speed benchmarks unless they are named: they are not part of the grid."""
    return (
        True if collection_path.name in SPEED and collection_path not in options.named_paths(config) else None
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell_run" in metafunc.fixturenames:
        # Strings, since pytest-benchmark saves parameters, and objects with their memory address.
        cells = [cell.id for cell in metafunc.config.stash[SESSION].settings.cells()]
        metafunc.parametrize("cell_run", cells, indirect=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Drop other shards' cells from the tests that --lf and other plugins have left, and let workers begin with the longest cells."""
    yield
    session = config.stash[SESSION]
    cells: dict[str, list[pytest.Item]] = {}
    for item in items:
        if (name := _cell(item)) is not None:
            cells.setdefault(name, []).append(item)
    chosen = session.select_cells(list(cells))
    if xdist.is_worker(config) or session.concurrent:
        ordered = schedule.longest_first(list(map(Cell.parse, chosen)), session.settings)
        chosen = [cell.id for cell in ordered]
    dropped = [item for name, tests in cells.items() if name not in chosen for item in tests]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if _cell(item) is None]
    items += [item for name in chosen for item in cells[name]]
    xdist.silence_xdist_warning(config, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    cells = [name for item in session.items if (name := _cell(item)) is not None]
    if cells:
        notify_of_warnings(config)
    if not (config.getoption("collectonly") or xdist.is_worker(config)):
        announce(config, cells)


def announce(config: pytest.Config, cells: list[str]) -> None:
    """Say what these cells will take and which of them will not be judged, and show their progress from now on."""
    session = config.stash[SESSION]
    expected = schedule.announcement(list(map(Cell.parse, cells)), session.settings)
    left_out = session.settings.left_out() if cells else None
    repeated = _repeated_images(session.settings, cells)
    for notice in filter(None, (expected, left_out, *repeated, _incomparable(config, cells))):
        terminal.notify(config, notice)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not cells or reporter is None or config.get_verbosity() < 0:
        return
    writer = config.get_terminal_writer()
    output = Output(
        writer._file,
        partial(terminal.say, config),
        lambda: writer.width_of_current_line,
        partial(terminal.uncaptured, config),
    )
    costs = {name: schedule.expected_seconds(Cell.parse(name), session.settings) for name in cells}
    session.progress = Progress(output, costs, session.settings.seeds)


def notify_of_warnings(config: pytest.Config) -> None:
    """Turn warnings of the data sets, such as of a cache that cannot be written, into notices: pytest hides the log of a passing case."""
    logger, handler = logging.getLogger("datasets"), _Notices(config)
    logger.addHandler(handler)
    config.add_cleanup(partial(logger.removeHandler, handler))


class _Notices(logging.Handler):
    def __init__(self, config: pytest.Config) -> None:
        super().__init__(logging.WARNING)
        self._config = config

    def emit(self, record: logging.LogRecord) -> None:
        terminal.notify(self._config, record.getMessage())


def _repeated_images(settings: Settings, cells: list[str]) -> list[str]:
    """Say of which of the user's own data sets test images are trained on."""
    import datasets

    wanted = {Cell.parse(name).dataset for name in cells}
    return [datasets.add_own(own).warning for own in settings.own_data if own.name in wanted]


def _incomparable(config: pytest.Config, cells: list[str]) -> str | None:
    """Say which cells the gate will not compare, before they train for nothing."""
    reference: str | None = config.getoption("accuracy_compare")
    if reference is None or not cells:
        return None
    from benchmarks.plugin import gate

    return gate.incomparable(
        reference, benchmark_options.storage(config), config.stash[SESSION].settings, cells
    )


def _cell(item: pytest.Item) -> str | None:
    """Return the id of the cell that a test trains; None for other tests."""
    if isinstance(item, pytest.Function) and "cell_run" in item.fixturenames:
        return str(item.callspec.params["cell_run"])
    return None

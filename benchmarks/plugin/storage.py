"""Writes saved runs: each atomically and under a number of its own; a partial run has none.

pytest-benchmark writes in place, does not lock its run numbers, and gives the newest number to what Ctrl-C left. Its storage and its
`--benchmark-json` are replaced by atomic ones here; where it keeps runs elsewhere (Elasticsearch) it is left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.session import BenchmarkSession
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from benchmarks.results.atomic import file_lock, write_named


class Storage(FileStorage):  # type: ignore[misc]  # it has no types
    """pytest-benchmark's folder of runs, written by one process at a time, each file atomically."""

    failed = False
    """A run could not be saved."""
    saved: Path | None = None
    """The file that was written last."""

    @property
    def location(self) -> str:
        return str(self.path)  # the original fails on a folder outside the working directory

    def save(self, output_json: dict[str, Any], save: str) -> None:
        """Save a run under the next number; a partial run becomes `partial_NAME.json` and so is never the newest run."""
        partial = output_json.get("suite", {}).get("partial", False)
        with file_lock(self.get(".lock")):
            path = self.get(f"partial_{save}.json" if partial else f"{self._next_num}_{save}.json")
            self.write(path, output_json)

    def write(self, path: Path, run: dict[str, Any]) -> None:
        """Write a run atomically; an error is logged, and the session goes on."""
        try:
            write_named(path, safe_dumps(run, ensure_ascii=True, indent=4).encode())
        except OSError as error:
            self.failed = True
            self.logger.error(
                f"{path}: the run could not be saved ({error.strerror}). Free some space or make the folder writable, then"
                " repeat the command with --resume, which reuses each finished seed that could be stored."
            )
        else:
            self.saved = path
            self.logger.info(f"Saved benchmark data in: {path}")


def use_atomic_storage(session: BenchmarkSession) -> None:
    """Make pytest-benchmark's session write atomically."""
    if type(session.storage) is not FileStorage:
        return
    storage = session.storage
    session.storage = safe = Storage(storage.path, storage.logger, storage.default_machine_id)
    session.save_json = lambda run: safe.write(session.json, run)


def saved_file(session: BenchmarkSession) -> Path | None:
    """Return the file that the session's run was saved as; None if it was not, or not as a file."""
    saved: Path | None = getattr(session.storage, "saved", None)
    return saved


def has_failed(session: BenchmarkSession) -> bool:
    """Whether the run could not be saved."""
    return getattr(session.storage, "failed", False)


def is_disabled(config: pytest.Config) -> bool:
    """Whether nothing is timed, and so nothing saved; with xdist, where cells are timed, `BenchmarkSession.disabled` is set, too."""
    return bool(config.getoption("benchmark_disable") and not config.getoption("benchmark_enable"))


def leave_cells_out_of_the_table(session: BenchmarkSession) -> None:
    """Keep cells out of pytest-benchmark's table: each has its line, and the run its own tables."""
    groups = [
        (name, [entry for entry in entries if "cell_run" not in (entry.get("params") or {})])
        for name, entries in session.groups or ()
    ]
    session.groups = [(name, entries) for name, entries in groups if entries]


def remove_unfinished(session: BenchmarkSession) -> None:
    """Remove cells that were interrupted or failed: an entry without figures is useless, or cannot be written."""
    session.benchmarks[:] = [
        benchmark
        for benchmark in session.benchmarks
        if benchmark and ("cell_run" not in (benchmark.params or {}) or benchmark.extra_info)
    ]
    if not session.benchmarks and (session.save or session.autosave or session.json):
        # pytest-benchmark would warn, which is an error here and ends in a traceback.
        session.save = session.autosave = session.json = None
        why = "benchmarks are disabled" if is_disabled(session.config) else "no cell finished"
        session.logger.info(f"Nothing saved: {why}.")

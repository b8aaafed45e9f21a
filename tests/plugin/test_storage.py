"""Saved runs: whole files, numbers of their own, and no number for a part."""

import json
import multiprocessing
import resource
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.plugin import storage
from benchmarks.plugin.storage import Storage


class Log:
    """Stands in for pytest-benchmark's logger."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.logged: list[str] = []

    def info(self, text: str, **how: Any) -> None:
        self.logged.append(text)

    def error(self, text: str) -> None:
        self.errors.append(text)


def run(partial: bool = False) -> dict[str, Any]:
    return {"benchmarks": [], "suite": {"partial": partial}}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("machine/*.json"))


def test_a_partial_run_has_no_number(tmp_path: Path) -> None:
    storage = Storage(tmp_path, Log(), "machine")
    storage.save(run(), "a")
    storage.save(run(partial=True), "b")
    storage.save(run(), "c")
    assert names(tmp_path) == ["0001_a.json", "0002_c.json", "partial_b.json"]
    assert [path.name for path, _ in storage.load()] == ["0001_a.json", "0002_c.json"]


def _save_often(folder: Path, name: str) -> None:
    storage = Storage(folder, Log(), "machine")
    for _ in range(25):
        storage.save(run(), name)


def test_two_savers_at_once_take_different_numbers(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    savers = [spawn.Process(target=_save_often, args=(tmp_path, name)) for name in "ab"]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert [saver.exitcode for saver in savers] == [0, 0]
    numbers = [int(name.split("_")[0]) for name in names(tmp_path)]
    assert numbers == list(range(1, 51))


def test_a_run_that_cannot_be_saved_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    log = Log()
    storage = Storage(tmp_path, log, "machine")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        storage.save(run() | {"machine_info": {"x": "y" * 1000}}, "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert storage.failed
    assert "File too large" in log.errors[0]
    assert "--resume" in log.errors[0]
    assert names(tmp_path) == []


def test_a_folder_outside_the_working_directory_has_a_location(tmp_path: Path) -> None:
    assert Storage(tmp_path, Log(), "machine").location == str(tmp_path.resolve())


def session(tmp_path: Path, disable: bool = False, **benchmarks: tuple[bool, dict[str, Any]]) -> Any:
    class Entry(SimpleNamespace):
        def __bool__(self) -> bool:
            return bool(self.timed)

    entries = [
        Entry(timed=timed, extra_info=info, params={"cell_run": name} if name != "other" else None)
        for name, (timed, info) in benchmarks.items()
    ]
    return SimpleNamespace(
        benchmarks=entries, save=None, autosave="x", json=tmp_path / "run.json", logger=Log(),
        config=SimpleNamespace(getoption={"benchmark_disable": disable, "benchmark_enable": False}.get),
    )  # fmt: skip


def test_unfinished_cells_are_not_saved(tmp_path: Path) -> None:
    found = session(tmp_path, whole=(True, {"a": 1}), half=(True, {}), unbegun=(False, {}), other=(True, {}))
    storage.remove_unfinished(found)
    assert [(b.params or {}).get("cell_run", "other") for b in found.benchmarks] == ["whole", "other"]
    assert found.autosave == "x"


def test_without_a_finished_cell_nothing_is_saved_and_a_notice_says_so(tmp_path: Path) -> None:
    found = session(tmp_path, half=(True, {}))
    storage.remove_unfinished(found)
    assert (found.save, found.autosave, found.json) == (None, None, None)
    assert found.logger.logged == ["Nothing saved: no cell finished."]
    disabled = session(tmp_path, disable=True)
    storage.remove_unfinished(disabled)
    assert disabled.logger.logged == ["Nothing saved: benchmarks are disabled."]


def test_a_saved_file_is_json_as_pytest_benchmark_writes_it(tmp_path: Path) -> None:
    storage = Storage(tmp_path, Log(), "machine")
    storage.write(tmp_path / "run.json", run())
    assert json.loads((tmp_path / "run.json").read_text()) == run()

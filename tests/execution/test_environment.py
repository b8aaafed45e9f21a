"""What a process runs on: versions of libraries, its share of the cores, and its peak memory."""

import os
import platform
from pathlib import Path

import numpy as np
import pytest

from benchmarks.engine.interface import Threads
from benchmarks.execution import environment
from benchmarks.execution.environment import PeakMemory, share_threads
from benchmarks.execution.resume_key import resume_key
from benchmarks.plugin import hooks


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the mark cannot be reset here")
def test_peak_memory_sees_an_array_come_and_go() -> None:
    memory = PeakMemory()
    memory.reset()
    before = memory.mib()
    array = np.ones(16 * 2**20, np.float64)  # 128 MiB
    del array
    assert memory.mib() - before > 100


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the mark cannot be reset here")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_what_the_allocator_keeps_of_the_last_cell_is_not_the_next_ones() -> None:
    """Blocks below the size from which glibc maps each by itself stay in its heap while one behind them is in use."""
    memory = PeakMemory()
    blocks = [np.ones(8 * 1024, np.float64) for _ in range(2048)]  # 128 MiB in blocks of 64 KiB
    last = blocks[-1]
    before = memory.mib()
    del blocks
    memory.reset()
    assert before - memory.mib() > 100
    assert last.sum() == 8 * 1024


class Process(PeakMemory):
    """A process whose memory is written down in MiB."""

    def __init__(self, folder: Path, *, may_reset: bool = True) -> None:
        super().__init__()
        self._STATUS = folder / "status"
        self._FORGET = folder / "clear_refs" if may_reset else folder / "missing" / "clear_refs"

    def takes(self, now: float, peak: float) -> None:
        self._STATUS.write_text(f"VmHWM:\t{int(peak * 1024)} kB\nVmRSS:\t{int(now * 1024)} kB\n")


def test_a_peak_with_what_other_cells_left_is_an_upper_bound(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.takes(100, 100)
    process.reset()
    with process.framework():
        process.takes(500, 500)  # the framework's 400 belong to the process
    process.takes(900, 1000)
    assert (process.mib(), process.upper_bound) == (1000, False)
    process.takes(900, 900)
    process.reset()  # the first cell left 400
    process.takes(900, 1100)
    assert (process.mib(), process.upper_bound) == (1100, True)  # alone it takes 700 to 1,100
    process.takes(580, 580)
    process.reset()  # 80 are left
    process.takes(580, 1100)
    assert not process.upper_bound  # 1,020 to 1,100


def test_where_the_mark_cannot_be_reset_only_the_first_cells_peak_is_its_own(tmp_path: Path) -> None:
    process = Process(tmp_path, may_reset=False)
    process.takes(100, 100)
    process.reset()
    process.takes(600, 700)
    assert not process.upper_bound
    process.reset()
    assert process.upper_bound


@pytest.mark.usefixtures("cgroup")
def test_threads_are_divided_among_the_processes_of_a_machine() -> None:
    assert [share_threads(n).intra_op for n in (1, 2, 3, 8, 20)] == [0, 4, 2, 1, 1]


@pytest.fixture
def cgroup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The files in which a container on a machine of eight cores finds its quota."""
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(8)), raising=False)
    monkeypatch.setattr(environment, "_CGROUP", tmp_path)
    (tmp_path / "cpu").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", None), ("800000 100000\n", None),
        ("6400000 100000\n", None), ("", None), ("200000 0\n", None), ("-1 100000", None), ("a b", None),
    ],
)  # fmt: skip
def test_a_quota_is_no_more_than_the_cores(cgroup: Path, text: str, cores: int | None) -> None:
    (cgroup / "cpu.max").write_text(text)
    assert environment.quota() == cores
    assert environment.usable_cores() == (cores or 8)


@pytest.mark.parametrize(("limit", "cores"), [("300000", 3), ("-1", None)])
def test_the_quota_of_an_older_kernel(cgroup: Path, limit: str, cores: int | None) -> None:
    (cgroup / "cpu" / "cpu.cfs_quota_us").write_text(f"{limit}\n")
    assert environment.quota() is None, "its period is not known"
    (cgroup / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert environment.quota() == cores


def test_threads_and_workers_are_those_of_the_quota(cgroup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A framework that chooses would start a thread for each of the machine's cores."""
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    assert (share_threads(1), hooks.pytest_xdist_auto_num_workers()) == (Threads(), None)
    (cgroup / "cpu.max").write_text("300000 100000\n")
    assert [share_threads(n).intra_op for n in (1, 2, 3, 8)] == [3, 1, 1, 1]
    assert hooks.pytest_xdist_auto_num_workers() == 3
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "5")
    assert hooks.pytest_xdist_auto_num_workers() is None, "xdist reads it"


def test_a_library_that_comes_under_another_name_has_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    found = {"tensorflow-cpu": "2.21.0", "keras": "3.12.0", "numpy": "2.4.0"}

    def version(name: str) -> str:
        if name not in found:
            raise importlib.metadata.PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(environment, "_distributions", lambda: {"tensorflow": ["tensorflow-cpu"]})
    assert environment.versions("tensorflow")["tensorflow"] == "2.21.0"
    assert "scipy" not in environment.versions("tensorflow")
    parts = {"architecture": "lenet"}
    assert resume_key(parts, "tensorflow")["version of tensorflow"] == "2.21.0"
    monkeypatch.setattr(environment, "_distributions", dict)
    with pytest.raises(ModuleNotFoundError, match="tensorflow: not installed, or of unknown version"):
        resume_key(parts, "tensorflow")

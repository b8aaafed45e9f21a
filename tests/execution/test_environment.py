"""A process's share of the cores, and its peak memory."""

import os
import platform

import numpy as np
import pytest

from benchmarks.execution.environment import PeakMemory, share_threads


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


def test_threads_are_divided_among_the_processes_of_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert [share_threads(n).intra_op for n in (1, 2, 3, 8, 20)] == [0, 4, 2, 1, 1]

"""What a process runs on: versions of libraries, processor and threads, its share of the cores, and its peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import os
import re
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.engine.backend import load_engine

if TYPE_CHECKING:
    from benchmarks.engine.interface import Threads

PYTHON = ".".join(map(str, sys.version_info[:3]))
TOLERANCE = 0.15
"""By what share a cell's peak memory may exceed that of the cell alone before it is called an upper bound."""
LIBRARIES = ("scipy", "pytest", "pytest-benchmark")
"""Libraries whose versions are recorded besides the engine's."""
_CGROUP = Path("/sys/fs/cgroup")


def versions(engine: str) -> dict[str, str]:
    """Return the installed versions, without importing the libraries.

    Args:
        engine: The package of the framework in `benchmarks.engine`.
    """
    import importlib.metadata

    found = {"python": PYTHON}
    for name in (*load_engine(engine).LIBRARIES, *LIBRARIES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            # `tensorflow` comes as `tensorflow-cpu`, `tf-nightly` ..., too.
            for distribution in _distributions().get(name, [])[:1]:
                found[name] = importlib.metadata.version(distribution)
    return found


@functools.cache
def _distributions() -> Mapping[str, Sequence[str]]:
    """Return the distributions of each importable package; reads the metadata of all that is installed."""
    import importlib.metadata

    return importlib.metadata.packages_distributions()


def machine(engine: str) -> dict[str, Any]:
    """Return libraries, device, cores and thread settings of this process, for `machine_info`; see `engine.interface.Engine.machine`."""
    framework = load_engine(engine)
    return {
        **{name: version for name, version in versions(engine).items() if name in framework.LIBRARIES},
        **framework.machine(),
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
    }


@functools.cache
def host() -> Mapping[str, Any]:
    """Return host name, processor and Python as pytest-benchmark saves them for the machine that it runs on; takes a second."""
    from pytest_benchmark.plugin import pytest_benchmark_generate_machine_info

    facts: dict[str, Any] = pytest_benchmark_generate_machine_info()
    # The list of the processor's features is as long as all the rest of a result.
    cpu = {name: value for name, value in facts["cpu"].items() if name != "flags"}
    return {**facts, "cpu": cpu}


def usable_cores() -> int:
    """Return how many cores this process may use: those that it may run on, or fewer where a container's quota says so."""
    return quota() or _cores_to_run_on()


def quota() -> int | None:
    """Return a container's limit of processor time in cores, rounded up, where it is below the cores to run on; else None.

    `docker run --cpus` and Kubernetes' `limits.cpu` set it: more threads than that are slowed down, and no framework looks at it.
    Source: https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max), and cpu.cfs_quota_us of cgroup v1.
    """
    try:
        limit, period = (_CGROUP / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit, period = (
                (_CGROUP / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period")
            )
        except OSError:
            return None
    try:
        cores = math.ceil(int(limit) / int(period))
    except (ValueError, ZeroDivisionError):  # `max`: no limit
        return None
    return cores if 0 < cores < _cores_to_run_on() else None


def _cores_to_run_on() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Flags of processors that multiply bfloat16 numbers themselves, on x86 and ARM."""


def lacks_instructions_for(precision: str, engine: str) -> str | None:
    """Return why this machine would only emulate a precision; None if it would not, or nothing is known.

    Args:
        precision: `float32` or `mixed_bfloat16`.
        engine: The package of the framework in `benchmarks.engine`; it has started.
    """
    if precision == "float32" or not load_engine(engine).on_processor():
        return None
    try:
        flags = set(re.findall(r"\w+", Path("/proc/cpuinfo").read_text()))
    except OSError:
        return None
    return None if flags & _BFLOAT16 else "this processor has no instructions for bfloat16 numbers"


def share_threads(processes: int) -> Threads:
    """Divide the usable cores among this many processes: at least one thread each.

    One process alone lets the framework choose, unless there is a quota, which frameworks do not see.
    """
    from benchmarks.engine.interface import Threads

    if processes == 1 and quota() is None:
        return Threads()
    share = max(1, usable_cores() // processes)
    return Threads(intra_op=share, inter_op=share)


class PeakMemory:
    """Peak resident memory of this process while one cell runs, and whether it is that of the cell alone.

    Linux resets its high-water mark on request; elsewhere, and where that is not allowed, the mark is that of the whole process. What
    earlier cells have left in the process (programs that later cells share, pages that the allocator keeps) counts in the peak of
    the next one, and cannot be told from its own where it is used again. So if a cell's peak is P and they have left R, the cell
    alone takes P - R to P.
    """

    _STATUS = Path("/proc/self/status")
    _FORGET = Path("/proc/self/clear_refs")

    def __init__(self) -> None:
        self._own: float | None = None
        """MiB that the process takes by itself, with the framework and without any cell; None before the first cell."""
        self._left = 0.0
        """MiB that earlier cells have left; infinite where the mark could not be reset after one."""

    def reset(self) -> None:
        """Start a cell. What was freed but kept by the C library's allocator goes back first: it is not the next cell's."""
        with contextlib.suppress(AttributeError, OSError):  # glibc's alone has it
            ctypes.CDLL(None).malloc_trim(0)
        try:
            self._FORGET.write_text("5")
            resident = self._status("VmRSS")
        except OSError:
            resident = None
        if self._own is None:
            self._own = resident or 0.0
        else:
            self._left = math.inf if resident is None else max(0.0, resident - self._own)

    @contextlib.contextmanager
    def framework(self) -> Iterator[None]:
        """Count the memory by which the process grows inside this context as its own, not as a cell's."""
        before = self._status("VmRSS") or 0.0
        yield
        self._own = (self._own or 0.0) + max(0.0, (self._status("VmRSS") or 0.0) - before)

    def mib(self) -> float:
        """Return the peak so far, in MiB."""
        if (found := self._status("VmHWM")) is not None:
            return found
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)

    @property
    def upper_bound(self) -> bool:
        """Whether the peak may exceed that of the cell alone by more than `TOLERANCE`."""
        peak = self.mib()
        return peak > (1 + TOLERANCE) * (peak - self._left)

    def _status(self, name: str) -> float | None:
        """Return a line of the process's status, in MiB; None where there is none."""
        try:
            found = re.search(rf"{name}:\s+(\d+) kB", self._STATUS.read_text())
        except OSError:
            return None
        return int(found[1]) / 1024 if found else None

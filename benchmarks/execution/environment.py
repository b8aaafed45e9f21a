"""What a process runs on: versions of libraries, processor and threads, its share of the cores, and its peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.engine.interface import Threads

LIBRARIES = ("tensorflow", "keras", "numpy", "scipy", "pytest", "pytest-benchmark")


def versions() -> dict[str, str]:
    """Return the installed versions, without importing the libraries."""
    import importlib.metadata

    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def machine() -> dict[str, Any]:
    """Return device, cores and thread settings of this process, for `machine_info`."""
    # Collecting or comparing does not import TensorFlow, and must not.
    tf = sys.modules.get("tensorflow")
    threading = tf.config.threading if tf is not None else None
    return {
        **{name: version for name, version in versions().items() if name in ("tensorflow", "keras", "numpy")},
        "device": _device(tf),
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
        # 0: TensorFlow chose, one thread per core.
        "intra_op_threads": threading.get_intra_op_parallelism_threads() if threading else None,
        "inter_op_threads": threading.get_inter_op_parallelism_threads() if threading else None,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS"),
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
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_threads(processes: int) -> Threads:
    """Divide the usable cores among so many processes: at least one thread each; one process alone lets the framework choose."""
    from benchmarks.engine.interface import Threads

    if processes == 1:
        return Threads()
    share = max(1, usable_cores() // processes)
    return Threads(intra_op=share, inter_op=share)


class PeakMemory:
    """Peak resident memory of this process between `reset` and `mib`.

    Linux forgets its high-water mark on request. Elsewhere the mark is the whole process's, and so is the figure.
    """

    _STATUS = Path("/proc/self/status")
    _FORGET = Path("/proc/self/clear_refs")

    def reset(self) -> None:
        """Start again. What was freed but kept by the C library's allocator goes back first: it is not the next cell's."""
        with contextlib.suppress(AttributeError, OSError):  # glibc's alone has it
            ctypes.CDLL(None).malloc_trim(0)
        with contextlib.suppress(OSError):
            self._FORGET.write_text("5")

    def mib(self) -> float:
        """Return the peak so far, in MiB."""
        try:
            found = re.search(r"VmHWM:\s+(\d+) kB", self._STATUS.read_text())
        except OSError:
            found = None
        if found:
            return int(found[1]) / 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _device(tf: Any) -> str:
    gpus = tf.config.list_physical_devices("GPU") if tf is not None else []
    if not gpus:
        return "CPU"
    return ", ".join(
        str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)) for gpu in gpus
    )

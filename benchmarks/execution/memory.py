"""How much memory a cell takes."""

import contextlib
import ctypes
import re
import resource
import sys
from pathlib import Path


class PeakMemory:
    """Peak resident memory of this process between :meth:`reset` and :meth:`mib`.

    Linux forgets its high-water mark on request. Elsewhere the mark is the whole process's, and so is the figure.
    """

    _STATUS = Path("/proc/self/status")
    _FORGET = Path("/proc/self/clear_refs")

    def reset(self) -> None:
        """Begin anew. What was freed but kept by the C library's allocator goes back first: it is not the next cell's."""
        with contextlib.suppress(AttributeError, OSError):  # glibc's alone has it
            ctypes.CDLL(None).malloc_trim(0)
        try:
            self._FORGET.write_text("5")
        except OSError:
            return

    def mib(self) -> float:
        """The peak so far, in MiB."""
        try:
            found = re.search(r"VmHWM:\s+(\d+) kB", self._STATUS.read_text())
        except OSError:
            found = None
        if found:
            return int(found[1]) / 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)

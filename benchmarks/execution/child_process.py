"""A child process that may crash, run out of memory or hang without affecting this one.

It is spawned, so that it starts its own framework, and leads its own session, so that it can be killed with all that it started. It
ends with its parent.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.paths import PROJECT

_TAIL = 2000
"""How many characters of a failed process's output are shown."""


class Child:
    """A process that runs a function, and sends bytes."""

    _not_ended: ClassVar[set[Child]] = set()
    """Children of this process that have not been ended."""

    def __init__(self, target: Callable[[Connection[Any, Any]], None], limit: float | None = None) -> None:
        """Start the process.

        Args:
            target: Called in the process with a connection; must be picklable.
            limit: Seconds after which it is killed; None sets no limit.
        """
        self._limit = limit
        self._timed_out = False
        self._out_of_memory_kills = _out_of_memory_kills()
        if str(PROJECT) not in sys.path:  # the child gets this list
            sys.path.append(str(PROJECT))
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._open = True
        self._printed = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by `end`
        for child in Child._not_ended:
            child._kill_what_is_left()
        with theirs:
            self._process = context.Process(
                target=_start, args=(self._printed.name, theirs, target), daemon=True
            )
            self._process.start()
        Child._not_ended.add(self)
        # In a thread, since `read` may be waiting for the rest of a message.
        self._timer = threading.Timer(threading.TIMEOUT_MAX if limit is None else limit, self._time_out)
        self._timer.daemon = True
        self._timer.start()

    def waitables(self) -> list[Any]:
        """Return what `multiprocessing.connection.wait` waits for: a message, or the end of the process."""
        return [self._process.sentinel, *([self._connection] if self._open else [])]

    def send(self, value: object) -> None:
        """Send the process a picklable value; one that has ended gets nothing."""
        with contextlib.suppress(OSError):
            self._connection.send(value)

    def read(self) -> tuple[list[bytes], bool]:
        """Return the messages that have arrived, and whether these were the last because the process has ended."""
        ended = bool(wait([self._process.sentinel], 0))
        messages = []
        try:
            while self._open and self._connection.poll():
                messages.append(self._connection.recv_bytes())
        except (EOFError, OSError):  # it has closed its end, or died in the middle of a message
            self._open = False
        return messages, ended

    def end(self) -> str:
        """Kill the process and all that it started.

        Returns:
            Why it ended: time limit, memory, signal or exit code, with the end of its output; "" where it had ended by itself with exit
            code 0.
        """
        process = self._process
        Child._not_ended.discard(self)
        self._timer.cancel()
        self._timer.join()
        self._kill()
        process.join()
        code = process.exitcode
        process.close()
        self._connection.close()
        assert code is not None
        with self._printed as printed:
            if code == 0 and not self._timed_out:
                return ""
            printed.seek(max(0, printed.seek(0, os.SEEK_END) - _TAIL))
            tail = printed.read().decode(errors="replace").strip()
        out_of_memory = _out_of_memory_kills() > self._out_of_memory_kills
        why = _reason(code, self._limit if self._timed_out else None, out_of_memory=out_of_memory)
        return why + (f"\nLast output:\n{tail}" if tail else "")

    def _time_out(self) -> None:
        self._timed_out = True
        self._kill()

    def _kill(self) -> None:
        if (pid := self._process.pid) and _is_ours(pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._process.kill()  # in case it does not lead a session yet

    def _kill_what_is_left(self) -> None:
        """Kill what this process had started if it has ended by itself; later its number, which the next start frees, may be another's."""
        if wait([self._process.sentinel], 0):
            self._kill()


def _is_ours(pid: int) -> bool:
    """Whether a child of this process has this number, alive or not reaped yet; else it may be anyone's."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return True
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _reason(code: int, limit: float | None, *, out_of_memory: bool) -> str:
    if limit is not None:
        return f"stopped at its time limit of {limit:g} s (--cell-timeout)"
    if code == -signal.SIGKILL and out_of_memory:
        return "killed by the system, which ran out of memory"
    if code < 0:
        hint = "; out of memory, or killed manually" if code == -signal.SIGKILL else ""
        names = {found.value: f" ({found.name})" for found in signal.Signals}  # real-time signals have none
        return f"its process was killed by signal {-code}{names.get(-code, '')}{hint}"
    return f"its process ended with exit code {code}"


def _out_of_memory_kills() -> int:
    """Return how many processes Linux has killed for lack of memory; 0 elsewhere."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _start(
    printed: str,
    connection: Connection[Any, Any],
    target: Callable[[Connection[Any, Any]], None],
) -> None:
    """Set up the child: in its own session, with all its output in one file."""
    os.setsid()
    file = os.open(printed, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(connection)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)

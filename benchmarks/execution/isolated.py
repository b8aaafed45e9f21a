"""Jobs in a child process: one that crashes, runs out of memory or hangs does not affect other cells.

The child is spawned, so that it starts its own framework, and leads its own session, so that it can be killed with all that it
started. It sends each finished seed through a pipe; it also stores them, as any run does, but the pipe works where the disk is full or
read-only. It ends with its parent.
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
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from benchmarks.engine.interface import DEFAULT_THREADS, Threads
from benchmarks.execution.executors import Results
from benchmarks.execution.job import Job, JobFailed, OnEvent
from benchmarks.paths import PROJECT
from benchmarks.results.seed_result import SeedResult

Send = Callable[[Any], None]

_TAIL = 2000
"""How many characters of a failed process's output are shown."""


class Isolated:
    """Runs the jobs of each cell in a child process."""

    def __init__(
        self,
        *,
        store: Path | None = None,
        resume: bool = False,
        threads: Threads = DEFAULT_THREADS,
        parallel: bool = False,
        notify: Callable[[str], None] = print,
        time_limit: float | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            store: The folder of a `ResumeStore`; None keeps nothing.
            resume: As for `JobRunner`.
            threads: As for `JobRunner`.
            parallel: As for `JobRunner`.
            notify: As for `JobRunner`.
            time_limit: Seconds per cell; None sets no limit.
        """
        self._arguments = store, resume, threads, parallel
        self._notify = notify
        self._time_limit = time_limit

    def run(self, jobs: Sequence[Job], on_event: OnEvent) -> Results:
        """Run the jobs in a child process: see `executors.Executor.run`."""
        if not jobs:
            return
        name, of_seed, finished = jobs[0].cell.id, {job.seed: job for job in jobs}, 0
        with closing(run_child(_run_jobs, (jobs, *self._arguments), name, self._time_limit)) as received:
            for message in received:
                match message:
                    case SeedResult():
                        finished += 1
                        yield message
                    case str():
                        self._notify(message)
                    case int(seed), event:
                        on_event(of_seed[seed], event)
        if finished < len(jobs):
            raise JobFailed(f"{name}: its process ended after {finished} of {len(jobs)} seeds")


def run_child(
    target: Callable[..., None], arguments: tuple[Any, ...], name: str, limit: float | None = None
) -> Generator[Any, None, None]:
    """Start a process and yield what it sends until it succeeds.

    Args:
        target: Is called in the process with a function that sends, and the arguments; all of it must be picklable.
        arguments: Of the target.
        name: What error messages call it.
        limit: Seconds until it is killed; None sets no limit.

    Raises:
        JobFailed: It failed: signal, exit code, time limit or memory.
    """
    deadline = None if limit is None else time.monotonic() + limit
    out_of_memory_kills = _out_of_memory_kills()
    if str(PROJECT) not in sys.path:  # the child gets this list
        sys.path.append(str(PROJECT))
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.NamedTemporaryFile() as printed, receiver:
        process = context.Process(target=_start, args=(printed.name, sender, target, arguments), daemon=True)
        with sender:
            process.start()
        try:
            timed_out = yield from _receive(receiver, process.sentinel, deadline)
        finally:
            code = _end(process)
        if code != 0 or timed_out:
            out_of_memory = _out_of_memory_kills() > out_of_memory_kills
            printed.seek(max(0, printed.seek(0, os.SEEK_END) - _TAIL))
            tail = printed.read().decode(errors="replace").strip()
            why = _reason(code, limit if timed_out else None, out_of_memory=out_of_memory)
            raise JobFailed(f"{name}: {why}" + (f"\nLast output:\n{tail}" if tail else ""))


def _receive(receiver: Connection, sentinel: int, deadline: float | None) -> Generator[Any, None, bool]:
    """Yield messages until the process ends; return whether it timed out."""
    handles: list[Any] = [receiver, sentinel]
    while True:
        ready = wait(handles, None if deadline is None else max(0.0, deadline - time.monotonic()))
        if not ready:
            return True
        if receiver not in ready:
            return False
        try:
            message = receiver.recv()
        except (EOFError, OSError):  # it has closed its end, or died in the middle of a message
            handles.remove(receiver)
        else:
            yield message


def _end(process: SpawnProcess) -> int:
    """Kill a process and all that it started; return its exit code (its own if it had already ended)."""
    assert process.pid is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # not joined yet, so that the number is still its own
    process.kill()  # before it led a session
    process.join()
    code = process.exitcode
    process.close()
    assert code is not None
    return code


def _reason(code: int, limit: float | None, *, out_of_memory: bool) -> str:
    if limit is not None:
        return f"stopped at its time limit of {limit:g} s (--cell-timeout)"
    if code == -signal.SIGKILL and out_of_memory:
        return "killed by the system, which ran out of memory"
    if code < 0:
        hint = "; out of memory, or killed manually" if code == -signal.SIGKILL else ""
        return f"its process was killed by signal {-code} ({signal.Signals(-code).name}){hint}"
    return f"its process ended with exit code {code}"


def _out_of_memory_kills() -> int:
    """Return how many processes Linux has killed for lack of memory; 0 elsewhere."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _start(printed: str, sender: Connection, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Set up the child: in its own session, with all its output in one file."""
    os.setsid()
    file = os.open(printed, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(sender.send, *arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)


def _run_jobs(
    send: Send, jobs: Sequence[Job], store: Path | None, resume: bool, threads: Threads, parallel: bool
) -> None:
    """Run jobs in the child, and send their results, events and notices."""
    from benchmarks.execution.run_job import JobRunner
    from benchmarks.execution.store import ResumeStore

    runner = JobRunner(
        store=None if store is None else ResumeStore(store, send),
        resume=resume,
        threads=threads,
        parallel=parallel,
        notify=send,
    )
    for job in jobs:
        send(runner.run(job, lambda job, event: send((job.seed, event))))

"""A cell in a process of its own: one that crashes, runs out of memory or hangs takes no other down.

    python -m benchmarks.execution.isolated '{"cell": "lenet-mnist", ...}'

The child sends each finished seed through its standard output, in frames: a letter, a length, as many bytes. It also stores them, as any
run does; the pipe works where the disk is full or read-only. It ends when its standard input does, so that it does not outlive its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

from benchmarks.engine.interface import Threads
from benchmarks.execution import checkpoint_file
from benchmarks.execution.job import CellFailed
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.paths import PROJECT

if TYPE_CHECKING:
    from benchmarks.execution.checkpoint_file import Finished
    from benchmarks.execution.run_job import CellRun, Conduct

_FRAME = struct.Struct(">cI")
_SEED, _MOMENT, _TOLD = b"S", b"M", b"T"
_TAIL = 2000
"""Characters of what a failed process last said."""


@dataclass(frozen=True)
class Isolation:
    """Runs cells in processes of their own."""

    seconds: float | None = None
    """Time limit of a cell; None sets none."""

    def prepare(self, run: CellRun, conduct: Conduct) -> CellRun:
        """The same cell, trained by a child that starts with the first seed that is not stored."""
        arrived: dict[int, Finished] = {}

        def train(seed: int) -> Finished:
            if not arrived:
                arrived.update(self._train(run, conduct))
            return arrived[seed]

        run.train = train
        return run

    def _train(self, run: CellRun, conduct: Conduct) -> dict[int, Finished]:
        missing = run.missing
        found: dict[int, Finished] = {}
        command = [
            sys.executable,
            "-m",
            "benchmarks.execution.isolated",
            json.dumps(order(run, conduct, missing)),
        ]
        for kind, payload in frames(command, run.cell.id, self.seconds):
            if kind == _SEED:
                seed = missing[len(found)]
                found[seed] = checkpoint_file.read_finished(
                    payload, f"{run.cell.id} seed {seed}", run.identity, seed
                )
            elif kind == _TOLD:
                conduct.tell(payload.decode())
            elif kind == _MOMENT and conduct.watch is not None:
                seed, moment = json.loads(payload)
                conduct.watch(run.cell, seed, SimpleNamespace(**moment))  # type: ignore[arg-type]
        if len(found) < len(missing):
            raise CellFailed(f"{run.cell.id}: its process ended after {len(found)} of {len(missing)} seeds")
        return found


def order(run: CellRun, conduct: Conduct, seeds: list[int]) -> dict[str, Any]:
    """What a child is to do, as JSON."""
    settings = run.settings
    return {
        "cell": [run.cell.architecture, run.cell.dataset],
        "protocol": settings.protocol.name,
        "seeds": seeds,
        "data": settings.data,
        "data_dir": str(settings.data_dir) if settings.data_dir else None,
        "accept_copies": settings.accept_copies,
        "precision": settings.precision,
        "store": str(conduct.store) if conduct.store else None,
        "resume": conduct.resume,
        "threads": asdict(conduct.threads),
        "parallel": conduct.parallel,
    }


def frames(command: list[str], name: str, limit: float | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Start a process and give the frames it sends until it ends well.

    :param name: what messages call it; :param limit: seconds until it is killed.
    :raises CellFailed: where it ended otherwise: signal, exit code, time limit, memory.
    """
    starved = _out_of_memory_kills()
    late = threading.Event()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - the caller's own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=PROJECT,
            start_new_session=True,
        )

        def end() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        def give_up() -> None:
            late.set()
            end()

        timer = threading.Timer(limit or 0, give_up)
        timer.daemon = True
        if limit is not None:
            timer.start()
        try:
            assert process.stdout is not None
            yield from _read(process.stdout)
            code = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                end()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if code != 0 or late.is_set():
            starved = _out_of_memory_kills() - starved
            said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
            tail = said.read().decode(errors="replace").strip()
            why = _why(code, limit if late.is_set() else None, starved)
            raise CellFailed(f"{name}: {why}" + (f"\nIt last said:\n{tail}" if tail else ""))


def _why(code: int, limit: float | None, starved: int) -> str:
    if limit is not None:
        return f"ended at its time limit of {limit:g} s (--cell-timeout)"
    if code == -signal.SIGKILL and starved:
        return "killed by the system, which ran out of memory"
    if code < 0:
        hint = "; out of memory, or killed by hand" if code == -signal.SIGKILL else ""
        return f"its process was killed by signal {-code} ({signal.Signals(-code).name}){hint}"
    return f"its process ended with exit code {code}"


def _out_of_memory_kills() -> int:
    """How many processes Linux has killed for want of memory; 0 elsewhere."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _read(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Whole frames; one that was cut off by the process's end is dropped."""
    while len(head := stream.read(_FRAME.size)) == _FRAME.size:
        kind, length = _FRAME.unpack(head)
        payload = stream.read(length)
        if len(payload) == length:
            yield kind, payload


def main(text: str) -> None:
    """Train the seeds of one cell, and send them."""
    from benchmarks.execution.run_job import Conduct, Workshop

    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed goes with the errors, not between the frames
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def send(kind: bytes, payload: bytes) -> None:
        pipe.write(_FRAME.pack(kind, len(payload)) + payload)
        pipe.flush()

    asked = json.loads(text)
    cell = Cell(*asked["cell"])
    settings = Settings(
        protocol=PROTOCOLS[asked["protocol"]],
        architectures=(cell.architecture,),
        datasets=(cell.dataset,),
        seeds=tuple(asked["seeds"]),
        data=asked["data"],
        data_dir=Path(asked["data_dir"]) if asked["data_dir"] else None,
        accept_copies=asked["accept_copies"],
        precision=asked["precision"],
    )
    conduct = Conduct(
        store=Path(asked["store"]) if asked["store"] else None,
        resume=asked["resume"],
        threads=Threads(**asked["threads"]),
        parallel=asked["parallel"],
        tell=lambda message: send(_TOLD, message.encode()),
        watch=lambda cell, seed, moment: send(_MOMENT, json.dumps([seed, asdict(moment)]).encode()),
    )
    run = Workshop(settings, conduct).prepare(cell)
    for _ in settings.seeds:
        run.train_next_seed()
        send(_SEED, checkpoint_file.finished(run.finished[-1], run.identity))


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])

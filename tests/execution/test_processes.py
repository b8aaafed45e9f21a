"""Cells in child processes: what is said of one that fails, and that the others go on."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

from benchmarks.execution.child_process import Child
from benchmarks.results.run import load_run
from tests.support import small_project as grids
from tests.support import surroundings


def execute(connection: Connection[Any, Any], code: str) -> None:
    exec(code, {"send": connection.send_bytes, "connection": connection})  # noqa: S102 - the tests' own code


class Failed(Exception):
    """A child process failed, for this reason."""


def received(code: str, limit: float | None = None) -> Iterator[bytes]:
    """Run code in a child process, and yield what it sends until it ends."""
    child, reason = Child(functools.partial(execute, code=code), limit), None
    try:
        while reason is None:
            wait(child.waitables(), 600)
            messages, ended = child.read()
            yield from messages
            if ended:
                reason = child.end()
        if reason:
            raise Failed(reason)
    finally:
        if reason is None:
            child.end()


def test_what_the_process_sends_arrives_in_order() -> None:
    code = "send(b'a'); send(b'x' * 10**6)"  # more than a pipe holds
    assert list(received(code)) == [b"a", b"x" * 10**6]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "signal 11 (SIGSEGV)"),
        ("import os; os.abort()", "SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL); out of memory, or killed manually"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 1)", "killed by signal 35"),
        ("raise SystemExit(7)", "exit code 7"),
        ("raise ValueError('seven is no prime')", "seven is no prime"),
        ("import os; print('from C', flush=True); os._exit(3)", "exit code 3\nLast output:\nfrom C"),
        pytest.param(
            "import os; print('x' * 9999 + 'the end', flush=True); os._exit(3)",
            f"Last output:\n{'x' * 1992}the end",
            id="long output",
        ),
        # It dies in the middle of a message: its length is sent, and half of its bytes.
        (
            "import os; w = connection.fileno(); os.write(w, b'\\0\\0\\0\\x64' + b'x' * 50); os.abort()",
            "SIGABRT",
        ),
    ],
)
def test_a_process_that_fails_says_why(code: str, reason: str) -> None:
    with pytest.raises(Failed) as failure:
        list(received(code))
    assert reason in str(failure.value)


def test_results_before_a_crash_arrive() -> None:
    running = received("send(b'a'); import os; os.abort()")
    assert next(running) == b"a"
    with pytest.raises(Failed):
        next(running)


def test_a_process_that_runs_out_of_memory_fails_alone() -> None:
    greedy = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)); b = bytearray(2**30); print(b)"
    with pytest.raises(Failed, match="MemoryError"):
        list(received(greedy))


SLEEPING_CHILD = (
    "import subprocess, sys, time;"
    " p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    " send(str(p.pid).encode()); "
)


def test_a_process_that_hangs_is_killed_with_its_children() -> None:
    begin = time.monotonic()
    running = received(
        SLEEPING_CHILD + "time.sleep(600)", limit=8
    )  # a busy machine takes seconds to start it
    child = int(next(running))
    with pytest.raises(Failed, match=r"time limit of 8 s \(--cell-timeout\)"):
        next(running)
    assert time.monotonic() - begin < 60
    assert _is_gone(child)


def test_no_group_is_killed_by_a_number_that_may_be_another_s(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Child(functools.partial(execute, code=SLEEPING_CHILD + "import os; os._exit(3)"))
    os.waitid(os.P_PID, first._process.pid or 0, os.WEXITED | os.WNOWAIT)
    (grandchild,), _ = first.read()
    second = Child(functools.partial(execute, code=""))  # its start reaps the first
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, signal: killed.append(group))
    assert first.end().startswith("its process ended with exit code 3")
    assert killed == []
    assert _is_gone(int(grandchild)), "what the first had started lives on"
    monkeypatch.undo()
    second.end()


def test_a_process_that_hangs_in_the_middle_of_a_message_is_killed() -> None:
    half = "import os, time; os.write(connection.fileno(), b'\\0\\0\\0\\x64' + b'x' * 50); time.sleep(60)"
    begin = time.monotonic()
    with pytest.raises(Failed, match="time limit of 4 s"):
        list(received(half, limit=4))
    assert time.monotonic() - begin < 50


def test_a_process_that_crashes_leaves_no_children() -> None:
    running = received(SLEEPING_CHILD + "import os; os.abort()")
    child = int(next(running))
    with pytest.raises(Failed):
        next(running)
    assert _is_gone(child)


def test_a_process_does_not_outlive_whoever_stops_listening() -> None:
    running = received("import os, time; send(str(os.getpid()).encode()); time.sleep(600)")
    process = int(next(running))
    begin = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begin < 30
    assert _is_gone(process)


def test_it_leads_a_session_of_its_own() -> None:
    """So that Ctrl-C in a terminal reaches the run alone, which then ends its children."""
    (pair,) = received("import os; send(f'{os.getpid()} {os.getsid(0)}'.encode())")
    process, session = map(int, pair.split())
    assert process == session != os.getsid(0)


def test_the_project_is_importable_whoever_started_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(grids.PROJECT)!r})\n"
        "from benchmarks.execution.child_process import Child\n"
        "from benchmarks.paths import PROJECT\n"
        "sys.path.remove(str(PROJECT))\n"
        "sys.meta_path[:] = [finder for finder in sys.meta_path if 'editable' not in str(finder)]\n"
        "if __name__ == '__main__':\n"
        "    child = Child(print)\n"
        "    while not child.read()[1]:\n"
        "        pass\n"
        "    print([child.end()])\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "['']\n", done.stderr


def _is_gone(process: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


CRASHING = "import os\n\n\ndef build(shape, classes=10):\n    os.abort()\n"
HANGING = "import time\n\n\ndef build(shape, classes=10):\n    time.sleep(3600)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = grids.copy_project(tmp_path / "project")
    (project / "models" / "crashing.py").write_text(CRASHING)
    (project / "models" / "hanging.py").write_text(HANGING)
    return project


def _run(project: Path, architectures: str, *arguments: str) -> tuple[int, str]:
    return grids.run(
        project, "--arch", architectures, "--dataset", "mnist", "--isolate", "--benchmark-json", "run.json", *arguments
    )  # fmt: skip


@pytest.mark.end_to_end
def test_a_crashing_cell_fails_and_the_others_go_on(project: Path) -> None:
    status, output = _run(project, "crashing,lenet", "--seeds", "2")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "crashing-mnist seed 0: its process was killed by signal 6 (SIGABRT)" in output
    assert "1 failed, 1 passed" in output
    assert "Traceback" not in output
    run = load_run(project / "run.json")
    assert set(run.cells) == {"lenet-mnist"}
    assert run.partial
    assert len(run.cells["lenet-mnist"].seed_seconds) == 2
    stored = project.glob(".benchmarks/resume/lenet-mnist/*/*.training")
    assert len(list(stored)) == 2


@pytest.mark.slow
def test_a_hanging_cell_ends_at_its_limit_and_the_others_go_on(project: Path) -> None:
    status, output = _run(project, "hanging,lenet", "--cell-timeout", "40")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "hanging-mnist seed 0: stopped at its time limit of 40 s" in output
    assert set(load_run(project / "run.json").cells) == {"lenet-mnist"}


@pytest.fixture
def cores() -> Iterator[list[int]]:
    """The cores that this process and what it starts may use; a test may take some away."""
    own = os.sched_getaffinity(0)
    yield sorted(own)
    os.sched_setaffinity(0, own)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not give a process cores")
@pytest.mark.parametrize("jobs", [1, 2])
def test_isolation_changes_no_figure(project: Path, cores: list[int], jobs: int) -> None:
    status, output = _run(project, "lenet", "--seeds", "2", "--jobs", str(jobs))
    assert status == 0, output
    apart = grids.infos(project / "run.json")
    # Jobs share the cores, and another number of threads gives other bits.
    os.sched_setaffinity(0, cores[: max(1, len(cores) // jobs)])
    status, output = grids.run(
        project, "--arch", "lenet", "--dataset", "mnist", "--seeds", "2", "--benchmark-json", "here.json"
    )
    assert status == 0, output
    here = grids.infos(project / "here.json")
    assert grids.outcome(apart["lenet-mnist"]) == grids.outcome(here["lenet-mnist"])


ON_JAX = """
import dataclasses

from tests.support import small_project

trained = small_project.train(dataclasses.replace(small_project.small_settings(), backend="jax"))
print(trained.backend, *trained.weights_sha256)
"""


@pytest.mark.end_to_end
def test_isolation_changes_no_bit_on_jax(project: Path) -> None:
    status, output = _run(project, "lenet", "--backend", "jax")
    assert status == 0, output
    apart = grids.infos(project / "run.json")["lenet-mnist"]
    here = subprocess.run(  # noqa: S603 - in the process that JAX starts in, and without pytest
        [sys.executable, "-c", ON_JAX],
        cwd=grids.PROJECT,
        env=surroundings.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert here.stdout.split() == ["jax", *apart["weights_sha256"]], here.stderr


@pytest.fixture
def orphan(project: Path) -> Iterator[subprocess.Popen[str]]:
    process = grids.start(project, "--arch", "hanging", "--dataset", "mnist", "--isolate")
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_cell_ends_with_its_killed_run(orphan: subprocess.Popen[str]) -> None:
    cells: list[int] = []
    while not cells and orphan.poll() is None:
        time.sleep(0.2)
        cells = [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/stat")
            if _parent(path) == orphan.pid and _is_a_cell(path)
        ]
    time.sleep(8)  # in the middle of its hanging
    os.kill(orphan.pid, 9)
    assert [_is_gone(cell) for cell in cells] == [True]


def _is_a_cell(stat: Path) -> bool:
    try:
        return b"multiprocessing.spawn" in (stat.parent / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0

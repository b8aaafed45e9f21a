"""Cells in processes of their own: what is said of one that fails, and that the others go on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.execution.isolated import frames
from benchmarks.execution.job import CellFailed
from benchmarks.results.run import load
from tests.support import small_project as grids

SENDING = "import os, struct; os.write(1, struct.pack('>cI', b'S', 3) + b'abc'); "


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_whole_frames_arrive() -> None:
    assert list(frames(child(SENDING * 2), "x")) == [(b"S", b"abc"), (b"S", b"abc")]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "signal 11 (SIGSEGV)"),
        ("import os; os.abort()", "SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL); out of memory, or killed by hand"),
        ("raise SystemExit(7)", "exit code 7"),
        ("raise ValueError('seven is no prime')", "seven is no prime"),
        ("import os; os.write(1, b'S'); os.abort()", "SIGABRT"),
    ],
)
def test_a_process_that_fails_says_why(code: str, reason: str) -> None:
    with pytest.raises(CellFailed) as failure:
        list(frames(child(code), "lenet-mnist"))
    assert str(failure.value).startswith("lenet-mnist: ")
    assert reason in str(failure.value)


def test_what_was_finished_before_the_crash_has_arrived() -> None:
    running = frames(child(SENDING + "os.abort()"), "x")
    assert next(running) == (b"S", b"abc")
    with pytest.raises(CellFailed):
        next(running)


def test_a_process_that_wants_too_much_memory_fails_alone() -> None:
    greedy = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)); b = bytearray(2**30); print(b)"
    with pytest.raises(CellFailed, match="MemoryError"):
        list(frames(child(greedy), "x"))


def test_a_process_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    hang = (
        "import subprocess, sys, time;"
        " p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f" open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(600)"
    )
    begin = time.monotonic()
    with pytest.raises(CellFailed, match=r"time limit of 1.5 s \(--cell-timeout\)"):
        list(frames(child(hang), "x", limit=1.5))
    assert time.monotonic() - begin < 30
    assert _is_gone(int(note.read_text()))


def test_a_process_does_not_outlive_whoever_stops_listening() -> None:
    running = frames(child(SENDING + "import time; time.sleep(600)"), "x")
    next(running)
    begin = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begin < 30


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


def test_a_crashing_cell_fails_and_the_others_go_on(project: Path) -> None:
    status, output = _run(project, "crashing,lenet", "--seeds", "2")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "crashing-mnist: its process was killed by signal 6 (SIGABRT)" in output
    assert "1 failed, 1 passed" in output
    run = load(project / "run.json")
    assert set(run.cells) == {"lenet-mnist"}
    assert run.partial
    assert len(run.cells["lenet-mnist"].seed_seconds) == 2
    stored = project.glob(".benchmarks/resume/lenet-mnist/*/*.training")
    assert len(list(stored)) == 2


@pytest.mark.slow
def test_a_hanging_cell_ends_at_its_limit_and_the_others_go_on(project: Path) -> None:
    status, output = _run(project, "hanging,lenet", "--cell-timeout", "40")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "hanging-mnist: ended at its time limit of 40 s" in output
    assert set(load(project / "run.json").cells) == {"lenet-mnist"}


@pytest.mark.slow
def test_isolation_changes_no_figure(project: Path) -> None:
    status, output = _run(project, "lenet", "--seeds", "2")
    assert status == 0, output
    apart = grids.infos(project / "run.json")
    status, output = grids.run(
        project, "--arch", "lenet", "--dataset", "mnist", "--seeds", "2", "--benchmark-json", "here.json"
    )
    assert status == 0, output
    here = grids.infos(project / "here.json")
    assert grids.outcome(apart["lenet-mnist"]) == grids.outcome(here["lenet-mnist"])


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
        return b"benchmarks.execution.isolated" in (stat.parent / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0

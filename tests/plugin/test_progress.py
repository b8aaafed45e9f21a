"""What is said while the grid trains: on a terminal, in a log, and with -q."""

import contextlib
import fcntl
import io
import math
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.engine.loop import ProgressEvent
from benchmarks.execution.executors import Status
from benchmarks.plugin.progress import LOG_SECONDS, Output, Progress
from benchmarks.report.grid import accuracy
from benchmarks.results.schema import CellResult
from tests.support import run_factory, surroundings
from tests.support import small_project as grids

CELL = "resnet20v1-fashion_mnist"
COSTS = {CELL: 10.0, "vgg-mnist": 10.0, "lenet-mnist": 20.0}


def result(accuracy: float | None = 0.875, loss: float | None = 0.4567, floor: float = 0.8) -> CellResult:
    """Make a finished cell of two seeds: one epoch each, 75 seconds together, 16,800.4 images per second."""
    given = run_factory.cell(
        [accuracy] * 2, losses=[loss] * 2, floor=floor, seeds=[5, 6], seed_seconds=[37.5] * 2,
        history=[{"val_accuracy": [accuracy], "seconds": [37.5]}] * 2, train_images=630_015,
    )  # fmt: skip
    return CellResult.from_json(given, "a finished cell")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time."""
    now = [0.0]
    monkeypatch.setattr("benchmarks.plugin.progress.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def event(step: int = 25, loss: float = 0.4567) -> ProgressEvent:
    return ProgressEvent(
        epoch=3, epochs=10, step=step, steps=100, loss=loss, accuracy=0.875, images_per_second=16800.4
    )


def progress(file: io.StringIO, said: list[str]) -> Progress:
    return Progress(Output(file, said.append), COSTS, seeds=(5, 6))


def test_a_terminal_gets_a_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    screen, said = Screen(), list[str]()
    shown = progress(screen, said)
    shown.begin(CELL)
    shown.update(5, event())
    for part in (
        "[1/3]", CELL, "seed 5", "epoch 3/10", "25%", "train loss 0.457", "train acc 0.875", "16,800 img/s",
        "left: cell ?, grid ?",
    ):  # fmt: skip
        assert part in screen.getvalue()
    shown.hide()
    assert said == []
    shown.end(CELL, result())
    (line,) = said
    assert re.fullmatch(
        rf"\[1/3\]  {CELL}  test acc 0.8750  test loss 0.457  16,800 img/s  2 seeds  trained 1:15  left: grid \d+:\d\d",
        line,
    )


@pytest.mark.parametrize("setting", [{}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_log_gets_plain_lines(setting: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    file, said = Screen() if "TERM" in setting else io.StringIO(), list[str]()
    shown = progress(file, said)
    shown.begin(CELL)
    shown.update(5, event())
    shown.end(CELL, result())
    assert file.getvalue() == ""
    assert len(said) == 1
    assert said[0].startswith(f"[1/3]  {CELL}  test acc 0.8750")


def test_a_finished_line_counts_dead_seeds_as_its_table_does() -> None:
    shown = progress(io.StringIO(), [])
    partly = run_factory.cell([0.9, 0.3, None], diverged=[None, 2, 1], losses=[0.3, 2.3, None])
    finished = CellResult.from_json(partly, "a finished cell")
    line = shown.result(CELL, finished)
    assert f"  test acc {accuracy(finished):.4f}  2 of 3 diverged" in line
    assert accuracy(finished) == pytest.approx((0.9 + 0.1 + 0.1) / 3)


def test_a_long_cell_logs_its_progress_regularly(clock: Callable[[float], None]) -> None:
    said: list[str] = []
    shown = progress(io.StringIO(), said)
    shown.begin(CELL)
    for second in range(0, 3 * int(LOG_SECONDS), 2):
        clock(second)
        shown.update(5, event(step=second // 10))
    assert len(said) == 2
    assert "epoch 3/10" in said[0]


def test_time_left_assumes_expected_costs(clock: Callable[[float], None]) -> None:
    shown = progress(io.StringIO(), [])
    shown.begin(CELL)
    clock(40)  # it was set up, and has done its first steps
    shown.update(5, event(0))
    assert "left: cell ?, grid ?" in shown.line(5, event(0))
    clock(50)
    shown.update(5, event(50))  # a quarter of two seeds in ten seconds
    # From its first steps on, the cell will have taken 40 s; the two to come cost three times as much.
    assert "left: cell 0:30, grid 2:30" in shown.line(5, event(50))
    clock(80)
    shown.end(CELL, result())
    shown.begin("vgg-mnist")
    shown.update(5, event(0))
    clock(90)
    shown.update(6, event(0))  # half of it in ten seconds; the last costs 20 of 10 that took 40 s
    assert "[2/3]" in shown.line(6, event(0))
    assert "left: cell 0:10, grid 1:30" in shown.line(6, event(0))


def test_reused_cells_do_not_shorten_the_estimate(clock: Callable[[float], None]) -> None:
    said: list[str] = []
    shown = progress(io.StringIO(), said)
    shown.begin(CELL)
    clock(1)
    shown.end(CELL, result())
    assert "left" not in said[0]  # it is not known: as at xdist's controller, which sees no training


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40])
@pytest.mark.parametrize("cell", COSTS)
def test_lines_fit_narrow_terminals(width: int, cell: str) -> None:
    shown = progress(io.StringIO(), [])
    shown.begin(cell)
    line = shown.line(5, event(), width)
    assert len(line) <= width
    assert cell in line
    assert "3/10" in line or width == 40
    assert "0.875" in line or width == 40
    assert ("left" in line and "loss" in line) or width <= 60 or cell == CELL
    assert len(shown.result(cell, result(), width)) <= width
    assert "0.8750" in shown.result(cell, result(), width)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, f"[1/3]  {CELL}  importing TensorFlow"),
        (52, f"[1/3] {CELL} importing TensorFlow"),
        (46, f"{CELL} importing TensorFlow"),
        (40, "importing TensorFlow"),
    ],
)
def test_what_takes_the_first_seconds_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int, line: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Screen()
    shown = progress(screen, [])
    shown.begin(CELL)
    shown.announce("importing TensorFlow")
    assert line in screen.getvalue()
    assert shown.phase_line("importing TensorFlow", width) == line
    shown.hide()


def test_many_jobs_have_a_line_of_counts(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    screen, said, asked = Screen(), list[str](), list[Status]()

    def status() -> Status:
        asked.append(Status(workers=4, waiting=37, running=4, done=9, seconds_left=760.0))
        return asked[-1]

    shown = progress(screen, said)
    shown.begin(CELL)
    for tenth in range(10, 20):
        clock(tenth / 10)
        shown.update_jobs(status)
    counts = "4 workers  37 waiting  4 running  9 done  left: grid 12:40"
    assert f"[1/3]  {CELL}  {counts}" in screen.getvalue()
    assert 1 <= len(asked) <= 5  # several times per second, not at every event
    shown.end(CELL, result())
    assert said[0].endswith("left: grid 12:40")
    for width in (40, 60, 80):
        assert len(shown.jobs_line(status(), width)) <= width
        assert "4 running" in shown.jobs_line(status(), width)


def test_failures_are_reported() -> None:
    shown = progress(io.StringIO(), [])
    shown.begin(CELL)
    assert "train loss nan" in shown.line(5, event(loss=math.nan))
    assert "did not finish" in shown.result(CELL, None)
    assert "below its floor" in shown.result(CELL, result(floor=0.9))
    assert "LOW" in shown.result(CELL, result(floor=0.9), 60)
    assert "diverged" in shown.result(CELL, result(accuracy=None, loss=None))


def test_after_a_notice_the_live_line_returns_with_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    screen = Screen()
    shown = progress(screen, [])
    shown.begin(CELL)
    assert screen.getvalue() == ""  # images are loaded first, of which a notice may tell
    shown.update(5, event())
    shown.hide()
    assert screen.getvalue().endswith("\x1b[1A")  # to pytest's own line, after whose end the notice comes
    screen.write("a notice\n")
    shown.update(5, event(step=50))
    assert "50%" in screen.getvalue().partition("a notice")[2]
    shown.end(CELL, result())
    assert screen.getvalue().count("\x1b[?25l") == screen.getvalue().count("\x1b[?25h") == 2


# --- as people run it ---


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grids.copy_project(tmp_path_factory.mktemp("project"))


TWO = ("--arch", "lenet", "--dataset", "mnist,svhn", "--resume")


def on_a_terminal(project: Path, *arguments: str, **environment: str) -> str:
    """What a terminal of 80 columns is sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [
        sys.executable, "-m", "pytest", "benchmarks/", "-p", "no:cacheprovider", "--protocol", "tiny",
        "--data", "synthetic", *arguments,
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=project,
        env=surroundings.environment(**environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        sent = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            while part := os.read(ours, 65536):
                sent += part
    os.close(ours)
    return sent.decode()


@pytest.mark.slow
def test_a_run_on_a_terminal_and_then_in_a_log(project: Path) -> None:
    sent = on_a_terminal(project, *TWO, NO_COLOR="1")
    for number, cell in ((1, "lenet-mnist"), (2, "lenet-svhn")):
        assert re.search(rf"\[{number}/2\] +{cell} .*epoch 4/4 .*loss \d.* train (acc )?\d.*/s left", sent), (
            sent
        )
        assert re.search(rf"\n\[{number}/2\] +{cell} +test (acc )?0\.\d{{4}}", sent), sent
    assert "\x1b[3" not in sent  # no colours
    assert sent.count("\x1b[?25l") == sent.count("\x1b[?25h") == 2  # the cursor comes back
    assert sent.count("bench_training.py") == 2

    status, log = grids.run(project, *TWO)
    assert status == 0, log
    assert "\x1b" not in log
    assert "epoch 4/4" not in log
    assert re.search(r"^\[1/2\]  lenet-mnist  test acc 0\.\d{4}  test loss ", log, re.MULTILINE)
    assert re.search(r"^\[2/2\]  lenet-svhn  test acc 0\.\d{4}  test loss ", log, re.MULTILINE)

    status, quiet = grids.run(project, *TWO, "-q")
    assert status == 0, quiet
    assert "[1/2]" not in quiet
    assert "acc 0." not in quiet

    sent = on_a_terminal(project, *TWO, "-q")
    assert "\x1b[?25l" not in sent
    assert not re.search(r"lenet-mnist +test", sent)

"""The live line while a cell trains."""

import io
import math

import pytest

from benchmarks.cells import Cell
from benchmarks.progress import Progress
from benchmarks.training import Moment

LENET = Cell("lenet", "fashion_mnist")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def moment(step: int = 25, loss: float = 0.4567) -> Moment:
    return Moment(
        epoch=3, epochs=10, step=step, steps=100, loss=loss, accuracy=0.875, images_per_second=16800.4
    )


def through(file: io.StringIO) -> str:
    progress = Progress(file, cells=4)
    progress.begin()
    progress.tell(LENET, 5, moment())
    progress.end()
    return file.getvalue()


def test_a_log_gets_nothing() -> None:
    assert through(io.StringIO()) == ""


def test_a_terminal_gets_cell_epoch_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    shown = through(Screen())
    for part in (
        "[1/4]",
        "lenet-fashion_mnist seed 5",
        "epoch 3/10",
        "25%",
        "loss 0.457",
        "16,800 img/s",
        "left",
    ):
        assert part in shown


def test_time_left_supposes_cells_to_cost_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("benchmarks.progress.time.monotonic", lambda: now)
    progress = Progress(io.StringIO(), cells=4)
    progress.begin()
    now = 105.0  # a quarter of the first of four cells: 75 seconds to go
    assert "grid 1:15 left" in progress.line(LENET, 0, moment(25))
    progress.end()
    now = 3700.0  # one and a half cells in an hour
    assert "[2/4]" in progress.line(LENET, 0, moment(50))
    assert "grid 1:40:00 left" in progress.line(LENET, 0, moment(50))


def test_a_lost_training_still_has_a_line() -> None:
    line = Progress(io.StringIO(), cells=1).line(LENET, 0, moment(step=0, loss=math.nan))
    assert "loss nan" in line
    assert "grid 0:00 left" in line

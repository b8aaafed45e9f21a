"""One live line while a cell trains, on a terminal; nothing in a log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from benchmarks.cells import Cell
    from benchmarks.training import Moment


class Progress:
    """Shows where the grid stands: cell, seed, epoch, loss, accuracy, images/s, time left of the cell and of the grid.

    The grid's time left supposes that the cells to come cost as much as those behind it did; it is a guess and gets better.
    """

    def __init__(self, file: IO[str], cells: int, new_line: Callable[[], None] = lambda: None) -> None:
        """:param new_line: moves to the start of a line, where pytest's dots have left it."""
        self._new_line = new_line
        self._console = Console(file=file)
        self._live: Live | None = None
        self._cells = cells
        self._done = 0
        self._begun = time.monotonic()

    def begin(self) -> None:
        """A cell begins; shown on a terminal only."""
        if self._console.is_terminal:
            self._new_line()
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()

    def tell(self, cell: Cell, seed: int, moment: Moment) -> None:
        if self._live is not None:
            self._live.update(
                Text(self.line(cell, seed, moment), no_wrap=True, overflow="ellipsis"), refresh=True
            )

    def end(self) -> None:
        """The cell ended, well or not; its line goes."""
        self._done += 1
        if self._live is not None:
            self._live.stop()
            self._live = None

    def line(self, cell: Cell, seed: int, moment: Moment) -> str:
        share = moment.step / moment.steps
        batch_seconds = self._seconds_left(share)
        loss = f"{moment.loss:.3f}" if math.isfinite(moment.loss) else "nan"
        return (
            f"[{self._done + 1}/{self._cells}] {cell.id} seed {seed}"
            f"  epoch {moment.epoch}/{moment.epochs}  {share:4.0%}"
            f"  loss {loss}  acc {moment.accuracy:.3f}  {moment.images_per_second:,.0f} img/s"
            f"  grid {_clock(batch_seconds)} left"
        )

    def _seconds_left(self, share: float) -> float:
        done = self._done + share
        return (time.monotonic() - self._begun) / done * (self._cells - done) if done else 0.0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

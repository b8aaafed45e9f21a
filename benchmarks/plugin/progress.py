"""The grid's progress: a live line while a cell trains on a terminal, one line per finished cell everywhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.live import Live

    from benchmarks.engine.loop import ProgressEvent
    from benchmarks.execution.executors import Status
    from benchmarks.results.schema import CellResult

LOG_SECONDS = 60.0
"""How often a log gets a line about the cell in training."""
JOBS_SECONDS = 0.25
"""The line of many jobs is rewritten no more often than this."""


@dataclass(frozen=True)
class Output:
    """How progress reaches people without getting in the way of pytest's dots."""

    file: IO[str]
    say: Callable[[str], None]
    """Writes one line."""
    column: Callable[[], int] = lambda: 0
    """The column where pytest's current line ends."""
    outside: Callable[[], AbstractContextManager[None]] = nullcontext
    """Text written inside it is not captured."""


@dataclass
class _Training:
    """The cell in training. Shares are of all its seeds, 0..1; times are of the monotonic clock."""

    cell: str
    share: float = 0.0
    first: tuple[float, float] | None = None
    """Time and share of the first event; the share is above 0 where seeds were reused."""

    def seconds_left(self, now: float) -> float | None:
        """Return None until it is known: the first event includes setup and one chunk of steps, so it gives no rate."""
        if self.first is None or self.share <= self.first[1]:
            return None
        since, done = self.first
        return (now - since) / (self.share - done) * (1 - self.share)


class Progress:
    """Shows cell, seed, epoch, loss, accuracy, images/s, and the time left of the cell and of the grid.

    The grid's time left assumes that the remaining cells overrun their expected costs as much as the finished ones have, counted
    from the run's first step, without the engine's start. The estimate improves as cells finish.
    """

    def __init__(self, output: Output, costs: Mapping[str, float], seeds: Sequence[int]) -> None:
        """Show nothing yet.

        Args:
            output: Where it is shown.
            costs: Expected cost of each remaining cell, by id, in any unit.
            seeds: The seeds that each cell trains.
        """
        from rich.console import Console  # here, since collection does not need it

        self._output = output
        self._costs = dict(costs)
        self._seeds = list(seeds)
        self._console = Console(file=output.file)
        # rich alone is not enough: FORCE_COLOR, which CI systems set, makes it mistake a log for a terminal.
        console = self._console
        self._terminal = output.file.isatty() and console.is_terminal and not console.is_dumb_terminal
        self._live: Live | None = None
        self._training: _Training | None = None
        self._status: Callable[[], Status] | None = None
        """Asks for the status of the jobs, where several run at a time."""
        self._ended: list[str] = []
        self._cost_done = 0.0
        self._first_step: float | None = None
        self._printed_at = self._last_end = time.monotonic()

    def begin(self, cell: str) -> None:
        """Record that a cell begins."""
        self._training = _Training(cell)
        self._printed_at = time.monotonic()

    def _start(self) -> None:
        """Begin a live line below pytest's."""
        from rich.live import Live

        self._live = Live(
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._output.outside():
            self._console.line()
            self._live.start()

    def announce(self, phase: str) -> None:
        """Show which phase begins; a log shows it for the first cell only."""
        if self._training is None:
            return
        if self._terminal or not self._ended:
            self._show(lambda width: self.phase_line(phase, width), at_once=True)

    def update(self, seed: int, event: ProgressEvent) -> None:
        """Show the progress of the cell in training."""
        training, now = self._training, time.monotonic()
        if training is None:
            return
        training.share = (self._seeds.index(seed) + event.step / event.steps) / len(self._seeds)
        training.first = training.first or (now, training.share)
        self._first_step = now if self._first_step is None else self._first_step
        self._show(lambda width: self.line(seed, event, width))

    def update_jobs(self, status: Callable[[], Status]) -> None:
        """Show how far the jobs of all cells are, a few times per second at most.

        Args:
            status: Is asked when there is something to show.
        """
        self._status, now = status, time.monotonic()
        if self._terminal and now - self._printed_at < JOBS_SECONDS:
            return
        if self._terminal:
            self._printed_at = now
        self._show(lambda width: self.jobs_line(status(), width))

    def _show(self, line: Callable[[int | None], str], *, at_once: bool = False) -> None:
        """Show a line of the given width on the terminal, or write it to a log: now and then, or at once."""
        if self._terminal and self._training is not None:
            from rich.text import Text

            if self._live is None:
                self._start()
            assert self._live is not None
            text = Text(line(self._console.width), no_wrap=True, overflow="crop")
            with self._output.outside():
                self._live.update(text, refresh=True)
        elif not self._terminal and (at_once or time.monotonic() - self._printed_at >= LOG_SECONDS):
            self._printed_at = time.monotonic()
            self._output.say(line(None))

    def hide(self) -> None:
        """Remove the live line, since something else is about to be written, until there is more to show."""
        if self._live is not None:
            from rich.control import Control

            with self._output.outside():
                self._live.stop()
                self._console.control(Control.move(self._output.column() % self._console.width, -1))
            self._live = None

    def end(self, cell: str, result: CellResult | None) -> None:
        """Record that a cell ended; without a result, it did not finish."""
        self.hide()
        trained = self._training is None or self._training.first is not None  # else all of it was reused
        self._training = None
        self._ended.append(cell)
        self._last_end = time.monotonic()
        self._cost_done += self._costs.get(cell, 0.0) if trained else 0.0
        self._output.say(self.result(cell, result, self._console.width if self._terminal else None))

    def phase_line(self, phase: str, width: int | None) -> str:
        """Return the line for a cell that does not train yet; on a narrow terminal the phase alone stays."""
        assert self._training is not None
        counter = f"[{len(self._ended) + 1}/{len(self._costs)}]"
        return _fit_to_width([(2, counter, ""), (1, self._training.cell, ""), (0, phase, "")], width)

    def line(self, seed: int, event: ProgressEvent, width: int | None = None) -> str:
        """Return the line for the cell in training, at most `width` columns if its name fits."""
        assert self._training is not None
        loss = f"{event.loss:.3f}" if math.isfinite(event.loss) else "nan"
        cell_left, grid_left = (clock(seconds) for seconds in self._seconds_left())
        return _fit_to_width(
            [
                (3, f"[{len(self._ended) + 1}/{len(self._costs)}]", ""),
                (0, self._training.cell, ""),
                (6, f"seed {seed}", ""),
                (1, f"epoch {event.epoch}/{event.epochs}", ""),
                (5, f"{event.step / event.steps:4.0%}", ""),
                (4, f"train loss {loss}", f"loss {loss}"),
                (1, f"train acc {event.accuracy:.3f}", f"train {event.accuracy:.3f}"),
                (4, f"{event.images_per_second:,.0f} img/s", f"{event.images_per_second:,.0f}/s"),
                (2, f"left: cell {cell_left}, grid {grid_left}", f"left {cell_left}, grid {grid_left}"),
            ],
            width,
        )

    def jobs_line(self, status: Status, width: int | None) -> str:
        """Return the line for all jobs while the current case waits for its own."""
        left = clock(status.seconds_left)
        return _fit_to_width(
            [
                (3, f"[{len(self._ended) + 1}/{len(self._costs)}]", ""),
                (5, self._training.cell if self._training else "", ""),
                (1, f"{status.workers} workers" if status.workers != 1 else "1 worker", ""),
                (2, f"{status.waiting} waiting", ""),
                (0, f"{status.running} running", ""),
                (0, f"{status.done} done", ""),
                (4, f"left: grid {left}", f"left {left}"),
            ],
            width,
        )

    def result(self, cell: str, result: CellResult | None, width: int | None = None) -> str:
        """Return the line for a cell that has ended."""
        seconds = self._seconds_left()[1]
        known = seconds is not None and len(self._ended) < len(self._costs)
        left = f"grid {clock(seconds)}" if known else ""
        figures = [(0, "did not finish", "")] if result is None else _figures(result)
        return _fit_to_width(
            [
                (2, f"[{len(self._ended)}/{len(self._costs)}]", ""),
                (0, cell, ""),
                *figures,
                (1, left and f"left: {left}", left),
            ],
            width,
        )

    def _seconds_left(self) -> tuple[float | None, float | None]:
        """Return the seconds left of the cell in training and of the grid; None until they are known."""
        if self._status is not None:
            return None, self._status().seconds_left
        now, training = time.monotonic(), self._training
        behind = {*self._ended, training.cell} if training else {*self._ended}
        to_come = math.fsum(cost for cell, cost in self._costs.items() if cell not in behind)
        here = training.seconds_left(now) if training else 0.0
        if self._cost_done and self._first_step is not None:
            pace = (self._last_end - self._first_step) / self._cost_done
        elif training and training.first and here is not None:
            pace = (now - training.first[0] + here) / self._costs[training.cell]
        else:
            return here, None
        return here, None if here is None else here + pace * to_come


def _figures(result: CellResult) -> list[tuple[int, str, str]]:
    """Return a finished cell's figures, as pieces; a dead seed counts as guessing, as in the tables."""
    accuracy = math.fsum(result.values.values()) / len(result.values)
    floor = ["below its floor", "LOW"] if result.verdict == "failed" else ["", ""]
    loss = ("", "") if result.loss is None else (f"test loss {result.loss:.3f}", f"loss {result.loss:.3f}")
    rate = result.images_per_second or 0.0
    seeds, died = len(result.seeds), result.diverged_seeds
    return [
        (0, f"test acc {accuracy:.4f}", f"test {accuracy:.4f}"),
        (0, f"{died} of {seeds} diverged" if died else "", f"{died} diverged"),
        (0, floor[0], floor[1]),
        (4, *loss),
        (4, f"{rate:,.0f} img/s", f"{rate:,.0f}/s"),
        (5, f"{seeds} seeds" if seeds > 1 else "", ""),
        (1, _frozen(result), ""),
        (1, f"({result.training})" if result.set_fields else "", ""),
        (3, f"trained {clock(result.train_seconds)}", clock(result.train_seconds)),
    ]


def _frozen(result: CellResult) -> str:
    since = [epoch for epoch in result.frozen if epoch is not None]
    return f"frozen since epoch {min(since)}" if since else ""


def _fit_to_width(pieces: Sequence[tuple[int, str, str]], width: int | None) -> str:
    """Join pieces: in full, else in their short forms where they have one, else without those of the highest ranks.

    Args:
        pieces: Rank, text and short form ("" for the same); what has rank 0 always stays.
        width: Columns at most; None for any number.
    """
    full = "  ".join(text for _, text, _ in pieces if text)
    if width is None or len(full) <= width:
        return full
    for rank in range(max(rank for rank, *_ in pieces), -1, -1):
        line = " ".join(short or text for own, text, short in pieces if text and own <= rank)
        if len(line) <= width:
            break
    return line


def clock(seconds: float | None) -> str:
    """Return seconds as `h:mm:ss` or `m:ss`; a question mark where they are not known."""
    if seconds is None:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""The images of the cell that is being trained: loaded once for all that need them, with the memory and the seconds that they take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.execution.environment import PeakMemory

if TYPE_CHECKING:
    from benchmarks.engine.interface import DeviceData, Engine
    from benchmarks.execution.job import DataSelection
    from benchmarks.experiment.cell import Cell
    from datasets import Dataset


class CellData:
    """The images of the current cell. At most one data set is in memory, and consecutive cells with the same selection share it."""

    def __init__(self) -> None:
        self.memory = PeakMemory()
        """Peak memory of this process since the current cell began."""
        self.seconds = 0.0
        """Seconds that loading and copying its images took; 0 if the last cell used the same ones."""
        self._cell: Cell | None = None
        self._loaded: tuple[DataSelection, Dataset] | None = None
        self._on_device: tuple[str, str, DeviceData] | None = None

    def load(self, cell: Cell, selection: DataSelection) -> Dataset:
        """Return the images of a cell. A cell other than the last one begins here."""
        if cell != self._cell:
            self._cell, self.seconds = cell, 0.0
            self.memory.reset()
        if self._loaded is None or self._loaded[0] != selection:
            self._loaded = self._on_device = None  # release the last data set before the next one is loaded
            start_time = time.perf_counter()
            self._loaded = selection, selection.load()
            self.seconds += time.perf_counter() - start_time
        return self._loaded[1]

    def on_device(self, data: Dataset, engine: Engine, pixels: str) -> DeviceData:
        """Return images as arrays of an engine.

        Args:
            data: The images.
            engine: The engine, already started.
            pixels: The recipe's `pixels`, such as `unit`.
        """
        key = data.fingerprint, pixels
        if self._on_device is None or self._on_device[:2] != key:
            self._on_device = None
            copied = engine.to_device(data, pixels)
            self._on_device = (*key, copied)
            self.seconds += copied.seconds
        return self._on_device[2]

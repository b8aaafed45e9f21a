"""One session's grid: what was asked for, what is ready, what is shown meanwhile, and what a saved run says of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import models
from benchmarks.execution import environment
from benchmarks.execution.extra_info import cell_id
from benchmarks.execution.resume_key import code_hashes
from benchmarks.execution.run_job import CellRun, Conduct, Workshop
from benchmarks.execution.schedule import expected_seconds
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint
from benchmarks.experiment.settings import Settings
from benchmarks.plugin.progress import Progress
from benchmarks.report.writers import tensorboard
from benchmarks.results.schema import CellResult

if TYPE_CHECKING:
    from benchmarks.engine.loop import ProgressEvent
    from benchmarks.execution.isolated import Isolation
    from benchmarks.execution.schedule import Shard


@dataclass
class Grid:
    """The cells of a session. ``infos`` are the finished ones' ``extra_info``, ``told`` what people have to know."""

    settings: Settings
    conduct: Conduct
    shard: Shard | None = None
    isolation: Isolation | None = None
    progress: Progress | None = None
    tensorboard: Path | None = None

    def __post_init__(self) -> None:
        self.asked: list[str] = []
        """Ids of all cells that were asked for, other shards' too."""
        self.infos: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.judgement = ""
        """What the accuracy gate said, where it was asked."""
        self.machine: dict[str, Any] = {}
        self.conduct = replace(self.conduct, watch=self._watch)
        self.workshop = Workshop(self.settings, self.conduct)

    def _watch(self, cell: Cell, seed: int, moment: ProgressEvent) -> None:
        if self.progress is not None:
            self.progress.tell(seed, moment)

    def costs(self, names: Sequence[str]) -> dict[str, float]:
        """What each of these cells is expected to cost, seconds."""
        return {name: expected_seconds(self.cell(name), self.settings) for name in names}

    def cell(self, name: str) -> Cell:
        return next(cell for cell in self.settings.cells() if cell.id == name)

    def choose(self, asked: Sequence[str]) -> list[str]:
        """Which of the cells that were asked for run here."""
        self.asked = list(asked)
        if self.shard is None:
            return self.asked
        return [cell.id for cell in self.shard.cells([self.cell(name) for name in self.asked], self.settings)]

    def prepare(self, cell: Cell) -> CellRun:
        """The cell ready to train, here or in a process of its own."""
        if self.isolation is None:
            return self.workshop.prepare(cell)
        return self.isolation.prepare(self.workshop.open(cell), self.conduct)

    def finished(self, run: CellRun) -> None:
        """Take note of a cell; one that did not come to its end leaves nothing."""
        if run.info is not None:
            self.infos.append(run.info)
            self.machine = dict(run.finished[-1].machine)
            if self.tensorboard is not None:
                self._log(self.tensorboard, run.info)

    def _log(self, folder: Path, info: dict[str, Any]) -> None:
        try:
            tensorboard.write(folder, CellResult.from_json(info, "this run"))
        except OSError as error:
            self.conduct.tell(
                f"--tensorboard {folder}: could not be written ({error.strerror}); training goes on"
            )

    def notes(self) -> list[str]:
        """What a reader must not miss who reads only the end: what the data were, and what went wrong on the way."""
        lines = []
        for info in {info["dataset"]: info for info in self.infos}.values():
            if info["data_source"] == "synthetic":
                lines.append(
                    f"{info['dataset']}: SYNTHETIC stand-in, not the real images; {info['data_origin']}"
                )
            elif not info["data_verified"]:
                lines.append(f"{info['dataset']}: real, not verified; {info['data_origin']}")
        if any(info["parallel"] for info in self.infos):
            lines.append(
                "times were taken with other cells beside: not to be compared with those of one alone"
            )
        finished = {cell_id(info) for info in self.infos}
        missing = [name for name in self.asked if name not in finished]
        if missing and self.shard is not None:
            lines.append(f"shard {self.shard} of {len(self.asked)} cells: merge the shards into one run")
        elif missing:
            lines.append(
                f"a part of a run, no baseline: {', '.join(missing)} missing; the same command with --resume goes on"
            )
        return lines + self.told

    def as_json(self) -> dict[str, Any]:
        """What stands under ``suite`` in a saved run."""
        settings = self.settings
        finished = {cell_id(info) for info in self.infos}
        whole = len(models.names()) * len(datasets.names())
        return {
            "protocol": settings.protocol.name,
            "settings": {
                "protocol": settings.protocol.name,
                "precision": settings.precision,
                "data": settings.data,
                "seeds": list(settings.seeds),
            },
            # Of the code that trains any of the architectures asked for: shards of one grid agree in it.
            "code": fingerprint({name: dict(code_hashes(name)) for name in settings.architectures}),
            "expected": self.asked,
            "shard": None if self.shard is None else str(self.shard),
            "partial": not set(self.asked) <= finished,
            "narrowed": len(self.asked) < whole,
            "versions": environment.versions(),
        }

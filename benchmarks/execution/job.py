"""An executor's input: one training of one cell, as plain values that can be sent to another process or machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.execution.resume_key import code_hashes, resume_key
from benchmarks.execution.schedule import expected_seconds
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint, recipe_parts
from benchmarks.experiment.recipe import Recipe
from benchmarks.experiment.recipe_changes import Change
from benchmarks.metrics.measures import definitions
from benchmarks.results.assemble import assemble
from benchmarks.results.baselines import PinnedGroup
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import SeedResult
from benchmarks.results.standard import Standard, standard

if TYPE_CHECKING:
    from benchmarks.engine.loop import ProgressEvent
    from benchmarks.experiment.settings import Settings
    from datasets import Dataset, Mode, OwnImages


class JobFailed(Exception):
    """A job that did not finish; the message names the cell and the reason."""


class NoWorkers(Exception):
    """No job of the run can run where it was asked to; the message says why and what to do."""


@dataclass(frozen=True)
class DataSelection:
    """Which images of a data set a cell is trained and tested on, and where they come from."""

    dataset: str
    source: Mode
    """As requested: `auto` may become either of the others."""
    folder: Path | None = None
    """Where real files are looked for first."""
    accept_copies: bool = False
    train: int | None = None
    """Training images; None takes all."""
    test: int | None = None
    own: OwnImages | None = None
    """The data set, where it is the user's own images: another process does not know them yet."""

    @classmethod
    def of(cls, cell: Cell, settings: Settings) -> DataSelection:
        """Return the selection of one cell: the protocol's share, or all where the data set has no more."""
        import datasets

        protocol, spec = settings.protocol, datasets.spec(cell.dataset)
        return cls(
            cell.dataset,
            settings.data,
            settings.data_dir,
            settings.accept_copies,
            _at_most(protocol.images(cell.architecture), sum(spec.train_counts)),
            _at_most(protocol.test, sum(spec.test_counts)),
            next((own for own in settings.own_data if own.name == cell.dataset), None),
        )

    def load(self) -> Dataset:
        """Load the images: see `datasets.load`."""
        import datasets

        if self.own is not None:
            datasets.add_own(self.own)
        return datasets.load(
            self.dataset,
            self.source,
            data_dir=self.folder,
            accept_copies=self.accept_copies,
            train=self.train,
            test=self.test,
        )


def _at_most(images: int | None, available: int) -> int | None:
    return images if images is None else min(images, available)


@dataclass(frozen=True)
class TrainingSpec:
    """What is trained, and how: all that decides the outcome but the images and the seed."""

    cell: Cell
    protocol: str
    """Name of the protocol."""
    recipe: Recipe
    precision: str = "float32"
    engine: str = "tensorflow"
    changes: tuple[Change, ...] = ()
    """What `--set` changed; the recipe has these changes already."""
    measures: tuple[str, ...] = ()
    """Names of the measures that are taken on demand."""

    @classmethod
    def of(cls, cell: Cell, settings: Settings) -> TrainingSpec:
        """Return the training of one of the settings' cells."""
        return cls(
            cell,
            settings.protocol.name,
            settings.recipe(cell),
            settings.precision,
            settings.backend,
            settings.changes,
            settings.measures,
        )

    def resume_key(self, data: Dataset) -> dict[str, str]:
        """Return what stored work of it depends on, with these images and the code and libraries of this process.

        Raises:
            ModuleNotFoundError: A library of the engine is not installed.
        """
        parts = recipe_parts(self.cell, self.protocol, self.recipe, data, self.precision, self.changes)
        return resume_key(parts | definitions(self.measures) | second_test_parts(data), self.engine)


def second_test_parts(data: Dataset) -> dict[str, str]:
    """Return what a stored training has to have been evaluated on besides the test images, if the data have a second test set."""
    return {} if data.second_test is None else {"second_test": data.second_test.identity}


@dataclass(frozen=True)
class Job:
    """One training with one seed, ready to be run in any process."""

    spec: TrainingSpec
    seed: int
    selection: DataSelection
    resume_key: Mapping[str, str]
    """What stored work of this job depends on."""
    checkpoints: bool = False
    """Whether its state is stored after every epoch."""
    expected_seconds: float = 0.0
    """What it costs on the machine of `schedule`'s tables; longer jobs start first."""

    @property
    def cell(self) -> Cell:
        """Which cell it trains."""
        return self.spec.cell

    @property
    def name(self) -> str:
        """Name of the job in messages."""
        return f"{self.cell.id} seed {self.seed}"

    def elsewhere(self, source: Literal["real", "synthetic"]) -> Job:
        """Return this job for another process or machine.

        Args:
            source: Source of the images it was planned with: another machine must not choose by itself.
        """
        folder = self.selection.folder
        selection = dataclasses.replace(
            self.selection, source=source, folder=None if folder is None else folder.absolute()
        )
        return dataclasses.replace(self, selection=selection)


OnEvent = Callable[[Job, "ProgressEvent"], None]
"""Called with every event of a job's training."""


@dataclass(frozen=True)
class CellPlan:
    """A cell with its images and its jobs, one per seed."""

    cell: Cell
    settings: Settings
    recipe: Recipe
    data: Dataset
    jobs: tuple[Job, ...]
    standard: Standard | None = None
    """What its trainings are held to; an exploration is held to nothing."""

    @classmethod
    def of(cls, cell: Cell, settings: Settings, data: Dataset) -> CellPlan:
        """Plan the trainings of a cell.

        Args:
            cell: One of the settings' cells.
            settings: What was requested.
            data: The images of the cell's selection.

        Raises:
            RunRefused: The pinned file that has its floor cannot be read.
        """
        spec = TrainingSpec.of(cell, settings)
        first = Job(
            spec,
            settings.seeds[0],
            DataSelection.of(cell, settings),
            spec.resume_key(data),
            checkpoints=settings.protocol.checkpoints,
            expected_seconds=expected_seconds(cell, settings) / len(settings.seeds),
        )
        jobs = tuple(dataclasses.replace(first, seed=seed) for seed in settings.seeds)
        group = PinnedGroup(settings.protocol.name, data.source, settings.precision, settings.backend)
        held_to = None if settings.changes else standard(group, cell.id, len(data.class_names))
        return cls(cell, settings, spec.recipe, data, jobs, held_to)

    def result(self, seeds: Sequence[SeedResult]) -> CellResult:
        """Combine the finished seeds."""
        code = fingerprint(code_hashes(self.cell.architecture, self.settings.backend))
        return assemble(self.cell, self.settings, self.recipe, self.data, seeds, self.standard, code)

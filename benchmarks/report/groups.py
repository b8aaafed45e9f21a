"""Cells that may be compared: of one protocol, data source, precision and backend, wherever they were saved.

Real and synthetic images are never in one group, and every group says what it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Literal

from benchmarks.experiment import published
from benchmarks.experiment.names import in_order
from benchmarks.report.grid import (
    DataColumn,
    Grid,
    comparable_times,
    display_name,
    label,
    machine_name,
    synthetic_warning,
)
from benchmarks.results import characteristics
from benchmarks.results.characteristics import Characteristics
from benchmarks.results.facts import in_words
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

Source = Literal["real", "synthetic"]
_PROTOCOLS = ("study", "tuned", "quick")  # the order in which they are shown
_LIBRARIES = ("python", "tensorflow", "jax", "keras", "numpy")


@dataclass(frozen=True)
class Origin:
    """Where and when a cell was measured."""

    machines: tuple[str, ...]
    """One per seed."""
    versions: str
    days: tuple[str, ...]
    """The days of its seeds, as far as known."""
    run: str
    """The run's file, with the folders that it was named with."""


@dataclass(frozen=True)
class Group:
    """Comparable cells by (architecture, data set)."""

    protocol: str
    source: Source
    precision: str
    """With the backend, where it is not TensorFlow: `CellResult.arithmetic`."""
    cells: Mapping[tuple[str, str], CellResult]
    origins: Mapping[tuple[str, str], Origin]
    notes: Sequence[str] = ()
    measured: Mapping[str, Characteristics] = field(default_factory=dict)
    """What is known of the images of such a source, by data set."""

    @property
    def notes_on_data(self) -> list[str]:
        """What a reader must know about the images first."""
        if self.source == "synthetic":
            return [synthetic_warning(list(self.cells.values()))]
        copies = [self.title(d) for d in self.datasets if any(self._copy(c) for c in self.of(d))]
        if not copies:
            return []
        return [f"Not the official files, but accepted copies of them: {', '.join(copies)}."]

    @property
    def label(self) -> str:
        """`study, real data`; belongs to every heading."""
        return f"{self.protocol}, {self.source} data" + (
            "" if self.precision == "float32" else f", {self.precision}"
        )

    @cached_property
    def architectures(self) -> list[str]:
        """Those that ran: the study's first, in its order."""
        return in_order((a for a, _ in self.cells), published.ARCHITECTURES)

    @cached_property
    def datasets(self) -> list[str]:
        """Those that ran, in the study's order."""
        return in_order((d for _, d in self.cells), published.DATASETS)

    @property
    def contested(self) -> list[str]:
        """Data sets that at least two architectures ran on: with only one, none is best or behind."""
        return [d for d in self.datasets if len(self.of(d)) > 1]

    def of(self, dataset: str) -> list[CellResult]:
        """All cells on one data set."""
        return [self.cells[a, dataset] for a in self.architectures if (a, dataset) in self.cells]

    def name(self, dataset: str) -> str:
        """Name a data set in a sentence: `CIFAR-10`, `MNIST (synthetic)`; `notes_on_data` says which files are copies."""
        return label(display_name(dataset), self.source)

    def title(self, dataset: str) -> str:
        """Name a data set with what must be known of its images: `CIFAR-10 (JPEG copies)`, `MNIST (synthetic)`."""
        kinds = in_order((note for cell in self.of(dataset) if (note := self._copy(cell))), ())
        return f"{self.name(dataset)} ({'; '.join(kinds)})" if kinds else self.name(dataset)

    def channels(self, dataset: str) -> int | None:
        """1 for grey images, 3 for colour; None if nothing is known of the data set."""
        known = self.measured.get(dataset)
        if known is not None:
            return known.channels
        grey = published.PARAMETERS.get(("lenet", dataset))
        return None if grey is None else 1 if grey == published.PARAMETERS["lenet", "mnist"] else 3

    def block(self, least: int = 2) -> tuple[list[str], list[str]]:
        """Return the largest block: two or more architectures and data sets of which every pair ran.

        Args:
            least: A block with fewer data sets is returned only if no other has as many, even if it has more pairs; ranks take two.
        """
        ran = {a: frozenset(d for d in self.datasets if (a, d) in self.cells) for a in self.architectures}
        shared = list(
            dict.fromkeys(ran[one] & ran[other] for one, other in combinations(self.architectures, 2))
        )
        for found in shared:  # the list grows by what more than two share
            shared += [fewer for own in ran.values() if (fewer := found & own) not in shared]
        blocks = {found: [a for a in self.architectures if found <= ran[a]] for found in shared}
        if not any(blocks):
            return [], []
        datasets = max(blocks, key=lambda d: (len(d) >= least, len(d) * len(blocks[d]), len(d)))
        return blocks[datasets], [d for d in self.datasets if d in datasets]

    def comparable_seconds(self, cell: CellResult) -> float | None:
        """Median training seconds per seed; None if unknown, or not to be compared with others' on the data set."""
        return None if self.grid.time_tags(cell) else self.grid.usual_seconds(cell)

    @cached_property
    def times(self) -> dict[str, tuple[float, ...]]:
        """Seconds of the seeds that compare, by the cell's id: see `comparable_times`. A part of a group has a usual machine of its own."""
        return comparable_times((cell, self.origins[key].machines) for key, cell in self.cells.items())

    @cached_property
    def grid(self) -> Grid:
        """Its cells as tables show them."""
        cells = tuple(cell for d in self.datasets for cell in self.of(d))
        columns = (DataColumn(d, self.source, self.title(d), tuple(self.of(d))) for d in self.datasets)
        return Grid(cells, tuple(self.architectures), tuple(columns), self.times)

    def _copy(self, cell: CellResult) -> str:
        if not cell.accepted_copies:
            return ""
        known = self.measured.get(cell.dataset)
        note = known.note if known is not None and cell.data_fingerprint in known.fingerprints else ""
        return note or "copy"


def group(
    runs: Iterable[Run], measured: Mapping[tuple[str, str], Characteristics] | None = None
) -> list[Group]:
    """Sort the cells of all runs into groups, real data first.

    Where several runs hold a cell, the newest counts, and a note says so. `measured` is by default what
    the project keeps in `characteristics.json`.
    """
    kept = characteristics.load() if measured is None else measured
    found: dict[tuple[str, Source, str], dict[tuple[str, str], list[tuple[Run, CellResult]]]] = {}
    for run in runs:
        for cell in run.cells.values():
            cells = found.setdefault((cell.training, cell.data_source, cell.arithmetic), {})
            cells.setdefault((cell.architecture, cell.dataset), []).append((run, cell))
    groups = []
    for (protocol, source, precision), cells in found.items():
        newest = {key: max(versions, key=_age) for key, versions in cells.items()}
        origins = {key: _origin(run, cell) for key, (run, cell) in newest.items()}
        several = max(map(len, cells.values()))
        notes = [f"Where several runs (up to {several}) hold a cell, the newest counts."]
        groups.append(
            Group(
                protocol,
                source,
                precision,
                {key: cell for key, (_, cell) in newest.items()},
                origins,
                notes if several > 1 else (),
                {dataset: known for (dataset, of), known in kept.items() if of == source},
            )
        )
    order = {name: i for i, name in enumerate(_PROTOCOLS)}
    return sorted(
        groups,
        key=lambda g: (g.source != "real", order.get(g.protocol, len(order)), g.protocol, g.precision),
    )


def _age(entry: tuple[Run, CellResult]) -> tuple[str, str]:
    run, cell = entry
    return run.date_of(cell), run.datetime


def _origin(run: Run, cell: CellResult) -> Origin:
    versions = run.versions_of(cell)
    libraries = [f"{name} {in_words(versions[name])}" for name in _LIBRARIES if name in versions]
    moments = cell.measured_at or (run.datetime,)
    return Origin(
        tuple(map(machine_name, run.machines_of(cell))),
        ", ".join(libraries) or "versions unknown",
        tuple(moment[:10] for moment in moments if moment),
        run.name,
    )

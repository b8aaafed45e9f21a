"""Cells that may be compared: of one protocol, data source and precision, wherever they were saved.

Real images and stand-ins are never in one group, and every group says what it is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from benchmarks.comparison.significance import mean
from benchmarks.experiment import published
from benchmarks.results import characteristics
from benchmarks.results.characteristics import Characteristics
from benchmarks.results.run import Cell, Run

_PROTOCOLS = ("study", "tuned", "quick")  # the order in which they are shown
_LIBRARIES = ("python", "tensorflow", "keras", "numpy")

TIMED = "* timed with other cells beside it, ** on another machine than most cells of its data set: not comparable."
"""What `Group.mark` means."""


@dataclass(frozen=True)
class Origin:
    """Where and when a cell was measured."""

    machine: str
    versions: str
    date: str


@dataclass(frozen=True)
class Group:
    """Comparable cells by (architecture, data set); `measured` is what is known of the data sets' images."""

    protocol: str
    source: str
    precision: str
    cells: Mapping[tuple[str, str], Cell]
    origins: Mapping[tuple[str, str], Origin]
    notes: Sequence[str] = ()
    measured: Mapping[tuple[str, str], Characteristics] = field(default_factory=dict)

    @property
    def notes_on_data(self) -> list[str]:
        """What must be known of the images before a figure is read."""
        if self.source == "synthetic":
            return ["Generated stand-ins: nothing is claimed for the real data sets of these names."]
        copies = [self.title(d) for d in self.datasets if any(self._copy(c) for c in self.of(d))]
        if not copies:
            return []
        return [
            f"Not the official files, but copies of them that were accepted as such: {', '.join(copies)}."
        ]

    @property
    def label(self) -> str:
        """`study, real data`; belongs to every heading."""
        data = "real data" if self.source == "real" else "synthetic stand-ins"
        return f"{self.protocol}, {data}" + ("" if self.precision == "float32" else f", {self.precision}")

    @cached_property
    def architectures(self) -> list[str]:
        """Those that ran: the study's first, in its order."""
        return in_order((a for a, _ in self.cells), published.ARCHITECTURES)

    @cached_property
    def datasets(self) -> list[str]:
        """Those that were run on, in the study's order."""
        return in_order((d for _, d in self.cells), published.DATASETS)

    @property
    def contested(self) -> list[str]:
        """Data sets that two architectures or more ran on: alone on one, nobody is best or behind."""
        return [d for d in self.datasets if len(self.of(d)) > 1]

    def of(self, dataset: str) -> list[Cell]:
        """All cells on one data set."""
        return [self.cells[a, dataset] for a in self.architectures if (a, dataset) in self.cells]

    def title(self, dataset: str) -> str:
        """Name a data set with what must be known of its images: `cifar10 (JPEG copies)`, `mnist (synthetic)`."""
        if self.source == "synthetic":
            return f"{dataset} (synthetic)"
        kinds = in_order((kind for cell in self.of(dataset) if (kind := self._copy(cell))), ())
        return f"{dataset} ({'; '.join(kinds)})" if kinds else dataset

    def channels(self, dataset: str) -> int | None:
        """1 for grey images, 3 for colour; None if nothing is known of the data set."""
        known = self.measured.get((dataset, self.source))
        if known is not None:
            return known.channels
        grey = published.PARAMETERS.get(("lenet", dataset))
        return None if grey is None else 1 if grey == published.PARAMETERS["lenet", "mnist"] else 3

    def block(self) -> tuple[list[str], list[str]]:
        """Architectures and data sets of which every pair ran.

        The architectures that ran on every data set; if these are fewer than two, the data sets on which
        every architecture ran.
        """
        whole = [a for a in self.architectures if all((a, d) in self.cells for d in self.datasets)]
        if len(whole) > 1:
            return whole, self.datasets
        shared = [d for d in self.datasets if all((a, d) in self.cells for a in self.architectures)]
        return (self.architectures, shared) if shared else ([], [])

    def seconds(self, cell: Cell) -> float | None:
        """Mean training seconds of a seed; None if unknown, or not to be compared with others' on the data set."""
        return None if self.mark(cell) or not cell.seed_seconds else mean(cell.seed_seconds)

    def mark(self, cell: Cell) -> str:
        """Stars for a time that does not compare with others, see `TIMED`."""
        if cell.parallel:
            return "*"
        return "**" if cell.id in self._elsewhere else ""

    @cached_property
    def _elsewhere(self) -> set[str]:
        cells = (cell for d in self.datasets for cell in self.of(d))
        return elsewhere((cell, self.origins[cell.architecture, cell.dataset].machine) for cell in cells)

    def provenance(self) -> list[str]:
        """Say how many cells of how many seeds, when, on what machine, with which libraries; a line each."""
        alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for key, origin in self.origins.items():
            alike.setdefault((origin.machine, origin.versions), []).append(key)
        lines = []
        for (machine, versions), keys in alike.items():
            dates = [self.origins[key].date for key in keys]
            seeds = [len(self.cells[key].seeds) for key in keys]
            when, n = (" to ".join(dict.fromkeys([min(v), max(v)])) for v in (dates, [*map(str, seeds)]))
            cells = "1 cell" if len(keys) == 1 else f"{len(keys)} cells"
            lines.append(f"{cells}, n = {n}, {when}: {machine}; {versions}.")
        return lines

    def _copy(self, cell: Cell) -> str:
        if cell.data_verified is not False:
            return ""
        known = self.measured.get((cell.dataset, self.source))
        note = known.note if known is not None and cell.data_fingerprint in known.fingerprints else ""
        return note or "copy"


def group(
    runs: Iterable[Run], measured: Mapping[tuple[str, str], Characteristics] | None = None
) -> list[Group]:
    """Sort the cells of all runs into groups, real data first.

    Of a cell that stands in several runs the newest counts, and a note says so. `measured` is by default what
    the project keeps in `characteristics.json`.
    """
    kept = characteristics.load() if measured is None else measured
    found: dict[tuple[str, str, str], dict[tuple[str, str], list[tuple[Run, Cell]]]] = {}
    for run in runs:
        for cell in run.cells.values():
            cells = found.setdefault((cell.protocol, cell.data_source, cell.precision), {})
            cells.setdefault((cell.architecture, cell.dataset), []).append((run, cell))
    groups = []
    for (protocol, source, precision), cells in found.items():
        newest = {key: max(versions, key=_age) for key, versions in cells.items()}
        several = max(map(len, cells.values()))
        notes = [f"Of cells that stand in several runs (up to {several}) the newest counts."]
        groups.append(
            Group(
                protocol,
                source,
                precision,
                {key: cell for key, (_, cell) in newest.items()},
                {key: _origin(run, cell) for key, (run, cell) in newest.items()},
                notes if several > 1 else (),
                kept,
            )
        )
    order = {name: i for i, name in enumerate(_PROTOCOLS)}
    return sorted(
        groups,
        key=lambda g: (g.source != "real", order.get(g.protocol, len(order)), g.protocol, g.precision),
    )


def elsewhere(machines: Iterable[tuple[Cell, str]]) -> set[str]:
    """Ids of cells that were not timed on the machine of most cells of their data set; if level, of the first."""
    known = list(machines)
    usual: dict[str, str] = {}
    for dataset in {cell.dataset for cell, _ in known}:
        ((usual[dataset], _),) = Counter(m for cell, m in known if cell.dataset == dataset).most_common(1)
    return {cell.id for cell, machine in known if machine != usual[cell.dataset]}


def machine_name(facts: Mapping[str, str]) -> str:
    """Processor, cores and device: `AMD EPYC (family 25, model 17), 2 cores, no GPU`."""
    brand = facts.get("cpu.brand_raw") or facts.get("brand_raw") or "unknown processor"
    kind = ", ".join(f"{key} {facts[f'cpu.{key}']}" for key in ("family", "model") if f"cpu.{key}" in facts)
    cores = facts.get("usable_cores") or facts.get("cores") or facts.get("cpu.count")
    device = facts.get("device", "CPU")
    parts = [
        f"{brand} ({kind})" if kind else brand,
        *([f"{cores} cores"] if cores else []),
        *([device] if device != "CPU" else ["no GPU"] if "device" in facts else []),
    ]
    return ", ".join(parts)


def accuracy(cell: Cell) -> float:
    """Mean over seeds; one that left no model counts as guessing."""
    return mean(list(cell.values.values()))


def in_order(names: Iterable[str], first: Sequence[str]) -> list[str]:
    """Give each name once: those of `first` in its order, then the others by name."""
    rank = {name: i for i, name in enumerate(first)}
    return sorted(set(names), key=lambda name: (rank.get(name, len(rank)), name))


def _age(found: tuple[Run, Cell]) -> tuple[str, str]:
    run, cell = found
    return run.date_of(cell), run.datetime


def _origin(run: Run, cell: Cell) -> Origin:
    versions = run.versions_of(cell)
    libraries = [f"{name} {versions[name]}" for name in _LIBRARIES if name in versions]
    return Origin(
        machine_name(run.machine_of(cell)),
        ", ".join(libraries) or "versions unknown",
        run.date_of(cell)[:10] or "undated",
    )

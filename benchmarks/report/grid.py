"""Cells as tables and figures show them: architectures down, data sets across, and what is computed of one cell."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import median
from typing import Literal

import datasets
from benchmarks.comparison.significance import accuracy_interval, mean, rate_interval
from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.names import in_order
from benchmarks.report.format import join_words
from benchmarks.report.table import Tag
from benchmarks.results.facts import in_words
from benchmarks.results.schema import CellResult

Kind = Literal["real", "copies", "synthetic"]
"""Official images, accepted copies of them, or generated ones."""

_TIME_LEGEND = (
    "Times marked * (other cells ran at the same time) or ** (no seed ran on the usual machine) are not comparable. The usual machine "
    "trained the most cells of a data set; its seeds alone are timed, if there are any. Other load is unknown."
)
_FROZEN = "*** frozen: its epochs without gradients ran forward only; not comparable."

FAR = 3.0
"""A cell is far below the others if it is this many times as far behind the best as the median cell."""
NEAR = 0.005
"""The median cell counts as at least this far behind the best, where half of the cells or more share its accuracy."""


@dataclass(frozen=True)
class DataColumn:
    """Cells on one data set, as one column of a table; images of different kinds never share one."""

    dataset: str
    kind: Kind
    name: str
    """For display; synthetic images are always marked. Copies are, unless what the column is for names them elsewhere."""
    cells: tuple[CellResult, ...]
    tags: tuple[Tag, ...] = ()
    """Tags about the images in its heading, where its title does not tell."""

    @property
    def title(self) -> str:
        """Its heading; with the tags it says as much as the name."""
        return self.dataset if self.tags else self.name

    @property
    def key(self) -> str:
        """Its part of a figure's id."""
        return f"{self.dataset}-{self.kind}"


@dataclass(frozen=True)
class Grid:
    """Cells as a report shows them: architectures down, data sets across.

    Attributes:
        cells: All of them, in the order in which they are listed.
        architectures: The rows.
        columns: The data sets.
        times: Comparable seconds by the cell's id, from `comparable_times`; a cell without an entry counts all its seeds.

    """

    cells: tuple[CellResult, ...]
    architectures: tuple[str, ...]
    columns: tuple[DataColumn, ...]
    times: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Sequence[CellResult], times: Mapping[str, tuple[float, ...]] | None = None) -> "Grid":
        """Cells of any sources, in their order; a column for each data set and kind of its images."""
        columns: dict[tuple[str, Kind], list[CellResult]] = {}
        for cell in cells:
            columns.setdefault((cell.dataset, kind(cell)), []).append(cell)
        return cls(
            tuple(cells),
            tuple(dict.fromkeys(cell.architecture for cell in cells)),
            tuple(
                DataColumn(dataset, which, label(dataset, which), tuple(found), origin(which))
                for (dataset, which), found in columns.items()
            ),
            times or {},
        )

    @classmethod
    def of_any_images(cls, cells: Sequence[CellResult]) -> "Grid":
        """Cells for a table of what does not depend on the images: a column for each data set, whatever its kind."""
        columns: dict[str, list[CellResult]] = {}
        for cell in cells:
            columns.setdefault(cell.dataset, []).append(cell)
        return cls(
            tuple(cells),
            tuple(dict.fromkeys(cell.architecture for cell in cells)),
            tuple(
                DataColumn(name, "real", display_name(name), tuple(found)) for name, found in columns.items()
            ),
        )

    def timed(self, cell: CellResult) -> tuple[float, ...]:
        """Training seconds of the seeds that compare; of all, where none does."""
        return self.times.get(cell.id) or cell.seed_seconds

    def usual_seconds(self, cell: CellResult) -> float | None:
        """Training alone, median over those seeds, as something else may slow one down; None if unknown."""
        return median(found) if (found := self.timed(cell)) else None

    def epoch_seconds(self, cell: CellResult) -> float | None:
        """Training alone, per epoch; None if unknown."""
        took = self.usual_seconds(cell)
        return took / cell.epochs if took is not None and cell.epochs else None

    def time_tags(self, cell: CellResult) -> tuple[Tag, ...]:
        """Return why a cell's times do not compare with others'; empty if they do."""
        reasons = ["parallel"] if cell.parallel else []
        reasons += ["other machine"] if self.times.get(cell.id) == () else []
        reasons += ["frozen"] if cell.frozen_seeds else []
        sign = "***" if cell.frozen_seeds else "*" if cell.parallel else "**"
        return (Tag(", ".join(reasons), "warn", sign),) if reasons else ()

    def time_notes(self) -> list[str]:
        """Say what the signs of `time_tags` mean; of frozen networks only where there are any."""
        return [_TIME_LEGEND, *([_FROZEN] if any(cell.frozen_seeds for cell in self.cells) else [])]


def comparable_times(cells: Iterable[tuple[CellResult, Sequence[str]]]) -> dict[str, tuple[float, ...]]:
    """Return each cell's seconds of those seeds that ran on the data set's usual machine, by the cell's id.

    The usual machine is the one on which the most cells of the data set have seeds; if several are level, the first.

    Args:
        cells: Each with the machine of each of its seeds.

    """
    known = [(cell, machines) for cell, machines in cells if cell.seed_seconds]
    usual = {}
    for dataset in {cell.dataset for cell, _ in known}:
        seen = Counter(
            m for cell, machines in known if cell.dataset == dataset for m in dict.fromkeys(machines)
        )
        ((usual[dataset], _),) = seen.most_common(1)
    return {
        cell.id: tuple(
            s for s, m in zip(cell.seed_seconds, machines, strict=True) if m == usual[cell.dataset]
        )
        for cell, machines in known
    }


def machine_name(facts: Mapping[str, str]) -> str:
    """Processor, cores and device: `AMD EPYC (family 25, model 17), 2 cores, no GPU`."""
    brand = facts.get("cpu.brand_raw") or facts.get("brand_raw") or "unknown processor"
    kind = ", ".join(f"{key} {facts[f'cpu.{key}']}" for key in ("family", "model") if f"cpu.{key}" in facts)
    cores = facts.get("usable_cores") or facts.get("cores") or facts.get("cpu.count")
    device = facts.get("device", "CPU")
    parts = [
        f"{brand} ({kind})" if kind else brand,
        *([f"{cores} {'core' if cores == '1' else 'cores'}"] if cores else []),
        *([device] if device != "CPU" else ["no GPU"] if "device" in facts else []),
    ]
    return in_words(", ".join(parts))


def deaths(cell: CellResult) -> str:
    """Write how many seeds diverged, with the 95% interval of the rate: `2 of 3; rate 0.09 to 0.99`."""
    low, high = rate_interval(cell.diverged_seeds, len(cell.seeds))
    return f"{cell.diverged_seeds} of {len(cell.seeds)}; rate {low:.2f} to {high:.2f}"


def accuracy(cell: CellResult) -> float:
    """Mean over seeds, 0..1; one that left no model counts as guessing."""
    return mean(list(cell.values.values()))


def interval(cell: CellResult) -> tuple[float, float]:
    """95% of the mean over seeds, which may end beyond 0 or 1; of a single seed, Wilson's over the test images."""
    return accuracy_interval(list(cell.values.values()), cell.test_images)


def shown_interval(cell: CellResult) -> tuple[float, float]:
    """The interval without what lies beyond 0 and 1."""
    low, high = interval(cell)
    return max(low, 0.0), min(high, 1.0)


def half_width(cell: CellResult) -> float:
    """Half of the interval's width; at most 0.5, as where dead seeds leave the mean unknown."""
    low, high = interval(cell)
    return min((high - low) / 2, 0.5)


def far_below(cells: Sequence[CellResult]) -> list[CellResult]:
    """Return the cells that are far below the others, as dead ones are: they are left off the scale of all."""
    alive = [cell for cell in cells if not cell.never_lived]
    if not alive:
        return []
    best = max(map(accuracy, alive))
    lowest = best - FAR * max(best - median(map(accuracy, alive)), NEAR)
    return [cell for cell in cells if cell not in alive or accuracy(cell) < lowest]


def median_seconds(cell: CellResult) -> float | None:
    """Training alone, median over all seeds, wherever they ran; None if unknown."""
    return median(cell.seed_seconds) if cell.seed_seconds else None


def kind(cell: CellResult) -> Kind:
    """What its images are."""
    if cell.data_source == "synthetic":
        return "synthetic"
    return "copies" if cell.accepted_copies else "real"


@cache
def display_name(dataset: str) -> str:
    """What people call a data set: `CIFAR-10`; one that the suite does not know keeps its name."""
    try:
        return datasets.spec(dataset).title
    except datasets.UnknownDataset:
        return dataset


def synthetic_warning(cells: Sequence[CellResult]) -> str:
    """Say which data sets' images are generated, wherever results are shown; empty where all are real."""
    made = in_order((cell.dataset for cell in cells if cell.data_source == "synthetic"), published.DATASETS)
    if not made:
        return ""
    both = any(cell.dataset in made for cell in cells if cell.data_source != "synthetic")
    return (
        f"Synthetic data: {'where marked “synthetic”, ' if both else ''}the images of "
        f"{join_words([display_name(name) for name in made])} are generated and say nothing about the real ones."
    )


def has_files(dataset: str) -> bool:
    """Whether there are real images of a data set that the suite knows."""
    try:
        return bool(datasets.spec(dataset).layouts)
    except datasets.UnknownDataset:
        return False


def data_name(cell: CellResult | Cell) -> str:
    """Name a cell's data set: `CIFAR-10`; synthetic images are named as such."""
    return label(display_name(cell.dataset), cell.data_source if isinstance(cell, CellResult) else "real")


def cell_name(cell: CellResult | Cell | str) -> str:
    """Write `lenet on CIFAR-10`, also for a cell's id; synthetic images are named as such."""
    if isinstance(cell, str):
        cell = Cell.parse(cell)
    return f"{cell.architecture} on {data_name(cell)}"


def label(name: str, which: Kind) -> str:
    """Label a data set, or what was measured on it; synthetic images and copies are always marked."""
    return name if which == "real" else f"{name} ({which})"


def origin(which: Kind) -> tuple[Tag, ...]:
    """Return tags for where images come from."""
    return (
        {"synthetic": Tag("synthetic"), "copies": Tag("accepted copies", "warn"), "real": Tag("real")}[which],
    )

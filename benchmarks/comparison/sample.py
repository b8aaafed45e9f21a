"""A cell's seeds and accuracies, as all tests and the gate take them."""

from dataclasses import dataclass

from benchmarks.comparison import significance
from benchmarks.results.schema import CellResult


@dataclass(frozen=True, eq=False)
class Sample:
    """A cell's accuracies, shares 0..1, in ascending order of the seeds, so that equal seeds have equal positions.

    `CellResult.values` says which seeds died, and what they count as.
    """

    cell: CellResult
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    alive: tuple[bool, ...]
    first_epochs: tuple[float | None, ...]
    """Accuracies after the first epoch; None: not kept."""

    @classmethod
    def of(cls, cell: CellResult) -> "Sample":
        """Take a cell's accuracies."""
        alive = [not died for died in cell.died]
        kept = [next(iter(history.val_accuracy), None) for history in cell.history]
        first_epochs = kept or [None] * len(cell.seeds)
        known = zip(cell.seeds, cell.values.values(), alive, first_epochs, strict=True)
        return cls(cell, *zip(*sorted(known), strict=True))

    def plus(self, other: "Sample") -> "Sample":
        """Join further seeds of the same cell."""
        known = [
            row
            for side in (self, other)
            for row in zip(side.seeds, side.values, side.alive, side.first_epochs, strict=True)
        ]
        return Sample(self.cell, *zip(*sorted(known), strict=True))

    def first(self, n: int) -> "Sample":
        """Return the first n seeds."""
        return Sample(self.cell, self.seeds[:n], self.values[:n], self.alive[:n], self.first_epochs[:n])

    def __len__(self) -> int:
        return len(self.values)

    @property
    def living(self) -> tuple[float, ...]:
        """Accuracies of the seeds that did not diverge."""
        return tuple(value for value, lived in zip(self.values, self.alive, strict=True) if lived)

    @property
    def mean(self) -> float:
        """Mean accuracy of all seeds, 0..1."""
        return significance.mean(self.values)

    @property
    def draw_variance(self) -> float:
        """Variance of one accuracy by the draw of test images alone."""
        return significance.binomial_variance(self.mean, self.cell.test_images)

"""What a cell is held to: the floor and the death rate that its pinned seeds give."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.experiment.floors import deaths_allowed, floor_of, least_floor
from benchmarks.paths import BASELINES
from benchmarks.results.baselines import PinnedGroup, pinned_file
from benchmarks.results.run import load_run


@dataclass(frozen=True)
class Standard:
    """What the trainings of a cell are held to."""

    floor: float | None
    """Lowest accepted top-1 accuracy on the test images (0..1) of every living seed; None: no floor can be asserted."""
    died: int = 0
    """How many of the pinned seeds died."""
    pinned: int = 0
    """How many seeds are pinned."""

    def deaths_allowed(self, seeds: int) -> int:
        """Return how many of this many new seeds may die, by the death rate of the pinned ones."""
        return deaths_allowed(self.died, self.pinned, seeds)


def standard(group: PinnedGroup, cell: str, classes: int, folder: Path = BASELINES) -> Standard:
    """Return what a cell is held to: by the pinned file of its own group, or else by that of TensorFlow in float32.

    A cell that is pinned in neither has the lowest floor that its number of classes allows. A cell with a pinned living seed below that
    floor has none.

    Args:
        group: With what it trains.
        cell: Its id, such as `lenet-mnist`.
        classes: Of its data set.
        folder: Where the pinned files are.

    Raises:
        RunRefused: A pinned file cannot be read.
    """
    for path in standard_files(group, folder):
        old = load_run(path).cells.get(cell)
        if old is not None:
            # Files pinned by early versions have no floors.
            floor = floor_of(old.living_accuracies, classes) if old.floor is None else old.floor
            return Standard(floor, old.diverged_seeds, len(old.seeds))
    return Standard(least_floor(classes))


def standard_files(group: PinnedGroup, folder: Path = BASELINES) -> list[Path]:
    """Return the pinned files that may say what a group's cells are held to, its own first."""
    reference = group._replace(precision="float32", backend="tensorflow")
    paths = dict.fromkeys(pinned_file(each, folder) for each in (group, reference))
    return [path for path in paths if path.is_file()]

"""A run as pandas data frames, for notebooks: one row per training, or per epoch. pandas is an optional extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.metrics.measures import FURTHER
from benchmarks.results.schema import CellResult

if TYPE_CHECKING:
    import pandas as pd

_OF_CELL = (
    "protocol", "explored", "precision", "backend", "device", "data_source", "data_verified", "epochs", "train_images",
    "test_images", "params_total", "params_trainable", "flops_per_image", "floor", "study_accuracy", "verdict",
    "peak_memory_mib", "parallel", "fingerprint",
)  # fmt: skip
"""Fields of a cell that each of its rows repeats."""
_OF_SEED = {
    "accuracy": "accuracies", "loss": "losses", "seconds": "seed_seconds", "diverged": "diverged",
    "divergence": "divergence", "measured_at": "measured_at",
}  # fmt: skip
"""Columns with one value per seed, and the cell's fields."""
_OF_EPOCH = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")


def trainings(cells: Iterable[CellResult]) -> pd.DataFrame:
    """Return one row per cell and seed.

    Returns:
        Indexed by `architecture`, `dataset` and `seed`. `accuracy` (share of the test images, 0..1), `loss` (nats) and `seconds`
        (of training alone) are of the seed, as are `diverged`, `divergence`, `measured_at` and the further measures by their
        keys (`ece`, `brier` ...); `explored` says what `--set` changed; the other columns are the cell's. Unknown is missing.

    Raises:
        ImportError: pandas is not installed.
    """
    index = ["architecture", "dataset", "seed"]
    columns = [*index, *(measure.key for measure in FURTHER), *_OF_SEED, *_OF_CELL]
    rows = [
        {"architecture": cell.architecture, "dataset": cell.dataset, "seed": seed}
        | {measure.key: _at(cell.of(measure), i) for measure in FURTHER}
        | {column: _at(getattr(cell, name), i) for column, name in _OF_SEED.items()}
        | {name: getattr(cell, name) for name in _OF_CELL}
        for cell in cells
        for i, seed in enumerate(cell.seeds)
    ]
    return _pandas().DataFrame(rows, columns=columns).set_index(index)


def histories(cells: Iterable[CellResult]) -> pd.DataFrame:
    """Return one row per cell, seed and epoch.

    Returns:
        Indexed by `architecture`, `dataset`, `seed` and `epoch` (from 1). `loss` and `accuracy` are of the training images as the network
        saw them, `val_loss` and `val_accuracy` of the test images; `seconds` are of the epoch's training. Unknown is missing.

    Raises:
        ImportError: pandas is not installed.
    """
    index = ["architecture", "dataset", "seed", "epoch"]
    rows = [row for cell in cells for row in _epochs(cell)]
    return _pandas().DataFrame(rows, columns=[*index, *_OF_EPOCH]).set_index(index)


def _epochs(cell: CellResult) -> Iterator[dict[str, Any]]:
    for seed, history in zip(cell.seeds, cell.history, strict=False):  # early versions kept no history
        for i in range(len(history.seconds)):
            at = {"architecture": cell.architecture, "dataset": cell.dataset, "seed": seed, "epoch": i + 1}
            yield at | {name: _at(getattr(history, name), i) for name in _OF_EPOCH}


def _at(values: tuple[Any, ...], i: int) -> Any:
    # A pinned cell may keep one date for all of its seeds.
    if len(values) == 1:
        return values[0]
    return values[i] if values else None


def _pandas() -> Any:
    try:
        import pandas
    except ModuleNotFoundError:
        raise ImportError("data frames need pandas: pip install -e '.[pandas]'") from None
    return pandas

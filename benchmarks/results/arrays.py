"""A saved cell as arrays, for notebooks and tests: seeds are the first axis."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.results.cell_fields import CellFields

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CellArrays:
    """What each training of a cell came to. S seeds, E epochs, N test images, K classes; NaN: unknown, or not finite."""

    seeds: NDArray[np.int64]
    """(S,), int64."""
    accuracies: Floats
    """(S,): share of the test images, 0..1, after the last epoch."""
    losses: Floats
    """(S,): mean cross-entropy on the test images, nats."""
    seconds: Floats
    """(S,): of training alone, in seconds."""
    histories: Mapping[str, Floats]
    """`loss`, `accuracy`, `val_loss`, `val_accuracy` and `seconds`, (S, E) each; a shorter history ends in NaN."""
    confusion: NDArray[np.int64] | None
    """(S, K, K): test images by true class and answer; None if the run kept none, as pinned baselines do not."""
    right: NDArray[np.bool_] | None
    """(S, N): which test images were right; None if the run kept none, as pinned baselines of several seeds do not."""

    @classmethod
    def of(cls, cell: CellFields) -> CellArrays:
        """Convert a cell."""
        seeds = len(cell.seeds)
        epochs = max((len(history.seconds) for history in cell.history), default=0)
        histories = {}
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"):
            histories[name] = np.full((seeds, epochs), np.nan)
            for row, history in zip(histories[name], cell.history, strict=False):
                values = _floats(getattr(history, name))
                row[: len(values)] = values
        return cls(
            seeds=np.array(cell.seeds, np.int64),
            accuracies=_floats(cell.accuracies),
            losses=_floats(cell.losses or (None,) * seeds),
            seconds=_floats(cell.seed_seconds or (None,) * seeds),
            histories=histories,
            confusion=np.array(cell.confusion, np.int64) if cell.confusion else None,
            right=np.stack([bits(cell, at) for at in range(seeds)]) if cell.correct else None,
        )


def bits(cell: CellFields, at: int = 0) -> NDArray[np.bool_]:
    """Return which test images the seed at this position got right, bool (N,)."""
    packed = np.frombuffer(base64.b64decode(cell.correct[at]), np.uint8)
    return np.unpackbits(packed, count=cell.test_images).astype(np.bool_)


def _floats(values: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)

"""The commands that train a saved cell again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.experiment.reproduce import reproduce
from benchmarks.metrics.measures import FURTHER
from benchmarks.results.schema import CellResult

if TYPE_CHECKING:
    from datasets import OwnImages


def train_again(
    cell: CellResult,
    *,
    accept_copies: bool = False,
    data_dir: Path | None = None,
    own_data: OwnImages | None = None,
) -> list[list[str]]:
    """Return one command per stretch of consecutive seeds, as lists of words, with all that the cell says of its training.

    Args:
        cell: The cell.
        accept_copies: Accept them although the cell's own files are official: those of its second test set may be none.
        data_dir: Where the real files are. A cell does not say it, as it names a folder of this machine.
        own_data: The user's own images that the cell is of, with their folder.
    """
    return reproduce(
        cell.cell,
        protocol=cell.protocol,
        data_source=cell.data_source,
        seeds=cell.seeds,
        precision=cell.precision,
        backend=cell.backend,
        accept_copies=accept_copies or cell.data_verified is False,
        changes=cell.set_fields,
        measures=[measure.name for measure in FURTHER if measure.on_demand and cell.of(measure)],
        data_dir=data_dir,
        own_data=own_data,
    )

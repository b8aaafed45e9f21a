"""The commands that train saved cells again, as lists of words; show them with `shlex.join`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.experiment import published
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
    """Return one command per stretch of consecutive seeds, with all that the cell says of its training.

    Args:
        cell: The cell.
        accept_copies: Add `--accept-copies` even if the cell's own files are official; those of its second test set may not be.
        data_dir: Where the real files are. A cell does not say it, as it names a folder of this machine.
        own_data: The user's own images that the cell is of; None: a placeholder takes the place of their folder.
    """
    # A test id exists only if the grid holds the cell, and the default grid is the study's.
    which = [] if cell.architecture in published.ARCHITECTURES else ["--arch", cell.architecture]
    if own_data:
        which += ["--own-data", f"{own_data.name}={own_data.path}"]
        which += ["--skip-bad-images"] if own_data.skip_bad else []
    elif own := _own_images([cell]):
        which += own
    elif cell.dataset not in published.DATASETS:
        which += ["--dataset", cell.dataset]
    which += ["--data-dir", str(data_dir)] if data_dir and cell.data_source == "real" else []
    words = _words([cell], [cell.cell.test_id], which, accept_copies=accept_copies)
    return [
        [*words, "--seed", str(first), "--seeds", str(last - first + 1)]
        for first, last in stretches(cell.seeds)
    ]


def train_together(
    cells: Sequence[CellResult],
    seeds: int,
    *,
    first: int | None = None,
    resume: bool = False,
    baseline: str = "",
) -> list[str]:
    """Return the command that trains cells, and saves or judges the run.

    Args:
        cells: The cells, `alike`. If not every architecture is wanted on every data set, the command names each.
        seeds: How many seeds per cell.
        first: The first seed; None: that of the first cell.
        resume: Whether finished seeds are reused where they are stored.
        baseline: Judge the run against this one instead of saving it; empty: save it.
    """
    architectures = list(dict.fromkeys(cell.architecture for cell in cells))
    datasets = list(dict.fromkeys(cell.dataset for cell in cells))
    named = list(dict.fromkeys(cell.cell.test_id for cell in cells))
    tests = ["benchmarks/"] if len(named) == len(architectures) * len(datasets) else named
    which = [*_own_images(cells), "--dataset", ",".join(datasets), "--arch", ",".join(architectures)]
    words = _words(cells, tests, which)
    first = min(cells[0].seeds) if first is None else first
    words += ["--seed", str(first)] if first else []
    words += ["--seeds", str(seeds)]
    words += ["--resume"] if resume else []
    return [*words, *(["--accuracy-compare", baseline] if baseline else ["--benchmark-autosave"])]


def alike(cells: Sequence[CellResult]) -> list[list[CellResult]]:
    """Divide cells into groups that one command can train, as they differ in architecture, data set and seeds alone."""
    groups: dict[tuple[object, ...], list[CellResult]] = {}
    for cell in cells:
        key = cell.protocol, cell.data_source, cell.precision, cell.backend, tuple(cell.set_fields.items())
        groups.setdefault(key, []).append(cell)
    return list(groups.values())


def _words(
    cells: Sequence[CellResult], tests: Sequence[str], which: Sequence[str], *, accept_copies: bool = False
) -> list[str]:
    """Return the words for all that decides the outcome of cells that are alike."""
    one = cells[0]
    words = ["pytest", *tests, "--protocol", one.protocol, "--data", one.data_source, *which]
    copies = (accept_copies and one.data_source == "real") or any(cell.accepted_copies for cell in cells)
    words += ["--accept-copies"] if copies else []
    words += ["--precision", one.precision] if one.precision != "float32" else []
    words += ["--backend", one.backend] if one.backend != "tensorflow" else []
    for field, value in one.set_fields.items():
        words += ["--set", f"{field}={value}"]
    for measure in FURTHER:
        if measure.on_demand and any(cell.of(measure) for cell in cells):
            words += ["--measure", measure.name]
    return words


def _own_images(cells: Sequence[CellResult]) -> list[str]:
    """Return the words for data sets of the user's own images; `DIR` takes the place of a folder, as reports are passed on."""
    own = dict.fromkeys(cell.dataset for cell in cells if cell.own_images)
    return [word for name in own for word in ("--own-data", f"{name}=DIR")]


def stretches(seeds: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each stretch of consecutive seeds."""
    ordered = sorted(seeds)
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b != a + 1), len(ordered)]
    return [(ordered[a], ordered[b - 1]) for a, b in pairwise(starts)]

"""Commands that train a cell or a grid again, from plain values; of a saved cell, `results.train_again` knows these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell

if TYPE_CHECKING:
    from datasets import OwnImages


def reproduce(
    cell: Cell,
    *,
    protocol: str,
    data_source: str,
    seeds: Sequence[int],
    precision: str = "float32",
    backend: str = "tensorflow",
    accept_copies: bool = False,
    changes: Mapping[str, str] | None = None,
    measures: Sequence[str] = (),
    data_dir: Path | None = None,
    own_data: OwnImages | None = None,
) -> list[list[str]]:
    """Return one command per stretch of consecutive seeds, as lists of words; show them with `shlex.join`.

    Args:
        cell: The cell to train.
        protocol: The protocol's name.
        data_source: `real` or `synthetic`.
        seeds: The seeds, in any order.
        precision: `float32` or `mixed_bfloat16`.
        backend: `tensorflow` or `jax`.
        accept_copies: Whether files with an unofficial checksum were accepted.
        changes: Recipe fields that `--set` changed, by name.
        measures: Names of the measures that were taken on demand.
        data_dir: Where the real files are. It names a folder of this machine, so leave it out of reports.
        own_data: The user's own images that the cell is of; their folder is one of this machine, too, so reports put a
            placeholder in its place.

    """
    words = ["pytest", cell.test_id, "--protocol", protocol, "--data", data_source]
    # A test id exists only if the grid holds the cell, and the default grid is the study's.
    if cell.architecture not in published.ARCHITECTURES:
        words += ["--arch", cell.architecture]
    if own_data is not None:
        words += _own_images([own_data])
    elif cell.dataset not in published.DATASETS:
        words += ["--dataset", cell.dataset]
    if data_source == "real":
        words += ["--data-dir", str(data_dir)] if data_dir else []
        words += ["--accept-copies"] if accept_copies else []
    if precision != "float32":
        words += ["--precision", precision]
    if backend != "tensorflow":
        words += ["--backend", backend]
    for field, value in (changes or {}).items():
        words += ["--set", f"{field}={value}"]
    for measure in measures:
        words += ["--measure", measure]
    return [[*words, *stretch] for stretch in _stretches(seeds)]


def train_grid(
    architectures: Sequence[str],
    datasets: Sequence[str],
    *,
    protocol: str,
    data_source: str,
    seeds: int,
    first: int,
    precision: str,
    backend: str,
    accept_copies: bool,
    resume: bool,
    changes: Mapping[str, str],
    only: Sequence[Cell],
    own_data: Sequence[OwnImages],
    baseline: str,
) -> list[str]:
    """Return the command that trains these architectures on these data sets and saves or judges the run, as a list of words.

    Args:
        architectures: Their names.
        datasets: Their names.
        protocol: The protocol's name.
        data_source: `real` or `synthetic`.
        seeds: How many seeds per cell.
        first: The first seed.
        precision: `float32` or `mixed_bfloat16`.
        backend: `tensorflow` or `jax`.
        accept_copies: Whether files with an unofficial checksum were accepted.
        resume: Whether finished seeds are reused where they are stored.
        changes: Recipe fields that `--set` changed, by name.
        only: Train these cells, where not every architecture is wanted on every data set; empty: all of them.
        own_data: The user's own images among the data sets.
        baseline: Judge the run against this one instead of saving it; empty: save it.

    """
    words = [
        "pytest",
        *([cell.test_id for cell in only] or ["benchmarks/"]),
        "--protocol",
        protocol,
        "--data",
        data_source,
    ]
    words += _own_images(own_data)
    words += ["--accept-copies"] if accept_copies and data_source == "real" else []
    words += ["--precision", precision] if precision != "float32" else []
    words += ["--backend", backend] if backend != "tensorflow" else []
    words += ["--dataset", ",".join(datasets), "--arch", ",".join(architectures)]
    for field, value in changes.items():
        words += ["--set", f"{field}={value}"]
    words += ["--seed", str(first)] if first else []
    words += ["--seeds", str(seeds)]
    words += ["--resume"] if resume else []
    return [*words, *(["--accuracy-compare", baseline] if baseline else ["--benchmark-autosave"])]


def _own_images(own_data: Sequence[OwnImages]) -> list[str]:
    words = [word for own in own_data for word in ("--own-data", f"{own.name}={own.path}")]
    return [*words, *(["--skip-bad-images"] if any(own.skip_bad for own in own_data) else [])]


def _stretches(seeds: Sequence[int]) -> list[list[str]]:
    """Return `--seed` and `--seeds` for each stretch of consecutive seeds."""
    ordered = sorted(seeds)
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b != a + 1), len(ordered)]
    return [["--seed", str(ordered[a]), "--seeds", str(b - a)] for a, b in pairwise(starts)]

"""Settings: what the command line asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.experiment import names, published
from benchmarks.experiment.backend import BACKENDS
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.experiment.recipe_changes import Change, refuse_contradictions

if TYPE_CHECKING:
    from benchmarks.experiment.recipe import Recipe
    from datasets import LoadedImages, Mode, OwnImages

MAX_SEEDS = 1000


@dataclass(frozen=True)
class Settings:
    """What to train, and on which data."""

    protocol: Protocol
    architectures: tuple[str, ...]
    datasets: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    data: Mode = "auto"
    data_dir: Path | None = None
    accept_copies: bool = False
    precision: str = "float32"
    changes: tuple[Change, ...] = ()
    """What `--set` changes of every recipe."""
    measures: tuple[str, ...] = ()
    """Names of the measures that cost extra time and were asked for."""
    own_data: tuple[OwnImages, ...] = ()
    """The user's own images, in addition to the data sets that have a file."""
    backend: str = "tensorflow"
    """What trains: `tensorflow` or `jax`."""

    @classmethod
    def parse(
        cls,
        *,
        protocol: str,
        architectures: str | None,
        datasets: str | None,
        first_seed: int,
        seeds: int,
        data: str,
        data_dir: Path | None,
        accept_copies: bool,
        precision: str,
        backend: str | None = None,
        changes: Sequence[str] = (),
        measures: Sequence[str] = (),
        own_data: Sequence[str] = (),
        skip_bad_images: bool = False,
    ) -> Settings:
        """Parse the values of the command-line options.

        Args:
            protocol: Name of a protocol.
            architectures: Names separated by commas; `all` means all, None those of the default grid.
            datasets: The same.
            first_seed: The first seed, 0 or more.
            seeds: Number of consecutive seeds, 1 to `MAX_SEEDS`.
            data: `real`, `synthetic` or `auto`.
            data_dir: Where to look first for real files; it must exist.
            accept_copies: Accept files whose checksum is not official.
            precision: `float32` or `mixed_bfloat16`.
            backend: `tensorflow` or `jax`; None: KERAS_BACKEND, which must not contradict it, or else TensorFlow.
            changes: `FIELD=VALUE` each, a recipe field and its value.
            measures: Names of measures that cost extra time; the caller knows which exist.
            own_data: `NAME=DIR` each: data sets of the user's own images, which are read here.
            skip_bad_images: Leave out those files among them that cannot be used, instead of refusing the data set.

        Raises:
            ValueError: A value does not fit: a name that does not exist (the message lists those that do), a number out of range, an
                architecture that was named and does not take the images; or `data_dir` is no folder.
        """
        check_data_dir(data_dir)
        found = cls(
            seeds=_seeds(first_seed, seeds),
            own_data=tuple(read_own_images(own_data, data, skip_bad=skip_bad_images)),
            protocol=PROTOCOLS[names.one("--protocol", protocol, tuple(PROTOCOLS))],
            architectures=_architectures(architectures),
            datasets=_datasets(datasets),
            data=cast("Mode", names.one("--data", data, ("real", "synthetic", "auto"))),
            data_dir=data_dir,
            accept_copies=accept_copies,
            precision=names.one("--precision", precision, ("float32", "mixed_bfloat16")),
            backend=choose_backend(backend),
            measures=tuple(dict.fromkeys(measures)),
            changes=_sorted_by_field([Change.parse(text, "--set") for text in changes]),
        )
        found._check_sizes(named=architectures is not None and not names.is_all(architectures))
        found._check_changes()
        return found

    def _check_sizes(self, *, named: bool) -> None:
        """Refuse before anything trains pairs that cannot be trained, where their architectures were named or no pair is left.

        Raises:
            ValueError: The message says which sizes they take.
        """
        if self._misfits and (named or not self.cells()):
            raise ValueError(
                f"--arch: {_sentence(self._misfits)}; choose other architectures, or other data sets with --dataset"
            )

    def _check_changes(self) -> None:
        """Refuse before anything trains what `--set` changes and does not fit any of the recipes.

        Raises:
            ValueError: A change names no field, or its value does not fit.
        """
        for cell in self.cells() if self.changes else ():
            self.recipe(cell)

    def recipe(self, cell: Cell) -> Recipe:
        """Return the recipe that a cell is trained with: the protocol's, with what `--set` changes.

        Raises:
            ValueError: A change names no field, or its value does not fit.
        """
        recipe = self.protocol.recipe(cell)
        for change in self.changes:
            recipe = change.apply(recipe, "--set")
        return recipe

    def left_out(self) -> str | None:
        """Say in one line which pairs are left out, as their images are too small for the architecture; None if none is."""
        return f"left out of the grid: {_sentence(self._misfits)}" if self._misfits else None

    @cached_property
    def _misfits(self) -> Mapping[Cell, str]:
        """Pairs that cannot be trained, and in one sentence why."""
        return _misfits_of(self._pairs())

    def _pairs(self) -> list[Cell]:
        return [Cell(a, d) for d in self.datasets for a in self.architectures]

    def cells(self) -> list[Cell]:
        """Return all cells, data set by data set, so that only one data set at a time is in memory, without those that `left_out` names."""
        return [cell for cell in self._pairs() if cell not in self._misfits]

    @staticmethod
    def default_grid() -> list[Cell]:
        """Return the cells of a run that names no architecture and no data set."""
        import datasets as data_sets
        import models

        pairs = [Cell(a, d) for d in data_sets.default_names() for a in models.default_names()]
        misfits = _misfits_of(pairs)
        return [cell for cell in pairs if cell not in misfits]


def _misfits_of(pairs: Sequence[Cell]) -> dict[Cell, str]:
    import datasets as data_sets
    import models

    problems = {cell: models.misfit(cell.architecture, data_sets.spec(cell.dataset).shape) for cell in pairs}
    return {cell: problem for cell, problem in problems.items() if problem}


def _sentence(misfits: Mapping[Cell, str]) -> str:
    return "; ".join(f"{cell.id} ({problem})" for cell, problem in misfits.items())


def _architectures(given: str | None) -> tuple[str, ...]:
    import models

    return _some("--arch", given, models.names(), models.default_names(), published.ARCHITECTURES)


def _datasets(given: str | None) -> tuple[str, ...]:
    import datasets as data_sets

    return _some("--dataset", given, data_sets.names(), data_sets.default_names(), published.DATASETS)


def _seeds(first: int, count: int) -> tuple[int, ...]:
    if not 1 <= count <= MAX_SEEDS:
        raise ValueError(f"--seeds {count}: expected 1 to {MAX_SEEDS} trainings per cell")
    if not 0 <= first < 2**31 - count:
        raise ValueError(f"--seed {first}: expected a whole number from 0 to {2**31 - 1 - count}")
    return tuple(range(first, first + count))


def check_data_dir(folder: Path | None) -> None:
    """Refuse a folder of real files that cannot be used: without the files, synthetic images would take their place.

    Args:
        folder: As `--data-dir` or the environment names it; None: neither does.

    Raises:
        ValueError: It does not exist, is no folder, or may not be entered.
    """
    try:
        if folder is None or (folder.is_dir() and os.access(folder, os.X_OK)):
            return
        found = (
            "may not be entered" if folder.is_dir() else "is a file" if folder.exists() else "does not exist"
        )
    except OSError as problem:
        found = f"cannot be read ({problem.strerror})"
    named = "BENCH_DATA_DIR" if str(folder) == os.environ.get("BENCH_DATA_DIR") else "--data-dir"
    raise ValueError(
        f"{named} {folder}: {found}; expected the folder of the real files. Correct the path, leave it out, or create the folder"
        " to keep downloads in it"
    )


def read_own_images(
    given: Sequence[str], data: str = "auto", *, skip_bad: bool
) -> dict[OwnImages, LoadedImages]:
    """Read and register data sets of the user's own images.

    Args:
        given: `NAME=DIR` each.
        data: `real`, `synthetic` or `auto`.
        skip_bad: Leave out files that cannot be used, instead of refusing the data set.

    Raises:
        ValueError: One cannot be used (the message names every bad file), synthetic images are wanted, or `skip_bad` is without effect.
    """
    import datasets as data_sets

    if skip_bad and not given:
        raise ValueError(
            "--skip-bad-images needs --own-data NAME=DIR, as it leaves out files of your own images alone; add it, or leave this one out"
        )
    if given and data == "synthetic":
        raise ValueError("--own-data has no synthetic images; leave out --data synthetic")
    try:
        return {
            own: data_sets.add_own(own) for own in data_sets.OwnImages.parse_all(given, skip_bad=skip_bad)
        }
    except data_sets.DataError as error:
        raise ValueError(f"--own-data {error}") from None


def _sorted_by_field(changes: list[Change]) -> tuple[Change, ...]:
    """Return the changes, sorted by field.

    Raises:
        ValueError: They contradict each other.
    """
    refuse_contradictions(changes, "--set")
    return tuple(sorted(changes, key=lambda change: change.field))


def _some(
    option: str, text: str | None, known: Sequence[str], default: Sequence[str], first: Sequence[str]
) -> tuple[str, ...]:
    """Return the names typed, in their order; else all or the default ones, those of `first` first."""
    found = names.chosen(option, text, known, default)
    return tuple(names.in_order(found, first)) if text is None or names.is_all(text) else found


def choose_backend(backend: str | None = None) -> str:
    """Return what trains.

    Args:
        backend: One of `BACKENDS`, as typed; None: KERAS_BACKEND, which Keras will obey, or else TensorFlow.

    Raises:
        ValueError: It does not exist, or KERAS_BACKEND names another.
    """
    keras_backend = os.environ.get("KERAS_BACKEND")
    if backend is None:
        return names.one("KERAS_BACKEND", keras_backend, BACKENDS) if keras_backend else BACKENDS[0]
    names.one("--backend", backend, BACKENDS)
    if keras_backend and keras_backend != backend:
        raise ValueError(
            f"--backend {backend}: KERAS_BACKEND is {keras_backend!r}; unset it, or name the same backend in both"
        )
    return backend

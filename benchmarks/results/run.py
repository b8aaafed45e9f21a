"""A saved run: pytest-benchmark's JSON with one entry per cell, or a pinned baseline, which holds the same fields in a compact form.

Both are files from outside: whatever does not fit is refused by file and field.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, structs

from benchmarks.results import frames
from benchmarks.results.facts import merge_facts
from benchmarks.results.parsing import RunRefused, convert, read_json, strings
from benchmarks.results.references import PINNED, STORAGE, resolve, run_files
from benchmarks.results.schema import CellResult
from benchmarks.results.suite import Suite

if TYPE_CHECKING:
    import pandas as pd

PINNED_FORMAT = 1

# What a time depends on, in machine_info; the rest (host name, kernel, compiler) is left in the file. A rented machine's processor may
# hide its name ("AMD EPYC" are several generations): family and model tell them apart.
_TIMING_KEY = re.compile(
    r"(^|[._])(brand_raw|count|cores|devices?|gpus?|\w*threads?\w*|int(er|ra)_op\w*|onednn|xla_flags)$|^cpu\.(family|model)$"
)


@dataclass(frozen=True, repr=False)
class Run:
    """A saved run: its cells by id, and what people need to know about where it came from."""

    name: str
    cells: Mapping[str, CellResult]
    datetime: str = ""
    partial: bool = False
    """Cells that were asked for are missing."""
    expected: tuple[str, ...] = ()
    """Ids of the cells that were requested; empty: not known."""
    narrowed: bool = False
    """Only a part of the grid was asked for (--arch, --dataset)."""
    architectures: tuple[str, ...] = ()
    """All that had a file when it ran, asked for or not; empty: not known."""
    datasets: tuple[str, ...] = ()
    """The same of data sets."""
    pinned: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    """Only what times depend on, no host name."""
    commit: str | None = None
    dirty: bool = False
    """Its code had changes that the commit lacks."""

    def __repr__(self) -> str:
        kinds = sorted({f"{cell.training} on {cell.data_source} images" for cell in self.cells.values()})
        partial = ", partial" if self.partial else ""
        return f"<Run {self.name}: {len(self.cells)} cells, {', '.join(kinds)}{partial}>"

    def versions_of(self, cell: CellResult) -> Mapping[str, str]:
        """Return the libraries that one of its cells was trained with."""
        return merge_facts(cell.versions) if cell.versions else self.versions

    def date_of(self, cell: CellResult) -> str:
        """Return when one of its cells was trained, as far as is known; a pinned or resumed run is of several days."""
        return max(cell.measured_at, default=self.datetime)

    def machines_of(self, cell: CellResult) -> list[Mapping[str, str]]:
        """Return what each seed of one of its cells was timed on."""
        return [timing_facts(one) for one in cell.machine] or [self.machine] * len(cell.seeds)

    def machine_of(self, cell: CellResult) -> Mapping[str, str]:
        """Return what one of its cells was timed on, with its backend; where its seeds ran on several machines, what these have, joined."""
        facts = timing_facts(merge_facts(cell.machine)) if cell.machine else self.machine
        return {**facts, **strings({"backend": cell.backend, "matmul_precision": cell.matmul_precision})}

    def with_conditions(self, cell: CellResult) -> CellResult:
        """Return one of its cells with what the run says of it, for use beside cells of other runs."""
        n = len(cell.seeds)
        return structs.replace(
            cell,
            machine=cell.machine or (dict(self.machine),) * n,
            versions=cell.versions or (dict(self.versions),) * n,
            commit=cell.commit or (self.commit or "",) * n,
            measured_at=cell.measured_at or ((self.datetime,) if self.datetime else ()),
        )

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per cell and seed; needs pandas (`pip install -e '.[pandas]'`).

        Returns:
            The columns of `frames.trainings`, indexed by architecture, data set and seed.
        """
        return frames.trainings(self.cells.values())

    def histories(self) -> pd.DataFrame:
        """Return one row per cell, seed and epoch; needs pandas (`pip install -e '.[pandas]'`).

        Returns:
            The columns of `frames.histories`, indexed by architecture, data set, seed and epoch.
        """
        return frames.histories(self.cells.values())


class _Commit(msgspec.Struct, frozen=True):
    id: str | None = None
    dirty: bool = False


class _Saved(msgspec.Struct, frozen=True):
    """A run as pytest-benchmark saves it."""

    benchmarks: list[Any]
    suite: Suite = Suite()
    commit_info: _Commit = _Commit()
    machine_info: dict[str, Any] = {}
    datetime: str = ""


class _Entry(msgspec.Struct, frozen=True):
    """One benchmark of a saved run."""

    extra_info: dict[str, Any] = {}


class _Pinned(msgspec.Struct, frozen=True):
    """A pinned baseline."""

    pinned: Annotated[int, Meta(ge=0)]
    protocol: str
    data_source: str
    cells: list[Any]
    datetime: str = ""
    partial: bool = False
    versions: dict[str, Any] = {}
    machine: dict[str, Any] = {}
    commit: str | None = None
    dirty: bool = False


def load_run(reference: Path | str, storage: Path | str = STORAGE) -> Run:
    """Read a saved run or a pinned baseline.

    Args:
        reference: Its file, or its number as pytest-benchmark numbers it, such as `0001`.
        storage: Where numbers are looked up.

    Raises:
        RunRefused: The file is missing, too large, not JSON (NaN and Infinity are not) or lacks a field.

    """
    if reference == PINNED:
        raise RunRefused(
            f"{PINNED}: names several runs, one per protocol and source of data; load_runs('{PINNED}') reads them"
        )
    number = isinstance(reference, str) and reference.isdecimal()
    path = resolve(str(reference), Path(storage)) if number else Path(reference)
    return from_dict(read_json(path), str(path))


def load_runs(*references: Path | str, storage: Path | str = STORAGE) -> list[Run]:
    """Read several runs.

    Args:
        references: Files, run numbers, folders (all runs in them, by name), or `pinned` for the pinned baselines.
        storage: Where numbers are looked up.

    Raises:
        RunRefused: A reference names nothing, or a named file is not a run. Other files in folders are left out, with a warning.

    """
    runs = []
    for path, named in run_files([str(reference) for reference in references], Path(storage)):
        try:
            runs.append(load_run(path))
        except RunRefused as error:
            if named:
                raise
            warnings.warn(f"left out: {error}", stacklevel=2)
    return runs


def from_dict(data: object, name: str) -> Run:
    """Make a run of JSON data in memory, checked as a file would be.

    Args:
        data: What JSON gave.
        name: What messages call it.

    Raises:
        RunRefused: As `load_run`.

    """
    if isinstance(data, dict) and "pinned" in data:
        return _from_pinned(data, name)
    saved = convert(data, _Saved, name, raw=("benchmarks",))
    cells: dict[str, CellResult] = {}
    for index, entry in enumerate(saved.benchmarks):
        where = f"{name}: benchmarks[{index}]"
        extra = convert(entry, _Entry, where, raw=("extra_info",)).extra_info
        if "architecture" in extra:  # other benchmarks may have been saved in the same session
            _add(cells, _cell(extra, f"{where}.extra_info"), name)
    if not cells:
        raise RunRefused(
            f"{name}: none of its {len(saved.benchmarks)} benchmarks is a cell of this suite; nothing to compare"
        )
    return Run(
        name=name,
        cells=cells,
        datetime=saved.datetime,
        partial=saved.suite.partial or not set(saved.suite.expected) <= set(cells),
        expected=saved.suite.here or saved.suite.expected,
        narrowed=saved.suite.narrowed,
        architectures=saved.suite.architectures,
        datasets=saved.suite.datasets,
        versions=strings(saved.suite.versions),
        machine=timing_facts(saved.machine_info),
        commit=saved.commit_info.id,
        dirty=saved.commit_info.dirty,
    )


def without_shared(
    cell: CellResult, versions: Mapping[str, str], machine: Mapping[str, str], commit: str | None
) -> CellResult:
    """Undo `Run.with_conditions`: leave out what is said of each seed where it is what the run says."""
    return structs.replace(
        cell,
        versions=() if all(one == versions for one in cell.versions) else cell.versions,
        machine=() if all(one == machine for one in cell.machine) else cell.machine,
        commit=() if all(one == (commit or "") for one in cell.commit) else cell.commit,
    )


def timing_facts(machine_info: Mapping[str, Any]) -> dict[str, str]:
    """Return what times depend on of pytest-benchmark's `machine_info`: processor, cores, device, threads, kernels; no path."""
    facts = {key: value for key, value in strings(machine_info).items() if _TIMING_KEY.search(key)}
    if flags := facts.get("xla_flags"):
        facts["xla_flags"] = " ".join(flag for flag in flags.split() if not {"/", "\\"} & {*flag})
    return facts


def _from_pinned(data: Mapping[str, Any], name: str) -> Run:
    pinned = convert(data, _Pinned, name, raw=("cells",))
    if pinned.pinned != PINNED_FORMAT:
        raise RunRefused(
            f"{name}: pinned format {pinned.pinned}, this version of the suite reads {PINNED_FORMAT}; pin again"
        )
    cells: dict[str, CellResult] = {}
    shared = {"protocol": pinned.protocol, "data_source": pinned.data_source}
    for index, entry in enumerate(pinned.cells):
        where = f"{name}: cells[{index}]"
        cell = _cell({**entry, **shared} if isinstance(entry, dict) else entry, where)
        # Who pinned a cell accepted the deaths of its seeds, and death rates follow from them.
        _add(cells, structs.replace(cell, deaths_allowed=cell.diverged_seeds), name)
    if not cells:
        raise RunRefused(f"{name}: pins no cell; pin a run again")
    return Run(
        name=name,
        cells=cells,
        datetime=pinned.datetime,
        partial=pinned.partial,
        pinned=True,
        versions=strings(pinned.versions),
        machine=strings(pinned.machine),
        commit=pinned.commit,
        dirty=pinned.dirty,
    )


def _cell(data: object, where: str) -> CellResult:
    if isinstance(data, dict):
        names = [data.get(key) for key in ("architecture", "dataset")]
        if all(isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_.+]{1,60}", name) for name in names):
            where = f"{where} ({names[0]}-{names[1]})"
    return CellResult.from_json(data, where)


def _add(cells: dict[str, CellResult], cell: CellResult, name: str) -> None:
    if cell.id in cells:
        raise RunRefused(f"{name}: cell {cell.id} is listed twice; remove one of them")
    cells[cell.id] = cell

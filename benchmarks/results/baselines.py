"""Pinned baselines: small files under review, one for each protocol and data source.

Raw values by seed, test accuracy and seconds of every epoch, counts, floors and fingerprints; versions and
processor, but no host, path or user. One cell per line in a fixed order, so that a diff shows what changed.
`correct` bits are kept where one seed ran, whose only test they are, and are left out where several did.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from benchmarks.experiment.floors import floor_of
from benchmarks.paths import BASELINES
from benchmarks.results.atomic import write_atomically
from benchmarks.results.facts import merge_facts
from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.references import PINNED, STORAGE, resolve
from benchmarks.results.run import PINNED_FORMAT, Run, from_dict, load_run, without_shared
from benchmarks.results.schema import CellResult


class PinnedGroup(NamedTuple):
    """Whose cells share a pinned file."""

    protocol: str
    source: str
    precision: str
    backend: str

    @classmethod
    def of(cls, cell: CellResult) -> PinnedGroup:
        """Return the group that a cell belongs to."""
        return cls(cell.protocol, cell.data_source, cell.precision, cell.backend)


def pin(
    run: Run,
    folder: Path = BASELINES,
    *,
    allow_failed: bool = False,
    allow_partial: bool = False,
    synthetic: bool = False,
) -> list[Path]:
    """Write the run's cells to their pinned files, each atomically and with the floor that follows from its seeds, and return the files.

    A narrowed run (--arch, --dataset) that is allowed replaces its own cells and keeps the others; where it keeps any of a partial or
    dirty file, the file stays so.

    Raises:
        RunRefused: The run is interrupted or narrowed, floors failed, or its data are synthetic, and the caller
            did not allow it; or a pinned file of it could not be read again.

    """
    refuse_explored(run)
    failed = [cell.id for cell in run.cells.values() if cell.verdict == "failed"]
    if failed and not allow_failed:
        raise RunRefused(
            f"{run.name}: floors failed in {', '.join(failed)}; not pinned without --allow-failed"
        )
    if (run.partial or run.narrowed) and not allow_partial:
        kind = "interrupted" if run.partial else "narrowed to a part of the grid"
        raise RunRefused(f"{run.name}: the run was {kind}; not pinned without --allow-partial")
    if any(cell.data_source == "synthetic" for cell in run.cells.values()) and not synthetic:
        raise RunRefused(f"{run.name}: holds cells on synthetic data; not pinned without --synthetic")
    texts: dict[Path, str] = {}
    for group, cells in _groups(run.cells.values()).items():
        path = pinned_file(group, folder)
        pinned = {cell.id: _held(cell) for cell in cells}
        old = load_run(path) if (run.partial or run.narrowed) and path.exists() else None
        kept = _kept(old, run, pinned) if old else []
        doubtful = [run, old] if old and kept else [run]  # what is kept of an old file keeps its doubts
        head = replace(
            run, partial=any(one.partial for one in doubtful), dirty=any(one.dirty for one in doubtful)
        )
        texts[path] = _text(head, group, [*kept, *pinned.values()])
        from_dict(
            json.loads(texts[path]), str(path)
        )  # what cannot be read again does not take an old baseline's place
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        write_atomically(path, text.encode())
    return list(texts)


def pinned_seeds(run: Run, folder: Path = BASELINES) -> dict[Path, dict[str, int]]:
    """Return, for each pinned file that this run would be written to, how many seeds it holds of each cell; none if it cannot be read."""
    found: dict[Path, dict[str, int]] = {}
    for path in {pinned_file(group, folder) for group in _groups(run.cells.values())}:
        found[path] = {}
        with contextlib.suppress(RunRefused):
            found[path] = {cell.id: len(cell.seeds) for cell in load_run(path).cells.values()}
    return found


def refuse_explored(run: Run) -> None:
    """Refuse, as a baseline, a run whose recipes were changed with `--set`.

    Raises:
        RunRefused: It holds such a cell.
    """
    explored = [f"{cell.id} ({cell.training})" for cell in run.cells.values() if cell.set_fields]
    if explored:
        raise RunRefused(
            f"{run.name}: an exploration cannot be a baseline: {', '.join(explored[:3])}"
            f"{f' and {len(explored) - 3} more' if len(explored) > 3 else ''}; run it again without --set"
        )


def refuse_partial(run: Run) -> None:
    """Refuse, as a baseline, a run that lacks cells which were requested.

    Raises:
        RunRefused: It does.
    """
    if run.partial:
        raise RunRefused(
            f"{run.name} is a partial run and no baseline: finish it with --resume, or merge its shards;"
            " compare accepts it with --allow-partial"
        )


def baseline_for(reference: str, new: Run, storage: Path = STORAGE, *, backend: str | None = None) -> Run:
    """Load the baseline that `reference` names for `new`: a file, a run number, or `pinned` (on this backend; None: the run's own)."""
    return pinned_for(new, backend=backend) if reference == PINNED else load_run(resolve(reference, storage))


def pinned_for(new: Run, folder: Path = BASELINES, *, backend: str | None = None) -> Run:
    """Return a run's pinned baseline, from the file of each protocol, source, precision and backend it has cells of.

    A pinned cell that the run has in another of these groups is left out: the run's cell is `new` there, or has its own file.

    Raises:
        RunRefused: Nothing is pinned for any of its cells.

    """
    wanted = {name: PinnedGroup.of(cell) for name, cell in new.cells.items()}
    wanted = {name: group._replace(backend=backend or group.backend) for name, group in wanted.items()}
    paths = [pinned_file(group, folder) for group in dict.fromkeys(wanted.values())]
    files = [path for path in paths if path.is_file()]
    if not files:
        raise RunRefused(
            f"nothing is pinned for {new.name} (looked for {', '.join(map(str, paths))}); pin one: python -m benchmarks pin RUN"
        )
    runs = [load_run(path) for path in files]
    cells: dict[str, CellResult] = {}
    for run in runs:
        for name, cell in run.cells.items():
            if wanted.get(name, PinnedGroup.of(cell)) == PinnedGroup.of(cell):
                cells.setdefault(name, cell if len(runs) == 1 else run.with_conditions(cell))
    return Run(
        name=" + ".join(str(path) for path in files),
        cells=cells,
        datetime=max(run.datetime for run in runs),
        partial=any(run.partial for run in runs),
        pinned=True,
        versions=merge_facts([run.versions for run in runs]),
        machine=merge_facts([run.machine for run in runs]),
        commit=runs[0].commit if len({run.commit for run in runs}) == 1 else None,
        dirty=any(run.dirty for run in runs),
    )


def is_any_pinned(cells: Iterable[CellResult], folder: Path = BASELINES) -> bool:
    """Whether seeds of any of these cells are pinned, with its protocol, images, precision and backend.

    Raises:
        RunRefused: A pinned file cannot be read.
    """
    files = {pinned_file(group, folder): own for group, own in _groups(cells).items()}
    return any(
        path.is_file() and not load_run(path).cells.keys().isdisjoint(cell.id for cell in own)
        for path, own in files.items()
    )


def pinned_file(group: PinnedGroup, folder: Path) -> Path:
    """`quick-synthetic.json`; a precision other than float32 is part of the name, and a backend other than TensorFlow."""
    for part in group:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", part):
            raise RunRefused(
                f"{part!r} cannot be part of a pinned file's name; expected lowercase letters, digits and _"
            )
    words = [group.protocol, group.source]
    words += [] if group.precision == "float32" else [group.precision]
    words += [] if group.backend == "tensorflow" else [group.backend]
    return folder / f"{'-'.join(words)}.json"


def _groups(cells: Iterable[CellResult]) -> dict[PinnedGroup, list[CellResult]]:
    groups: dict[PinnedGroup, list[CellResult]] = {}
    for cell in cells:
        groups.setdefault(PinnedGroup.of(cell), []).append(cell)
    return groups


def _held(cell: CellResult) -> CellResult:
    """Return a cell held to the floor that follows from its own living seeds; the deaths of its seeds are accepted."""
    floor = floor_of(cell.living_accuracies, cell.classes)
    return structs.replace(cell, floor=floor, deaths_allowed=cell.diverged_seeds)


def _text(run: Run, group: PinnedGroup, cells: Iterable[CellResult]) -> str:
    head = {
        "pinned": PINNED_FORMAT,
        "protocol": group.protocol,
        "data_source": group.source,
        "datetime": run.datetime,
        "commit": run.commit,
        **({"dirty": True} if run.dirty else {}),
        "partial": run.partial,
        "versions": dict(sorted(run.versions.items())),
        "machine": dict(sorted(run.machine.items())),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    rows = [json.dumps(pinned_form(cell)) for cell in sorted(cells, key=lambda c: c.id)]
    return "\n".join(["{", *lines, '"cells": [', ",\n".join(rows), "]", "}", ""])


def _kept(old: Run, new: Run, replaced: Collection[str]) -> list[CellResult]:
    """Return the other cells pinned before, each with its own date, versions, machine and commit where they differ from the new run's."""
    return [
        without_shared(old.with_conditions(cell), new.versions, new.machine, new.commit)
        for cell in old.cells.values()
        if cell.id not in replaced
    ]

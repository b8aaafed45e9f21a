"""Which file a run's name means: a file, a number as pytest-benchmark numbers its runs, a folder of runs, or `pinned`."""

from __future__ import annotations

import itertools
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.paths import BASELINES
from benchmarks.results.parsing import RunRefused, read_json

PINNED = "pinned"
"""Names the pinned baselines; `./pinned` is a file or folder of that name."""
STORAGE = Path(".benchmarks")


def resolve(reference: str, storage: Path = STORAGE) -> Path:
    """Return the file of a run named by path or by number.

    A number (`1`, `0001`) is looked up as pytest-benchmark numbers its saved runs: `NNNN_*.json` in the storage's folder for this
    machine, else in any of its folders. An existing file of that name wins.

    Raises:
        RunRefused: There is no such file, or several runs have the number (two savers can take the same).

    """
    if reference == PINNED:
        raise RunRefused(
            f"{PINNED}: several pinned files, where one run is expected; name one of {BASELINES}"
        )
    path = Path(reference)
    if path.is_file():
        return path
    if not re.fullmatch(r"[0-9]{1,9}", reference):
        what = "a folder" if path.is_dir() else "not a regular file" if path.exists() else "no such file"
        raise RunRefused(
            f"{reference}: {what}; expected a saved run's file, a run number such as 0001, or 'pinned'"
        )
    own = storage / machine_id()
    folders = [storage, *sorted(path for path in storage.glob("*") if path.is_dir())]
    found = _numbered(own, int(reference)) or [f for d in folders for f in _numbered(d, int(reference))]
    if not found:
        wanted = f"{int(reference):04}_*.json under {storage}"
        raise RunRefused(f"run {reference}: no {wanted}; save one with --benchmark-autosave")
    if len(found) > 1:
        names = " and ".join(str(file) for file in found)
        raise RunRefused(f"run {reference} is ambiguous: {names}; name the file instead")
    return found[0]


def run_files(references: Sequence[str], storage: Path) -> list[tuple[Path, bool]]:
    """Return the runs' files, each once, and whether it was named itself rather than found in a folder.

    Raises:
        RunRefused: A reference names nothing.

    """
    found: dict[Path, tuple[Path, bool]] = {}
    for reference in references:
        if reference == PINNED:
            found |= {path.resolve(): (path, True) for path in sorted(BASELINES.glob("*.json"))}
            continue
        folder = Path(reference)
        inside = sorted(folder.rglob("*.json")) if folder.is_dir() else [resolve(reference, storage)]
        for path in inside:
            key, named = path.resolve(), not folder.is_dir()
            found[key] = (path, named or (key in found and found[key][1]))
    return list(found.values())


def newest(count: int, storage: Path = STORAGE) -> list[Path]:
    """Return the files of the runs that were numbered last, the oldest of them first.

    They are this machine's, or those of the storage's only folder that has any.

    Raises:
        RunRefused: There are fewer, or several machines' folders have some and none is this one's.
    """
    folders = [storage / machine_id()]
    if not _all_numbered(folders[0]):
        folders = [path for path in (storage, *sorted(storage.glob("*"))) if _all_numbered(path)]
    if len(folders) > 1:
        names = " and ".join(map(str, folders))
        raise RunRefused(f"runs of several machines: {names}; name the runs' files")
    numbered = reversed(_all_numbered(folders[0]) if folders else [])
    files = list(itertools.islice((path for path in numbered if _has_cells(path)), count))
    if len(files) < count:
        raise RunRefused(
            f"{storage}: found {len(files)} of {count} numbered runs of the grid; save some with --benchmark-autosave,"
            " or say with --storage where they are"
        )
    return files[::-1]


def machine_id() -> str:
    """Return pytest-benchmark's folder name for this machine (its `utils.get_machine_id`)."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{platform.system()}-{platform.python_implementation()}-{version}-{platform.architecture()[0]}"


def _numbered(folder: Path, number: int) -> list[Path]:
    return [path for path in _all_numbered(folder) if _number(path) == number]


def _all_numbered(folder: Path) -> list[Path]:
    """Return the numbered runs of a folder by their numbers."""
    files = (path for path in folder.glob("[0-9]*_*.json") if path.name.split("_")[0].isdecimal())
    return sorted(files, key=lambda path: (_number(path), path.name))


def _has_cells(path: Path) -> bool:
    """Whether a file is of the grid and not of speed alone; a damaged one counts, so that it is refused by name."""
    try:
        return any("architecture" in entry["extra_info"] for entry in read_json(path)["benchmarks"])
    except (RunRefused, LookupError, TypeError):
        return True


def _number(path: Path) -> int:
    return int(path.name.split("_")[0])

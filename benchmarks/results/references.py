"""Which file a run's name means: a file, a number as pytest-benchmark numbers its runs, or a folder of runs."""

from __future__ import annotations

import argparse
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results.parsing import RunRefused

STORAGE = Path(".benchmarks")


def storage_option(parser: argparse.ArgumentParser) -> None:
    """Declare where `resolve` looks."""
    text = "where run numbers are looked up (%(default)s)"
    parser.add_argument("--storage", type=Path, default=STORAGE, metavar="DIR", help=text)


def resolve(reference: str, storage: Path = STORAGE) -> Path:
    """Return the file of a run named by path or by number.

    A number (`1`, `0001`) is looked up as pytest-benchmark numbers its saved runs: `NNNN_*.json` in the storage's folder for this
    machine, else in any of its folders. An existing file of that name wins.

    Raises:
        RunRefused: There is no such file, or several runs have the number (two savers can take the same).

    """
    path = Path(reference)
    if path.is_file():
        return path
    if not re.fullmatch(r"[0-9]{1,9}", reference):
        raise RunRefused(
            f"{reference}: no such file; expected a saved run's file, a run number such as 0001, or 'pinned'"
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


def run_files(references: Sequence[str], storage: Path = STORAGE) -> list[tuple[Path, bool]]:
    """Return the runs' files, each once, and whether it was named itself rather than found in a folder.

    Raises:
        RunRefused: A reference names nothing.

    """
    found: dict[Path, tuple[Path, bool]] = {}
    for reference in references:
        folder = Path(reference)
        inside = sorted(folder.rglob("*.json")) if folder.is_dir() else [resolve(reference, storage)]
        for path in inside:
            found.setdefault(path.resolve(), (path, not folder.is_dir()))
    return list(found.values())


def machine_id() -> str:
    """Return pytest-benchmark's folder name for this machine (its `utils.get_machine_id`)."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{platform.system()}-{platform.python_implementation()}-{version}-{platform.architecture()[0]}"


def _numbered(folder: Path, number: int) -> list[Path]:
    files = sorted(folder.glob("[0-9]*_*.json"))
    return [f for f in files if (digits := f.name.split("_")[0]).isdecimal() and int(digits) == number]

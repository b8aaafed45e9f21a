"""Real images: find or download the official files, check them, decode them once."""

import os
from dataclasses import replace
from pathlib import Path

from datasets import _cache
from datasets._contract import DataNotFound, DataRefused, Dataset, Spec, Splits, fingerprint
from datasets._files import locate, second_test
from datasets._files.checksums import UnofficialFile, refusal
from datasets._files.download import download
from datasets._files.locate import FoundFiles


def load(
    spec: Spec,
    other_checksums: frozenset[str],
    *,
    data_dir: Path | None,
    accept_copies: bool,
    may_download: bool | None,
) -> Dataset:
    """Load all real images of the data set, with its second test set where that is given.

    Args:
        spec: The data set.
        other_checksums: Those of other data sets' files, which may have the same names.
        data_dir: Where files are looked for first, and kept.
        accept_copies: Accept files whose checksum is not official.
        may_download: Whether missing files may be downloaded; None: unless BENCH_OFFLINE is set.

    Raises:
        DataNotFound: There is no real data.
        DataRefused: A file is broken, or is not official and not accepted.
    """
    found = _find_or_download(spec, other_checksums, data_dir, may_download)
    key = found.cache_key(spec)
    entry = _cache.read(key)
    unofficial = (
        found.unofficial() if entry is None else [UnofficialFile(*file) for file in entry.facts["copies"]]
    )
    second = second_test.find(spec.second_test, data_dir) if spec.second_test else None
    copies = [*unofficial, *(second.unofficial() if second else [])]
    if copies and not accept_copies:
        raise refusal(spec, copies)
    if entry is None:
        splits = _decode(spec, found, unofficial)
        facts = {"copies": unofficial, "fingerprint": fingerprint(spec.class_names, *splits.arrays)}
        entry = _cache.write(key, splits, facts)
    origin = [f"{found.place}: {found.folder}"]
    if copies:
        origin.append("accepted copies: " + ", ".join(Path(file.path).name for file in copies))
    if entry.splits.note:
        origin.append(entry.splits.note)
    loaded = entry.dataset(spec, "real", "; ".join(origin), verified=not copies)
    return replace(loaded, second_test=second.read(spec)) if second else loaded


def _find_or_download(
    spec: Spec, other_checksums: frozenset[str], data_dir: Path | None, may_download: bool | None
) -> FoundFiles:
    found = locate.find(spec, data_dir, other_checksums)
    if found:
        return found
    layout = spec.published
    online = os.environ.get("BENCH_OFFLINE", "0") in ("", "0")
    reason = "nowhere to download it from"
    if layout:
        reason = "download not allowed" + (", as BENCH_OFFLINE is set" if may_download is None else "")
    if layout and (online if may_download is None else may_download):
        try:
            download(layout.files, locate.destination(layout, data_dir))
            found = locate.find(spec, data_dir, other_checksums)
        except DataNotFound as problem:
            reason = str(problem)
    if not found:
        raise locate.not_found(spec, data_dir, reason)
    return found


def _decode(spec: Spec, found: FoundFiles, unofficial: list[UnofficialFile]) -> Splits:
    """Read the files; where all of them are official, blame what the data set's module declares."""
    try:
        return found.layout.read(spec, found.paths)
    except DataRefused as problem:
        if unofficial:
            raise
        raise DataRefused(
            f"{problem}\nBut all files have their official checksums: correct what datasets/{spec.name}.py declares, "
            "or how it reads them."
        ) from problem


def fetch(
    spec: Spec, other_checksums: frozenset[str], *, data_dir: Path | None, everything: bool
) -> list[Path]:
    """Download the official files that are nowhere yet, and return the paths of all files.

    Args:
        spec: The data set.
        other_checksums: Those of other data sets' files, which may have the same names.
        data_dir: Where files are looked for first, and kept; None: in Keras's cache.
        everything: Download the optional files and the second test set too.

    Raises:
        DataNotFound: A file is not available.
        DataRefused: What arrived is not the official file.
    """
    paths = _fetch_splits(spec, other_checksums, data_dir, everything=everything)
    second = spec.second_test
    return paths + second_test.fetch(second, data_dir) if everything and second else paths


def _fetch_splits(
    spec: Spec, other_checksums: frozenset[str], data_dir: Path | None, *, everything: bool
) -> list[Path]:
    found = locate.find(spec, data_dir, other_checksums)
    layout = spec.published
    if found and not (layout and layout.optional and everything):
        return list(found.paths.values())
    if layout is None:
        if not spec.layouts:
            return []
        raise locate.not_found(spec, data_dir, "nowhere to download it from")
    # Optional files are used only beside the others.
    folder = found.folder if found and found.layout is layout else locate.destination(layout, data_dir)
    return download((*layout.files, *(layout.optional if everything else ())), folder)

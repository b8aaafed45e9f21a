"""Which official files are on disk, and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasets._contract import File, Spec
from datasets._files import locate, second_test
from datasets._files.checksums import actual_checksum, is_official

State = Literal["verified", "copy", "found", "missing"]


@dataclass(frozen=True)
class FileStatus:
    """One official file: where it is, and what is known of it.

    `verified`: its checksum is official; `copy`: it is not; `found`: there, not hashed; `missing`: nowhere, or not in the
    folder with the others. `optional` files are used where present.
    """

    file: str
    path: Path | None
    size: int | None  # bytes
    official_size: int  # bytes
    state: State
    optional: bool = False


def file_status(
    spec: Spec, other_checksums: frozenset[str], data_dir: Path | None, *, verify: bool
) -> list[FileStatus]:
    """List the files in all places, then the published ones that are missing; `verify` hashes them."""
    statuses = []
    there: dict[Path, set[str]] = {}
    for _, folder, layout, ambiguous in locate.candidates(spec, data_dir):
        for file in (*layout.files, *layout.optional):
            for path in locate.present(folder, [file]).values():
                if ambiguous and actual_checksum(path, file) in other_checksums:
                    continue
                statuses.append(_found(path, file, verify=verify, optional=file in layout.optional))
                there.setdefault(folder, set()).add(file.name)
    return [*statuses, *_missing(spec, there), *_second_test(spec, data_dir, verify=verify)]


def _missing(spec: Spec, there: Mapping[Path, set[str]]) -> list[FileStatus]:
    """List the published files that are missing: those that the fullest folder lacks, or none where a folder has all of any layout.

    Args:
        spec: The data set, whose files are read from one folder.
        there: Names of the files that were found, by folder.
    """
    if spec.published is None:
        return []
    layouts = [{file.name for file in layout.files} for layout in spec.layouts]
    whole = any(names >= layout for names in there.values() for layout in layouts)
    published = {file.name for file in spec.published.files}
    fullest = max(there.values(), key=lambda names: len(names & published), default=set())
    found = set().union(*there.values())
    needed = [] if whole else [file for file in spec.published.files if file.name not in fullest]
    optional = [file for file in spec.published.optional if file.name not in found]
    return [*map(_lost, needed), *(_lost(file, optional=True) for file in optional)]


def _second_test(spec: Spec, data_dir: Path | None, *, verify: bool) -> list[FileStatus]:
    """List the files of the second test set as optional ones."""
    if (second := spec.second_test) is None:
        return []
    statuses = [
        _found(path, file, verify=verify, optional=True)
        for folder in second_test.folders(second, data_dir)
        for file in second.files
        for path in locate.present(folder, [file]).values()
    ]
    there = {status.file for status in statuses}
    return [*statuses, *(_lost(file, optional=True) for file in second.files if file.name not in there)]


def _found(path: Path, file: File, *, verify: bool, optional: bool) -> FileStatus:
    state: State = "found"
    if verify:
        state = "verified" if is_official(path, file) else "copy"
    return FileStatus(file.name, path, path.stat().st_size, file.size, state, optional)


def _lost(file: File, *, optional: bool = False) -> FileStatus:
    return FileStatus(file.name, None, None, file.size, "missing", optional)

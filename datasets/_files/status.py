"""Which official files are on disk, and what is known of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasets._contract import File, Spec
from datasets._files.checksums import actual_checksum, is_official
from datasets._files.locate import folders, present
from datasets._files.second_test import folders as second_folders

State = Literal["verified", "copy", "found", "missing"]


@dataclass(frozen=True)
class FileStatus:
    """One official file: where it is, and what is known of it.

    `verified`: its checksum is official; `copy`: it is not; `found`: there, not hashed; `missing`: nowhere, or not in the
    folder with the others.
    `optional` files are used where present.
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
    together: dict[Path, set[str]] = {}  # by folder: a data set is read from one
    for _place, folder, layout, ambiguous in folders(spec, data_dir):
        for file in (*layout.files, *layout.optional):
            path = folder / file.name
            if file.name not in present(folder, [file]):
                continue
            if ambiguous and actual_checksum(path, file) in other_checksums:
                continue
            statuses.append(_of(path, file, verify=verify, optional=file in layout.optional))
            together.setdefault(folder, set()).add(file.name)
    complete = any(
        there.issuperset(file.name for file in layout.files)
        for there in together.values()
        for layout in spec.layouts
    )
    if spec.published is not None:
        found = {status.file for status in statuses}
        needed = () if complete else spec.published.files
        fullest = max(
            together.values(), key=lambda there: sum(file.name in there for file in needed), default=set()
        )
        absent = [file for file in needed if file.name not in fullest]
        absent += [file for file in spec.published.optional if file.name not in found]
        statuses += [
            FileStatus(file.name, None, None, file.size, "missing", file in spec.published.optional)
            for file in absent
        ]
    return statuses + _of_second_test(spec, data_dir, verify=verify)


def _of_second_test(spec: Spec, data_dir: Path | None, *, verify: bool) -> list[FileStatus]:
    """List the files of the second test set as optional ones."""
    if (second := spec.second_test) is None:
        return []
    statuses = [
        _of(path, file, verify=verify, optional=True)
        for folder in second_folders(second, data_dir)
        for file in second.files
        for path in present(folder, [file]).values()
    ]
    there = {status.file for status in statuses}
    lost = [file for file in second.files if file.name not in there]
    return statuses + [FileStatus(file.name, None, None, file.size, "missing", True) for file in lost]


def _of(path: Path, file: File, *, verify: bool, optional: bool) -> FileStatus:
    """Say what is known of a file that is there."""
    state: State = "found"
    if verify:
        state = "verified" if is_official(path, file) else "copy"
    return FileStatus(file.name, path, path.stat().st_size, file.size, state, optional)

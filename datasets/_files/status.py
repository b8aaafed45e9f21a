"""Which official files are on disk, and what is known of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasets._contract import Spec
from datasets._files.checksums import actual_checksum, is_official
from datasets._files.locate import folders, present

State = Literal["verified", "copy", "found", "missing"]


@dataclass(frozen=True)
class FileStatus:
    """One official file: where it is, and what is known of it.

    `verified`: its checksum is official; `copy`: it is not; `found`: there, not hashed; `missing`: nowhere.
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
    for _place, folder, layout, ambiguous in folders(spec, data_dir):
        for file in (*layout.files, *layout.optional):
            path = folder / file.name
            if file.name not in present(folder, [file]):
                continue
            if ambiguous and actual_checksum(path, file) in other_checksums:
                continue
            state: State = "found"
            if verify:
                state = "verified" if is_official(path, file) else "copy"
            optional = file in layout.optional
            statuses.append(FileStatus(file.name, path, path.stat().st_size, file.size, state, optional))
    there = {status.file for status in statuses}
    complete = any(all(file.name in there for file in layout.files) for layout in spec.layouts)
    published = spec.published
    if published is None:
        return statuses
    for file in (*(() if complete else published.files), *published.optional):
        if file.name not in there:
            optional = file in published.optional
            statuses.append(FileStatus(file.name, None, None, file.size, "missing", optional))
    return statuses

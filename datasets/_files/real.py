"""Load real images: find or download the files, check them, decode them once."""

import os
from pathlib import Path

from datasets._contract import DataNotFound, Dataset, Spec, fingerprint
from datasets._files import cache, locate
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
    """Load all real images of the data set.

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
    entry = cache.read(key)
    unofficial = (
        found.unofficial() if entry is None else [UnofficialFile(*file) for file in entry.facts["copies"]]
    )
    if unofficial and not accept_copies:
        raise refusal(spec, unofficial)
    if entry is None:
        splits = found.layout.read(spec, found.paths)
        entry = cache.write(
            key, splits, {"copies": unofficial, "fingerprint": fingerprint(splits, spec.class_names)}
        )
    origin = [f"{found.place}: {found.folder}"]
    if unofficial:
        origin.append("accepted copies: " + ", ".join(Path(file.path).name for file in unofficial))
    if entry.splits.note:
        origin.append(entry.splits.note)
    return entry.dataset(spec, "real", "; ".join(origin), verified=not unofficial)


def _find_or_download(
    spec: Spec, other_checksums: frozenset[str], data_dir: Path | None, may_download: bool | None
) -> FoundFiles:
    found = locate.find(spec, data_dir, other_checksums)
    if found:
        return found
    reason = "not allowed"
    layout = spec.published
    if layout and (
        os.environ.get("BENCH_OFFLINE", "0") in ("", "0") if may_download is None else may_download
    ):
        try:
            download(layout.files, locate.destination(layout, data_dir))
            found = locate.find(spec, data_dir, other_checksums)
        except DataNotFound as problem:
            reason = str(problem)
    if not found:
        raise locate.not_found(spec, data_dir, reason)
    return found

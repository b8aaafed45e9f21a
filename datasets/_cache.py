"""Decoded arrays on disk, so that only the first start decodes: every later one maps them into memory.

An entry is a folder with four `.npy` files and `meta.json`, which records each file's SHA-256, and its own. A process hashes every
file before it first uses it, and again if it has changed since. An entry is filled under another name and renamed when
complete, so that a reader sees all of it or nothing, whoever else is filling it. One that does not match its `meta.json`
is regenerated. Where nothing can be written, everything works without a cache.
"""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import platformdirs

from datasets._contract import Dataset, Spec, Splits

FORMAT = 3
"""Part of every key: raise it when what decoders make of the same files changes, or what an entry is."""
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_DIGEST = "sha256"
_FILLING = ".filling-"
_STALE_SECONDS = 24 * 3600

log = logging.getLogger(__name__)

_hashed: dict[tuple[Path, tuple[int, ...]], str] = {}
"""SHA-256 of the files that this process has hashed, by path and state."""


class Entry(NamedTuple):
    """Arrays and what is known of them (plain JSON)."""

    splits: Splits
    facts: dict[str, Any]

    def dataset(
        self, spec: Spec, source: Literal["real", "synthetic"], origin: str, *, verified: bool | None
    ) -> Dataset:
        """Return the entry as the data set that `spec` describes."""
        return Dataset(
            spec.name,
            *self.splits.arrays,
            spec.class_names,
            source,
            origin,
            verified,
            self.facts["fingerprint"],
        )


def cache_directory() -> Path:
    """Return BENCH_CACHE_DIR, else `cnn-benchmarks` in the user's cache directory."""
    if chosen := os.environ.get("BENCH_CACHE_DIR"):
        return Path(chosen).expanduser()
    return platformdirs.user_cache_path("cnn-benchmarks", appauthor=False)


def read(key: str) -> Entry | None:
    """Map the entry's arrays, read-only; None if there is none, or none that is complete."""
    entry = cache_directory() / key
    try:
        meta = json.loads((entry / "meta.json").read_text(encoding="utf-8"))
        if meta.pop(_DIGEST, None) != _digest(meta):
            raise ValueError("meta.json was changed")
        arrays = {}
        for name in _ARRAYS:
            path = entry / f"{name}.npy"
            if _sha256(path) != meta["files"][name]:
                raise ValueError(f"{path.name} was changed or cut")
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False)
        return Entry(Splits(**arrays, note=meta["note"]), meta["facts"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        log.warning("Cache entry %s is broken (%s) and will be regenerated.", entry, problem)
        return None


def write(key: str, splits: Splits, facts: dict[str, Any]) -> Entry:
    """Store an entry, unless another process did meanwhile, and map it; if that fails, return `splits` as they are."""
    root = cache_directory()
    try:
        root.mkdir(parents=True, exist_ok=True)
        _remove_stale(root)
        with tempfile.TemporaryDirectory(prefix=_FILLING, dir=root) as temporary:
            _fill(Path(temporary) / "entry", splits, facts)
            _install(Path(temporary), key)
    except OSError as problem:
        # NumPy's error on a full disk has no number, and so no text of the system.
        why = problem.strerror or problem
        log.warning("%s: images are not cached there (%s) and will be prepared again next time", root, why)
    stored = read(key)
    if stored is not None:
        return stored
    for array in splits.arrays:
        array.flags.writeable = False
    return Entry(splits, facts)


def remove_others(key: str, name: str) -> None:
    """Remove the entries `NAME-HASH` that have another key: they were made from files that have changed since.

    A process that has mapped one keeps it: its space is freed when the last map is gone.
    """
    for entry in cache_directory().glob(f"{name}-*"):
        if entry.name != key and re.fullmatch(rf"{re.escape(name)}-[0-9a-f]{{16}}", entry.name):
            shutil.rmtree(entry, ignore_errors=True)


def _fill(entry: Path, splits: Splits, facts: dict[str, Any]) -> None:
    entry.mkdir()
    for name in _ARRAYS:
        np.save(entry / f"{name}.npy", np.ascontiguousarray(getattr(splits, name)), allow_pickle=False)
    files = {name: _sha256(entry / f"{name}.npy") for name in _ARRAYS}
    meta = {"files": files, "note": splits.note, "facts": facts}
    text = json.dumps(meta | {_DIGEST: _digest(meta)}, indent=1)
    (entry / "meta.json").write_text(text, encoding="utf-8")


def _digest(meta: dict[str, Any]) -> str:
    """Hash all that `meta.json` says besides this digest."""
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


def _install(temporary: Path, key: str) -> None:
    target = cache_directory() / key
    try:
        (temporary / "entry").rename(target)
    except OSError:
        if read(key) is not None:
            return  # another process was quicker
        target.rename(temporary / "broken")
        (temporary / "entry").rename(target)


def _remove_stale(root: Path) -> None:
    """Remove what killed processes left partly written."""
    for leftover in root.glob(f"{_FILLING}*"):
        with contextlib.suppress(OSError):  # another process has finished, and removed it
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)


def _sha256(path: Path) -> str:
    """Hash a file of an entry, once per process while its state stays the same."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is not a regular file")
    # The time of change of the inode (ctime) cannot be set back, unlike that of the content.
    state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if (path, state) not in _hashed:
        with path.open("rb") as file:
            _hashed[path, state] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashed[path, state]

"""Image data sets under one contract, found by file name: each module without a leading underscore is
one.

    names()                                     # ("cifar10", "fashion_mnist", "mnist", "svhn")
    load("mnist", "real", data_dir=Path("data")).subset(2000, 500)

Real files are looked for in the data directory, Keras's cache and the system's packages, then downloaded;
they are checked, decoded once, and mapped into memory from then on. Where there are none, stand-ins can be
generated.
"""

import hashlib
import importlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np

from datasets import _cache, _sources
from datasets._dataset import Dataset, check_share, fingerprint
from datasets._spec import DataError, DataNotFound, DataRefused, Spec, Splits, UnknownDataset

__all__ = [
    "DataError",
    "DataNotFound",
    "DataRefused",
    "Dataset",
    "FileStatus",
    "Mode",
    "State",
    "UnknownDataset",
    "fetch",
    "inspect",
    "load",
    "load_real",
    "names",
    "spec",
]

Mode = Literal["real", "synthetic", "auto"]
State = Literal["verified", "copy", "found", "missing"]

# Generated images are cached from this many on: fewer are drawn again sooner than they are worth a file. The quick
# protocol's 2,500 to 3,000 are read again by its next run and its reports.
_CACHED_IMAGES = 2500


def names() -> tuple[str, ...]:
    """Every data set's name, sorted; imports none of them."""
    here = Path(__file__).parent
    return tuple(sorted(path.stem for path in here.glob("*.py") if not path.stem.startswith("_")))


def spec(name: str) -> Spec:
    """Give what the data set's module declares. Raises UnknownDataset."""
    declared: Spec = _module(name).SPEC
    return declared


def load(
    name: str,
    mode: Mode = "auto",
    *,
    data_dir: Path | None = None,
    accept_copies: bool = False,
    train: int | None = None,
    test: int | None = None,
    download: bool | None = None,
) -> Dataset:
    """Load a data set, or a fixed share of `train` and `test` images of it (None: all; see Dataset.subset).

    `real` raises DataNotFound if there is no real data; `auto` then generates the stand-in, as `synthetic`
    always does, and gives the reason as `missing`. `accept_copies` admits files whose checksum is not
    official, which `verified` and `origin` record. `download`: whether missing files may be fetched (None:
    unless BENCH_OFFLINE is set). Raises UnknownDataset, DataRefused for files that are broken or not the
    official ones, ValueError for a wrong mode or share.
    """
    if mode not in ("real", "synthetic", "auto"):
        raise ValueError(f"mode {mode!r}; expected 'real', 'synthetic' or 'auto'.")
    declared = spec(name)
    if mode == "synthetic":
        return _generated(declared, train, test)
    try:
        whole = load_real(declared, data_dir=data_dir, accept_copies=accept_copies, download=download)
    except DataNotFound as missing:
        if mode == "real":
            raise
        return replace(_generated(declared, train, test), missing=missing)
    return whole.subset(
        len(whole.y_train) if train is None else train, len(whole.y_test) if test is None else test
    )


def load_real(
    declared: Spec,
    *,
    data_dir: Path | None = None,
    accept_copies: bool = False,
    download: bool | None = None,
) -> Dataset:
    """Load the real files of the data set that `declared` describes. Raises as `load` in mode `real`."""
    found = _obtain(declared, data_dir, download)
    key = found.key(declared)
    entry = _cache.read(key)
    copies = found.copies() if entry is None else [_sources.Copy(*copy) for copy in entry.facts["copies"]]
    if copies and not accept_copies:
        raise DataRefused(_refusal(declared, copies))
    if entry is None:
        splits = found.layout.read(declared, found.files)
        facts = {"copies": copies, "fingerprint": fingerprint(splits, declared.class_names)}
        entry = _cache.write(key, splits, facts)
    unofficial = ", ".join(Path(copy.path).name for copy in copies)
    origin = [f"{found.place}: {found.folder}"]
    origin += [f"accepted copies: {unofficial}"] if copies else []
    origin += [entry.splits.note] if entry.splits.note else []
    return _dataset(declared, entry, "real", "; ".join(origin), verified=not copies)


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


def inspect(name: str, *, data_dir: Path | None = None, verify: bool = False) -> list[FileStatus]:
    """List the files in all places, then the published ones that are missing; `verify` hashes them."""
    declared, foreign = spec(name), _foreign(name)
    statuses = []
    for _place, folder, layout, ambiguous in _sources.folders(declared, data_dir):
        for file in (*layout.files, *layout.optional):
            path = folder / file.name
            if file.name not in _sources.present(folder, [file]):
                continue
            if ambiguous and _sources.received(path, file) in foreign:
                continue
            state: State = "found"
            if verify:
                state = "verified" if _sources.is_official(path, file) else "copy"
            optional = file in layout.optional
            statuses.append(FileStatus(file.name, path, path.stat().st_size, file.size, state, optional))
    there = {status.file for status in statuses}
    complete = any(all(file.name in there for file in layout.files) for layout in declared.layouts)
    for file in (*(() if complete else declared.published.files), *declared.published.optional):
        if file.name not in there:
            optional = file in declared.published.optional
            statuses.append(FileStatus(file.name, None, None, file.size, "missing", optional))
    return statuses


def fetch(name: str, *, data_dir: Path | None = None, everything: bool = False) -> list[Path]:
    """Download the official files that no place has, and give all files' paths.

    They are kept in `data_dir`, or else in Keras's cache. `everything`: the optional ones too (SVHN's
    `extra`, 1.3 GB). Raises DataNotFound if a file is not to be had, DataRefused if what came is not the
    official one.
    """
    declared = spec(name)
    found = _sources.find(declared, data_dir, _foreign(name))
    layout, folder = declared.published, _sources.destination(declared, data_dir)
    if found and not (everything and layout.optional):
        return list(found.files.values())
    if found and found.layout is layout:
        folder = found.folder
    return _sources.download((*layout.files, *(layout.optional if everything else ())), folder)


def _module(name: str) -> ModuleType:
    if name not in names():
        raise UnknownDataset(f"no data set {name!r}; there are {', '.join(names())}.")
    return importlib.import_module(f"datasets.{name}")


def _foreign(name: str) -> frozenset[str]:
    """Give the checksums of all other data sets' files."""
    layouts = [layout for other in names() if other != name for layout in spec(other).layouts]
    return frozenset(known for layout in layouts for file in layout.files for known in file.checksums)


def _obtain(declared: Spec, data_dir: Path | None, download: bool | None) -> _sources.Found:
    foreign = _foreign(declared.name)
    found = _sources.find(declared, data_dir, foreign)
    if found:
        return found
    reason = "not allowed"
    if os.environ.get("BENCH_OFFLINE", "0") in ("", "0") if download is None else download:
        try:
            _sources.download(declared.published.files, _sources.destination(declared, data_dir))
            found = _sources.find(declared, data_dir, foreign)
        except DataNotFound as problem:
            reason = str(problem)
    if not found:
        raise DataNotFound(_not_found(declared, data_dir, reason))
    return found


def _not_found(declared: Spec, data_dir: Path | None, reason: str) -> str:
    forms = " or ".join(", ".join(file.name for file in layout.files) for layout in declared.layouts)
    lines = [f"{declared.title}: no real data. Looked for {forms} in"]
    for place, folder, layout, _ in _sources.folders(declared, data_dir):
        missing = {file.name for file in layout.files} - _sources.present(folder, layout.files).keys()
        partly = 0 < len(missing) < len(layout.files)
        line = f"  {place}: {folder}" + (f" (only {', '.join(sorted(missing))} missing)" if partly else "")
        if line not in lines:
            lines.append(line)
    where = _sources.destination(declared, data_dir)
    chosen = f" --data-dir {data_dir}" if data_dir else ""
    lines += [f"  download: {reason}", "Get it by", f"  python -m benchmarks data --fetch{chosen}", "or"]
    lines += [
        f"  curl -L --create-dirs -o {where / file.name} {file.url}" for file in declared.published.files
    ]
    return "\n".join([*lines, "or use the generated stand-in: --data synthetic."])


def _refusal(declared: Spec, copies: list[_sources.Copy]) -> str:
    lines = [f"  {copy.path}\n    received {copy.received}\n    expected {copy.expected}" for copy in copies]
    advice = (
        "Get them anew, or, if you know them as copies, admit them with --accept-copies: the run records it."
    )
    return "\n".join([f"{declared.title}: not the official files:", *lines, advice])


def _generated(declared: Spec, train: int | None, test: int | None) -> Dataset:
    """Generate the stand-in, of that size."""
    sizes = {}
    for split, size, counts in (
        ("train", train, declared.train_counts),
        ("test", test, declared.test_counts),
    ):
        sizes[split] = sum(counts) if size is None else size
        check_share(declared.name, split, sizes[split], sum(counts))
    large = sum(sizes.values()) >= _CACHED_IMAGES
    key = f"{declared.name}-synthetic-{sizes['train']}-{sizes['test']}-{_code()}"
    entry = _cache.read(key) if large else None
    if entry is None:
        splits = _draw(declared, sizes)
        facts = {"fingerprint": fingerprint(splits, declared.class_names)}
        entry = _cache.write(key, splits, facts) if large else _cache.Entry(splits, facts)
    return _dataset(declared, entry, "synthetic", "generated stand-in", verified=False)


def _draw(declared: Spec, sizes: dict[str, int]) -> Splits:
    import datasets._synthetic as _synthetic

    draw = _module(declared.name).draw
    x_train, y_train = _synthetic.generate(
        draw, declared.train_counts, declared.name, "train", sizes["train"]
    )
    x_test, y_test = _synthetic.generate(draw, declared.test_counts, declared.name, "test", sizes["test"])
    return Splits(x_train, y_train, x_test, y_test)


def _code() -> str:
    """Hash of this package and of NumPy's version: other code may generate other images."""
    digest = hashlib.sha256(np.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _dataset(
    declared: Spec, entry: _cache.Entry, source: Literal["real", "synthetic"], origin: str, *, verified: bool
) -> Dataset:
    splits = entry.splits
    arrays = (splits.x_train, splits.y_train, splits.x_test, splits.y_test)
    facts = (source, origin, verified, entry.facts["fingerprint"])
    return Dataset(declared.name, *arrays, declared.class_names, *facts)

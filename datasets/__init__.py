"""Image data sets under one contract, one file each, and the file's name is the data set's name.

    names()                                     # ("cifar10", "cifar100", "emnist_letters", ...)
    load("mnist", "real", data_dir=Path("data")).subset(2000, 500)

Real files are looked for in the data directory, Keras's cache and the system's packages, then downloaded;
they are checked, decoded once, and mapped into memory from then on. Where there are none, synthetic images
can be generated. Names that begin with an underscore are no data sets:

    _contract.py    what a data set's file declares, what is loaded from it, and what can go wrong
    _files/         real images from official files
    _synthetic/     generated images in their place
    _own/           the user's own images
    _cache.py       the arrays of all three, once decoded or generated
"""

import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Literal

from datasets._cache import cache_directory
from datasets._contract import (
    BadDeclaration,
    DataError,
    DataNotFound,
    DataRefused,
    Dataset,
    Spec,
    UnknownDataset,
)
from datasets._files import real, status
from datasets._files.status import FileStatus, State
from datasets._own import registry
from datasets._own.registry import LoadedImages, OwnImages
from datasets._synthetic import generation

__all__ = [
    "BadDeclaration",
    "DataError",
    "DataNotFound",
    "DataRefused",
    "Dataset",
    "FileStatus",
    "LoadedImages",
    "Mode",
    "OwnImages",
    "State",
    "UnknownDataset",
    "add_own",
    "cache_directory",
    "default_names",
    "fetch",
    "file_status",
    "load",
    "load_real",
    "names",
    "spec",
]

Mode = Literal["real", "synthetic", "auto"]


def names() -> tuple[str, ...]:
    """List every data set's name, sorted: those with a file here, which is not imported, and the user's own.

    Raises:
        BadDeclaration: A file's name has other characters than letters, digits and underscores.
    """
    return tuple(sorted((*_file_names(), *registry.own_names())))


def add_own(own: OwnImages) -> LoadedImages:
    """Read the user's own images, and let this process know them by their name.

    Raises:
        DataRefused: The name is taken, or the images cannot be used; the message names every bad file.
    """
    return registry.add(own, _file_names())


def _file_names() -> tuple[str, ...]:
    found = tuple(path.stem for path in Path(__file__).parent.glob("[!_.]*.py"))
    if bad := [name for name in found if not name.isidentifier()]:
        raise BadDeclaration(
            f"datasets/{bad[0]}.py: a data set's name has only letters, digits and _, and no digit first; rename the file"
        )
    return found


def default_names() -> tuple[str, ...]:
    """List the data sets of a run that names none, sorted; imports all of them."""
    return tuple(name for name in names() if spec(name).in_default_grid)


def spec(name: str) -> Spec:
    """Return what the data set's module declares, or describe the user's own images.

    Raises:
        UnknownDataset: There is no such data set.
        BadDeclaration: Its module cannot be imported, or does not declare one.
    """
    if own := registry.find(name):
        return own.spec
    module = _module(name)
    missing = [part for part in ("SPEC", "draw") if not hasattr(module, part)]
    if missing:
        raise BadDeclaration(
            f"datasets/{name}.py has no {' and no '.join(missing)}; add what is missing, "
            "or, if it is no data set, let its name begin with _"
        )
    found: Spec = module.SPEC
    if found.name != name:
        raise BadDeclaration(f"datasets/{name}.py: its SPEC has the name {found.name!r}; expected {name!r}")
    counts = len(found.train_counts), len(found.test_counts)
    if counts != (len(found.class_names),) * 2:
        raise BadDeclaration(
            f"datasets/{name}.py: SPEC has {counts[0]} train_counts and {counts[1]} test_counts; "
            f"expected {len(found.class_names)} of each, one for each of class_names"
        )
    return found


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
    """Load a data set, or a fixed share of it.

    Args:
        name: The data set.
        mode: `real`, `synthetic` (generated images), or `auto`: real data if available, else synthetic data,
            with the reason as `missing`.
        data_dir: Where files are looked for first, and kept.
        accept_copies: Accept files whose checksum is not official, which `verified` and `origin` record.
        train: Training images; None: all (see Dataset.subset).
        test: Test images; None: all.
        download: Whether missing files may be downloaded; None: unless BENCH_OFFLINE is set.

    Raises:
        UnknownDataset: There is no such data set.
        DataNotFound: In mode `real`, there is no real data.
        DataRefused: Files are broken, or not the official ones.
        BadDeclaration: The data set's module cannot be imported, declares none, or draws other images than it declares.
        ValueError: The mode or a share is wrong.
    """
    if mode not in ("real", "synthetic", "auto"):
        raise ValueError(f"mode {mode!r}; expected 'real', 'synthetic' or 'auto'.")
    if own := registry.find(name):
        if mode == "synthetic":
            raise DataNotFound(f"{name}: your own images have no stand-in; leave out --data synthetic.")
        return own.dataset().subset(train, test)
    missing = None
    if mode != "synthetic":
        try:
            return load_real(
                spec(name), data_dir=data_dir, accept_copies=accept_copies, download=download
            ).subset(train, test)
        except DataNotFound as problem:
            if mode == "real":
                raise
            missing = problem
    return replace(generation.load(spec(name), _module(name).draw, train, test), missing=missing)


def load_real(
    spec: Spec,
    *,
    data_dir: Path | None = None,
    accept_copies: bool = False,
    download: bool | None = None,
) -> Dataset:
    """Load all real images of the data set that `spec` describes. Raises as `load` in mode `real`."""
    return real.load(
        spec,
        _other_checksums(spec.name),
        data_dir=data_dir,
        accept_copies=accept_copies,
        may_download=download,
    )


def file_status(name: str, *, data_dir: Path | None = None, verify: bool = False) -> list[FileStatus]:
    """List the files in all places, then the published ones that are missing; `verify` hashes them.

    Raises:
        DataRefused: What has a file's name cannot be read, or is no such file.
    """
    return status.file_status(spec(name), _other_checksums(name), data_dir, verify=verify)


def fetch(name: str, *, data_dir: Path | None = None, everything: bool = False) -> list[Path]:
    """Download the official files that are nowhere yet, and return the paths of all files.

    Args:
        name: The data set.
        data_dir: Where files are looked for first, and kept; None: in Keras's cache.
        everything: Download the optional files too (SVHN's `extra`, 1.3 GB; CIFAR-10.1).

    Raises:
        DataNotFound: A file is not available.
        DataRefused: What arrived is not the official file.
    """
    return real.fetch(spec(name), _other_checksums(name), data_dir=data_dir, everything=everything)


def _module(name: str) -> ModuleType:
    if name not in names():
        raise UnknownDataset(f"no data set {name!r}; expected one of {', '.join(names())}.")
    try:
        return importlib.import_module(f"datasets.{name}")
    except Exception as problem:
        raise BadDeclaration(
            f"datasets/{name}.py cannot be imported: {type(problem).__name__}: {problem}; correct or remove the file"
        ) from problem


def _other_checksums(name: str) -> frozenset[str]:
    """Return the checksums of all other data sets' files."""
    layouts = [layout for other in names() if other != name for layout in spec(other).layouts]
    return frozenset(known for layout in layouts for file in layout.files for known in file.checksums)

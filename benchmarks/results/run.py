"""Saved runs, read as what they are: files from outside.

A run is pytest-benchmark's JSON with one entry a cell (see `Cell`), or a pinned baseline
(`benchmarks.results.baselines`), which holds the same fields in a compact form. Whatever does not fit is refused by
file and field; nothing is guessed. Only the standard library is imported here, so that reading a run costs no
start-up time.
"""

import argparse
import json
import math
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.results.parsing import Fields, RunRefused, read_json, show, within

CHANCE = 0.1  # every data set of the suite has ten classes
PINNED_FORMAT = 1
STORAGE = Path(".benchmarks")
TEST = "benchmarks/bench_training.py::test_training[{}]"  # the test that trains a cell, by the cell's id

_NAME = re.compile(r"[A-Za-z0-9_.+]{1,60}")
# What a time depends on, in machine_info; the rest (host name, kernel, compiler) is left in the file. A rented machine's processor may
# hide its name ("AMD EPYC" are several generations): family and model tell them apart.
_TIMING_KEY = re.compile(
    r"(^|[._])(brand_raw|count|cores|devices?|gpus?|\w*threads?\w*|int(er|ra)_op\w*)$|^cpu\.(family|model)$"
)


@dataclass(frozen=True)
class History:
    """One training, epoch by epoch: accuracy on the test images (None: none), seconds of training alone."""

    val_accuracy: tuple[float | None, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Cell:
    """One architecture on one data set. Sequences hold one value a seed, in the order of `seeds`.

    Accuracies are shares of the test set, 0..1; None: the training diverged and left no model to test.
    """

    architecture: str
    dataset: str
    protocol: str
    precision: str
    data_source: Literal["real", "synthetic"]
    data_fingerprint: str
    fingerprint: str
    seeds: tuple[int, ...]
    accuracies: tuple[float | None, ...]
    test_images: int
    params_total: int
    params_trainable: int
    params_non_trainable: int
    recipe: Mapping[str, str] = field(default_factory=dict)  # to name what differs; the fingerprint decides
    epochs: int | None = None
    train_images: int | None = None
    flops_per_image: int | None = None
    floor: float | None = None
    verdict: Literal["passed", "failed"] | None = None
    data_verified: bool | None = None
    diverged: tuple[int | None, ...] = ()  # the epoch; None: it did not
    correct: tuple[str, ...] = ()  # base64 of packed bits over the test images
    seed_seconds: tuple[float, ...] = ()
    parallel: bool = False
    peak_memory_mib: float | None = None
    history: tuple[History, ...] = ()  # empty: it was not kept
    measured_at: tuple[str, ...] = ()  # when trainings ended, ISO 8601; empty: see the run's date
    versions: Mapping[str, str] = field(default_factory=dict)  # empty: the run's
    machine: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)  # as read, not checked

    @property
    def id(self) -> str:
        """`ARCH-DATASET`."""
        return f"{self.architecture}-{self.dataset}"

    @property
    def values(self) -> dict[int, float]:
        """Accuracy by seed; a seed that left no model counts as guessing, it is not dropped."""
        return {s: CHANCE if a is None else a for s, a in zip(self.seeds, self.accuracies, strict=True)}

    @property
    def diverged_seeds(self) -> int:
        """How many trainings diverged."""
        epochs = self.diverged or (None,) * len(self.seeds)
        return sum(e is not None or a is None for e, a in zip(epochs, self.accuracies, strict=True))


@dataclass(frozen=True)
class Run:
    """A saved run: its cells by id, and what people need to know about where it came from."""

    name: str
    cells: Mapping[str, Cell]
    datetime: str = ""
    partial: bool = False
    narrowed: bool = False  # only a part of the grid was asked for (--arch, --dataset)
    pinned: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)  # only what times depend on, no host name
    commit: str | None = None

    def versions_of(self, cell: Cell) -> Mapping[str, str]:
        """Libraries that one of its cells was trained with."""
        return cell.versions or self.versions

    def date_of(self, cell: Cell) -> str:
        """When one of its cells was trained, as far as is known; a pinned or resumed run is of several days."""
        return max(cell.measured_at, default=self.datetime)

    def machine_of(self, cell: Cell) -> Mapping[str, str]:
        """What one of its cells was timed on; a pinned file may hold cells of several machines."""
        return cell.machine or self.machine


def load(path: Path | str) -> Run:
    """Read a saved run or a pinned baseline.

    Raises RunRefused for a file that is missing, too large, no JSON (NaN and Infinity are none) or lacks a
    field.
    """
    return from_dict(read_json(Path(path)), str(path))


def from_dict(data: object, name: str) -> Run:
    """Make a run of JSON data in memory, checked as a file would be; `name` is what messages call it."""
    top = Fields(data, name)
    if "pinned" in top.data:
        return _from_pinned(top, name)
    suite = Fields(top.get("suite", dict, {}), f"{name}: suite")
    entries = top.get("benchmarks", list)
    cells: dict[str, Cell] = {}
    for index, entry in enumerate(entries):
        extra = Fields(entry, f"{name}: benchmarks[{index}]").get("extra_info", dict, {})
        if "architecture" in extra:  # other benchmarks may have been saved in the same session
            _add(cells, _cell(Fields(extra, f"{name}: benchmarks[{index}].extra_info"), extra), name)
    if not cells:
        raise RunRefused(
            f"{name}: none of its {len(entries)} benchmarks is a cell of this suite; nothing to compare"
        )
    expected = suite.many("expected", str, default=None)
    commit = Fields(top.get("commit_info", dict, {}), f"{name}: commit_info").get("id", str, None)
    return Run(
        name=name,
        cells=cells,
        datetime=top.get("datetime", str, ""),
        partial=suite.get("partial", bool, False) or not set(expected) <= set(cells),
        narrowed=suite.get("narrowed", bool, False),
        versions=_strings(suite.get("versions", dict, {})),
        machine=timing_facts(top.get("machine_info", dict, {})),
        commit=commit,
    )


def timing_facts(machine_info: Mapping[str, Any]) -> dict[str, str]:
    """What times depend on of pytest-benchmark's `machine_info`: processor, cores, device, threads."""
    return {key: value for key, value in _flat(machine_info) if _TIMING_KEY.search(key)}


def storage_option(parser: argparse.ArgumentParser) -> None:
    """Declare where `resolve` looks."""
    text = "where run numbers are looked up (%(default)s)"
    parser.add_argument("--storage", type=Path, default=STORAGE, metavar="DIR", help=text)


def resolve(reference: str, storage: Path = STORAGE) -> Path:
    """Find the file of a run named by path or by number.

    A number (`1`, `0001`) is looked up as pytest-benchmark numbers its saved runs: `NNNN_*.json` in the
    storage's folder for this machine, else in any of its folders. An existing file of that name wins. Two
    runs of one number (two savers can take the same) are refused.
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


def machine_id() -> str:
    """pytest-benchmark's folder name for this machine (its `utils.get_machine_id`)."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{platform.system()}-{platform.python_implementation()}-{version}-{platform.architecture()[0]}"


def _numbered(folder: Path, number: int) -> list[Path]:
    files = sorted(folder.glob("[0-9]*_*.json"))
    return [f for f in files if (digits := f.name.split("_")[0]).isdecimal() and int(digits) == number]


def _from_pinned(top: Fields, name: str) -> Run:
    if (version := top.get("pinned", int)) != PINNED_FORMAT:
        raise RunRefused(
            f"{name}: pinned format {version}, this version of the suite reads {PINNED_FORMAT}; pin again"
        )
    cells: dict[str, Cell] = {}
    shared = {key: top.get(key, str) for key in ("protocol", "data_source")}
    for index, entry in enumerate(top.get("cells", list)):
        where = f"{name}: cells[{index}]"
        _add(cells, _cell(Fields(Fields(entry, where).data | shared, where), {}), name)
    if not cells:
        raise RunRefused(f"{name}: pins no cell; nothing to compare")
    return Run(
        name=name,
        cells=cells,
        datetime=top.get("datetime", str, ""),
        partial=top.get("partial", bool, False),
        pinned=True,
        versions=_strings(top.get("versions", dict, {})),
        machine=_strings(top.get("machine", dict, {})),
        commit=top.get("commit", str, None),
    )


def _cell(f: Fields, extra: Mapping[str, Any]) -> Cell:
    architecture, dataset = f.get("architecture", str), f.get("dataset", str)
    for key, value in (("architecture", architecture), ("dataset", dataset)):
        if not _NAME.fullmatch(value):
            raise RunRefused(f"{f.where}: '{key}' is {show(value)}, expected a name of letters, digits and _")
    f.where = f"{f.where} ({architecture}-{dataset})"
    seeds = f.many("seeds", int)
    n = len(seeds)
    if n == 0 or None in seeds or len(set(seeds)) != n:
        raise RunRefused(
            f"{f.where}: 'seeds' is {show(list(seeds))}, expected distinct integers, at least one"
        )
    accuracies = f.many("accuracies", float, n)
    for i, value in enumerate(accuracies):
        if value is not None:
            within(value, 0, 1, f"{f.where}: 'accuracies'[{i}]")
    images = f.number("test_images", 1, 10**9, int)
    correct = f.many("correct", str, n, default=None)
    length = 4 * math.ceil(math.ceil(images / 8) / 3)
    for i, bits in enumerate(correct):
        if bits is not None and len(bits) != length:
            raise RunRefused(
                f"{f.where}: 'correct'[{i}] has {len(bits)} characters, {images} test images take {length}"
            )
    return Cell(
        architecture=architecture,
        dataset=dataset,
        protocol=f.get("protocol", str),
        precision=f.get("precision", str),
        data_source=f.one_of("data_source", ("real", "synthetic")),
        data_fingerprint=f.get("data_fingerprint", str),
        fingerprint=f.get("fingerprint", str),
        seeds=seeds,
        accuracies=accuracies,
        test_images=images,
        params_total=f.number("params_total", 0, 1e15, int),
        params_trainable=f.number("params_trainable", 0, 1e15, int),
        params_non_trainable=f.number("params_non_trainable", 0, 1e15, int),
        recipe={k: v if isinstance(v, str) else json.dumps(v) for k, v in f.get("recipe", dict, {}).items()},
        epochs=f.number("epochs", 0, 10**6, int, None),
        flops_per_image=f.number("flops_per_image", 0, 1e18, int, None),
        floor=f.number("floor", 0, 1, float, None),
        verdict=f.one_of("verdict", ("passed", "failed"), None),
        data_verified=f.get("data_verified", bool, None),
        diverged=f.many("diverged", int, n, default=None),
        correct=() if None in correct else correct,
        seed_seconds=tuple(s for s in f.many("seed_seconds", float, default=None) if s is not None),
        parallel=f.get("parallel", bool, False),
        train_images=f.number("train_images", 1, 10**9, int, None),
        peak_memory_mib=f.number("peak_memory_mib", 0, 1e9, float, None),
        history=_history(f, n),
        measured_at=tuple(day for day in f.many("measured_at", str, default=None) if day is not None),
        versions=_strings(f.get("versions", dict, {})),
        machine=_strings(f.get("machine", dict, {})),
        extra=extra,
    )


def _history(f: Fields, n: int) -> tuple[History, ...]:
    found = []
    for i, data in enumerate(f.many("history", dict, n, default=None)):
        epochs = Fields(data or {}, f"{f.where}: 'history'[{i}]")
        accuracies = epochs.many("val_accuracy", float, default=None)
        seconds = epochs.many("seconds", float, default=None)
        if len(accuracies) != len(seconds) or None in seconds:
            raise RunRefused(f"{epochs.where}: expected 'val_accuracy' and 'seconds' for every epoch")
        for value in accuracies:
            if value is not None:
                within(value, 0, 1, f"{epochs.where}: 'val_accuracy'")
        found.append(History(accuracies, seconds))
    return tuple(found) if any(h.seconds for h in found) else ()


def _add(cells: dict[str, Cell], cell: Cell, name: str) -> None:
    if cell.id in cells:
        raise RunRefused(f"{name}: cell {cell.id} stands in it twice; which one counts?")
    cells[cell.id] = cell


def _flat(data: Mapping[str, Any], prefix: str = "", depth: int = 2) -> Iterable[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, dict) and depth > 1:
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", str(value)


def _strings(data: Mapping[str, Any]) -> dict[str, str]:
    return dict(_flat(data))

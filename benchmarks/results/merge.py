"""Shards of one grid, made into one run. Nothing here trains, or imports what does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results.atomic import write_atomically
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict, load_run

_AGREED = ("settings", "code", "versions", "expected")
"""What ``suite`` must hold alike in all shards of one grid."""


def merge(paths: Sequence[Path], *, allow_partial: bool = False) -> dict[str, Any]:
    """One run of the shards' cells, in the grid's order, as pytest-benchmark's JSON.

    :raises RunRefused: for shards of different grids, for cells that are there twice, and, unless ``allow_partial``, for missing ones.
    """
    if len(paths) < 2:
        raise RunRefused("merge takes two runs or more, the shards of one grid")
    runs = {str(path): _read(path) for path in paths}
    if len(runs) < len(paths):
        raise RunRefused("merge: the same file is named twice")
    _same_grid(runs)
    entries = _cells(runs)
    first = next(iter(runs.values()))
    expected: list[str] = first["suite"]["expected"]
    missing = [cell for cell in expected if cell not in entries]
    if missing and not allow_partial:
        raise RunRefused(
            f"of {len(expected)} cells {len(missing)} are in no shard: {', '.join(missing)};"
            " name the shards that have them, or make a partial run with --allow-partial"
        )
    order = {cell: position for position, cell in enumerate(expected)}
    merged = {
        **first,
        "machine_info": _joined([run["machine_info"] for run in runs.values()]),
        "datetime": max(str(run["datetime"]) for run in runs.values()),
        "benchmarks": [entries[cell] for cell in sorted(entries, key=lambda c: order.get(c, len(order)))],
        "suite": {
            **first["suite"],
            "shard": None,
            "partial": bool(missing),
            "merged": [_origin(path, run) for path, run in runs.items()],
        },
    }
    from_dict(merged, "the merged run")  # what is written can be read
    return merged


def write(run: Mapping[str, Any], path: Path) -> None:
    """Write a run, whole or not at all."""
    write_atomically(path, json.dumps(run, indent=4, allow_nan=False).encode())


def _read(path: Path) -> dict[str, Any]:
    """A saved run's JSON, checked."""
    if load_run(path).pinned:
        raise RunRefused(f"{path}: a pinned baseline is no shard; name the runs it was made of")
    data: dict[str, Any] = json.loads(path.read_bytes())
    suite = data.get("suite")
    if not isinstance(suite, dict) or any(suite.get(key) is None for key in _AGREED):
        raise RunRefused(f"{path}: does not say which grid it is a part of; was it saved by this suite?")
    if not isinstance(data.get("machine_info"), dict) or "datetime" not in data:
        raise RunRefused(
            f"{path}: 'machine_info' or 'datetime' is missing; was it saved by pytest-benchmark?"
        )
    return data


def _same_grid(runs: Mapping[str, dict[str, Any]]) -> None:
    """Refuse shards that differ in what decides their outcome, naming what differs."""
    (name, first), *others = runs.items()
    for other, run in others:
        differing = [
            f"{key}: {before} in {name}, {now} in {other}"
            for key in _AGREED
            for before, now in _differences(first["suite"][key], run["suite"][key])
        ]
        if differing:
            raise RunRefused("not shards of one grid; " + "; ".join(differing))
    data: dict[tuple[object, ...], tuple[str, str]] = {}
    for name, run in runs.items():
        for info in (entry["extra_info"] for entry in run["benchmarks"]):
            what = (info.get("dataset"), info.get("train_images"), info.get("test_images"))
            known = data.setdefault(what, (info["data_fingerprint"], name))
            if known[0] != info["data_fingerprint"]:
                raise RunRefused(
                    f"not the same data: {what[0]} is {known[0]} in {known[1]}, {info['data_fingerprint']} in {name}"
                )


def _differences(before: object, now: object) -> list[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(now, dict):
        keys = [key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key)]
        return [(f"{key} {before.get(key)}", f"{now.get(key)}") for key in keys]
    if isinstance(before, list) and isinstance(now, list) and before != now:
        only = [", ".join(str(x) for x in a if x not in b) for a, b in ((before, now), (now, before))]
        return [(f"also {only[0] or 'none'}", f"also {only[1] or 'none'}")]
    return [] if before == now else [(str(before), str(now))]


def _cells(runs: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    owner: dict[str, str] = {}
    twice = []
    for name, run in runs.items():
        for entry in run["benchmarks"]:
            cell = f"{entry['extra_info']['architecture']}-{entry['extra_info']['dataset']}"
            if cell in found:
                twice.append(f"{cell} in {owner[cell]} and {name}")
            found[cell], owner[cell] = entry, name
    if twice:
        raise RunRefused(f"cells that stand in two shards, which one counts? {'; '.join(twice)}")
    return found


def _origin(path: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a shard: not its host's name, and no folder."""
    infos = [entry["extra_info"] for entry in run["benchmarks"]]
    return {
        "file": Path(path).name,
        "shard": run["suite"].get("shard"),
        "datetime": run["datetime"],
        "commit": (run.get("commit_info") or {}).get("id"),
        "machine": dict(load_run(Path(path)).machine),
        "parallel": any(info.get("parallel") for info in infos),
        "cells": list(load_run(Path(path)).cells),
    }


def _joined(machines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all machines have in common; where they differ, all their values, so that no comparison takes them for one machine."""
    joined: dict[str, Any] = {}
    for key in dict.fromkeys(key for machine in machines for key in machine):
        values = [machine.get(key) for machine in machines]
        if all(value == values[0] for value in values):
            joined[key] = values[0]
        elif all(isinstance(value, dict) for value in values):
            joined[key] = _joined([dict(value) for value in values if isinstance(value, dict)])
        else:
            joined[key] = " | ".join(dict.fromkeys(str(value) for value in values))
    return joined

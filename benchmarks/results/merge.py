"""Merging several runs into one: shards of a grid, or more seeds of the same cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.results.atomic import write_named
from benchmarks.results.differences import differences
from benchmarks.results.facts import joined, merge_facts
from benchmarks.results.merge_seeds import merge_cell
from benchmarks.results.parsing import RunRefused, quoted, read_json
from benchmarks.results.run import Run, from_dict, load_run, without_shared
from benchmarks.results.schema import CellResult
from benchmarks.results.suite import AGREED, Suite


def merge(paths: Sequence[Path], *, allow_partial: bool = False) -> dict[str, Any]:
    """Merge several runs into one, as pytest-benchmark's JSON.

    Runs that share no cell are shards of one grid: they must agree in settings, code and versions. Runs that share cells, or pinned
    baselines, give their seeds to one cell each: only what decides the outcome must agree, and each seed keeps its machine, versions,
    commit and day.

    Args:
        paths: Files of saved runs or pinned baselines, at least two.
        allow_partial: Make a partial run where requested cells are missing.

    Raises:
        RunRefused: The runs do not belong together, or cells are missing; the message names what differs.

    """
    if len(paths) < 2:
        raise RunRefused("merge takes at least two runs: shards of one grid, or seeds of the same cells")
    files = [path.resolve() for path in paths]
    if twice := [path for path, file in zip(paths, files, strict=True) if files.count(file) > 1]:
        raise RunRefused(f"{twice[0]} is named twice; name each run once")
    runs = [load_run(path) for path in paths]
    raw = [_raw(path, run) for path, run in zip(paths, runs, strict=True)]
    names = [name for run in runs for name in run.cells]
    if len(set(names)) < len(names) or any(run.pinned for run in runs):
        merged = _with_seeds(runs, raw)
    else:
        _check_one_grid(runs, raw)
        entries = [entry for data in raw for entry in data["benchmarks"]]
        merged = raw[0] | {"benchmarks": entries}
    _check_one_run(runs)
    return _finished(merged, runs, raw, allow_partial=allow_partial)


def write(run: Mapping[str, Any], path: Path) -> None:
    """Write a run where the user says."""
    write_named(path, json.dumps(run, indent=4, allow_nan=False).encode())


def _raw(path: Path, run: Run) -> dict[str, Any]:
    """Return a saved run's JSON with what merging needs; keys that this version does not know survive."""
    if run.pinned:
        return {
            "machine_info": dict(run.machine),
            "commit_info": {"id": run.commit, "dirty": run.dirty},
            "datetime": run.datetime,
            "benchmarks": [],
            "suite": Suite(
                expected=tuple(run.cells), versions=dict(run.versions), partial=run.partial
            ).to_json(),
        }
    data: dict[str, Any] = read_json(path)
    found = data.get("suite")
    suite: dict[str, Any] = found if isinstance(found, dict) else {}
    if missing := [f"suite.{key}" for key in AGREED if key not in suite]:
        raise RunRefused(
            f"{path}: does not say which grid it belongs to: {', '.join(missing)} missing; was it saved by this suite?"
        )
    if not isinstance(data.get("machine_info"), dict) or not isinstance(data.get("datetime"), str):
        raise RunRefused(
            f"{path}: 'machine_info' or 'datetime' is missing; was it saved by pytest-benchmark?"
        )
    return data


def _check_one_grid(runs: Sequence[Run], raw: Sequence[Mapping[str, Any]]) -> None:
    """Refuse shards that differ in what decides their outcome, naming what differs."""
    for run, data in zip(runs[1:], raw[1:], strict=True):
        apart = [
            f"{key}: {before} in {runs[0].name}, {now} in {run.name}"
            for key in AGREED
            for before, now in _differing(raw[0]["suite"][key], data["suite"][key])
        ]
        if apart:
            raise RunRefused("not shards of one grid; " + "; ".join(apart))


def _check_one_run(runs: Sequence[Run]) -> None:
    """Refuse cells that no training of one grid gives: of several protocols, or with other images of the same data set."""
    known: dict[tuple[object, ...], tuple[str, str]] = {}
    for run in runs:
        for cell in run.cells.values():
            images: tuple[object, ...] = (cell.dataset, cell.train_images, cell.test_images)
            alike = {"data_source": (cell.dataset,), "data_fingerprint": images}
            for field in ("protocol", "precision", "backend", *alike):
                value = getattr(cell, field)
                first, name = known.setdefault((field, *alike.get(field, ())), (value, run.name))
                if value != first:
                    raise RunRefused(
                        f"{cell.id}: not of one run; {field} {quoted(first)} in {name}, {quoted(value)} in {run.name}"
                    )


def _check_settings(runs: Sequence[Run], suites: Sequence[Mapping[str, Any]]) -> None:
    """Refuse runs that asked for something else, by name. What a file does not say is not compared.

    Seeds may differ, and so may the images that were asked for: what they got, real or synthetic ones, is checked cell by cell.
    """
    named = [
        (run.name, suite["settings"])
        for run, suite in zip(runs, suites, strict=True)
        if suite.get("settings")
    ]
    for (name, settings), (other_name, other) in combinations(named, 2):
        apart = [
            f"settings.{found.field}: {found.before} in {name}, {found.after} in {other_name}"
            for found in differences(settings, other)
            if found.field not in ("seeds", "data") and None not in (found.before, found.after)
        ]
        if apart:
            raise RunRefused("not seeds of one grid; " + "; ".join(apart))


def _differing(before: object, now: object) -> list[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(now, dict):
        return [(f"{found.field} {found.before}", f"{found.after}") for found in differences(before, now)]
    if isinstance(before, list) and isinstance(now, list) and before != now:
        only = [", ".join(str(x) for x in a if x not in b) for a, b in ((before, now), (now, before))]
        if not any(only):
            return [("", "in another order")]
        return [(f"also {only[0] or 'none'}", f"also {only[1] or 'none'}")]
    return [] if before == now else [(str(before), str(now))]


def _with_seeds(runs: Sequence[Run], raw: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a run in which every cell has the seeds of all runs that hold it."""
    versions = merge_facts([run.versions for run in runs])
    machine = merge_facts([run.machine for run in runs])
    held: dict[str, list[tuple[Run, CellResult]]] = {}
    for run in runs:
        for name, cell in run.cells.items():
            held.setdefault(name, []).append((run, cell))
    commit = _commit_info(runs, raw).get("id")
    cells = [without_shared(merge_cell(parts), versions, machine, commit) for parts in held.values()]
    suites = [data["suite"] for data in raw]
    _check_settings(runs, suites)
    settings = merge_facts([suite["settings"] for suite in suites if suite.get("settings")] or [{}])
    suite = Suite(
        protocol=cells[0].protocol,
        settings=settings | {"seeds": sorted({seed for cell in cells for seed in cell.seeds})},
        code=joined(str(suite["code"]) for suite in suites if suite.get("code")),
        expected=tuple(dict.fromkeys(name for suite in suites for name in suite["expected"])),
        narrowed=all(suite.get("narrowed", False) for suite in suites),
        architectures=_in_all(suites, "architectures"),
        datasets=_in_all(suites, "datasets"),
        versions=versions,
    )
    return {**raw[0], "benchmarks": [_entry(cell) for cell in cells], "suite": suite.to_json()}


def _in_all(suites: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    """Return the names that are common to all suites that list any."""
    lists = [suite[key] for suite in suites if suite.get(key)]
    return tuple(name for name in lists[0] if all(name in names for names in lists)) if lists else ()


def _entry(cell: CellResult) -> dict[str, Any]:
    """Return a cell as pytest-benchmark saves it: each seed's training is a round."""
    from pytest_benchmark.stats import Stats

    stats = Stats()
    for seconds in cell.seed_seconds:
        stats.update(seconds)
    return {
        "group": cell.dataset,
        "name": cell.cell.test_id.rpartition("::")[2],
        "fullname": cell.cell.test_id,
        "params": {"cell_run": cell.id},
        "param": cell.id,
        "extra_info": cell.to_json(),
        "options": {},
        "stats": {**stats.as_dict(), "data": stats.data, "iterations": 1} if stats else {},
    }


def _finished(
    merged: dict[str, Any], runs: Sequence[Run], raw: Sequence[Mapping[str, Any]], *, allow_partial: bool
) -> dict[str, Any]:
    """Return the merged run in the grid's order, with where its cells came from.

    Raises:
        RunRefused: Requested cells are missing.
    """
    expected: list[str] = merged["suite"]["expected"]
    held = {name for run in runs for name in run.cells}
    missing = [name for name in expected if name not in held]
    if missing and not allow_partial:
        raise RunRefused(
            f"{len(missing)} of {len(expected)} cells are in no shard: {', '.join(missing)};"
            " name the shards that have them, or make a partial run with --allow-partial"
        )
    if (fewer := _lost(runs, raw)) and not allow_partial:
        raise RunRefused(
            f"{'; '.join(fewer)}: the cells would have fewer seeds than were asked for; run them again, or make a partial"
            " run with --allow-partial"
        )
    order = {name: position for position, name in enumerate(expected)}
    entries = sorted(merged["benchmarks"], key=lambda e: order.get(_cell_id(e), len(order)))
    result = {
        **merged,
        "machine_info": _machine_info(runs, raw),
        "commit_info": _commit_info(runs, raw),
        "datetime": max(str(data["datetime"]) for data in raw),
        "benchmarks": entries,
        "suite": {
            **{key: value for key, value in merged["suite"].items() if key != "here"},
            "shard": None,
            "partial": bool(missing or fewer),
            "merged": [_origin(run, data) for run, data in zip(runs, raw, strict=True)],
        },
    }
    from_dict(result, "the merged run")  # what is written can be read
    return result


def _lost(runs: Sequence[Run], raw: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which runs lack cells that they were asked for, though another run may hold them."""
    found = []
    for run, data in zip(runs, raw, strict=True):
        if run.pinned:
            found += [f"{run.name} is partial"] if run.partial else []
        # Older shards do not say which cells are theirs.
        elif data["suite"].get("here") or not data["suite"].get("shard"):
            lost = [name for name in run.expected if name not in run.cells]
            found += [f"{run.name} lost {', '.join(lost)}"] if lost else []
    return found


def _machine_info(runs: Sequence[Run], raw: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the runs were measured on; a pinned file keeps the facts that times depend on, by flat names."""
    if any(run.pinned for run in runs):
        return merge_facts([run.machine for run in runs])
    return merge_facts([data["machine_info"] for data in raw])


def _commit_info(runs: Sequence[Run], raw: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all runs say of their commit: of several commits, none is the merged run's (`suite.merged` has each run's)."""
    first, *others = (data.get("commit_info") or {} for data in raw)
    shared = {key: value for key, value in first.items() if all(one.get(key) == value for one in others)}
    return shared | ({"dirty": True} if any(run.dirty for run in runs) else {})


def _cell_id(entry: Mapping[str, Any]) -> str:
    info = entry.get("extra_info") or {}  # another benchmark of the session may have none
    return f"{info.get('architecture')}-{info.get('dataset')}"


def _origin(run: Run, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is recorded about a merged run: neither its host's name nor a folder."""
    return {
        "file": Path(run.name).name,
        "shard": data["suite"].get("shard"),
        "datetime": data["datetime"],
        "commit": run.commit,
        "machine": dict(run.machine),
        "parallel": any(cell.parallel for cell in run.cells.values()),
        "cells": list(run.cells),
    }

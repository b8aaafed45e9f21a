"""Where figures come from, in words: days, machine and versions, the name of a run, and the commands that train a cell again."""

import re
from collections.abc import Iterable
from pathlib import PurePath

from benchmarks.report import format as formatting
from benchmarks.report.groups import Group, Origin
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult
from benchmarks.results.train_again import train_again


def measured_on(group: Group) -> list[str]:
    """Say how many cells of how many seeds, when, on what machine, with which libraries; one sentence each."""
    alike: dict[tuple[tuple[str, ...], str], list[tuple[str, str]]] = {}
    for key in group.cells:
        where = group.origins[key]
        alike.setdefault((tuple(sorted(set(where.machines))), where.versions), []).append(key)
    lines = []
    for (machines, versions), keys in alike.items():
        seeds = [len(group.cells[key].seeds) for key in keys]
        when = days(group.origins[key] for key in keys) or "undated"
        cells, n = formatting.count(len(keys), "cell"), formatting.span(seeds)
        lines.append(f"{cells}, n = {n}, {when}, on {', and on '.join(machines)}; {versions}.")
    return lines


def days(origins: Iterable[Origin]) -> str:
    """Write the first and the last day: `2026-01-01 to 2026-01-03`; empty where none is known."""
    known = [day for one in origins for day in one.days]
    return " to ".join(dict.fromkeys([min(known), max(known)])) if known else ""


def command(cell: CellResult) -> str:
    """Write the shell commands that train the cell's seeds again, one per line; every word from the run is quoted."""
    return formatting.commands(train_again(cell))


def reference(run: Run) -> str:
    """Return what names a run on the command line: its number if it has one, else its file; never a folder of this machine."""
    file = PurePath(run.name).name
    numbered = re.match(r"(\d{4})_", file)
    return numbered[1] if numbered else file


def short_name(name: str) -> str:
    """Return a run's file with the last part of its folder: pages are passed on, and name no more of this machine."""
    path = PurePath(name)
    return "/".join(part for part in (path.parent.name, path.name) if part)

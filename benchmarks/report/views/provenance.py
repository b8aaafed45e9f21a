"""Where the figures come from: runs, machine, versions, fingerprints, and the command that trains a cell again."""

import shlex
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath

from benchmarks.comparison import significance
from benchmarks.report.collection import Saved
from benchmarks.report.readings import Reading
from benchmarks.report.sheets import Column, Entry, Row, Sheet, Tags, number, origin, stand_in
from benchmarks.results.run import TEST, Cell, Run

LISTED = 50


def command(cell: Cell) -> str:
    """The shell commands that train the cell's seeds again, one a line; every word from the run is quoted."""
    words = ["pytest", TEST.format(cell.id), "--protocol", cell.protocol, "--data", cell.data_source]
    if cell.data_source == "real" and cell.data_verified is False:
        words.append("--accept-copies")
    if cell.precision != "float32":
        words += ["--precision", cell.precision]
    return "\n".join(shlex.join([*words, *seeds]) for seeds in _stretches(cell.seeds))


def cells(readings: Sequence[Reading]) -> Sheet:
    """What identifies each cell, and its command."""
    heads = ("cell", "fingerprint", "data", "data fingerprint", "origin of the data", "command")
    return Sheet(
        "reproduce",
        "Reproduce a cell",
        [Column(h, numeric=False) for h in heads],
        [_cell(r) for r in readings],
    )


def facts(run: Run) -> list[tuple[str, str]]:
    """Machine and versions, by name."""
    commit = [("commit", run.commit)] if run.commit else []
    return [
        ("file", run.name),
        ("saved", run.datetime),
        *commit,
        *sorted(run.versions.items()),
        *sorted(run.machine.items()),
    ]


def runs(saved: Saved) -> Sheet:
    """The newest runs first."""
    heads = ("run", "saved", "settings", "cells", "commit")
    words = ("run", "saved", "settings", "commit")
    rows = []
    for glance in reversed(saved.glances[-LISTED:]):
        tags: Tags = (("partial", "warn"),) if glance.partial else ()
        tags += (("shown in detail", "best"),) if glance.name == saved.subject.name else ()
        when = f"{glance.when:%Y-%m-%d %H:%M}" if glance.when else "–"
        settings = "; ".join(glance.settings)
        rows.append(Row([
            Entry(glance.name, glance.name, tags), Entry(when, when), Entry(settings, settings),
            number(glance.cells, str(glance.cells)), Entry(glance.commit[:10] or "–", glance.commit),
        ]))  # fmt: skip
    older = len(saved.glances) - len(rows)
    notes = [f"and {older:,} older ones"] if older else []
    return Sheet("runs", "Runs", [Column(h, numeric=h not in words) for h in heads], rows, notes)


def side_by_side(whole: Sequence[Run]) -> Sheet:
    """Accuracy of each cell in the newest runs; differences of setting stand in the head."""
    names = list(dict.fromkeys(name for run in whole for name in run.cells))
    heads = [Column("cell", numeric=False)]
    for run in whole:
        protocols = dict.fromkeys(f"{c.protocol}, {c.precision}" for c in run.cells.values())
        heads.append(Column(PurePath(run.name).stem, tags=tuple((p, "") for p in protocols)))
    rows = []
    for name in names:
        architecture, _, dataset = name.partition("-")
        rows.append(
            Row([Entry(name, name), *(_mean(run.cells.get(name)) for run in whole)], architecture, dataset)
        )
    notes = ["Mean over seeds in % ± standard deviation between them (number of seeds)."]
    return Sheet("side-by-side", "Accuracy, run beside run", heads, rows, notes)


def _mean(cell: Cell | None) -> Entry:
    if cell is None:
        return Entry("–")
    values = list(cell.values.values())
    mean, sd = significance.mean(values), significance.standard_deviation(values)
    spread = "" if sd is None else f" ±{100 * sd:.2f}"
    return Entry(f"{100 * mean:.2f}{spread} ({len(values)})", mean, stand_in(cell.data_source))


def _cell(r: Reading) -> Row:
    cell = r.cell
    source: Tags = origin(r.column[1])
    if cell.data_source == "real" and cell.data_verified:
        source += (("verified", "good"),)
    entries = [
        Entry(cell.id, cell.id), Entry(cell.fingerprint, cell.fingerprint), Entry("", cell.data_source, source),
        Entry(cell.data_fingerprint, cell.data_fingerprint), Entry(r.origin or "–", r.origin),
        Entry(command(cell), code=True),
    ]  # fmt: skip
    return Row(entries, cell.architecture, cell.dataset)


def _stretches(seeds: Sequence[int]) -> list[list[str]]:
    """--seed and --seeds for each stretch of seeds without a gap."""
    ordered = sorted(seeds)
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b != a + 1), len(ordered)]
    return [["--seed", str(ordered[a]), "--seeds", str(b - a)] for a, b in pairwise(starts)]

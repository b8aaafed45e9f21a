"""Where the figures come from: runs, machine, versions, fingerprints, and the commands that train a cell again."""

import json
import re
from collections.abc import Sequence
from pathlib import PurePath

from benchmarks.experiment.reproduce import reproduce
from benchmarks.metrics.measures import FURTHER
from benchmarks.report import format as formatting
from benchmarks.report.collection import RunCollection
from benchmarks.report.grid import display_name, kind, own_images
from benchmarks.report.groups import Group
from benchmarks.report.table import Column, Entry, Table, Tag, row
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

LISTED = 50


def measured_on(found: Group) -> list[str]:
    """Say how many cells of how many seeds, when, on what machine, with which libraries; one sentence each."""
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, where in found.origins.items():
        alike.setdefault((where.machine, where.versions), []).append(key)
    lines = []
    for (machine, versions), keys in alike.items():
        dates = [found.origins[key].date for key in keys]
        seeds = [len(found.cells[key].seeds) for key in keys]
        when, n = (" to ".join(dict.fromkeys([min(v), max(v)])) for v in (dates, [*map(str, seeds)]))
        cells = "1 cell" if len(keys) == 1 else f"{len(keys)} cells"
        lines.append(f"{cells}, n = {n}, {when}: {machine}; {versions}.")
    return lines


def command(cell: CellResult) -> str:
    """Write the shell commands that train the cell's seeds again, one per line; every word from the run is quoted."""
    return formatting.commands(
        reproduce(
            cell.cell,
            protocol=cell.protocol,
            data_source=cell.data_source,
            seeds=cell.seeds,
            precision=cell.precision,
            backend=cell.backend,
            accept_copies=cell.data_verified is False,
            changes=cell.set_fields,
            own_data=next(iter(own_images([cell])), None),
            measures=[measure.name for measure in FURTHER if measure.on_demand and cell.of(measure)],
        )
    )


def reference(run: Run) -> str:
    """Return what names a run on the command line: its number if it has one, else its file; never a folder of this machine."""
    file = PurePath(run.name).name
    numbered = re.match(r"(\d{4})_", file)
    return numbered[1] if numbered else file


def short_name(run: Run) -> str:
    """Return a run's file with the last part of its folder: pages are passed on, and name no more of this machine."""
    path = PurePath(run.name)
    return "/".join(part for part in (path.parent.name, path.name) if part)


def recipes(cells: Sequence[CellResult]) -> Table:
    """What differs between the recipes, by architecture; what is equal for all is a note."""
    texts = {cell.id: cell.recipe_text for cell in cells}
    fields = list(dict.fromkeys(name for found in texts.values() for name in found))
    varying = [name for name in fields if len({found.get(name) for found in texts.values()}) > 1]
    alike: dict[tuple[str, ...], list[CellResult]] = {}
    for cell in cells:
        key = (
            cell.architecture,
            *(texts[cell.id].get(name, "") for name in varying),
            str(cell.train_images or ""),
        )
        alike.setdefault(key, []).append(cell)
    columns = (
        Column("Architecture"), Column("Data sets", phone="wide"), *(Column(name.replace("_", " ")) for name in varying),
        Column("Training images", format=","), Column("Fingerprints", format="command", phone="wide"),
    )  # fmt: skip
    rows = [
        row(
            Entry(found[0].architecture, architecture=found[0].architecture),
            formatting.join_words([display_name(cell.dataset) for cell in found]),
            *(_short(value) for value in key[1:-1]), found[0].train_images,
            ", ".join(dict.fromkeys(cell.fingerprint for cell in found)), architecture=found[0].architecture,
        )
        for key, found in alike.items()
    ]  # fmt: skip
    one = texts[cells[0].id]
    same = [
        f"{name.replace('_', ' ')} {_short(one[name])}"
        for name in fields
        if name not in varying and name in one
    ]
    notes = [f"The same for all: {'; '.join(same)}."] if same else []
    return Table("recipes", "Recipes", columns, rows, notes)


def data(cells: Sequence[CellResult]) -> Table:
    """Where the images came from; no folder of the machine is named."""
    columns = (
        Column("Data set"), Column("Images", phone="wide"), Column("Files", phone="wide"),
        Column("Fingerprints", format="command", phone="wide"),
    )  # fmt: skip
    alike: dict[tuple[str, str], list[CellResult]] = {}
    for cell in cells:
        alike.setdefault((cell.dataset, kind(cell)), []).append(cell)
    files = {
        "real": "official files, checksums verified",
        "copies": "accepted copies: checksums are not official",
        "synthetic": "generated",
    }
    rows = [
        row(
            display_name(dataset), f"{formatting.span(c.train_images for c in found if c.train_images is not None)} to train, "
            f"{formatting.span(c.test_images for c in found)} to test", files[which],
            ", ".join(dict.fromkeys(c.data_fingerprint for c in found)), dataset=dataset,
        )
        for (dataset, which), found in alike.items()
    ]  # fmt: skip
    return Table("data", "Data", columns, rows)


def facts(run: Run) -> list[tuple[str, list[str]]]:
    """File, date, commit, machine and versions, by name."""
    return [
        ("File", [short_name(run)]),
        ("Saved", [run.datetime]),
        *([("Commit", [run.commit])] if run.commit else []),
        ("Versions", [", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))]),
        ("Machine", [", ".join(f"{name} {value}" for name, value in sorted(run.machine.items()))]),
    ]


def runs(saved: RunCollection) -> Table:
    """The newest runs first."""
    columns = (
        Column("run"), Column("saved"), Column("settings"), Column("cells", format=","), Column("commit"),
    )  # fmt: skip
    rows = []
    for summary in reversed(saved.summaries[-LISTED:]):
        tags = [Tag("partial", "warn")] if summary.partial else []
        if summary.name == saved.subject.name:
            tags.append(Tag("shown in detail", "best"))
        when = f"{summary.when:%Y-%m-%d %H:%M}" if summary.when else None
        rows.append(
            row(
                Entry(summary.name, tags=tuple(tags)), when, "; ".join(summary.settings), summary.cells,
                summary.commit[:10] or None,
            )
        )  # fmt: skip
    older = len(saved.summaries) - len(rows)
    notes = [f"and {older:,} older ones"] if older else []
    notes += [f"Left out: {reason}" for reason in saved.skipped[:20]]
    if len(saved.skipped) > 20:
        notes.append(f"and {len(saved.skipped) - 20} more")
    return Table("runs", "Runs", columns, rows, notes)


def _short(value: str) -> str:
    """Write a recipe's value without the quotes and braces of JSON, and not longer than a cell of a table."""
    try:
        found = json.loads(value)
    except ValueError:
        found = value
    if isinstance(found, dict):
        parts = [
            str(k) if v is True else f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}"
            for k, v in found.items()
            if v not in (False, None, 0)
        ]
        found = ", ".join(parts).replace("_", " ") or "none"
    text = "none" if found is None else str(found)
    return f"{text[:57]}..." if len(text) > 60 else text

"""Where the figures come from: runs, machine, versions, recipes, images and their fingerprints."""

import json
from collections.abc import Sequence

from benchmarks.report import format as formatting
from benchmarks.report.collection import RunCollection
from benchmarks.report.findings import run_facts
from benchmarks.report.grid import display_name, kind
from benchmarks.report.origins import short_name
from benchmarks.report.table import Column, Entry, Table, Tag, row
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

LISTED = 50


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
        which = "own" if cell.own_images else kind(cell)
        alike.setdefault((cell.dataset, which), []).append(cell)
    files = {
        "real": "official files, checksums verified",
        "own": "your own: no official checksums",
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
        ("File", [short_name(run.name)]),
        ("Saved", [run.datetime]),
        *([("Commit", [run_facts.commit(run, 40)])] if run.commit else []),
        ("Versions", [", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))]),
        ("Machine", [", ".join(f"{name} {value}" for name, value in sorted(run.machine.items()))]),
    ]


def runs(collection: RunCollection) -> Table:
    """The newest runs first."""
    columns = (
        Column("run"), Column("saved"), Column("settings"), Column("cells", format=","), Column("commit"),
    )  # fmt: skip
    rows = []
    for summary in reversed(collection.summaries[-LISTED:]):
        tags = [Tag("partial", "warn")] if summary.partial else []
        if summary.name == collection.subject.name:
            tags.append(Tag("shown in detail", "best"))
        when = f"{summary.when:%Y-%m-%d %H:%M}" if summary.when else None
        rows.append(
            row(
                Entry(short_name(summary.name), tags=tuple(tags)), when, "; ".join(summary.settings), summary.cells,
                summary.commit[:10] or None,
            )
        )  # fmt: skip
    older = len(collection.summaries) - len(rows)
    notes = [f"and {older:,} older ones"] if older else []
    left_out = [reason.replace(name, short_name(name), 1) for name, reason in collection.skipped.items()]
    notes += [f"Left out: {reason}" for reason in left_out[:20]]
    if len(left_out) > 20:
        notes.append(f"and {len(left_out) - 20} more")
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

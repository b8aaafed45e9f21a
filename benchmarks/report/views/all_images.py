"""Accuracy of trainings on all images: what the study reports, and below it each protocol that trains on as much."""

from collections.abc import Sequence

from benchmarks.experiment import published
from benchmarks.experiment.names import in_order
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.report import format as formatting
from benchmarks.report.grid import deaths
from benchmarks.report.groups import Group
from benchmarks.report.table import Column, Entry, Row, Table, row
from benchmarks.report.views.overview import SHARE, measured


def table(groups: Sequence[Group]) -> Table | None:
    """Set the real cells of protocols that take all training images side by side, by architecture; None without any."""
    found = [
        g
        for g in groups
        if g.source == "real" and g.protocol in PROTOCOLS and PROTOCOLS[g.protocol].train is None
    ]
    if not found:
        return None
    datasets = in_order((d for g in found for d in g.datasets), published.DATASETS)
    titles = list(dict.fromkeys((d, g.title(d)) for d in datasets for g in found if d in g.datasets))
    columns = [Column(""), Column("run"), *(Column(title, format=SHARE) for _, title in titles)]
    rows = [
        one
        for architecture in in_order((a for g in found for a in g.architectures), published.ARCHITECTURES)
        for one in _rows(architecture, found, titles)
    ]
    died = [
        f"{cell.architecture} with {group.protocol} on {group.name(cell.dataset)}: {deaths(cell)}"
        for group in found
        for cell in group.grid.cells
        if cell.diverged_seeds
    ]
    notes = [f"{formatting.INTERVALS} {formatting.WHOLE_SCALE}"]
    if died:
        notes.append(f"Dead seeds count as guessing; how many died, with 95% of the rate: {'; '.join(died)}.")
    return Table("all-images", "Accuracy on all training images", columns, rows, notes)


def _rows(architecture: str, groups: Sequence[Group], titles: Sequence[tuple[str, str]]) -> list[Row]:
    theirs = [published.ACCURACY.get((architecture, dataset)) for dataset, _ in titles]
    rows = [("study of 2018, one run", [Entry(accuracy) for accuracy in theirs])] if any(theirs) else []
    for group in groups:
        if architecture in group.architectures:
            rows.append((group.label, [_entry(group, architecture, *title) for title in titles]))
    return [
        row("" if i else architecture, label, *entries, architecture=architecture)
        for i, (label, entries) in enumerate(rows)
    ]


def _entry(group: Group, architecture: str, dataset: str, title: str) -> Entry:
    cell = group.cells.get((architecture, dataset))
    return Entry() if cell is None or group.title(dataset) != title else measured(cell)

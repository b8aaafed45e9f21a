"""Time to accuracy: seconds and epochs of training until the study's accuracy was reached."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from benchmarks.experiment import published
from benchmarks.report import format as formatting
from benchmarks.report.format import count, join_words
from benchmarks.report.grid import cell_name
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Entry, Row, Section, Table, row
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import History


def section(group: Group) -> Section:
    """Report it for every cell of a group for which the study has a figure."""
    title = f"Time to the study's accuracy ({group.label})"
    if group.source != "real":
        text = "The study's figures are for real images; synthetic data have no target."
        return Section(title, [text])
    kept = [c for c in group.grid.cells if (c.architecture, c.dataset) in published.ACCURACY and c.history]
    if not kept:
        return Section(title, ["No data: no cell of the study has accuracies by epoch."])
    never = [cell_name(c) for c in kept if not any(reached(h, _target(c)) for h in c.history)]
    paragraphs = [
        f"{len(kept) - len(never)} of {count(len(kept), 'cell')} reached the study's "
        "accuracy in at least one training."
    ]
    if never:
        paragraphs.append(f"Never reached by {join_words(never)}.")
    columns = (
        Column("cell"), Column("study", format=".4f"), Column("reached", format="d"), Column("epochs", format="g"),
        Column("seconds", format="seconds"), Column("seconds per epoch", format="seconds"),
    )  # fmt: skip
    notes = [
        "Reached: trainings whose test accuracy was the study's or more after some epoch; epochs and "
        "seconds: their median and range. Seconds of training alone, not on the study's hardware. "
        "Test accuracy was measured after every epoch; it was not used to choose anything.",
        *group.grid.time_notes(),
        *measured_on(group),
    ]
    rows = [_row(group, cell) for cell in kept]
    return Section(title, paragraphs, [Table("targets", title, columns, rows, notes)])


def reached(history: History, target: float) -> tuple[int, float] | None:
    """Epochs and seconds until the test accuracy was `target` or more; None: never."""
    for epoch, value in enumerate(history.val_accuracy):
        if value is not None and value >= target:
            return epoch + 1, sum(history.seconds[: epoch + 1])
    return None


def _target(cell: CellResult) -> float:
    return published.ACCURACY[cell.architecture, cell.dataset]


def _row(group: Group, cell: CellResult) -> Row:
    hits = [hit for h in cell.history if (hit := reached(h, _target(cell))) is not None]
    tags, each = group.grid.time_tags(cell), group.grid.epoch_seconds(cell)
    return row(
        cell_name(cell),
        _target(cell),
        Entry(len(hits), text=f"{len(hits)} of {len(cell.history)}"),
        _range([epoch for epoch, _ in hits], "{:g}".format),
        replace(_range([took for _, took in hits], formatting.seconds), tags=tags if hits else ()),
        Entry(each, tags=tags if each is not None else ()),
        architecture=cell.architecture,
        dataset=cell.dataset,
    )


def _range(values: Sequence[float], form: Callable[[float], str]) -> Entry:
    """Median, lowest and highest."""
    if not values:
        return Entry()
    low, high = form(min(values)), form(max(values))
    middle = median(values)
    return Entry(middle, text=low if low == high else f"{form(middle)} ({low}..{high})")

"""Time to accuracy: seconds and epochs of training until the study's accuracy was reached."""

from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.experiment import published
from benchmarks.report import blocks
from benchmarks.report.format import listed, time
from benchmarks.report.groups import TIMED, Group
from benchmarks.results.run import Cell, History


def section(found: Group) -> blocks.Section:
    """Tell it for every cell of one group that the study has a figure for."""
    title = f"Time to the study's accuracy ({found.label})"
    if found.source != "real":
        text = "The study's figures are for real images; on stand-ins there is nothing to reach."
        return blocks.Section(title, [text])
    cells = [c for c in found.cells.values() if (c.architecture, c.dataset) in published.ACCURACY]
    ordered = [c for d in found.datasets for c in found.of(d) if c in cells]
    kept = [c for c in ordered if c.history]
    if not kept:
        return blocks.Section(title, ["No cell of the study with its accuracy by epoch: nothing to tell."])
    never = [c.id for c in kept if not any(reached(h, _target(c)) for h in c.history)]
    paragraphs = [
        f"{sum(c not in never for c in (k.id for k in kept))} of {len(kept)} cells reached the study's "
        "accuracy in at least one training."
    ]
    if never:
        paragraphs.append(f"Never reached by {listed(never)}.")
    columns = ("cell", "study", "reached", "epochs", "seconds", "seconds an epoch")
    notes = [
        "Reached: trainings with the study's accuracy on the test images after an epoch, of all; epochs and "
        "seconds: median and range of these. Seconds of training alone, on other hardware than the study's. "
        f"{TIMED} The test images were looked at after every epoch, and nothing was chosen by them.",
        *found.provenance(),
    ]
    rows = [_row(found, cell) for cell in kept]
    return blocks.Section(title, paragraphs, [blocks.Table(title, columns, rows, notes)])


def reached(history: History, target: float) -> tuple[int, float] | None:
    """Epochs and seconds until the test accuracy was `target` or more; None: never."""
    for epoch, value in enumerate(history.val_accuracy):
        if value is not None and value >= target:
            return epoch + 1, sum(history.seconds[: epoch + 1])
    return None


def _target(cell: Cell) -> float:
    return published.ACCURACY[cell.architecture, cell.dataset]


def _row(found: Group, cell: Cell) -> list[str | None]:
    times = [hit for h in cell.history if (hit := reached(h, _target(cell))) is not None]
    name = f"{cell.architecture} on {found.title(cell.dataset)}"
    row: list[str | None] = [name, f"{_target(cell):.4f}", f"{len(times)} of {len(cell.history)}"]
    epochs = [s for h in cell.history for s in h.seconds]
    each = f"{time(median(epochs))}{found.mark(cell)}" if epochs else None
    if not times:
        return [*row, None, None, each]
    epochs_to, seconds_to = [e for e, _ in times], [s for _, s in times]
    took = _range(seconds_to, lambda s: time(s) or "") + found.mark(cell)
    return [*row, _range(epochs_to, "{:g}".format), took, each]


def _range(values: Sequence[float], form: Callable[[float], str]) -> str:
    low, high = form(min(values)), form(max(values))
    return low if low == high else f"{form(median(values))} ({low}..{high})"

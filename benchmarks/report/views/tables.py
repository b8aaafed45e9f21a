"""The headline tables of a group: accuracy, parameters and time, and the study's figures beside these."""

from collections.abc import Callable, Sequence

from benchmarks.comparison.significance import mean
from benchmarks.experiment import published
from benchmarks.report import blocks
from benchmarks.report.format import INTERVALS, accurate, listed, points, time
from benchmarks.report.groups import TIMED, Group, accuracy, group
from benchmarks.results.run import Cell, Run

NOTABLE = 0.02
"""A cell that differs from the study's accuracy by more than this needs an explanation."""


def results(runs: Sequence[Run]) -> list[blocks.Section]:
    """Give one section of tables for each protocol and data source."""
    return [of_group(found) for found in group(runs)]


def of_group(found: Group) -> blocks.Section:
    """Give a group's tables, with the study's figures where it has real data."""
    beside = [] if found.source != "real" else with_the_study(found)
    paragraphs = [*found.notes_on_data, *found.notes, *_differing(found)]
    tables = [accuracies(found), parameters(found), times(found), *beside]
    return blocks.Section(f"Results ({found.label})", paragraphs, tables)


def accuracies(found: Group) -> blocks.Table:
    """Mean accuracy with its interval and n; the best of a data set is starred, a missed floor says LOW."""
    best = {d: max(map(accuracy, found.of(d))) for d in found.datasets}

    def entry(cell: Cell) -> str:
        star = "*" if accuracy(cell) == best[cell.dataset] else ""
        low = " LOW" if cell.verdict == "failed" else ""
        died = f", {cell.diverged_seeds} diverged" if cell.diverged_seeds else ""
        figure, n = accurate(cell).split(" (")
        return f"{figure}{star} ({n.rstrip(')')}{died}){low}"

    notes = [
        f"± half the interval. {INTERVALS} * the best of its data set; its lead may be noise, see SQ1. LOW: "
        "below its floor. A training without a model counts as guessing.",
        *found.provenance(),
    ]
    return _pivot(f"Accuracy ({found.label})", found, entry, notes)


def parameters(found: Group) -> blocks.Table:
    """Total parameters, and how many of them training does not change."""

    def entry(cell: Cell) -> str:
        fixed = cell.params_non_trainable
        return f"{cell.params_total:,}" + (f" ({fixed:,})" if fixed else "")

    return _pivot(f"Parameters ({found.label})", found, entry, ["In brackets those that are not trained."])


def times(found: Group) -> blocks.Table:
    """Training seconds of a seed, and of an epoch."""

    def entry(cell: Cell) -> str | None:
        if not cell.seed_seconds:
            return None
        low, high = min(cell.seed_seconds), max(cell.seed_seconds)
        spread = f", {time(low)}..{time(high)}" if len(cell.seed_seconds) > 1 else ""
        each = _epoch_seconds(cell)
        epoch = "" if each is None else f"; {time(each)} an epoch"
        return (
            f"{time(mean(cell.seed_seconds))}{found.mark(cell)} (n={len(cell.seed_seconds)}{spread}{epoch})"
        )

    notes = [
        "Seconds of training alone, without data, building, tracing and evaluation: mean over n seeds, "
        f"lowest and highest. {TIMED}",
        *found.provenance(),
    ]
    return _pivot(f"Training time in seconds ({found.label})", found, entry, notes)


def with_the_study(found: Group) -> list[blocks.Table]:
    """Set every cell of the study beside its figures; none where no such cell ran."""
    cells = _studied(found)
    if not cells:
        return []
    columns = (
        "cell", "study", "here", "difference", "diverged", "parameters", "study's s/epoch", "s/epoch here",
    )  # fmt: skip
    notes = [
        f"Difference in points, ! beyond {points(NOTABLE)}. {INTERVALS} The study ran each cell once, for ten "
        "epochs, on a machine of 2018 without GPU: its seconds an epoch are a tenth of its times, and compare "
        "machines rather than code. Its accuracy of LeNet on SVHN is after 30 epochs, of SqueezeNet after 3. "
        f"{TIMED}",
        *found.provenance(),
    ]
    rows = [_beside(found, cell) for cell in cells]
    return [blocks.Table(f"Beside the study ({found.label})", columns, rows, notes)]


def _beside(found: Group, cell: Cell) -> list[str | None]:
    key = (cell.architecture, cell.dataset)
    counts = (cell.params_total, cell.params_trainable, cell.params_non_trainable)
    same = counts == published.PARAMETERS[key]
    difference = accuracy(cell) - published.ACCURACY[key]
    each = time(_epoch_seconds(cell))
    return [
        f"{cell.architecture} on {found.title(cell.dataset)}",
        f"{published.ACCURACY[key]:.4f}",
        accurate(cell),
        points(difference, signed=True) + (" !" if abs(difference) > NOTABLE else ""),
        f"{cell.diverged_seeds} of {len(cell.seeds)}",
        "as the study's" if same else f"{counts[0]:,}, study {published.PARAMETERS[key][0]:,}",
        time(published.SECONDS[key] / 10),
        each if each is None else each + found.mark(cell),
    ]


def _differing(found: Group) -> list[str]:
    if found.source != "real" or not (cells := _studied(found)):
        return []
    apart = [
        f"{c.architecture} on {found.title(c.dataset)}"
        for c in cells
        if abs(accuracy(c) - published.ACCURACY[c.architecture, c.dataset]) > NOTABLE
    ]
    text = f"{len(apart)} of {len(cells)} cells differ from the study's accuracy by more than {points(NOTABLE)} points"
    return [f"{text}: {listed(apart)}." if apart else f"{text}."]


def _studied(found: Group) -> list[Cell]:
    ordered = [cell for d in found.datasets for cell in found.of(d)]
    return [cell for cell in ordered if (cell.architecture, cell.dataset) in published.ACCURACY]


def _epoch_seconds(cell: Cell) -> float | None:
    return mean(cell.seed_seconds) / cell.epochs if cell.seed_seconds and cell.epochs else None


def _pivot(
    title: str, found: Group, entry: Callable[[Cell], str | None], notes: Sequence[str]
) -> blocks.Table:
    """Architectures down, data sets across."""
    rows = [
        [a, *((entry(cell) if (cell := found.cells.get((a, d))) else None) for d in found.datasets)]
        for a in found.architectures
    ]
    return blocks.Table(title, ("", *map(found.title, found.datasets)), rows, notes)

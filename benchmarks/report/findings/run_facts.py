"""What a run consists of, in words: protocol, epochs, images, seeds, time and data, for any number of cells."""

import shlex
from collections.abc import Iterable, Sequence

from benchmarks.comparison.significance import mean
from benchmarks.report.answer import Fact
from benchmarks.report.format import count, duration, join_words, percent, some, span
from benchmarks.report.grid import accuracy, cell_name, data_name, deaths, display_name, median_seconds
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult
from benchmarks.results.train_again import alike, train_together

Cells = Sequence[CellResult]
IMBALANCED = 0.1
"""Test images are called imbalanced if their largest class is larger than an equal share by at least this part of them."""
MOST_NAMED = 4
"""More cells than this are not named one by one in a command, if there is another way."""


def facts(cells: Cells) -> list[Fact]:
    """What to know of a run at a glance."""
    return [
        Fact("Protocol", names(c.training for c in cells), f", {epochs(cells)}{_precision(cells)}"),
        Fact("Images per data set", "", f"{images(cells)} to train, {span(c.test_images for c in cells)} to test"),
        Fact("Seeds", "", f"{seeds(cells)}; {trainings(cells)}"),
        Fact("Training time", duration(total_seconds(cells)), "in total, training steps only"),
        data(cells),
    ]  # fmt: skip


def data(cells: Cells) -> Fact:
    """Say what the images are, and which data sets are copies or synthetic."""
    return Fact("Data", names(cell.data_source for cell in cells), _files(cells))


def epochs(cells: Cells) -> str:
    """Write how long the trainings are: `2 to 10 epochs, evaluated after the last`."""
    known = [cell.epochs for cell in cells if cell.epochs is not None]
    if not known:
        return "epochs unknown"
    return f"{span(known)} epoch{'' if max(known) == 1 else 's'}, evaluated after the last"


def images(cells: Cells) -> str:
    """Write how many images were trained on."""
    return span(cell.train_images for cell in cells if cell.train_images is not None)


def seeds(cells: Cells) -> str:
    """Write how many seeds the cells have: `5 per cell`, `5 for lenet, 1 for the others`, `1 to 5 per cell`."""
    numbers = sorted({len(cell.seeds) for cell in cells})
    if len(numbers) == 1:
        return f"{numbers[0]} per cell"
    by_number: dict[int, list[str]] = {}
    for name in dict.fromkeys(cell.architecture for cell in cells):
        own = {len(cell.seeds) for cell in cells if cell.architecture == name}
        if len(own) > 1:
            return f"{span(numbers)} per cell"
        by_number.setdefault(own.pop(), []).append(name)
    if len(by_number) > 2:
        return f"{span(numbers)} per cell"
    few, many = sorted(by_number.items(), key=lambda item: len(item[1]))
    return f"{few[0]} for {some(few[1])}, {many[0]} for the others"


def trainings(cells: Cells) -> str:
    """Write how many there are, and how many diverged."""
    n, died = sum(len(cell.seeds) for cell in cells), sum(cell.diverged_seeds for cell in cells)
    return f"{count(n, 'training')}, {died if died else 'none'} diverged"


def floors(cells: Cells) -> str:
    """Write how many cells reached their floor: `3 of 4 passed`."""
    judged = [cell for cell in cells if cell.verdict]
    passed = sum(cell.verdict == "passed" for cell in judged)
    return f"{passed} of {len(judged)} passed" if judged else "none asserted"


def total_seconds(cells: Cells) -> float:
    """Training seconds of all seeds of all cells, as far as known."""
    return sum(cell.train_seconds for cell in cells)


def cost(cells: Cells, more: int) -> str:
    """Write how long `more` seeds of each cell take, one after the other."""
    return cost_of([(cell, more) for cell in cells])


def cost_of(wanted: Sequence[tuple[CellResult, int]]) -> str:
    """Write how long each cell's own number of seeds takes, one after the other."""
    known = [took * number for cell, number in wanted if (took := median_seconds(cell)) is not None]
    if len(known) < len(wanted) or not known:
        return "time unknown"
    return f"about {duration(sum(known))} in sequence"


def command(
    cells: Cells, number: int, *, first: int | None = None, resume: bool = False, baseline: str = ""
) -> str:
    """Write the line that trains these cells with `number` seeds, from `first` or from their own first seed on.

    With a `baseline` the run is judged against it; without, it is saved. Cells that were not trained alike are several runs, and so are,
    up to three, cells that are too many to be named if not every architecture is wanted on every data set.
    """
    parts: list[Cells] = []
    for group in alike(cells):
        parts += [group] if baseline or len(group) <= MOST_NAMED else _whole_grids(group)
    words = [train_together(part, number, first=first, resume=resume, baseline=baseline) for part in parts]
    return "; ".join(map(shlex.join, words))


def _whole_grids(cells: Cells) -> list[Cells]:
    """Divide cells into at most three grids in which every architecture is wanted on every data set; else leave them together."""
    wanted: dict[tuple[str, ...], list[CellResult]] = {}
    for name in dict.fromkeys(cell.architecture for cell in cells):
        own = [cell for cell in cells if cell.architecture == name]
        wanted.setdefault(tuple(sorted({cell.dataset for cell in own})), []).extend(own)
    return list(wanted.values()) if len(wanted) <= 3 else [cells]


def commit(run: Run, digits: int = 7) -> str:
    """Write `e3e5e04`, or `e3e5e04 (with uncommitted changes)`, whose code the commit alone does not give; empty where none is known."""
    changed = " (with uncommitted changes)" if run.dirty else ""
    return f"{run.commit[:digits]}{changed}" if run.commit else ""


def imbalances(cells: Cells) -> list[str]:
    """Say of each data set with imbalanced test images what accuracy its largest class alone gives, and the balanced accuracies."""
    by_data: dict[str, list[CellResult]] = {}
    for cell in cells:
        if cell.confusion:
            by_data.setdefault(data_name(cell), []).append(cell)
    lines = []
    for name, found in by_data.items():
        one = found[0]
        sizes = [sum(answers) for answers in one.confusion[0]]
        share, largest = max(sizes) / max(sum(sizes), 1), sizes.index(max(sizes))
        if share < 1 / len(sizes) + IMBALANCED:
            continue
        which = one.class_names[largest] if len(one.class_names) == len(sizes) else str(largest)
        no_better = [cell.architecture for cell in found if accuracy(cell) <= share]
        but = f", at least as often as {join_words(no_better)}" if no_better else ""
        balanced = ", ".join(f"{cell.architecture} {percent(_balanced_accuracy(cell))}" for cell in found)
        lines.append(
            f"The test images of {name} are imbalanced: always answering {which} would be right for {percent(share)}%{but}. "
            f"Balanced accuracy (mean over classes, in %): {balanced}."
        )
    return lines


def _balanced_accuracy(cell: CellResult) -> float:
    """The share of right answers, 0..1, in each class that has images, mean over classes and seeds."""
    return mean(
        [
            answers[true] / sum(answers)
            for matrix in cell.confusion
            for true, answers in enumerate(matrix)
            if any(answers)
        ]
    )


def diverged(cells: Cells) -> str:
    """Name the cells in which trainings diverged, the most first; empty where none did."""
    found = sorted((cell for cell in cells if cell.diverged_seeds), key=lambda cell: -cell.diverged_seeds)
    return some([f"{cell_name(cell)} ({deaths(cell)})" for cell in found])


def names(values: Iterable[str]) -> str:
    """Join different names in their order."""
    return join_words(list(dict.fromkeys(values)))


def _precision(cells: Cells) -> str:
    found = [p for p in dict.fromkeys(cell.arithmetic for cell in cells) if p != "float32"]
    return f"; {join_words(found)}" if found else ""


def _files(cells: Cells) -> str:
    copies = list(dict.fromkeys(display_name(c.dataset) for c in cells if c.accepted_copies))
    parts = [f"{join_words(copies)} from accepted copies"] if copies else []
    made = list(dict.fromkeys(display_name(c.dataset) for c in cells if c.data_source == "synthetic"))
    if made and len({cell.data_source for cell in cells}) > 1:
        parts.append(f"{join_words(made)} synthetic")
    return "; " + "; ".join(parts) if parts else ""

"""Tables that were written by hand say what the pinned runs say, or what is computed from them; docs/results.md is generated."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from statistics import fmean
from typing import NamedTuple

import pytest

from benchmarks.experiment import published
from benchmarks.paths import BASELINES, PROJECT
from benchmarks.report.format import join_words
from benchmarks.report.grid import display_name, half_width
from benchmarks.report.groups import group
from benchmarks.report.simulations import many_nodes
from benchmarks.report.views import sensitivity
from benchmarks.report.writers import markdown
from benchmarks.results.run import Run, load_run
from tests.support.published_runs import texts

DATASETS = {display_name(name): name for name in published.DATASETS}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Figure(NamedTuple):
    of: str
    said: str
    known: str
    """What the pinned run or the study has, in the form and with the digits of what is said."""


class MarkdownTable(NamedTuple):
    above: str
    """The document's text before it."""
    head: list[str]
    rows: list[list[str]]


def tables(text: str) -> Iterator[MarkdownTable]:
    for lines in re.finditer(r"^(?:\|.*\n)+", text, re.MULTILINE):
        cut = [[entry.strip() for entry in line.split("|")[1:-1]] for line in lines[0].splitlines()]
        yield MarkdownTable(text[: lines.start()], cut[0], cut[2:])


def table_with(heading: str, text: str) -> MarkdownTable:
    (found,) = (table for table in tables(text) if heading in table.head)
    return found


@cache
def pinned(name: str) -> Run:
    return load_run(BASELINES / f"{name}.json")


def written(value: float, said: str) -> str:
    """A value with as many digits as the first figure that is said; accuracies are decimals, so that halves are rounded up."""
    decimals = re.search(r"\d\.(\d+)", said)
    last_digit = Decimal(10) ** -(len(decimals[1]) if decimals else 0)
    return str(Decimal(f"{value:.9f}").quantize(last_digit, ROUND_HALF_UP))


def study(cell: str, said: str) -> Figure:
    architecture, dataset = cell.split("-")
    return Figure(f"the study's {cell}", said, written(published.ACCURACY[architecture, dataset], said))


def here(file: str, name: str, said: str, n: int | None = None) -> Figure:
    """A cell's accuracy; `n` is what the text says of means whose table does not say it."""
    cell = pinned(file).cells[name]
    seeds, mean = len(cell.seeds), written(fmean(cell.values.values()), said)
    known = mean if seeds == 1 else f"{mean} ± {written(half_width(cell), said)} (n = {seeds})"
    complete = f"{said} (n = {n})" if "±" in said and "(n = " not in said else said
    return Figure(f"{name} in {file}.json", complete, known)


def said_n(table: MarkdownTable) -> int:
    return int(re.findall(r"n = (\d+) seeds", table.above)[-1])


def whole(file: str, names: Iterable[str]) -> Figure:
    """That tables have every pinned cell."""
    listed = sorted(names)
    return Figure(f"the cells in {file}.json", ", ".join(listed), ", ".join(sorted(pinned(file).cells)))


def grid_of(architectures: Sequence[str], titles: Sequence[str]) -> list[str]:
    return [f"{architecture}-{DATASETS[title]}" for architecture in architectures for title in titles]


def readme(text: str) -> Iterator[Figure]:
    table = table_with("training, s per seed", text)
    titles = [head.partition(" (")[0] for head in table.head[1:-1]]
    grid = group([pinned("quick-real")])[0].grid
    yield whole("quick-real", grid_of([row[0] for row in table.rows], titles))
    for architecture, *accuracies, span in table.rows:
        names = [f"{architecture}-{DATASETS[title]}" for title in titles]
        for name, said in zip(names, accuracies, strict=True):
            yield here("quick-real", name, said, said_n(table))
        seconds = [took for name in names if (took := grid.usual_seconds(pinned("quick-real").cells[name]))]
        ends = dict.fromkeys(written(end, span) for end in (min(seconds), max(seconds)))
        known = " to ".join(ends)
        yield Figure(f"{architecture}'s seconds in quick-real.json", span, known)


def reproduction(text: str) -> Iterator[Figure]:
    n = NUMBERS.index(re.findall(r"± [\d.]+ \((\w+) seeds;", text)[0]) + 1
    for listed, theirs, said, _ in table_with("here (`study`)", text).rows:
        architecture, _, titles = listed.partition(", ")
        names = [f"{architecture}-{DATASETS[title]}" for title in titles.split(" / ")]
        for name, accuracy in zip(names, theirs.split(" / "), strict=True):
            yield study(name, accuracy)
        yield here("study-real", names[0], said, n) if len(names) == 1 else deaths(names, said)
    for table in tables(text):
        if table.head[-1] == "study":
            yield from epochs(table)


def deaths(names: Sequence[str], said: str) -> Figure:
    """Several cells in one row, with the accuracy of every seed that lived."""
    cells = [pinned("study-real").cells[name] for name in names]
    dead = join_words([f"{cell.diverged_seeds} of {len(cell.seeds)}" for cell in cells])
    alive = [
        (cell.dataset, [written(accuracy, "0.000") for accuracy in cell.living_accuracies]) for cell in cells
    ]
    living = ", ".join(f"{join_words(each)} on {display_name(dataset)}" for dataset, each in alive if each)
    known = f"dead (one answer for every image) in {dead} seeds; the living reach {living}"
    return Figure(f"{join_words(names)} in study-real.json", said, known)


def epochs(table: MarkdownTable) -> Iterator[Figure]:
    """A row is of the architecture and the data set that it names, or else of those that the text above the table is about."""
    heading = re.findall(r"^## (\w+)", table.above, re.MULTILINE)[-1]
    lead = re.findall(r"^\*\*([\w-]+):\*\*", table.above, re.MULTILINE)[-1]
    for label, *accuracies, theirs in table.rows:
        if label == "on the augmented training images":
            continue  # pinned files keep the test set's alone
        architecture = label.strip("`") if label.strip("`") in published.ARCHITECTURES else heading
        name = f"{architecture}-{DATASETS[label if label in DATASETS else lead]}"
        yield study(name, theirs)
        measured = pinned("study-real").cells[name].history[0].val_accuracy
        for epoch, said, accuracy in zip(table.head[1:-1], accuracies, measured, strict=True):
            yield Figure(f"{name} in study-real.json, epoch {epoch}", said, written(accuracy or 0.0, said))


def tuning(text: str) -> Iterator[Figure]:
    for newer, said, *_ in table_with("known from elsewhere", text).rows:
        yield here("tuned-real", f"{newer}-cifar10", said)
    architecture = ""
    for first, title, said, _, theirs, _, around in table_with("test accuracy", text).rows:
        architecture = first or architecture
        name = f"{architecture}-{DATASETS[title]}"
        yield study(name, theirs)
        yield here("tuned-real", name, said)
        if around:
            last = pinned("tuned-real").cells[name].history[0].val_accuracy[-2:]
            known = ", ".join(written(accuracy or 0.0, around) for accuracy in last)
            yield Figure(f"{name} in tuned-real.json, the last two epochs", around, known)


def gate(text: str) -> Iterator[Figure]:
    """What `python -m benchmarks sensitivity` prints of both files, side by side."""
    table = table_with("deviation", text)
    said = {name: figures for name, *figures in table.rows}
    grids = re.findall(r"grids of (\d+) and (\d+) cells", table.above)[-1]
    for side, (file, grid) in enumerate(zip(("quick-real", "quick-synthetic"), grids, strict=True)):
        run = pinned(file)
        yield Figure(f"the number of cells in {file}.json", grid, str(len(run.cells)))
        costs = {str(name): figures for name, _, *figures in texts(sensitivity.table(run, None, 1.0))}
        for name in said | costs:
            pair = said.get(name, [])[4 * side :][:4], costs.get(name, [""] * 4)
            yield Figure(
                f"{name} in {file}.json", *(" | ".join(entry or "" for entry in part) for part in pair)
            )
        for name, cell in run.cells.items():
            yield Figure(f"seeds of {name} in {file}.json", str(said_n(table)), str(len(cell.seeds)))


def scaling(text: str) -> Iterator[Figure]:
    """What `python -m benchmarks simulate --nodes` prints."""
    table = many_nodes.table()
    known = list(markdown.lines(table.columns, table.rows))[2:]
    for said, line in zip(table_with("workers busy", text).rows, known, strict=True):
        yield Figure(f"{said[0]} jobs on {said[1]} nodes", f"| {' | '.join(said)} |", line)


DOCUMENTS: dict[str, Callable[[str], Iterator[Figure]]] = {
    "README.md": readme,
    "docs/regression-gate.md": gate,
    "docs/reproduction.md": reproduction,
    "docs/scaling.md": scaling,
    "docs/tuning.md": tuning,
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tables_say_what_the_pinned_runs_say(document: str) -> None:
    figures = list(DOCUMENTS[document]((PROJECT / document).read_text(encoding="utf-8")))
    wrong = [f"{document} says {f.said!r} of {f.of}; it is {f.known!r}" for f in figures if f.said != f.known]
    assert figures
    assert not wrong, "\n".join(wrong)

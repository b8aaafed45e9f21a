"""The study's three tables for the run that just ended, on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from benchmarks.comparison.significance import accuracy_interval
from benchmarks.execution.extra_info import cell_id

Infos = Sequence[Mapping[str, Any]]
WIDTH = 80


def print_run(infos: Infos, file: IO[str], notes: Iterable[str] = (), *, width: int | None = None) -> None:
    """Print accuracy, parameters and time of these cells.

    :param infos: ``extra_info`` of each finished cell.
    :param notes: lines that a reader must not miss, such as which data are stand-ins.
    :param width: columns; by default the terminal's, and no more than 80.
    """
    tables = (accuracy_table(infos), parameter_table(infos), time_table(infos))
    _print(file, width, *(part for table in tables for part in ("", table)), *_legend(infos), *notes)


def time_report(infos: Infos, file: IO[str], *, width: int | None = None) -> None:
    """Print where each cell's seconds went."""
    phases = ("import", "data", "build", "trace", "steps", "evaluation")
    heads = ("eval" if phase == "evaluation" else phase for phase in phases)
    table = _table("Seconds by phase", ["cell", *heads, "MiB"])
    for info in infos:
        values = [_seconds(info["phase_seconds"][phase]) for phase in phases]
        table.add_row(cell_id(info), *values, f"{info['peak_memory_mib']:.0f}")
    totals = [math.fsum(info["phase_seconds"][phase] for info in infos) for phase in phases]
    table.add_row("all", *map(_seconds, totals), "")
    _print(file, width, "", table)


def accuracy_table(infos: Infos) -> Table:
    """Top-1 accuracy with its 95% interval; the best of a data set is starred, a missed floor says so."""
    title = "Accuracy on the test images, mean of seeds ± half of its 95% interval"

    best = {d: max((i["accuracy"] for i in infos if i["dataset"] == d and i["accuracy"] is not None), default=None)
            for d in _names(infos, "dataset")}  # fmt: skip

    def entry(info: Mapping[str, Any]) -> str:
        if info["accuracy"] is None:
            return "diverged"
        star = "*" if info["accuracy"] == best[info["dataset"]] else " "
        low = " LOW" if info["verdict"] == "failed" else ""
        return f"{info['accuracy']:.4f}{star} ±{_half_width(info):.3f}{low}"

    return _pivot(title, infos, entry, labelled=True)


def parameter_table(infos: Infos) -> Table:
    """Parameters: total, and how many of them training does not change."""

    def entry(info: Mapping[str, Any]) -> str:
        fixed = info["params_non_trainable"]
        return f"{info['params_total']:,}" + (f" ({fixed:,})" if fixed else "")

    return _pivot("Parameters (of them not trainable)", infos, entry)


def time_table(infos: Infos) -> Table:
    """Seconds of training alone, mean of seeds, and images a second."""

    def entry(info: Mapping[str, Any]) -> str:
        seconds = info["train_seconds"] / len(info["seeds"])
        return f"{seconds:.{0 if seconds >= 1000 else 1}f} ({_short(info['images_per_second'])}/s)"

    return _pivot("Training time in seconds (images/s)", infos, entry)


def _print(file: IO[str], width: int | None, *parts: Table | str) -> None:
    console = Console(file=file, highlight=False)
    console.width = min(width or console.width, WIDTH)
    with console.capture() as captured:
        for part in parts:
            console.print(part, markup=False)
    text = captured.get()
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:  # a run of hours does not fail for a sign its terminal lacks
        text = text.replace("±", "~").encode(console.encoding, "replace").decode(console.encoding)
    file.write(text)


def _pivot(title: str, infos: Infos, entry: Any, *, labelled: bool = False) -> Table:
    """Architectures down, data sets across."""
    found = {(i["architecture"], i["dataset"]): i for i in infos}
    datasets = _names(infos, "dataset")
    heads = [_head(dataset, infos) if labelled else dataset for dataset in datasets]
    table = _table(title, ["", *heads])
    for architecture in _names(infos, "architecture"):
        row = [found.get((architecture, dataset)) for dataset in datasets]
        table.add_row(architecture, *("-" if info is None else entry(info) for info in row))
    return table


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 1),
        collapse_padding=True,
    )
    for i, head in enumerate(heads):
        # On a narrow terminal words go to the next line; nothing is cut off.
        table.add_column(head, justify="left" if i == 0 else "right", overflow="fold")
    return table


def _head(dataset: str, infos: Infos) -> str:
    """The data set's name, and under it that it is a stand-in."""
    synthetic = any(i["data_source"] == "synthetic" for i in infos if i["dataset"] == dataset)
    return f"{dataset}\n(synthetic)" if synthetic else f"{dataset}\n(real)"


def _legend(infos: Infos) -> list[str]:
    if not infos:
        return []
    kinds = sorted({f"protocol {i['protocol']}, {i['precision']}" for i in infos})
    images = sorted({f"{i['train_images']:,} + {i['test_images']:,}" for i in infos})
    seeds = len(infos[0]["seeds"])
    lines = [f"{'; '.join(kinds)}; {seeds} seed{'s' if seeds > 1 else ''}; training + test images {', '.join(images)}",
             "* best of its data set; its lead may be noise"]  # fmt: skip
    failed = [cell_id(i) for i in infos if i["verdict"] == "failed"]
    lines.append(
        f"below their floor (LOW): {', '.join(failed)}" if failed else "all cells reached their floors"
    )
    ends = [
        f"{cell_id(i)} seed {seed}: {'dead network' if kind == 'dead' else 'loss not finite'} since epoch {epoch}"
        for i in infos
        for seed, kind, epoch in zip(i["seeds"], i["divergence"], i["diverged"], strict=True)
        if kind
    ]
    return lines + ends


def _half_width(info: Mapping[str, Any]) -> float:
    """Of the mean over seeds where there are several; of one run's binomial otherwise."""
    low, high = accuracy_interval(info["accuracies"], info["test_images"])
    return (high - low) / 2


def _names(infos: Infos, key: str) -> list[str]:
    return list(dict.fromkeys(info[key] for info in infos))


def _seconds(value: float) -> str:
    """At most five characters up to a day."""
    return f"{value:.{2 if value < 100 else 1 if value < 1000 else 0}f}"


def _short(rate: float) -> str:
    return f"{rate / 1000:.1f}k" if rate >= 1000 else f"{rate:.0f}"

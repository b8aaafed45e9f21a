"""`python -m benchmarks speed`: what bench_throughput.py and bench_inference.py measured, as the tables of docs/performance.md."""

import argparse
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.experiment import published
from benchmarks.experiment.names import in_order
from benchmarks.experiment.shapes import written
from benchmarks.report.table import Column, Entry, Table, row
from benchmarks.results.parsing import RunRefused, read_json

Info = Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print speeds measured by bench_throughput.py and bench_inference.py as Markdown tables."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="F", help="pytest-benchmark's JSON (--benchmark-json)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables of each machine; the exit status is 2, by RunRefused, where a file has no speeds or repeats another's."""
    from benchmarks.report.writers import markdown

    machines: dict[str, list[Info]] = {}
    try:
        for file in args.files:
            machine, infos = _measured(file)
            known = machines.setdefault(machine, [])
            if again := {*map(_case, known)} & {*map(_case, infos)} - {None}:
                raise RunRefused(
                    f"{file}: {min(filter(None, again))} is in an earlier file of the same machine, too; name one of the two"
                )
            known += infos
        made = {machine: tables(infos) for machine, infos in machines.items()}
        shown = [
            table if len(made) == 1 else replace(table, title=f"{table.title} ({machine})")
            for machine, found in made.items()
            for table in found
        ]
        print(markdown.render_tables(shown), end="")
    except (KeyError, TypeError, AttributeError, ValueError, ZeroDivisionError) as error:
        names = ", ".join(map(str, args.files))
        raise RunRefused(
            f"{names}: not as the speed benchmarks write it ({error!r}); measure again"
        ) from None
    return 0


def tables(infos: Iterable[Info]) -> list[Table]:
    """One table per precision and shape for training, one for inference."""
    found = list(infos)
    training = [info for info in found if "ratios" in info]
    inference = [info for info in found if "batch_size" in info and "ratios" not in info]
    peaks = {info["precision"]: info["flops_per_second"] for info in found if "flops_per_second" in info}
    groups = dict.fromkeys((info["precision"], tuple(info["shape"])) for info in training)
    made = [_training(precision, shape, training, peaks.get(precision)) for precision, shape in groups]
    return made + ([_inference(inference)] if inference else [])


_SIDES = {
    "x Keras fit": ("keras",),
    "x fit with oneDNN on": ("keras-onednn",),
    "x PyTorch, best": ("torch", "torch-compile", "torch-graphs"),
}
"""What the suite is set against, and the contenders that each column has the best of."""
_ON_JAX = {"x engine on JAX": ("jax",), "x Keras fit on JAX": ("keras-jax",)}
"""Further sides, shown where JAX was measured."""


def _training(precision: str, shape: tuple[int, ...], infos: list[Info], peak: float | None) -> Table:
    some = [i for i in infos if i["precision"] == precision and tuple(i["shape"]) == shape]
    chosen = [i for name in _architectures(some) for i in some if i["architecture"] == name]
    title = f"{precision}, {written(shape)}"
    if peak:
        title += f"; a matrix product here does {peak / 1e9:.0f} GFLOP/s"
    sides = _SIDES | {side: names for side, names in _ON_JAX.items() if any(_ratio(i, names) for i in chosen)}
    columns = (
        Column(""), Column("suite", "images/s", ",.0f"), *(Column(side, format=".2f") for side in sides),
        Column("share of the lower bound", format=".2f"),
    )  # fmt: skip
    ratios = [[_ratio(info, names) for names in sides.values()] for info in chosen]
    rows = [
        row(
            info["architecture"],
            _rate(_own(info)),
            *of_sides,
            _share(info, peak) if peak else None,
            architecture=info["architecture"],
        )
        for info, of_sides in zip(chosen, ratios, strict=True)
    ]
    means = [_geometric_mean(side) for side in zip(*ratios, strict=True)]
    return Table("training", title, columns, [*rows, row("geometric mean", None, *means, None)])


def _own(info: Info) -> Sequence[float]:
    """The suite's rates: of its engine on TensorFlow, or on JAX where TensorFlow was not installed."""
    rates: Mapping[str, Sequence[float]] = info["images_per_second"]
    return rates["suite"] if "suite" in rates else rates["jax"]


def _rate(rates: Sequence[float]) -> Entry:
    """The suite's rate, the slowest and the fastest round in brackets."""
    return Entry(statistics.median(rates), detail=f"{min(rates):,.0f} to {max(rates):,.0f}")


def _share(info: Info, peak: float) -> float:
    """The suite's rate as a share of what the matrix product allows: the lower bound of a step's time over the time that it takes."""
    return float(6 * info["multiply_adds"] * statistics.median(_own(info)) / peak)


def _geometric_mean(ratios: Sequence[float | None]) -> float | None:
    known = [ratio for ratio in ratios if ratio is not None]
    return statistics.geometric_mean(known) if known else None


def _ratio(info: Info, names: tuple[str, ...]) -> float | None:
    """The suite's rate over the best of these."""
    known = [info["ratios"][name] for name in names if name in info["ratios"]]
    return min(known) if known else None


def _inference(infos: list[Info]) -> Table:
    groups = dict.fromkeys((tuple(i["shape"]), i["batch_size"]) for i in infos)
    by = {(i["architecture"], tuple(i["shape"]), i["batch_size"]): i["images_per_second"] for i in infos}
    columns = [Column(f"{written(shape)}, batch {batch}", format=",.0f") for shape, batch in groups]
    rows = [
        row(
            name, *(_speed(by.get((name, shape, batch)), batch) for shape, batch in groups), architecture=name
        )
        for name in _architectures(infos)
    ]
    title = "Inference, float32: ms of one image, images/s of a batch"
    return Table("inference", title, [Column(""), *columns], rows)


def _speed(rate: float | None, batch: int) -> Entry:
    return Entry(rate, text=f"{1000 / rate:.2f} ms" if rate is not None and batch == 1 else None)


def _architectures(infos: Iterable[Info]) -> list[str]:
    return in_order((info["architecture"] for info in infos), published.ARCHITECTURES)


def _case(info: Info) -> str | None:
    """What was measured, such as `lenet 28x28x1 float32`; None for the product of matrices."""
    if "architecture" not in info:
        return None
    last = info["precision"] if "ratios" in info else f"batch {info['batch_size']}"
    return f"{info['architecture']} {written(tuple(info['shape']))} {last}"


def _measured(file: Path) -> tuple[str, list[Info]]:
    """Return the machine's name and what was measured on it."""
    from benchmarks.report.grid import machine_name
    from benchmarks.results.run import timing_facts

    data = read_json(file)
    entries = data.get("benchmarks", [])
    infos = [entry.get("extra_info", {}) for entry in entries if isinstance(entry, dict)]
    speeds = [
        i
        for i in infos
        if "ratios" in i or "flops_per_second" in i or ("images_per_second" in i and "batch_size" in i)
    ]
    if not speeds:
        raise RunRefused(
            f"{file}: holds no speeds; expected a run of bench_throughput.py or bench_inference.py"
        )
    return machine_name(timing_facts(data.get("machine_info") or {})), speeds

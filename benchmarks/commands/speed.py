"""`python -m benchmarks speed`: what bench_throughput.py and bench_inference.py measured, as the tables of docs/performance.md."""

import argparse
import math
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.experiment import published
from benchmarks.results.parsing import RunRefused, read_json

Info = Mapping[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """Print speeds measured by bench_throughput.py and bench_inference.py as Markdown tables."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="F", help="pytest-benchmark's JSON (--benchmark-json)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables; the exit status is 2, by RunRefused, where a file has no speeds."""
    infos = [info for file in args.files for info in _infos(file)]
    try:
        print("\n\n".join(tables(infos)))
    except (KeyError, TypeError, AttributeError, statistics.StatisticsError) as error:
        names = ", ".join(map(str, args.files))
        raise RunRefused(f"{names}: not as the speed benchmarks write it ({error!r}); measure anew") from None
    return 0


def tables(infos: Iterable[Info]) -> list[str]:
    """One table a precision and shape for training, one for inference."""
    found = list(infos)
    training = [info for info in found if "ratios" in info]
    inference = [info for info in found if "batch_size" in info and "ratios" not in info]
    peaks = {info["precision"]: info["flops_per_second"] for info in found if "flops_per_second" in info}
    groups = dict.fromkeys((info["precision"], tuple(info["shape"])) for info in training)
    made = [_training(precision, shape, training, peaks.get(precision)) for precision, shape in groups]
    return made + ([_inference(inference)] if inference else [])


def _training(precision: str, shape: tuple[int, ...], infos: list[Info], peak: float | None) -> str:
    chosen = _in_order(i for i in infos if i["precision"] == precision and tuple(i["shape"]) == shape)
    rows = [(info["architecture"], *_rates(info, peak)) for info in chosen]
    ratios = [[value for info in chosen if (value := _ratio(info, side)) is not None] for side in _SIDES]
    means = [f"{math.exp(statistics.fmean(map(math.log, r))):.2f}" if r else "-" for r in ratios]
    title = f"{precision}, {'x'.join(map(str, shape))}"
    if peak:
        title += f"; a matrix product here does {peak / 1e9:.0f} GFLOP/s"
    head = [
        "",
        "suite, images/s",
        "x Keras `fit`",
        "x `fit` with oneDNN on",
        "x PyTorch, best",
        "share of the floor",
    ]
    return _table(title, head, [*rows, ("geometric mean", "", *means, "")])


_SIDES = ("keras",), ("keras-onednn",), ("torch", "torch-compile")


def _rates(info: Info, peak: float | None) -> list[str]:
    """The suite's rate, its ratios to the others', and what share it is of what the matrix product allows."""
    rate = statistics.median(info["images_per_second"]["suite"])
    low, high = min(info["images_per_second"]["suite"]), max(info["images_per_second"]["suite"])
    ratios = [_ratio(info, side) for side in _SIDES]
    share = f"{6 * info['multiply_adds'] * rate / peak:.2f}" if peak else "-"
    return [
        f"{rate:,.0f} ({low:,.0f} to {high:,.0f})",
        *("-" if r is None else f"{r:.2f}" for r in ratios),
        share,
    ]


def _ratio(info: Info, names: tuple[str, ...]) -> float | None:
    """The suite's rate over the best of these."""
    known = [info["ratios"][name] for name in names if name in info["ratios"]]
    return min(known) if known else None


def _inference(infos: list[Info]) -> str:
    groups = dict.fromkeys((tuple(i["shape"]), i["batch_size"]) for i in infos)
    head = ["", *(f"{'x'.join(map(str, shape))}, batch {batch}" for shape, batch in groups)]
    by = {(i["architecture"], tuple(i["shape"]), i["batch_size"]): i["images_per_second"] for i in infos}
    rows = [
        (name, *(_speed(by.get((name, shape, batch)), batch) for shape, batch in groups))
        for name in dict.fromkeys(i["architecture"] for i in _in_order(infos))
    ]
    return _table("Inference, float32: ms of one image, images/s of a batch", head, rows)


def _speed(rate: float | None, batch: int) -> str:
    if rate is None:
        return "-"
    return f"{1000 / rate:.2f} ms" if batch == 1 else f"{rate:,.0f}"


def _table(title: str, head: list[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [f"**{title}**", "", *(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head)))]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _in_order(infos: Iterable[Info]) -> list[Info]:
    names = [*published.ARCHITECTURES]
    return sorted(
        infos, key=lambda i: names.index(i["architecture"]) if i["architecture"] in names else len(names)
    )


def _infos(file: Path) -> list[Info]:
    entries = read_json(file).get("benchmarks", [])
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
    return speeds

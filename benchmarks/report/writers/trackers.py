"""Accuracy for trackers that read only times from pytest-benchmark's JSON (docs/trackers.md): `python -m benchmarks track`.

Each form is documented by its tool: github-action-benchmark's custom tools
(https://github.com/benchmark-action/github-action-benchmark) and the Bencher Metric Format
(https://bencher.dev/docs/reference/bencher-metric-format/).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report.grid import accuracy, shown_interval
from benchmarks.results.atomic import write_named
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def write(run: Run, path: Path, form: Callable[[Run], Any]) -> None:
    """Write a run's accuracies, in the form of `github` or `bencher`, atomically."""
    write_named(path, (json.dumps(form(run), indent=1, allow_nan=False) + "\n").encode())


def github(run: Run) -> list[dict[str, Any]]:
    """A list of `name`, `unit`, `value`, `range` and `extra`; accuracies in percent, the range that of the mean's 95% interval."""
    found = []
    for cell in run.cells.values():
        mean, low, high = _mean(cell)
        seeds = ", ".join(f"{100 * value:.2f}" for value in cell.values.values())
        found.append(
            {
                "name": f"{cell.id} ({cell.training}, {cell.data_source})",
                "unit": "% accuracy",
                "value": round(100 * mean, 4),
                "range": f"{100 * low:.2f} to {100 * high:.2f}",
                "extra": f"seeds: {seeds}\n{cell.test_images} test images, {cell.precision}",
            }
        )
    return found


def bencher(run: Run) -> dict[str, dict[str, dict[str, float]]]:
    """Benchmark, measure `accuracy`, metric: the mean in percent with its 95% interval.

    Benchmarks are called what pytest-benchmark calls them, so that a cell's time and its accuracy are shown as one.
    """
    found = {}
    for cell in run.cells.values():
        value, low, high = (round(100 * share, 4) for share in _mean(cell))
        found[cell.cell.test_id] = {"accuracy": {"value": value, "lower_value": low, "upper_value": high}}
    return found


def _mean(cell: CellResult) -> tuple[float, float, float]:
    """Mean accuracy over the seeds with its 95% interval, shares; a single seed's is that of its test images."""
    return accuracy(cell), *shown_interval(cell)

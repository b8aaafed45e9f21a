"""Runs of the study's grid for tests: its own published figures, or figures of one's own, in saved form, and what is read from them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.experiment import published
from benchmarks.report.blocks import Table
from benchmarks.results.characteristics import Characteristics
from benchmarks.results.run import Run, from_dict
from tests.support.run_factory import cell, run

Figures = Mapping[tuple[str, str], Sequence[float | None]]
PUBLISHED: Figures = {key: (value,) for key, value in published.ACCURACY.items()}


def entry(
    architecture: str, dataset: str, accuracies: Sequence[float | None], **changes: Any
) -> dict[str, Any]:
    """One cell's `extra_info` of protocol `study`: real data, ten epochs, the study's parameters and times."""
    total, trainable, fixed = published.PARAMETERS.get((architecture, dataset), (1000, 1000, 0))
    n = len(accuracies)
    given = {
        "architecture": architecture, "dataset": dataset, "protocol": "study", "epochs": 10,
        "test_images": 26_032 if dataset == "svhn" else 10_000, "train_images": 60_000,
        "params_total": total, "params_trainable": trainable, "params_non_trainable": fixed,
        "seed_seconds": [published.SECONDS.get((architecture, dataset), 100.0)] * n,
        "data_fingerprint": f"{dataset:x<16}",
    }  # fmt: skip
    return cell(accuracies, **(given | changes))


def grid(figures: Figures = PUBLISHED, name: str = "run.json", **changes: Any) -> dict[str, Any]:
    """Make a saved run of these accuracies; `changes` are made to every cell."""
    return run(*(entry(a, d, values, **changes) for (a, d), values in figures.items()))


def read(data: dict[str, Any], name: str = "run.json") -> Run:
    return from_dict(data, name)


def measured(dataset: str, level: float, **changes: Any) -> Characteristics:
    """A data set's characteristics; those that are not alike on all go with `level`."""
    given = Characteristics(
        dataset, "real", True, "", (f"{dataset:x<16}",), 60_000, 10_000, 28, 28, 1, 10, 1.0, level, level / 10,
        level, 1 - level / 10,
    )  # fmt: skip
    return replace(given, **changes)


def row(table: Table, name: str) -> list[str | None]:
    """The one row of a table whose first cell begins so."""
    (found,) = [list(r) for r in table.rows if str(r[0]).startswith(name)]
    return found

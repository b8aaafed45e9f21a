"""Runs of the study's grid for tests: its own published figures, or figures of one's own, in saved form, and what is read from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from benchmarks.experiment import published
from benchmarks.report import build
from benchmarks.report.findings import questions
from benchmarks.report.format import plain
from benchmarks.report.groups import group
from benchmarks.report.table import Section, Table
from benchmarks.results.characteristics import Characteristics
from benchmarks.results.run import Run, from_dict
from tests.support.run_factory import cell, run

Figures = Mapping[tuple[str, str], Sequence[float | None]]
PUBLISHED: Figures = {key: (value,) for key, value in published.ACCURACY.items()}


def entry(
    architecture: str, dataset: str, accuracies: Sequence[float | None], **changes: Any
) -> dict[str, Any]:
    """One cell's `extra_info` of protocol `study`: real data, ten epochs, the study's parameters and times.

    `changes` are values, or functions of the accuracies.
    """
    total, trainable, fixed = published.PARAMETERS.get((architecture, dataset), (1000, 1000, 0))
    n = len(accuracies)
    given = {
        "architecture": architecture, "dataset": dataset, "protocol": "study", "epochs": 10,
        "test_images": 26_032 if dataset == "svhn" else 10_000, "train_images": 60_000,
        "params_total": total, "params_trainable": trainable, "params_non_trainable": fixed,
        "seed_seconds": [published.SECONDS.get((architecture, dataset), 100.0)] * n,
        "data_fingerprint": f"{dataset:x<16}", "floor": 0.05,
    }  # fmt: skip
    made = {key: value(accuracies) if callable(value) else value for key, value in changes.items()}
    return cell(accuracies, **(given | made))


def grid(figures: Figures = PUBLISHED, **changes: Any) -> dict[str, Any]:
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


def results(runs: Sequence[Run]) -> list[Section]:
    """The tables of each group of these runs."""
    return [build.results(found) for found in group(runs)]


def findings(runs: Sequence[Run]) -> list[Section]:
    """Beside the rankings, what follows from these runs, group by group."""
    return [section for found in group(runs) for section in questions.of_group(found)]


def texts(table: Table) -> list[list[str | None]]:
    """What a table's rows show; None: nothing."""
    return [
        [
            plain(entry, column, nothing="") or None
            for entry, column in zip(r.entries, table.columns, strict=True)
        ]
        for r in table.rows
    ]


def row(table: Table, name: str) -> list[str | None]:
    """The one row of a table whose first entry begins so."""
    (found,) = [r for r in texts(table) if str(r[0]).startswith(name)]
    return found


def around(figures: Figures, n: int = 5, sd: float = 0.002) -> Figures:
    """Seeds that scatter about these figures."""
    generator = np.random.default_rng(0)
    return {
        key: [min(1.0, max(0.0, (values[0] or 0) + e)) for e in generator.normal(0, sd, n).tolist()]
        for key, values in figures.items()
    }


def text(sections: Sequence[Section]) -> str:
    """All words and figures of these sections."""
    words = [w for s in sections for w in (s.title, *s.paragraphs)]
    tables = [t for s in sections for t in s.tables]
    shown = [str(value) for t in tables for found in texts(t) for value in found]
    return "\n".join([*words, *(w for t in tables for w in (t.title, *t.notes)), *shown])

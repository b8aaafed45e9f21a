"""Trainings as CSV, for spreadsheets that run formulas."""

import csv
import io

import pytest

from benchmarks.experiment import published
from benchmarks.report.groups import group
from benchmarks.report.table import Column, Table
from benchmarks.report.table import row as table_row
from benchmarks.report.views import trainings
from benchmarks.report.writers import csv_rows
from tests.support.published_runs import entry, read
from tests.support.run_factory import cell, run


def test_csv_has_one_row_per_training() -> None:
    data = run(
        entry("lenet", "mnist", [0.9, None], diverged=[None, 3], seed_seconds=[1.5, 2.5]),
        cell([0.5], dataset="svhn", data_source="synthetic"),
    )
    rows = list(csv.DictReader(io.StringIO(csv_rows.render(trainings.table(group([read(data)]))))))
    assert [(r["architecture"], r["seed"], r["accuracy"], r["diverged_epoch"]) for r in rows] == [
        ("lenet", "0", "0.9", ""), ("lenet", "1", "", "3"), ("lenet", "0", "0.5", ""),
    ]  # fmt: skip
    assert [r["train_seconds"] for r in rows] == ["1.5", "2.5", "2.0"]
    assert [r["study_accuracy"] for r in rows] == [str(published.ACCURACY["lenet", "mnist"])] * 2 + [""]
    assert rows[2]["data"] == "SVHN (synthetic)"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_csv_holds_no_formula(start: str) -> None:
    formula = f'{start}HYPERLINK("x")'
    text = csv_rows.render(Table("t", "T", [Column(formula)], [table_row(formula)]))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[f"'{formula}"]] * 2


def test_each_training_has_its_own_date() -> None:
    days = ["2026-02-03T10:00:00+00:00", "2026-02-05T10:00:00+00:00"]
    cells = [
        entry("lenet", "mnist", [0.9, 0.8], measured_at=days),
        entry("vgg", "mnist", [0.9, 0.8], measured_at=days[:1]),
    ]
    rows = csv.DictReader(io.StringIO(csv_rows.render(trainings.table(group([read(run(*cells))])))))
    assert [row["date"] for row in rows] == ["2026-02-03", "2026-02-05", "2026-02-03", "2026-02-03"]

"""Files that a page holds as `data:` links: every training as CSV and as JSON, and the gate's judgement."""

import json
from collections.abc import Mapping, Sequence

from benchmarks.comparison.verdict import GateReport
from benchmarks.report.groups import Group
from benchmarks.report.page import Download
from benchmarks.report.table import Value
from benchmarks.report.views import gate, trainings
from benchmarks.report.writers import csv_rows


def of_groups(groups: Sequence[Group], stem: str) -> list[Download]:
    """Every training of these groups, one row or one object each."""
    table = trainings.table(groups)
    names = [column.title for column in table.columns]
    objects = [
        {name: entry.value for name, entry in zip(names, row.entries, strict=True)} for row in table.rows
    ]
    return [
        Download(f"{stem}.csv", "CSV, one row per training", csv_rows.render(table), "text/csv"),
        Download(f"{stem}.json", "JSON", _lines(objects), "application/json"),
    ]


def _lines(objects: Sequence[Mapping[str, Value]]) -> str:
    """Write a list of objects, one to a line."""
    lines = (json.dumps(one, separators=(",", ":"), allow_nan=False) for one in objects)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def of_judgement(report: GateReport) -> Download:
    """The judgement for machines."""
    return Download("judgement.json", "Judgement, JSON", gate.as_json(report), "application/json")

"""Files that a page holds as `data:` links: every training, and the gate's judgement."""

import json
from collections.abc import Sequence

from benchmarks.comparison.verdict import GateReport
from benchmarks.report.groups import Group
from benchmarks.report.page import Download
from benchmarks.report.table import Table
from benchmarks.report.views import gate, trainings


def of_groups(groups: Sequence[Group], stem: str) -> Download:
    """Every training of these groups, one row each: as JSON, of which the page's script makes the CSV."""
    content = _split(trainings.table(groups))
    return Download(f"{stem}.json", "JSON", content, "application/json", csv=f"{stem}.csv")


def _split(table: Table) -> str:
    """Write names and rows apart, as `pandas.read_json(FILE, orient="split")` reads them; one row to a line."""
    names, *rows = (
        json.dumps(values, separators=(",", ":"), allow_nan=False)
        for values in (
            [column.title for column in table.columns],
            *([entry.value for entry in row.entries] for row in table.rows),
        )
    )
    return f'{{"columns":{names},"data":[\n' + ",\n".join(rows) + "\n]}\n"


def of_judgement(report: GateReport) -> Download:
    """The judgement for machines."""
    return Download("judgement.json", "Judgement, JSON", gate.as_json(report), "application/json")

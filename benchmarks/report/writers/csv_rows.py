"""A table as CSV for spreadsheets and statistics programs: plain values, the unit in the heading."""

import csv
import io

from benchmarks.report.table import Table, Value


def render(table: Table) -> str:
    """Write a table as CSV (RFC 4180); what is not known is empty."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([_safe(column.head) for column in table.columns])
    for row in table.rows:
        writer.writerow([_safe(entry.value) for entry in row.entries])
    return file.getvalue()


def _safe(value: Value) -> Value:
    """Quote by an apostrophe what a spreadsheet would run as a formula, as OWASP has it."""
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return f"'{value}" if risky else value

"""`python -m benchmarks schema`: what a saved run holds, as the tables in docs/saved-runs.md."""

from __future__ import annotations

import argparse
import ast
import inspect
from collections.abc import Mapping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print what a saved run and its cells hold, field by field, as Markdown tables."""


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    print(f"`suite`:\n\n{suite_table()}\n\n`extra_info` of a cell:\n\n{field_table()}")
    return 0


def suite_table() -> str:
    """Return one row per key of `suite`, from the docstrings in `results/suite.py`."""
    from benchmarks.results.suite import Suite

    return _table(_documented(Suite))


def field_table() -> str:
    """Return one row per key of `extra_info`, from the docstrings in `results/cell_fields.py`."""
    from benchmarks.results import cell_fields, schema

    derived = {name: str(getattr(schema.CellResult, name).__doc__) for name in schema.DERIVED}
    return _table(_documented(cell_fields.CellFields) | derived)


def _table(fields: Mapping[str, str]) -> str:
    from benchmarks.report.writers import markdown

    rows = [(f"`{name}`", " ".join(doc.split())) for name, doc in fields.items()]
    return "\n".join(markdown.grid(("key", "holds"), rows))


def _documented(struct: type) -> dict[str, str]:
    """Return the fields that have a docstring of their own below them."""
    (body,) = ast.parse(inspect.getsource(struct)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(below, ast.Expr), f"{field.target.id} has no docstring"
            assert isinstance(below.value, ast.Constant), f"{field.target.id} has no docstring"
            found[field.target.id] = str(below.value.value)
    return found

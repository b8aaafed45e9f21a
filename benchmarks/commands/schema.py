"""`python -m benchmarks schema`: the fields of a saved cell, as the table in docs/saved-runs.md."""

from __future__ import annotations

import argparse
import ast
import inspect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print what a saved cell holds, field by field, as a Markdown table."""


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    print(field_table())
    return 0


def field_table() -> str:
    """Return one row per key of `extra_info`, from the docstrings in `results/cell_fields.py`."""
    from benchmarks.report.writers import markdown
    from benchmarks.results import cell_fields, schema

    (fields,) = ast.parse(inspect.getsource(cell_fields.CellFields)).body
    assert isinstance(fields, ast.ClassDef)
    saved = dict(_documented(fields))
    derived = {name: str(getattr(schema.CellResult, name).__doc__) for name in schema.DERIVED}
    rows = [(f"`{name}`", " ".join(doc.split())) for name, doc in (saved | derived).items()]
    return "\n".join(markdown.grid(("key", "holds"), rows))


def _documented(body: ast.ClassDef) -> list[tuple[str, str]]:
    """Return the fields that have a docstring of their own below them."""
    found = []
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(below, ast.Expr), f"{field.target.id} has no docstring"
            assert isinstance(below.value, ast.Constant), f"{field.target.id} has no docstring"
            found.append((field.target.id, str(below.value.value)))
    return found

"""The documented schema is the one in the code."""

from benchmarks.commands.schema import field_table, suite_table
from benchmarks.paths import PROJECT
from benchmarks.results.schema import CellResult


def test_the_document_holds_the_tables() -> None:
    document = (PROJECT / "docs" / "saved-runs.md").read_text(encoding="utf-8")
    assert suite_table() in document
    assert field_table() in document


def test_every_key_that_is_saved_is_in_it() -> None:
    from tests.support.run_factory import cell

    saved = CellResult.from_json(cell(), "x").to_json()
    assert all(f"| `{key}` |" in field_table() for key in saved)

"""Which part may know which, and how the code is laid out."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("models", "datasets", "benchmarks")
SOURCES = sorted(
    [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")] + [ROOT / "conftest.py"]
)
TESTS = sorted((ROOT / "tests").glob("*.py"))
FRAMEWORKS = {"tensorflow", "keras", "torch"}
LIGHT = [
    f"benchmarks.{name}"
    for name in (
        "__main__", "cells", "characteristics", "clock", "gate", "gate_text", "history", "machine", "measuring",
        "metrics", "pinning", "progress", "protocols", "ranking", "report.command", "report.findings",
        "report.latex", "report.markdown", "report.pinned_page", "report.spreadsheet", "report.tables",
        "report.terminal", "results", "running", "runtime", "statistics", "study",
    )
]  # fmt: skip
"""Modules that collection, comparing and reporting are made of."""


def imported(path: Path) -> set[str]:
    """Names of the modules that a file imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def test_there_are_sources() -> None:
    assert {path.parent.name for path in SOURCES} >= {*PACKAGES, "report"}


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("models", {"datasets", "benchmarks", "tests", "conftest"}),
        ("datasets", {"models", "benchmarks", "tests", "conftest", *FRAMEWORKS}),
        ("benchmarks", {"tests", "conftest"}),
    ],
)
def test_imports_go_one_way(package: str, strangers: set[str]) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert not roots(path) & strangers, path


def test_tables_and_figures_know_no_framework_at_all() -> None:
    for path in [*(ROOT / "benchmarks" / "report").glob("*.py"), *(
        ROOT / "benchmarks" / f"{name}.py" for name in ("gate", "history", "metrics", "results", "statistics")
    )]:  # fmt: skip
        assert not roots(path) & FRAMEWORKS, path


def test_importing_the_light_parts_imports_no_framework() -> None:
    code = (
        "import importlib, sys\n"
        f"for name in {[*LIGHT, 'models', 'datasets', 'conftest']}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = {FRAMEWORKS} & set(sys.modules)\n"
        "    assert not heavy, (name, heavy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 400
    assert not {"util", "utils", "helpers", "misc", "common"} & {path.stem, path.parent.name}
    assert ast.get_docstring(ast.parse(text)), "a module says what it is"


def test_tests_are_flat() -> None:
    # A package `tests.datasets` would shadow `datasets`.
    tests = ROOT / "tests"
    assert not (tests / "__init__.py").exists()
    assert list(tests.glob("*/*.py")) == []

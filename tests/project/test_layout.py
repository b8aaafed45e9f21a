"""Which room may import which, and how the code is laid out."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for package in ("models", "datasets", "benchmarks") for path in (ROOT / package).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 350
HEAVY = {"tensorflow", "keras", "torch", "scipy", "matplotlib"}
MAY_BE_HEAVY = (
    "benchmarks.bench_", "benchmarks.engine.tensorflow.", "benchmarks.engine.rivals.", "benchmarks.comparison.",
    "benchmarks.report.", "benchmarks.metrics.image_measures", "models.",
)  # fmt: skip
"""Modules that may import these at their top; every other module is read when tests are collected, or may be."""


def test_imports_go_one_way() -> None:
    """The contracts in pyproject.toml hold."""
    done = subprocess.run(  # noqa: S603
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_collection_imports_is_light() -> None:
    names = [module.name for package in ("benchmarks", "models", "datasets")
             for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}.", onerror=lambda name: None)]  # fmt: skip
    light = [name for name in names if not name.startswith(MAY_BE_HEAVY) and name != "benchmarks.__main__"]
    assert "benchmarks.plugin.hooks" in light
    code = (
        "import importlib, sys\n"
        f"for name in {['conftest', *light]}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = {HEAVY} & set(sys.modules)\n"
        "    assert not heavy, (name, heavy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert not {"util", "utils", "helpers", "misc", "common"} & {path.stem, path.parent.name}
    assert ast.get_docstring(ast.parse(text)), "a module says what it is"


def test_every_room_says_what_lives_there() -> None:
    for path in SOURCES:
        folder = path.parent
        if folder.is_relative_to(ROOT / "benchmarks") and folder.name not in ("baselines", "templates"):
            assert (folder / "__init__.py").exists(), f"{folder} has no __init__.py"


def test_tests_lie_where_the_code_lies() -> None:
    # A package `tests.datasets` would shadow `datasets`; pytest's importlib mode needs none.
    tests = ROOT / "tests"
    assert list(tests.rglob("__init__.py")) == []
    assert list((tests / "support").glob("test_*.py")) == []
    rooms = {path.name for path in (ROOT / "benchmarks").iterdir() if (path / "__init__.py").exists()}
    folders = {path.name for path in tests.iterdir() if any(path.glob("*.py"))}
    assert folders <= rooms | {"models", "datasets", "project", "support"}

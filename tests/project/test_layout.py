"""Which room may import which, and how the code is laid out."""

import ast
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support import command_line

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for package in ("models", "datasets", "benchmarks") for path in (ROOT / package).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES, MAX_FUNCTION_LINES = 350, 60
LONG_FUNCTIONS: set[str] = set()
"""Functions that may be longer than MAX_FUNCTION_LINES, by file and name."""
HEAVY = {"tensorflow", "keras", "jax", "torch", "scipy", "vl_convert", "ray"}
MAY_BE_HEAVY = (
    "benchmarks.bench_", "benchmarks.engine.tensorflow.", "benchmarks.engine.jax.", "benchmarks.engine.networks.",
    "benchmarks.engine.rivals.", "benchmarks.comparison.",
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
    done = command_line.python(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MAX_LINES
    assert not {"util", "utils", "helpers", "misc", "common"} & {path.stem, path.parent.name}
    assert ast.get_docstring(tree), "a module says what it is"
    long = {
        f"{path.relative_to(ROOT)} {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    }
    assert long <= LONG_FUNCTIONS, f"a function of more than {MAX_FUNCTION_LINES} lines does several things"


def test_every_folder_of_code_is_a_package() -> None:
    """Its __init__.py says what lives there."""
    for folder in {path.parent for path in SOURCES}:
        assert (folder / "__init__.py").exists(), f"{folder} has no __init__.py"


def test_rooms_say_who_imports_from_them() -> None:
    said, found = {}, {}
    rooms = {path.parent.name: path.read_text() for path in (ROOT / "benchmarks").glob("*/__init__.py")}
    for room, text in rooms.items():
        if names := re.search(
            r"^((?:`\w+`(?:,| and)? )+)(?:and the speed .*)?import from here", text, re.MULTILINE
        ):
            said[room] = set(re.findall(r"`(\w+)`", names[1]))
            imports = re.compile(rf"^ *(?:from|import) benchmarks\.{room}\b", re.MULTILINE)
            users = [path.relative_to(ROOT) for path in SOURCES if imports.search(path.read_text())]
            found[room] = {path.parts[1] for path in users} & rooms.keys() - {room}
    assert said.keys() == {"comparison", "engine", "execution", "report", "results"}
    assert said == found


def test_only_paths_says_where_files_are() -> None:
    asking = {
        path
        for path in SOURCES
        if "__file__" in path.read_text() and path.is_relative_to(ROOT / "benchmarks")
    }
    assert asking == {ROOT / "benchmarks" / "paths.py"}


def test_tests_lie_where_the_code_lies() -> None:
    # A package `tests.datasets` would shadow `datasets`; pytest's importlib mode needs none.
    tests = ROOT / "tests"
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["addopts"]
    assert "--import-mode=importlib" in options
    assert list(tests.rglob("__init__.py")) == []
    assert list((tests / "support").glob("test_*.py")) == []
    rooms = {path.name for path in (ROOT / "benchmarks").iterdir() if (path / "__init__.py").exists()}
    folders = {path.name for path in tests.iterdir() if any(path.rglob("*.py"))}
    assert folders == rooms | {"models", "datasets", "project", "support"}

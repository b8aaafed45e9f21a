"""What is imported is declared in pyproject.toml, and what is declared is used."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {"benchmarks", "models", "datasets", "tests"}
NAMES = {"PIL": "pillow", "yaml": "pyyaml"}
"""Modules whose distribution is called something else."""
TOOLS = {"ruff", "mypy", "import-linter", "scipy-stubs", "types-pyyaml", "pytest-xdist", "cnn-benchmarks"}
"""Run from the command line, read by mypy, or loaded by pytest; nothing imports them."""


def declared(*extras: str) -> set[str]:
    """Distributions in the dependencies and in the extras, by normalized name."""
    lines = [
        *PROJECT["dependencies"],
        *(line for e in extras for line in PROJECT["optional-dependencies"][e]),
    ]
    return {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in lines}


def modules(path: Path) -> Iterator[str]:
    """Modules that a file imports, also by pytest.importorskip."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name
            case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(value=str(name)), *_]):
                yield name


def imported(*folders: str) -> set[str]:
    """Distributions that the files in these folders import."""
    files: Iterable[Path] = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    found = {name.partition(".")[0] for path in files for name in modules(path)}
    return {NAMES.get(name, name.lower().replace("_", "-")) for name in found - OWN - sys.stdlib_module_names}


def test_what_is_imported_is_declared() -> None:
    assert imported("benchmarks", "models", "datasets") <= declared("report", "torch", "ray")
    assert imported("tests") <= declared("report", "torch", "ray", "dev")


def test_what_is_declared_is_imported() -> None:
    used = imported("benchmarks", "models", "datasets")
    assert declared() - used <= TOOLS
    assert declared("report", "torch", "ray", "dev") - used - imported("tests") <= TOOLS

"""What stored work depends on: a cell's fingerprint, the code that trains, and the versions and settings of the libraries."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from benchmarks.engine.backend import load_engine
from benchmarks.execution.environment import versions
from benchmarks.paths import PROJECT
from benchmarks.results.differences import differences

PACKAGES = ("benchmarks", "models")


def resume_key(parts: Mapping[str, Any], engine: str) -> dict[str, str]:
    """Return all that decides a training's outcome but the hardware and the numbers of threads, flat, so that what differs has a name.

    Other numbers of threads may compute other bits. They are left out, so that a seed stored by a process with some cores can be used
    by one with more or fewer.

    Args:
        parts: What `benchmarks.experiment.fingerprint.recipe_parts` returns, and what else decides.
        engine: The package of the framework in `benchmarks.engine`.

    Raises:
        ModuleNotFoundError: A library of the engine is not installed, or its version cannot be told.
    """
    code = code_hashes(str(parts["architecture"]), engine)
    framework, installed = load_engine(engine), versions(engine)
    if lost := [name for name in framework.LIBRARIES if name not in installed]:
        raise ModuleNotFoundError(f"{', '.join(lost)}: not installed, or of unknown version; install it")
    found = {f"version of {name}": installed[name] for name in framework.LIBRARIES}
    hashes = {f"code in {path}": digest for path, digest in code.items()}
    return {**_flat(parts), **hashes, **found, **framework.settings()}


def describe_differences(stored: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say what differs between two resume keys, field by field, the stored value first."""
    return "; ".join(
        f"{found.field} has changed"
        if found.field.startswith("code in ")
        else f"{found.field}: {_or_none(found.before)} -> {_or_none(found.after)}"
        for found in differences(stored, now)
    )


def _or_none(value: object) -> object:
    return "none" if value is None else value


@functools.cache
def code_hashes(architecture: str, engine: str) -> Mapping[str, str]:
    """Return 16 hex digits of SHA-256 of the code in each source file that training this architecture imports.

    Comments, docstrings and layout are no part of it: editing them trains nothing again. Nor is the version of Python.

    Returns:
        By the file's path in the project, in alphabetical order.

    Raises:
        ModuleNotFoundError: A module that training imports has no source file here.
    """
    found: dict[str, str] = {}
    todo = ["benchmarks.engine.loop", f"benchmarks.engine.{engine}", f"models.{architecture}"]
    while todo:
        path = _source(module := todo.pop())
        if path is None:
            raise ModuleNotFoundError(f"{module}: no source file in {PROJECT}; restore the file")
        if (name := path.relative_to(PROJECT).as_posix()) in found:
            continue
        tree = ast.parse(path.read_bytes(), name)
        code = _as_text(_WithoutDocstrings().visit(tree))
        found[name] = hashlib.sha256(code.encode()).hexdigest()[:16]
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        todo += _imports(tree, package)
    return dict(sorted(found.items()))


class _WithoutDocstrings(ast.NodeTransformer):
    """Remove constants that stand alone: docstrings, also those of attributes."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


def _as_text(node: object) -> str:
    """Write a syntax tree as every version of Python does: `ast.unparse` and `ast.dump` change with them.

    Fields that are empty are left out, as newer versions have more of them.
    """
    if isinstance(node, ast.AST):
        fields = (
            f"{name}={_as_text(value)}" for name, value in ast.iter_fields(node) if value not in (None, [])
        )
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_as_text, node))}]"
    return ascii(node)


def _source(module: str) -> Path | None:
    """Return the file of a module or package of this project; None for what is none."""
    path = PROJECT.joinpath(*module.split("."))
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Name the modules of this project that a file of `package` imports, with the packages around them, whose `__init__` runs too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            # `from a.b import c`: c may be a module, or a name in a.b.
            inside = [f"{origin}.{alias.name}" for alias in node.names]
            names = [origin, *(name for name in inside if _source(name))]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] in PACKAGES:
                yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _flat(parts: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in parts.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, str) else json.dumps(value)
    return flat

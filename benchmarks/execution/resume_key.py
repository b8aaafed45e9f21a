"""What stored work depends on: the cell's fingerprint and, beyond it, the code that trains and the versions of the libraries."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.paths import PROJECT

PACKAGES = ("benchmarks", "models")
LIBRARIES = ("tensorflow", "keras", "numpy")
"""Another version of one of these may compute other bits."""


def identity(parts: Mapping[str, Any]) -> dict[str, str]:
    """All that decides a training's outcome but the hardware, flat, so that what differs has a name.

    :param parts: of :func:`benchmarks.experiment.cell.recipe_parts`.
    """
    code = code_hashes(str(parts["architecture"]))
    versions = {f"version of {name}": importlib.metadata.version(name) for name in LIBRARIES}
    return {**_flat(parts), **{f"code in {path}": digest for path, digest in code.items()}, **versions}


def differing(stored: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two identities, field by field, the stored value first."""
    names = [name for name in dict.fromkeys([*stored, *now]) if stored.get(name) != now.get(name)]
    return [
        f"{name} has changed"
        if name.startswith("code in ")
        else f"{name}: {stored.get(name, 'none')} -> {now.get(name, 'none')}"
        for name in names
    ]


@functools.cache
def code_hashes(architecture: str) -> Mapping[str, str]:
    """16 hex digits of SHA-256 of each source file that training this architecture imports, by its path in the project."""
    found: dict[str, str] = {}
    todo = [
        "benchmarks.engine.loop",
        "benchmarks.engine.tensorflow",
        f"models.{architecture}",
    ]
    while todo:
        path = _source(module := todo.pop())
        if path is None:
            raise ModuleNotFoundError(f"{module}: no source file in {PROJECT}; resume keys would miss it")
        if (name := path.relative_to(PROJECT).as_posix()) in found:
            continue
        content = path.read_bytes()
        found[name] = hashlib.sha256(content).hexdigest()[:16]
        todo += _imports(ast.parse(content))
    return dict(sorted(found.items()))


def _source(module: str) -> Path | None:
    """The file of a module or package of this project; None for what is none."""
    path = PROJECT.joinpath(*module.split("."))
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Modules of this project that a file imports, with the packages around them, whose `__init__` runs too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from a.b import c`: c may be a module, or a name in a.b.
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [node.module, *(name for name in inside if _source(name))]
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

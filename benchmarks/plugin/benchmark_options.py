"""pytest-benchmark's own options: what they cannot mean here, and what the suite reads from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def check(config: pytest.Config) -> None:
    """Refuse what would fail only after hours of training.

    Raises:
        UsageError: An option cannot be met.
    """
    target: Path | None = config.getoption("benchmark_json")
    if target is not None and (target.is_dir() or not os.access(target.parent, os.W_OK)):
        why = (
            "is a folder"
            if target.is_dir()
            else f"cannot be written: {target.parent} is not a writable folder"
        )
        raise pytest.UsageError(f"--benchmark-json {target} {why}; name a file in a folder that exists")


def wants_table(config: pytest.Config) -> bool:
    """Whether pytest-benchmark's own table is asked for: by an option that shapes it or compares times, wherever it was given."""
    usual = {"sort": "min", "group_by": "group", "name": "normal"}
    others = ("columns", "time_unit", "verbose", "compare", "histogram", "cprofile")
    given = {name: config.getoption(f"benchmark_{name}") for name in (*usual, *others)}
    return any((value or None) != usual.get(name) for name, value in given.items())


def storage(config: pytest.Config) -> Path:
    """Return pytest-benchmark's storage, or its default where that is no folder."""
    location = str(config.getoption("benchmark_storage"))
    kind, mark, path = location.partition("://")
    folder = path if mark else kind
    return Path(folder if not mark or kind == "file" else ".benchmarks")

"""pytest-benchmark's own options: what they cannot mean here, and what the suite reads from them."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

GROUPINGS = ("group", "name", "func", "fullname", "fullfunc", "param")


def check(config: pytest.Config, *, grid: bool) -> None:
    """Refuse what would fail only after hours of training.

    Args:
        config: pytest's configuration.
        grid: Whether the command line names the grid, and not the speed benchmarks alone.

    Raises:
        UsageError: An option cannot be honoured.
    """
    target: Path | None = config.getoption("benchmark_json")
    if target is not None and (target.is_dir() or not os.access(target.parent, os.W_OK)):
        why = (
            "is a folder"
            if target.is_dir()
            else f"cannot be written: {target.parent} is not a writable folder"
        )
        raise pytest.UsageError(f"--benchmark-json {target} {why}; name a file in a folder that exists")
    if config.getoption("benchmark_histogram") and importlib.util.find_spec("pygal") is None:
        raise pytest.UsageError(
            "--benchmark-histogram: pygal is not installed; install it with: pip install 'pytest-benchmark[histogram]'"
        )
    if grid and config.getoption("benchmark_cprofile"):
        raise pytest.UsageError(
            "--benchmark-cprofile: no training is profiled; `python -m benchmarks profile ARCH` shows where the time of a step goes"
        )
    for label in config.getoption("benchmark_group_by").split(","):
        if label in GROUPINGS or (label.startswith("param:") and (not grid or label == "param:cell_run")):
            continue
        known = ", ".join((*GROUPINGS, "param:cell_run" if grid else "param:NAME"))
        raise pytest.UsageError(f"--benchmark-group-by {label}: unknown; expected one of {known}")


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
    if not mark:
        return Path(location)
    return Path(path if kind == "file" else ".benchmarks")

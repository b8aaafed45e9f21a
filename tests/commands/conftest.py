"""Saved runs for the commands that take some."""

from pathlib import Path

import pytest

from benchmarks.results.references import machine_id
from tests.support.run_factory import STEADY, run, save


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return save(tmp_path / machine_id() / "0001_base.json", run())


@pytest.fixture
def worse(tmp_path: Path) -> Path:
    cells = [entry["extra_info"] for entry in run()["benchmarks"]]
    cells[0] |= {"accuracies": [a - 0.1 for a in STEADY], "seeds": [5, 6, 7, 8, 9]}
    return save(tmp_path / machine_id() / "0002_worse.json", run(*cells))

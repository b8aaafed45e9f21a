"""Keeps every test of `datasets` off the network and off this machine's own data."""

from pathlib import Path

import pytest

from tests.support.official_files import isolate


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory, not made yet."""
    return tmp_path / "data"

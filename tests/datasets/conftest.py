"""Where the tests of `datasets` put files."""

from pathlib import Path

import pytest


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory, not made yet."""
    return tmp_path / "data"

"""Pytest's configuration as a command line gives it, without a run."""

from types import SimpleNamespace
from typing import Any

import pytest


def config(pytestconfig: pytest.Config, *words: str) -> Any:
    """Parse these words with the options of pytest, its plugins and the suite.

    Raises:
        AssertionError: There is no such option.
    """
    given, unknown = pytestconfig._parser.parse_known_and_unknown_args(words)
    assert not unknown, f"no such option: {unknown}"
    return SimpleNamespace(
        getoption=lambda name, *default: getattr(given, name, *default),
        args=given.file_or_dir,
        invocation_params=SimpleNamespace(args=words, dir=pytestconfig.rootpath),
    )

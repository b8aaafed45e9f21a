"""What a child process finds around it: a user's machine, not the one that runs the tests."""

import os
from collections.abc import Mapping

_OURS = ("PYTEST_", "BENCH_", "TF_", "COV_", "KERAS_BACKEND", "PYTHONUNBUFFERED")
_WITHOUT = "-p no:nbmake -p no:hypothesispytest"
"""Plugins that only the project's own tests need; pytest imports them at every start, for two seconds or more."""


def environment(**own: str) -> Mapping[str, str]:
    """This process's environment without what tests and settings put into it, and with `own`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {"PYTEST_ADDOPTS": _WITHOUT} | own

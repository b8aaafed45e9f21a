"""What a child process finds around it: a user's machine, not the one that runs the tests."""

import os
from collections.abc import Mapping

TERMINAL = ("NO_COLOR", "FORCE_COLOR", "COLORFGBG", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS")
"""What people and CI services set to say how text is shown."""
_CI = ("CI", "BUILD_NUMBER")
"""With either of them, pytest's summary at the end repeats each failure's whole message."""
_OURS = ("PYTEST_", "BENCH_", "TF_", "COV_", "KERAS_BACKEND", "PYTHONUNBUFFERED")
_WITHOUT = "-p no:nbmake -p no:hypothesispytest"
"""Plugins that only the project's own tests need; pytest imports them at every start, for two seconds or more."""


def environment(**own: str) -> Mapping[str, str]:
    """This process's environment without what tests, settings and a CI service put into it, and with `own`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS + _CI + TERMINAL)}
    return kept | {"PYTEST_ADDOPTS": _WITHOUT} | own

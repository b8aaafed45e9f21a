"""Browsers for tests of the page: Chromium, and Firefox where it is present."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OWN = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
FIREFOX = os.environ.get("TEST_FIREFOX", "")
"""A Firefox of 143 or later, which Playwright drives by WebDriver BiDi; without it, the one of `python -m playwright install firefox`."""
PRESENT = ("chromium", *(("firefox",) if FIREFOX or any(_OWN.glob("firefox-*")) else ()))
"""What the tests run in. Firefox is no case at all where it is absent, so nothing is skipped for want of it."""


def start(driver: Any, name: str, error: type[Exception]) -> Any:
    """Start a browser; without a Chromium the test is skipped, a Firefox that does not start is an error.

    Args:
        driver: Playwright.
        name: One of `PRESENT`.
        error: What Playwright raises.

    """
    if name == "firefox":
        own = {"channel": "moz-firefox", "executable_path": FIREFOX} if FIREFOX else {}
        return driver.firefox.launch(**own)
    executable = next((path for one in _NAMES if (path := shutil.which(one))), None)
    try:
        # Its sandbox cannot be had inside most containers; the page is our own.
        return driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
    except error as failure:
        pytest.skip(f"no Chromium that starts: {str(failure).splitlines()[0]}")

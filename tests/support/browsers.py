"""Browsers for tests of the page: Chromium, and Firefox where `python -m playwright install firefox` has put it."""

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OWN = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
REQUIRED = bool(os.environ.get("REQUIRE_BROWSER"))
"""Whether tests of pages fail where they would be skipped."""
PRESENT = ("chromium", *(("firefox",) if any(_OWN.glob("firefox-*")) else ()))
"""What the tests run in. Firefox is no case at all where it is absent, so nothing is skipped for want of it. It has to be Playwright's own:
others are driven by WebDriver BiDi, whose scripts are stopped by the page's content policy."""
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
"""Windows, width and height in pixels."""
_WORDS_BELOW = """(least) => {
    const words = document.createTreeWalker(document.querySelector('body > .wrap'), NodeFilter.SHOW_TEXT), small = [];
    while (words.nextNode()) {
        const word = words.currentNode, element = word.parentElement;
        if (!word.data.trim() || !element.checkVisibility()) continue;
        const scale = element.ownerSVGElement ? element.getScreenCTM().a : 1;
        if (parseFloat(getComputedStyle(element).fontSize) * scale < least) small.push(element.outerHTML.slice(0, 90));
    }
    return small;
}"""


def library(name: str) -> Any:
    """Import what drives browsers; without it, the module's tests are skipped, unless a browser is required."""
    return (
        importlib.import_module(name)
        if REQUIRED
        else pytest.importorskip(name, reason=f"no browser: no {name}")
    )


def start(driver: Any, name: str, error: type[Exception]) -> Any:
    """Start a browser; without a Chromium the test is skipped, unless it is required; a Firefox that does not start is an error.

    Args:
        driver: Playwright.
        name: One of `PRESENT`.
        error: What Playwright raises.

    """
    if name == "firefox":
        return driver.firefox.launch()
    try:
        return chromium(driver)
    except error as failure:
        if REQUIRED:
            raise
        pytest.skip(f"no browser: Chromium does not start: {str(failure).splitlines()[0]}")


def chromium(driver: Any) -> Any:
    """Start the system's Chromium, or Playwright's own."""
    executable = next((path for one in _NAMES if (path := shutil.which(one))), None)
    # Its sandbox cannot be had inside most containers; the page is our own.
    return driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])


def is_chromium(page: Any) -> bool:
    """Whether a page is open in Chromium."""
    return bool(page.context.browser.browser_type.name == "chromium")


def words_below(page: Any, least: float) -> list[str]:
    """List the elements with visible words of fewer pixels than `least`; a chart that is scaled down scales its words."""
    found: list[str] = page.evaluate(_WORDS_BELOW, least)
    return found

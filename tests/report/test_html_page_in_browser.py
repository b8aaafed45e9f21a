"""What a report looks like in real browsers: sizes, colours, paper, without scripts; axe-core checks that it is accessible."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import browsers

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
axe = browsers.library("axe_playwright_python.sync_playwright")

HEIGHTS = {"desktop": 3200, "phone": 7500}
PAGES = ("one", "baseline", "several")


def test_twenty_cells_are_short_while_closed(opened: Callable[..., Any]) -> None:
    for size, height in HEIGHTS.items():
        page = opened("grid", size)
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # One line per architecture: only names of more than a dozen letters are broken.
        assert (
            page.evaluate(
                "Math.max(...[...document.querySelectorAll('.board tbody tr')].map(r => r.offsetHeight))"
            )
            < 40
        )


@pytest.mark.parametrize("name", [*PAGES, "long"])
def test_it_fits_and_is_accessible_with_all_open(opened: Callable[..., Any], name: str) -> None:
    for size, scheme in (("desktop", "light"), ("phone", "dark")):
        page = opened(name, size, color_scheme=scheme)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_no_words_are_too_small_to_read(opened: Callable[..., Any], name: str) -> None:
    for size in browsers.SIZES:
        page = opened(name, size)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        assert browsers.words_below(page, 11.5) == []


def test_fifty_architectures_scroll_within_the_filter_bar_and_five_do_not(
    opened: Callable[..., Any],
) -> None:
    for size, most in (("desktop", 90), ("phone", 180)):
        page = opened("many", size, color_scheme="dark")
        chips = page.locator(".chips")
        assert chips.bounding_box()["height"] <= most
        assert chips.evaluate("(e) => e.scrollHeight > e.clientHeight && e.scrollWidth <= e.clientWidth")
        chips.locator("label").last.click()
        assert chips.locator("input:not(:checked)").count() == 1
        five = opened("grid", size).locator(".chips")
        assert five.evaluate("(e) => getComputedStyle(e).overflowY") == "visible"


def test_on_a_phone_protocols_keep_the_scale_of_their_marks_in_sight(opened: Callable[..., Any]) -> None:
    table = opened("several", "phone").locator("table.protos").first
    assert table.page.locator("#side .sortby option").first.inner_text() == "default order"
    table.locator("tbody tr").last.scroll_into_view_if_needed()
    axis, mark = (table.locator(part).first.bounding_box() for part in ("thead .strip", "tbody .strip"))
    assert axis["y"] >= 0
    assert (axis["x"], axis["width"]) == pytest.approx((mark["x"], mark["width"]), abs=1)


def test_its_ground_follows_the_system_and_the_readers_choice(opened: Callable[..., Any]) -> None:
    page = opened(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    button = page.get_by_role("button", name="Theme")
    button.click()
    assert button.inner_text() == "Theme: light"
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    assert page.evaluate(ground) == light


def test_it_prints_on_paper_without_its_controls(opened: Callable[..., Any]) -> None:
    page = opened(color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 249)"
    assert not page.locator("#theme").is_visible()
    assert not page.locator("#hard").is_visible()
    assert page.locator("#cost svg").first.is_visible()
    if browsers.is_chromium(page):  # the only one that Playwright has write PDF
        assert len(page.pdf(format="A4")) > 50_000


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_all_of_it_is_there_and_the_filters_work(
    opened: Callable[..., Any], name: str
) -> None:
    page = opened(name, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert not page.locator("#theme").is_visible()
    rows = page.locator("main > section tr[data-ar]:visible")
    before = rows.count()
    page.locator('label:has([value="vgg"])').click()
    assert 0 < rows.count() < before
    page.locator("details summary").first.click()
    assert page.locator("details").first.locator(".in").is_visible()
    assert page.locator("svg title").count() > 5

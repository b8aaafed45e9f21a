"""What a report does in real browsers: sorting, filters kept in the address, tips, downloads, the keyboard, copied commands."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import browsers

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
playwright = browsers.library("playwright.sync_api")


def column(page: Any, place: int) -> list[str]:
    texts: list[str] = page.locator(f"#cells tbody tr:visible > :nth-child({place})").all_inner_texts()
    return [text.split()[0] for text in texts]


def test_every_column_sorts_both_ways_and_the_address_keeps_it(opened: Callable[..., Any]) -> None:
    page = opened()
    head = page.locator("#cells thead th").nth(2)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    falling = [float(text) for text in column(page, 3)]
    assert falling == sorted(falling, reverse=True)
    assert len(falling) == 20
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert [float(text) for text in column(page, 3)] == sorted(falling)
    page.locator('label:has([value="parameters"])').click()
    page.get_by_text("MNIST", exact=True).first.click()
    page.locator('label:has([value="vgg"])').click()
    page.locator("#hard summary").click()
    playwright.expect(page).to_have_url(re.compile("#.*open=hard"))
    for part in ("ds=mnist", "cost=parameters", "hide=vgg", "sort-cells=2a"):
        assert part in page.url
    again = opened(at="#" + page.url.partition("#")[2])
    assert column(again, 1) == column(page, 1)
    assert "vgg" not in column(again, 1)
    assert again.locator("#hard").get_attribute("open") is not None
    assert again.locator("#hard .in > div:visible").count() == 1
    playwright.expect(again.locator("#count")).to_have_text("4 of 20 cells.")


def test_missing_numbers_sort_last_both_ways(opened: Callable[..., Any]) -> None:
    page = opened("missing")
    head = page.locator("#cells thead th", has_text="Training, s per seed")
    place = head.evaluate("(h) => h.cellIndex") + 1
    for _ in range(2):
        head.get_by_role("button").click()
        values = column(page, place)
        assert values[-1] == "–"
        assert "–" not in values[:-1]


def test_an_address_that_names_what_the_page_lacks_shows_the_defaults(opened: Callable[..., Any]) -> None:
    page = opened("grid", at="#ds=nowhere&cost=energy")
    assert page.locator("#ds-all").is_checked()
    assert page.locator("#cost [data-option]:visible").count() == 1


def test_marks_tell_by_pointer_and_by_keyboard(opened: Callable[..., Any]) -> None:
    page = opened()
    mark = page.locator("#cost .chart:visible [data-tip]").first
    mark.hover()
    tip = page.locator("#tip")
    for text in (" on ", "% ± ", "95% interval", "n = 2 seeds", "300 test images"):
        assert text in tip.inner_text()
    page.mouse.move(0, 0)
    chart = page.locator("#cost .chart:visible").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert tip.is_visible()
    first = tip.inner_text()
    page.keyboard.press("ArrowRight")
    assert tip.inner_text() != first
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_bars_lines_bands_and_names_tell_what_the_nearest_mark_tells(opened: Callable[..., Any]) -> None:
    page = opened()
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    tip = page.locator("#tip")
    for part, kind in (("#cost", "text"), ("#cost", "path"), ("#curves", "path"), ("#curves", "text")):
        marks = page.locator(f"{part} .chart:visible [data-ar=lenet] {kind}:not([data-tip])")
        box = marks.first.bounding_box()
        marks.first.dispatch_event("pointerover", {"clientX": box["x"] + 1, "clientY": box["y"] + 1})
        for text in ("lenet on ", "% ± ", "95% interval over seeds", "n = 2 seeds", "300 test images"):
            assert text in tip.inner_text(), (part, kind)
        page.mouse.move(0, 0)
        page.keyboard.press("Escape")


def test_downloads_hold_every_training(opened: Callable[..., Any], files: dict[str, Path]) -> None:
    """The page's script makes the CSV of the JSON; it has to be what `--csv` writes of the same run."""
    page = opened()
    texts = {}
    for name in ("CSV, one row per training", "JSON"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        texts[name] = Path(waiting.value.path()).read_bytes().decode()
    made, found = texts.values()
    assert waiting.value.suggested_filename == "full.json"
    assert made.count("\r\n") == 41
    written = files["csv"].read_bytes().decode()
    for own, theirs in zip(rows_of(made), rows_of(written), strict=True):
        assert own == theirs
    assert '\'=1+1 "CPU", 2 cores' in {one["machine"] for one in csv.DictReader(io.StringIO(made))}
    read = json.loads(found)
    trainings = [dict(zip(read["columns"], row, strict=True)) for row in read["data"]]
    assert len(trainings) == 40
    assert len(found.splitlines()) == 42
    assert {one["architecture"] for one in trainings} == {
        "lenet",
        "vgg",
        "resnet20v1",
        "resnet20v2",
        "squeezenet",
    }
    assert {one["machine"] for one in trainings} == {'=1+1 "CPU", 2 cores'}
    assert trainings[0]["accuracy"] < 1


def rows_of(text: str) -> list[list[str | float]]:
    """Entries of a CSV file; numbers as such, since Python writes `3.0` where a browser writes `3`."""

    def entry(text: str) -> str | float:
        try:
            return float(text)
        except ValueError:
            return text

    return [[entry(one) for one in row] for row in csv.reader(io.StringIO(text, newline=""))]


def test_everything_is_reached_by_keyboard(opened: Callable[..., Any]) -> None:
    page = opened()
    wanted = page.evaluate("""() => {
        const open = (e) => !e.closest('details:not([open])') || e.tagName === 'SUMMARY';
        const all = [...document.querySelectorAll('a, button, select, input[type=checkbox], summary, .chart')];
        return all.filter((e) => open(e) && e.checkVisibility()).map((e, i) => (e.dataset.stop = i, i)).length;
    }""")
    assert 25 < wanted < 80
    stops = page.evaluate_handle("new Set()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    for _ in range(wanted + 12):
        page.evaluate("(stops) => stops.add(document.activeElement.dataset.stop)", stops)
        page.keyboard.press("Tab")
    missed = page.evaluate(
        "(stops) => [...document.querySelectorAll('[data-stop]')].filter((e) => !stops.has(e.dataset.stop))"
        ".map((e) => e.outerHTML.slice(0, 90))", stops)  # fmt: skip
    assert missed == []


def test_a_command_is_copied(opened: Callable[..., Any]) -> None:
    page = opened("baseline")
    if browsers.is_chromium(page):  # Firefox lets nobody read the clipboard without asking
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the command").first.click()
    playwright.expect(page.locator("[role=status]")).to_have_text("Copied")
    if browsers.is_chromium(page):
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("pytest benchmarks/ --protocol quick ")

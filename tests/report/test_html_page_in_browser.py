"""The report in real browsers, headless: Chromium, and Firefox where it is present, by Playwright, with axe-core for accessibility."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.report.collection import collect
from tests.support import browsers
from tests.support.full_grid import SMALL, collection, grid, large, page_of
from tests.support.run_factory import run, save

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
playwright = browsers.library("playwright.sync_api")
axe = browsers.library("axe_playwright_python.sync_playwright")

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
HEIGHTS = {"desktop": 3200, "phone": 7500}
PAGES = ("one", "baseline", "several")


@pytest.fixture(scope="module", params=browsers.PRESENT)
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Every browser that is present."""
    with playwright.sync_playwright() as driver:
        started = browsers.start(driver, request.param, playwright.Error)
        yield started
        started.close()


def is_chromium(page: Any) -> bool:
    return bool(page.context.browser.browser_type.name == "chromium")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A grid of twenty cells, one of fifty architectures, and three small pages: one run, a comparison with a red cell, two protocols."""
    folder = tmp_path_factory.mktemp("report")
    small = SMALL | {"datasets": ("mnist", "svhn")}
    data = grid(2, images=300, epochs=4, synthetic=("svhn",))
    data["machine_info"]["cpu"]["brand_raw"] = '=1+1 "CPU"'
    full = save(folder / "full.json", data)
    assert main(["report", str(full), "--csv", str(folder / "grid.csv")]) == 0
    old = save(folder / "old.json", grid(5, **small))
    new = save(folder / "new.json", grid(5, **small, draw=1, shift=-0.1))
    other = grid(2, **small, draw=2)
    for entry in other["benchmarks"]:
        entry["extra_info"]["protocol"] = "study"
    study = save(folder / "study.json", other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_CACHE_DIR", str(folder))
        patch.setenv("KERAS_HOME", str(folder))
        without = grid(2, **small)
        del without["benchmarks"][1]["extra_info"]["seed_seconds"]
        long = grid(2, **small)
        for entry in long["benchmarks"]:
            for what in ("architecture", "dataset"):
                entry["extra_info"][what] = f"{entry['extra_info'][what]}_{'of_my_own' * 6}"[:60]
        pages = {
            "missing": page_of(collect([str(save(folder / "missing.json", without))])),
            "grid": page_of(collect([str(full)])),
            "one": page_of(collect([str(new)])),
            "baseline": page_of(collect([str(new)]), collect([str(old)]).subject),
            "several": page_of(collect([str(new), str(study)])),
            "long": page_of(collection(run(*(entry["extra_info"] for entry in long["benchmarks"])))),
            "many": page_of(collection(large(50, 2))),
        }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in pages} | {"csv": folder / "grid.csv"}


@pytest.fixture
def opened(browser: Any, files: dict[str, Path]) -> Iterator[Callable[..., Any]]:
    """Open a page; whatever it said on the console or wanted from elsewhere fails the test."""
    contexts, complaints = [], []

    def open_page(name: str = "grid", size: str = "desktop", at: str = "", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        file = files[name].as_uri()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: complaints.append(f"request: {request.url[:100]}")
                if request.url.partition("#")[0] != file and not request.url.startswith("data:") else None)  # fmt: skip
        page.goto(file + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def column(page: Any, place: int) -> list[str]:
    texts: list[str] = page.locator(f"#cells tbody tr:visible > :nth-child({place})").all_inner_texts()
    return [text.split()[0] for text in texts]


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
    for size in SIZES:
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
    if is_chromium(page):  # Firefox lets nobody read the clipboard without asking
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the command").first.click()
    playwright.expect(page.locator("[role=status]")).to_have_text("Copied")
    if is_chromium(page):
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("pytest benchmarks/ --protocol quick ")


def test_it_prints_on_paper_without_its_controls(opened: Callable[..., Any]) -> None:
    page = opened(color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 249)"
    assert not page.locator("#theme").is_visible()
    assert not page.locator("#hard").is_visible()
    assert page.locator("#cost svg").first.is_visible()
    if is_chromium(page):  # the only one that Playwright has write PDF
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

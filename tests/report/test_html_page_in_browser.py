"""The report in a real browser: headless Chromium, by Playwright, with axe-core for accessibility."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report.collection import collect
from tests.support.full_grid import grid, page_of
from tests.support.run_factory import save

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, or another one on the path, or Playwright's own."""
    executable = next((path for name in _NAMES if (path := shutil.which(name))), None)
    with playwright.sync_playwright() as driver:
        try:
            # Its sandbox cannot be had inside most containers; the page is our own.
            chromium = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium that starts: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four architectures on two data sets, SVHN a stand-in; an older run; a baseline: every section is there."""
    folder = tmp_path_factory.mktemp("report")
    small: dict[str, Any] = {
        "images": 300,
        "epochs": 4,
        "synthetic": ("svhn",),
        "datasets": ("mnist", "svhn"),
        "architectures": ("lenet", "vgg", "resnet20v1", "squeezenet"),
    }
    older = grid(2, **small, draw=1, shift=0.05, datetime="2025-12-01T00:00:00+00:00")
    paths = [save(folder / "old.json", older), save(folder / "new.json", grid(3, **small))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_CACHE_DIR", str(folder))
        patch.setenv("KERAS_HOME", str(folder))
        saved = collect([str(path) for path in paths])
        (folder / "page.html").write_text(page_of(saved, saved.whole[0]))
    return folder / "page.html"


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Callable[..., Any]]:
    """Open the page; whatever it said on the console or wanted from elsewhere fails the test."""
    contexts, complaints = [], []

    def open_page(size: str = "desktop", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: complaints.append(f"request: {request.url[:100]}")
                if request.url != page_file.as_uri() and not request.url.startswith("data:") else None)  # fmt: skip
        page.goto(page_file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def column(page: Any, table: str, place: int) -> list[str]:
    texts: list[str] = page.locator(f"#{table} tbody tr:visible > :nth-child({place})").all_inner_texts()
    return [text.split()[0] for text in texts]


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_it_opens_fits_and_is_accessible(opened: Callable[..., Any], size: str, scheme: str) -> None:
    page = opened(size, color_scheme=scheme)
    assert page.locator("h1").inner_text() == "CNN benchmarks"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for summary in page.locator("details > summary").all()[:3]:
        summary.click()
    results = axe.Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


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
    for theme in ("dark", "system"):
        button.click()
        assert button.inner_text() == f"Theme: {theme}"
        assert page.evaluate(ground) == dark


def test_every_column_sorts_both_ways(opened: Callable[..., Any]) -> None:
    page = opened()
    head = page.locator("#cells thead th").nth(2)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    falling = [float(text) for text in column(page, "cells", 3)]
    assert falling == sorted(falling, reverse=True)
    assert len(falling) == 8
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(page, "cells", 3) == [f"{value:.2f}" for value in sorted(falling)]
    page.locator("#cells thead th").first.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    names = column(page, "cells", 1)
    assert names == sorted(names)


def test_filters_leave_what_fits(opened: Callable[..., Any]) -> None:
    page = opened()
    page.get_by_label("Data set").and_(page.locator("select")).select_option("mnist")
    assert set(column(page, "cells", 2)) == {"mnist"}
    playwright.expect(page.locator("#shown")).to_have_text("4 of 8 cells")
    assert page.locator("#accuracy thead th:visible").count() == 2
    assert page.locator("#s-curves figure:visible").count() == 4
    assert page.locator("#s-costs h3:visible").count() == 1
    page.get_by_label("Architecture", exact=False).and_(page.locator("select")).select_option("vgg")
    assert column(page, "cells", 1) == ["vgg"]
    assert page.locator("#s-confusion figure:visible").count() == 1
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("searchbox").fill("synthetic")
    assert set(column(page, "cells", 2)) == {"svhn"}
    page.get_by_role("button", name="Reset").click()
    playwright.expect(page.locator("#shown")).to_have_text("8 of 8 cells")


def test_everything_is_reached_by_keyboard(opened: Callable[..., Any]) -> None:
    page = opened()
    wanted = page.evaluate("""() => {
        const open = (e) => !e.closest('details:not([open])') || e.tagName === 'SUMMARY';
        const all = [...document.querySelectorAll('a, button, select, input, summary, .scroll')];
        return all.filter((e) => open(e) && e.checkVisibility()).map((e, i) => (e.dataset.stop = i, i)).length;
    }""")
    assert wanted > 80
    stops = page.evaluate_handle("new Set()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    for _ in range(wanted + 5):
        page.evaluate("(stops) => stops.add(document.activeElement.dataset.stop)", stops)
        page.keyboard.press("Tab")
    missed = page.evaluate(
        "(stops) => [...document.querySelectorAll('[data-stop]')].filter((e) => !stops.has(e.dataset.stop))"
        ".map((e) => e.outerHTML.slice(0, 90))", stops)  # fmt: skip
    assert missed == []


def test_keys_sort_open_and_jump(opened: Callable[..., Any]) -> None:
    page = opened()
    head = page.locator("#cells thead th").nth(7)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    details = page.locator("#s-costs details").first
    details.locator("summary").focus()
    page.keyboard.press("Space")
    assert details.locator("table").is_visible()
    page.locator("#accuracy a").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#cell-lenet-mnist"
    assert (
        page.evaluate("document.activeElement.id || document.querySelector(':target').id")
        == "cell-lenet-mnist"
    )


def test_a_command_is_copied(opened: Callable[..., Any]) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy the command of lenet-mnist", exact=True)
    button.click()
    page.wait_for_function("document.getElementById('shown').value.startsWith('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(
        "pytest 'benchmarks/bench_training.py::test_training[lenet-mnist]' --protocol quick"
    )


def test_it_prints_on_paper(opened: Callable[..., Any]) -> None:
    page = opened()
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.locator("#s-costs svg").first.is_visible()
    assert len(page.pdf(format="A4")) > 50_000


def test_without_scripts_all_of_it_is_there(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#cells tbody tr").count() == 8
    assert not page.locator("#filters").is_visible()

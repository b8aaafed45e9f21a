"""Pages of reports, opened in every browser that is present, for tests of what they look like and of what they do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.report.collection import collect
from tests.support import browsers
from tests.support.full_grid import SMALL, collection, grid, large, page_of
from tests.support.run_factory import run, save


@pytest.fixture(scope="module", params=browsers.PRESENT)
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Every browser that is present, headless."""
    playwright = browsers.library("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = browsers.start(driver, request.param, playwright.Error)
        yield started
        started.close()


@pytest.fixture(scope="session")
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
        width, height = browsers.SIZES[size]
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

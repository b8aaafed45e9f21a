"""`python -m benchmarks report --html`: what the page holds, and what it never does."""

import base64
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.comparison import gate
from benchmarks.experiment import published
from benchmarks.report import build
from benchmarks.report.collection import collect
from benchmarks.report.figures.drawing import svg
from benchmarks.report.table import Column, Section, Table
from benchmarks.report.table import row as table_row
from benchmarks.report.writers.html_page import html
from benchmarks.results.run import from_dict
from tests.support.full_grid import ARCHITECTURES, DATASETS, SMALL, collection, grid, page_of
from tests.support.run_factory import cell, run, save

SECTIONS = (
    "accuracy",
    "cells",
    "costs",
    "reliability",
    "study",
    "baseline",
    "curves",
    "confusion",
    "hard",
    "provenance",
)


class Page(HTMLParser):
    """Tags with their attributes, ids, and text by the innermost element with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(attribute)) is not None]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BENCH_CACHE_DIR", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA_DIR", raising=False)


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., str]:
    """Write these runs, report on them, and return the page."""

    def made(*runs: dict[str, Any], **options: str | Path) -> str:
        paths = [str(save(tmp_path / f"{i:04}_run.json", one)) for i, one in enumerate(runs)]
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        assert main(["report", *paths, "--html", str(tmp_path / "page.html"), *words]) == 0
        return (tmp_path / "page.html").read_text()

    return made


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A full grid with five seeds on all test images, of which CIFAR-10 is a stand-in."""
    path = save(tmp_path_factory.mktemp("full") / "full.json", grid(images=10_000, synthetic=("cifar10",)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_CACHE_DIR", str(path.parent))
        patch.setenv("KERAS_HOME", str(path.parent))
        start = time.process_time()
        page = page_of(collect([str(path)]))
        assert time.process_time() - start < 20  # about three on a machine of its own
    return page


def test_a_full_grid_is_one_small_file(full: str) -> None:
    assert len(full.encode()) < 3_000_000
    page = Page(full)
    assert set(page.values("id")) >= {f"s-{name}" for name in SECTIONS}
    for architecture in ARCHITECTURES:
        for dataset in DATASETS:
            assert f"cell-{architecture}-{dataset}" in page.values("id")
            assert f"test_training[{architecture}-{dataset}]'" in page.text
    for text in ("Some CPU", "2.21.0", "abc123", "lenetsvhn", "mnistddddddddddd", "passed"):
        assert text in page.text


def test_the_page_needs_nothing_else(full: str) -> None:
    page = Page(full)
    targets = [*page.values("src"), *page.values("href")]
    assert targets
    assert all(target.startswith(("#", "data:")) for target in targets)
    assert {tag for tag, _ in page.tags}.isdisjoint({"link", "iframe", "object", "embed", "base"})
    assert not re.findall(r"url\((?!#)|@import|https?://", full)
    policy = next(v for v in page.values("content") if "default-src" in v)
    assert policy.startswith("default-src 'none'")


def test_every_reference_on_the_page_leads_somewhere_once(full: str) -> None:
    page = Page(full)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {href[1:] for href in page.values("href") if href.startswith("#")}
    wanted |= set(page.values("aria-labelledby")) | set(re.findall(r"url\(#([^)]+)\)", full))
    assert wanted <= set(ids)


def test_every_figure_says_in_words_what_it_shows(full: str) -> None:
    figures = [attrs for tag, attrs in Page(full).tags if tag == "svg"]
    assert len(figures) == 4 * 4 + 4 + 3 + 20  # costs, reliability, study (real data only), curves
    for attrs in figures:
        assert attrs["role"] == "img"
        assert len(attrs["aria-label"] or "") > 60


def test_synthetic_data_are_labelled_in_every_figure_and_table(full: str) -> None:
    assert "Synthetic data." in full
    shown = re.sub(
        r"<details.*?</details>", "", full, flags=re.S
    )  # inside stand a labelled figure's own figures
    for kind, least in (("figure", 20 + 20 + 4), ("tr", 20)):
        marked: dict[str, list[bool]] = {}
        for dataset, body in re.findall(
            rf'<{kind}\b[^>]*data-dataset="(\w+)"[^>]*>(.*?)</{kind}>', shown, re.S
        ):
            marked.setdefault(dataset, []).append("synthetic" in body)
        assert len(marked["cifar10"]) >= least / 4
        assert all(marked["cifar10"])
        assert not any(marked["mnist"])
    assert re.search(r'<th [^>]*data-dataset="cifar10">.*?synthetic', shown)


def test_only_real_figures_are_compared_with_the_study(full: str, report: Callable[..., str]) -> None:
    table = full[full.index('id="study"') : full.index('id="s-baseline"')]
    assert "fashion_mnist" in table
    assert "cifar10" not in table
    assert f"{published.SECONDS['vgg', 'svhn'] / 10:,.0f}" in table
    page = report(grid(2, **SMALL | {"synthetic": ("mnist", "cifar10")}))
    assert "not set beside synthetic data" in page
    assert 'id="study"' not in page


def test_times_measured_beside_other_cells_say_so(report: Callable[..., str]) -> None:
    alone = grid(2, **SMALL)
    assert "parallel" not in Page(report(alone)).text
    for entry in alone["benchmarks"]:
        entry["extra_info"]["parallel"] = True
    page = report(alone)
    assert page.count(">parallel<") >= 3 * 4
    assert "Hollow: timed while other cells ran, or on another machine" in page


HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}\x1b[31m\ud800"


def test_a_hostile_run_stays_text(tmp_path: Path) -> None:
    def poison(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                HOSTILE + key if key.startswith("x") else key: poison(item) for key, item in value.items()
            }
        if isinstance(value, list):
            return [poison(item) for item in value]
        return HOSTILE if isinstance(value, str) else value

    data = grid(2, **SMALL)
    kept = ("architecture", "dataset", "data_source", "verdict", "correct")
    for entry in data["benchmarks"]:
        info = entry["extra_info"]
        entry["extra_info"] = poison(info) | {key: info[key] for key in kept}
    data["suite"] = {"versions": {"x": HOSTILE, HOSTILE: "1"}}
    data["machine_info"] = {"cpu": {"brand_raw": HOSTILE}}
    data["commit_info"] = {"id": HOSTILE}
    folder = tmp_path / "<script>alert(2)<"
    path = save(folder / "run.json", data)
    later = save(tmp_path / "b.json", data | {"datetime": HOSTILE})
    out = tmp_path / "page.html"
    assert (
        main(
            [
                "report",
                str(path),
                str(later),
                "--html",
                str(out),
                "--png",
                str(tmp_path / "png"),
                "--baseline",
                str(later),
            ]
        )
        == 0
    )
    text = out.read_text()
    assert text.count("<script") == 1  # the page's own
    assert text.count("</script") == 1
    assert "&lt;script&gt;alert(1)" in text
    assert "{{7*7}}" in Page(text).text
    ours = text[text.index("<script>") + 8 : text.index("</script>")]
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert not any(name.startswith("on") for _, attrs in Page(text).tags for name in attrs)


def test_the_baseline_is_judged_as_compare_does(report: Callable[..., str], tmp_path: Path) -> None:
    base, new = grid(**SMALL), grid(**SMALL, shift=-0.1, draw=1)
    page = Page(report(new, baseline=save(tmp_path / "base.json", base))).text
    judged = gate.judge(from_dict(base, "base"), from_dict(new, "new"))
    assert judged.status == 1
    assert "regression" in page
    for finding in judged.findings:
        assert finding in page
    assert page.count("regressed") >= sum(c.verdict == "regressed" for c in judged.cells)


def test_without_a_baseline_it_says_how_to_name_one(full: str) -> None:
    assert "--baseline REF" in full


def test_findings_are_shown_as_they_come() -> None:
    report = build.build_report(collection(grid(2, **SMALL)))
    assert "SQ1" in html(build.page(report), svg)
    columns = (Column("data set"), Column("accuracy", format=".1%"))
    rows = [table_row("mnist", 0.971), table_row("cifar10", None)]
    table = Table("key", "Winners <b>", columns, rows, ("n = 1",))
    found = Section("Which wins?", ("VGG & no other.",), (table,))
    page = html(build.page(replace(report, findings=(found,))), svg)
    for text in (
        "Which wins?",
        "VGG &amp; no other.",
        "Winners &lt;b&gt;",
        "97.1%",
        "n = 1",
        'id="s-findings"',
    ):
        assert text in page


def test_the_same_runs_give_the_same_page() -> None:
    runs = collection(grid(2, **SMALL))
    assert page_of(runs) == page_of(runs)


def test_a_run_of_one_bare_cell_is_enough() -> None:
    page = Page(page_of(collection(run(cell([0.9])))))
    assert "The run holds no history" in page.text
    assert "no confusion matrices" in page.text
    assert "does not say which images" in page.text


def test_diverged_trainings_are_named() -> None:
    info = cell([0.9, None, 0.91], diverged=[None, 2, None])
    page = Page(page_of(collection(run(info)))).text
    assert "(n=3, 1 diverged)" in page
    assert "1 of 3" in page
    assert "3 trainings, 1 diverged" in page


def test_accepted_copies_are_labelled_in_the_heat_map_and_every_table(
    report: Callable[..., str],
) -> None:
    page = report(run(cell(data_verified=False), cell(architecture="vgg", data_verified=False)))
    for table in ('id="accuracy"', 'id="cells"', 'id="reproduce"'):
        part = page[page.index(table) :]
        assert "accepted copies" in part[: part.index("</table>")]

"""`python -m benchmarks report --html`: what the page holds, and what it never does."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest

from benchmarks.commands.main import main
from benchmarks.comparison import compare
from benchmarks.experiment.published import ARCHITECTURES, DATASETS
from benchmarks.report.collection import RunCollection
from benchmarks.report.findings import questions
from benchmarks.report.format import percent
from benchmarks.report.grid import accuracy, half_width
from benchmarks.report.groups import group
from benchmarks.report.pages import one_run
from benchmarks.report.views import costs
from benchmarks.results.run import from_dict
from tests.support.full_grid import SMALL, collection, grid, large, page_of
from tests.support.run_factory import cell, run, save

CLOSED = ("curves", "confusion", "hard", "study", "questions", "how", "where")


class Page(HTMLParser):
    """Tags with their attributes, and all text."""

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


def held(text: str, label: str) -> str:
    """The content of the download with this label, as browsers read it: an address ends at its `#`."""
    (uri,) = re.findall(rf"<a [^>]*href='data:application/json;charset=utf-8,([^']*)'>{label}</a>", text)
    return unquote(urldefrag(uri).url)


def table_of(file: str) -> list[dict[str, Any]]:
    """The rows of a download whose names and rows are apart."""
    read = json.loads(file)
    return [dict(zip(read["columns"], row, strict=True)) for row in read["data"]]


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
def data() -> dict[str, Any]:
    """A full grid, of which CIFAR-10 is synthetic."""
    return grid(3, synthetic=("cifar10",), images=2000)


@pytest.fixture(scope="module")
def full(data: dict[str, Any]) -> str:
    return page_of(collection(data))


def test_a_full_grid_is_one_small_file_with_every_part(full: str) -> None:
    assert len(full.encode()) < 500_000
    page = Page(full)
    assert set(page.values("id")) >= {"ranking", "cost", "all", *CLOSED}
    closed = re.findall(r'<details class="d" id="(\w+)"><summary><h2>[^<]+</h2><span>([^<]+)</span>', full)
    assert [key for key, inside in closed if inside] == list(CLOSED)
    for architecture in ARCHITECTURES:
        for dataset in DATASETS:
            assert f"test_training[{architecture}-{dataset}]'" in page.text
    for text in ("Some CPU", "2.21.0", "abc123", "lenetsvhn", "mnistddddddddddd", "secret-host"):
        assert (text in page.text) == (text != "secret-host")


@pytest.mark.slow
@pytest.mark.parametrize(("architectures", "datasets"), [(50, 4), (20, 10)])
def test_two_hundred_cells_with_all_that_a_run_holds_are_small_and_soon_made(
    architectures: int, datasets: int
) -> None:
    runs = collection(large(architectures, datasets))
    assert len(runs.subject.cells) == 200
    begin = time.process_time()
    page = page_of(runs)
    assert time.process_time() - begin < 10
    assert len(page.encode()) < 2_000_000
    assert len(table_of(held(page, "JSON"))) == 1000
    closed = re.findall(r'<details class="d" id="(\w+)">', page)
    assert {"curves", "confusion", "hard", "measures"} <= set(closed)


def test_its_numbers_are_those_of_the_run(full: str, data: dict[str, Any]) -> None:
    cells = from_dict(data, "run.json").cells.values()
    table = full[full.index('<table class="stack  sorts" id="cells"') :]
    rows = re.findall(
        r'<tr data-ar="(\w+)" data-ds="(\w+)"[^>]*>(.*?)</tr>', table[: table.index("</table>")], re.S
    )
    shown = {f"{a}-{d}": re.sub(r"<[^>]+>", " ", body) for a, d, body in rows}
    assert set(shown) == {one.id for one in cells}
    for one in cells:
        assert f"{percent(accuracy(one))} ±{percent(half_width(one))}" in shown[one.id]
        assert f"{one.params_total:,}" in shown[one.id]
        assert f"{percent(accuracy(one))} % ± {percent(half_width(one))}" in full  # on hover
    trainings = table_of(held(full, "JSON"))
    assert {(t["architecture"], t["dataset"], t["seed"]): t["accuracy"] for t in trainings} == {
        (one.architecture, one.dataset, seed): value
        for one in cells
        for seed, value in zip(one.seeds, one.accuracies, strict=True)
    }


def test_the_page_needs_nothing_else_and_allows_nothing_else(full: str) -> None:
    page = Page(full)
    targets = [*page.values("src"), *page.values("href")]
    assert targets
    assert all(target.startswith(("#", "data:")) for target in targets)
    assert {tag for tag, _ in page.tags}.isdisjoint({"link", "iframe", "object", "embed", "base"})
    assert not re.findall(r"url\((?!#)|@import|https?://", full)
    policy = next(v for v in page.values("content") if "default-src" in v)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        (content,) = re.findall(rf"<{kind}>(.*?)</{kind}>", full, re.S)
        assert (
            f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
            in policy
        )
    assert page.values("style") == []


@pytest.fixture(scope="module")
def several() -> str:
    """Two protocols with the same cells, side by side."""
    other = grid(1, **SMALL, draw=1)
    for entry in other["benchmarks"]:
        entry["extra_info"]["protocol"] = "study"
    saved = collection(grid(2, **SMALL))
    both = (*saved.whole, from_dict(other, "study.json"))
    return page_of(RunCollection((*saved.summaries, *saved.summaries), (), both))


@pytest.fixture(scope="module")
def alike() -> str:
    """Two runs whose names differ in punctuation alone."""
    data = grid(1, **SMALL)
    both = tuple(from_dict(data, f"{name}.json") for name in ("a-1", "a_1"))
    return page_of(RunCollection(collection(data).summaries * 2, (), both))


@pytest.fixture(scope="module")
def mixed() -> str:
    """One run with cells of two precisions on the same data set, and with measures."""
    data = grid(2, **SMALL)
    for i, entry in enumerate(data["benchmarks"]):
        entry["extra_info"] |= {"ece": [0.1, 0.2], "precision": ("float32", "mixed_bfloat16")[i % 2]}
    return page_of(collection(data))


@pytest.mark.parametrize("which", ["full", "several", "alike", "mixed"])
def test_every_reference_on_the_page_leads_somewhere_once(which: str, request: pytest.FixtureRequest) -> None:
    full = request.getfixturevalue(which)
    page = Page(full)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {href[1:] for href in page.values("href") if href.startswith("#")}
    wanted |= set(page.values("aria-labelledby")) | set(re.findall(r"url\(#([^)]+)\)", full))
    assert wanted <= set(ids)


def test_every_chart_says_in_words_what_it_shows(full: str) -> None:
    charts = [attrs for tag, attrs in Page(full).tags if tag == "div" and attrs.get("class") == "chart"]
    assert len(charts) == 4 * 4 + 4  # four costs and the curves of four data sets
    assert all(attrs["role"] == "group" and len(attrs["aria-label"] or "") > 90 for attrs in charts)


def test_synthetic_data_are_said_once_and_in_every_title(full: str) -> None:
    assert full.count('class="banner"') == 1
    titles = re.findall(r"<h3>(CIFAR-10[^<]*)</h3>", full)
    assert len(titles) >= 6
    assert all("(synthetic)" in title for title in titles)
    assert not any("(synthetic)" in title for title in re.findall(r"<h3>(MNIST[^<]*)</h3>", full))


def test_only_real_figures_are_compared_with_the_study(full: str, report: Callable[..., str]) -> None:
    table = full[full.index('id="study"') : full.index('id="questions"')]
    assert 'data-ds="fashion_mnist"' in table
    assert 'data-ds="cifar10"' not in table
    assert 'id="study"' not in report(grid(2, **SMALL | {"synthetic": ("mnist", "cifar10")}))


def test_the_note_on_the_study_explains_no_sign_that_its_table_lacks(full: str) -> None:
    table = full[full.index('id="study-table"') : full.index('id="questions"')]
    (note,) = re.findall(r'<p class="note">(.*?)</p>', table)
    assert "is after 30 epochs" in note
    for sign in ("! ", "*", "±0.5 ", "seconds"):
        assert sign not in note


def test_times_that_do_not_compare_are_hollow_and_the_page_opens_on_flops(report: Callable[..., str]) -> None:
    alone = grid(2, **SMALL)
    page = report(alone)
    assert "Hollow" not in page
    assert 'value="time" id="cost-time" checked' in page
    for entry in alone["benchmarks"]:
        entry["extra_info"]["parallel"] = True
    page = report(alone)
    assert "Hollow: timed while other cells ran, not on the usual machine" in page
    assert page.count("time does not compare: parallel") == 4
    assert 'value="flops" id="cost-flops" checked' in page


def test_the_legend_has_the_architectures_in_the_order_of_the_tables() -> None:
    grid_of_three = run(
        cell(architecture="zoo"), cell(architecture="vgg"), cell(architecture="ant", dataset="svhn")
    )
    page = one_run.page(from_dict(grid_of_three, "r.json"))
    assert page.architectures == ["vgg", "ant", "zoo"]


def test_a_cost_that_is_added_is_hidden_while_another_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    energy = costs.Cost("energy", "energy", "energy, J", lambda cell, _: float(len(cell.architecture)))
    monkeypatch.setattr(costs, "COSTS", (*costs.COSTS, energy))
    page = page_of(collection(grid(2, **SMALL)))
    options = Page(page).values("data-option")
    assert len(options) == 5
    for option in options:
        assert f'body:has(#{option}:not(:checked)) [data-option="{option}"]{{display:none}}' in page
        assert f'id="{option}"' in page


def test_several_protocols_say_what_accuracy_costs_under_each(several: str) -> None:
    parts = re.findall(r'<details class="d" id="(cost-\d)"><summary><h2>([^<]+)</h2><span>([^<]+)', several)
    inside = "against training time, parameters, FLOPs and memory"
    assert parts == [
        (f"cost-{i}", f"What accuracy costs under {name}", inside) for i, name in ((1, "quick"), (2, "study"))
    ]
    page = Page(several)
    chosen = [
        attrs["id"]
        for tag, attrs in page.tags
        if tag == "input" and attrs["type"] == "radio" and "checked" in attrs
    ]
    assert chosen == ["ds-all", "cost-1-time", "cost-2-time"]
    assert len(page.values("data-option")) == len(set(page.values("data-option"))) == 8


HOSTILE = "<script>alert(1)</script>\"'&#%41{{7*7}}\x1b[31m\ud800"


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
    kept = ("architecture", "dataset", "data_source", "correct")
    for entry in data["benchmarks"]:
        info = entry["extra_info"]
        entry["extra_info"] = poison(info) | {key: info[key] for key in kept}
    data["suite"] = {"versions": {"x": HOSTILE, HOSTILE: "1"}}
    data["machine_info"] = {"cpu": {"brand_raw": HOSTILE}}
    data["commit_info"] = {"id": HOSTILE}
    path = save(tmp_path / "<script>alert(2)<" / "run.json", data)
    later = save(tmp_path / "b.json", data | {"datetime": HOSTILE})
    out = tmp_path / "page.html"
    for words in (["--png", str(tmp_path / "png")], ["--baseline", str(later)], [str(later)]):
        assert main(["report", str(path), *words, "--html", str(out)]) == 0
        text = out.read_text()
        assert text.count("<script") == 1  # the page's own
        assert text.count("</script") == 1
        assert "&lt;script&gt;alert(1)" in text
        values = {str(value) for row in table_of(held(text, "JSON")) for value in row.values()}
        assert any(HOSTILE[:-1] in value for value in values)
        assert "{{7*7}}" in Page(text).text
        assert not any(name.startswith("on") for _, attrs in Page(text).tags for name in attrs)


def test_the_page_against_a_baseline_is_judged_as_compare_does(
    report: Callable[..., str], tmp_path: Path
) -> None:
    base, new = grid(**SMALL), grid(**SMALL, shift=-0.1, draw=1)
    text = report(new, baseline=save(tmp_path / "base.json", base))
    page = Page(text).text
    judged = compare(from_dict(base, "base"), from_dict(new, "new"))
    assert judged.status == 1
    assert "Failed: exit status 1" in page
    for finding in judged.findings:
        assert finding in page  # as the gate printed it
    assert page.count("regressed") >= sum(c.verdict == "regressed" for c in judged.cells)
    assert json.loads(held(text, "Judgement, JSON"))["findings"] == list(judged.findings)
    assert len(table_of(held(text, "JSON"))) == sum(
        len(c.seeds) for c in from_dict(new, "new").cells.values()
    )
    assert {"worst", "change", "power", "beside", "runs", "ranking", "commands", "raw"} <= set(
        Page(text).values("id")
    )


def test_the_same_runs_give_the_same_page() -> None:
    runs = collection(grid(2, **SMALL))
    assert page_of(runs) == page_of(runs)


def test_no_folder_of_the_machine_is_named(report: Callable[..., str], tmp_path: Path) -> None:
    data = grid(2, **SMALL)
    for entry in data["benchmarks"]:
        entry["extra_info"] |= {"data_origin": "data directory: /home/someone/secret", "parallel": True}
    for page in (report(data), report(data, baseline=save(tmp_path / "base.json", data))):
        assert "someone" not in page
        assert str(tmp_path) not in page


def test_the_questions_have_the_notes_of_their_tables(data: dict[str, Any], full: str) -> None:
    text = Page(full).text
    found = [questions.of_group(one) for one in group([from_dict(data, "run.json")])]
    notes = [note for sections in found for one in sections for table in one.tables for note in table.notes]
    assert len(notes) > 2
    assert [note for note in notes if note not in text] == []

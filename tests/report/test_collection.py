"""Reports of several runs: which is shown, what is left out, and the trend over all of them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.commands.main import main
from benchmarks.report import build
from benchmarks.report.collection import collect, read
from tests.support.full_grid import SMALL, grid, page_of
from tests.support.run_factory import save


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve runs, a drop from the seventh on, one file that is none, and a partial run on top."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i in range(12):
        data = grid(
            1, **SMALL, draw=i, shift=-0.15 * (i >= 6), datetime=(start + timedelta(days=i)).isoformat()
        )
        save(tmp_path / "runs" / f"{i:04}_x.json", data)
    last = grid(1, **SMALL | {"architectures": ("lenet",)}, datetime=(start + timedelta(days=20)).isoformat())
    last["suite"]["partial"] = True
    save(tmp_path / "runs" / "partial_x.json", last)
    (tmp_path / "runs" / "broken.json").write_text("{")
    return tmp_path / "runs"


def test_a_history_shows_the_newest_whole_run_and_where_accuracy_changed(folder: Path) -> None:
    runs = collect([str(folder), str(folder / "0003_x.json")])
    assert len(runs.summaries) == 13
    assert Path(runs.subject.name).name == "0011_x.json"
    assert len(runs.whole) == 8
    assert [Path(name).name for name in runs.skipped] == ["broken.json"]
    assert {(s.cell, Path(s.run).name) for s in runs.steps if s.what == "accuracy"} >= {
        ("lenet-mnist", "0006_x.json"), ("vgg-cifar10", "0006_x.json"),
    }  # fmt: skip
    page = page_of(runs)
    assert "13 runs: " in page
    assert "The same networks in four runs" in page
    assert page.count("Accuracy over saved runs, ") == 2
    assert page.count(">Steps<") == 1
    assert "partial" in page
    assert "broken.json" in page


def test_every_form_of_a_report_answers_for_the_same_runs(folder: Path) -> None:
    all_of_them = list(read([str(folder)], folder, {}))
    assert build.answer(all_of_them) == build.answer(collect([str(folder)]).whole)


def test_what_was_named_is_refused_what_was_found_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert main(["report", str(folder / "broken.json"), "--html", str(out)]) == 2
    assert "invalid or truncated JSON" in capsys.readouterr().err
    assert not out.exists()


def test_accuracies_of_different_settings_share_no_trend(tmp_path: Path) -> None:
    quick = [grid(1, **SMALL, draw=i, datetime=f"2026-01-0{i + 1}T00:00:00") for i in range(2)]
    other = [grid(1, **SMALL, synthetic=("mnist",), datetime=f"2026-02-0{i + 1}T00:00:00") for i in range(2)]
    paths = [str(save(tmp_path / f"{i}.json", data)) for i, data in enumerate((*quick, *other))]
    labels = re.findall('aria-label="(Accuracy over saved runs[^"]*)"', page_of(collect(paths)))
    assert len(labels) == 3  # mnist real, mnist synthetic, cifar10
    assert sum("MNIST (synthetic), quick" in label for label in labels) == 1


def test_architectures_that_older_runs_alone_have_are_on_the_page_as_all_others(tmp_path: Path) -> None:
    paths = []
    for i in range(10):
        names = ("lenet", "vgg") if i < 2 else ("lenet",)
        data = grid(1, **SMALL | {"architectures": names}, draw=i, datetime=f"2026-01-1{i}T00:00:00")
        paths.append(str(save(tmp_path / f"{i}.json", data)))
    page = page_of(collect(paths))
    assert 'data-ar="vgg"' in page
    assert set(re.findall(r'href="#(k-[^"]+)"', page)) <= set(re.findall(r'id="(k-[^"]+)"', page))
    assert 'name="arch" value="vgg"' in page


def test_the_head_counts_older_runs_and_names_no_folder_of_the_machine(folder: Path) -> None:
    page = page_of(collect([str(folder)]))
    assert "13 runs: 0004_x.json, 0005_x.json, 0006_x.json and 10 more" in page
    assert "Left out: runs/broken.json: " in page
    assert "compare runs/0005_x.json runs/0011_x.json" in page
    assert str(folder.parent) not in page

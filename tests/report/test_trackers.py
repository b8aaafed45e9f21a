"""Accuracies in the forms that other trackers document."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.report.writers import trackers
from benchmarks.results.run import from_dict
from tests.support import run_factory as saved_runs

# Of {0.9, 0.902, 0.898, 0.901, 0.899}: mean 0.9, standard deviation 0.00158; t of 4 degrees of freedom 2.776.
HALF = 100 * 2.7764 * 0.0015811 / 5**0.5


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Any]:
    run = saved_runs.save(tmp_path / "run.json", saved_runs.run())
    files = {form: tmp_path / f"{form}.json" for form in ("github", "bencher")}
    assert main(["track", str(run), *(f"--{form}={path}" for form, path in files.items())]) == 0
    return {form: json.loads(path.read_text()) for form, path in files.items()}


def test_github_action_benchmark_gets_entries_of_its_custom_form(written: dict[str, Any]) -> None:
    entries = written["github"]
    assert len(entries) == 4
    for (
        entry
    ) in entries:  # name, unit and value are required, the rest is optional; all are strings but the value
        assert entry.keys() == {"name", "unit", "value", "range", "extra"}
        assert type(entry["value"]) is float
        assert all(isinstance(entry[key], str) for key in entry if key != "value")
    assert entries[0]["name"] == "lenet-mnist (quick, real)"
    assert entries[0]["value"] == pytest.approx(90)
    assert [*map(float, entries[0]["range"].split(" to "))] == pytest.approx(
        [90 - HALF, 90 + HALF], abs=0.006
    )
    assert "90.00, 90.20, 89.80, 90.10, 89.90" in entries[0]["extra"]


def test_bencher_gets_its_metric_format(written: dict[str, Any]) -> None:
    assert len(written["bencher"]) == 4
    for benchmark, measures in written["bencher"].items():
        assert re.fullmatch(r"benchmarks/bench_training\.py::test_training\[\w+-\w+\]", benchmark)
        assert measures.keys() == {"accuracy"}
        metric = measures["accuracy"]
        assert metric.keys() == {"value", "lower_value", "upper_value"}
        assert metric["lower_value"] == pytest.approx(90 - HALF, abs=1e-3)
        assert metric["upper_value"] == pytest.approx(90 + HALF, abs=1e-3)


def test_a_perfect_single_seed_and_a_diverged_one_have_values() -> None:
    cells = [saved_runs.cell([1.0]), saved_runs.cell([None], dataset="cifar10", diverged=[1])]
    perfect, diverged = bencher(*cells)
    assert perfect["lower_value"] < perfect["value"] == perfect["upper_value"] == 100
    assert diverged["value"] == 10  # counts as guessing, as in the gate


def bencher(*cells: dict[str, Any]) -> list[dict[str, float]]:
    found = trackers.bencher(from_dict(saved_runs.run(*cells), "run"))
    return [measures["accuracy"] for measures in found.values()]


def test_the_interval_of_few_seeds_does_not_leave_the_scale() -> None:
    high, low = bencher(saved_runs.cell([0.98, 1.0]), saved_runs.cell([0.0, 0.02], dataset="cifar10"))
    assert (high["upper_value"], low["lower_value"]) == (100, 0)


def test_without_a_file_to_write_the_call_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = saved_runs.save(tmp_path / "run.json", saved_runs.run())
    assert main(["track", str(run)]) == 2
    assert "--github F" in capsys.readouterr().err
    assert main(["track", "nowhere.json", "--bencher", str(tmp_path / "out.json")]) == 2
    assert not (tmp_path / "out.json").exists()


def test_a_file_that_cannot_be_written_is_named_as_it_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = saved_runs.save(tmp_path / "run.json", saved_runs.run()), tmp_path / "nowhere" / "out.json"
    assert main(["track", str(run), "--bencher", str(file)]) == 2
    assert f"track: {file}: No such file or directory\n" in capsys.readouterr().err
    (tmp_path / "folder").mkdir()
    assert main(["track", str(run), "--bencher", str(tmp_path / "folder")]) == 2
    assert f"track: {tmp_path / 'folder'}: Is a directory\n" in capsys.readouterr().err

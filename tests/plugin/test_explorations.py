"""`--set`: trained with what was set, labelled wherever it is shown, and without a floor."""

import dataclasses
import json

import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.recipe_changes import Change
from benchmarks.report import end_of_run, origins
from benchmarks.report.groups import group
from benchmarks.report.views import trainings
from benchmarks.report.writers import csv_rows, terminal
from benchmarks.results.run import from_dict
from tests.support import run_factory, small_project
from tests.support.suite_runs import Place


@pytest.mark.end_to_end
def test_an_exploration_trains_as_set_and_says_so(place: Place) -> None:
    saved = place.folder / "explored.json"
    done = place.run(
        "benchmarks/", "--arch", "lenet", "--dataset", "cifar10", "--set", "epochs=1", "--set", "batch_size=64",
        "--benchmark-json", str(saved),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr  # its floor of 0.99 does not count
    assert "protocol quick with batch_size=64, epochs=1, float32" in done.stdout
    assert "explored with --set: no floors, and never a baseline" in done.stdout
    run = json.loads(saved.read_text())
    (info,) = (entry["extra_info"] for entry in run["benchmarks"])
    assert info["set_fields"] == {"batch_size": "64", "epochs": "1"}
    assert (info["recipe"]["epochs"], info["recipe"]["batch_size"]) == (1, 64)
    assert len(info["history"][0]["seconds"]) == 1
    assert info["floor"] is info["verdict"] is None
    assert run["suite"]["settings"]["set"] == ["batch_size=64", "epochs=1"]
    assert 0 <= info["ece"][0] <= 1
    assert 0 <= info["brier"][0] <= 2
    assert "top5" not in info


def test_setting_what_is_so_is_still_an_exploration() -> None:
    plain = small_project.small_settings()
    same = dataclasses.replace(plain, changes=(Change("epochs", "4"),))
    cells = [small_project.plan(settings) for settings in (plain, same)]
    assert cells[0].recipe == cells[1].recipe
    assert cells[0].jobs[0].resume_key != cells[1].jobs[0].resume_key


def test_every_output_labels_it() -> None:
    explored = run_factory.cell(set_fields={"epochs": "5"}, floor=None, divergence=[None] * 5)
    run = from_dict(run_factory.run(run_factory.cell(dataset="cifar10"), explored), "r.json")
    groups = group([run])
    assert [found.label for found in groups] == ["quick, real data", "quick with epochs=5, real data"]
    lines = csv_rows.render(trainings.table(groups)).splitlines()
    assert lines[0].startswith("protocol,set,")
    assert {line.split(",")[1] for line in lines[1:6]} == {""}
    assert {line.split(",")[1] for line in lines[6:]} == {"epochs=5"}
    cell = run.cells[Cell("lenet", "mnist").id]
    assert "--set epochs=5" in origins.command(cell)
    assert "protocol quick with epochs=5" in terminal.render(end_of_run.section([cell]))

"""Costs: what is best for its cost; times of several machines are shown, named, and never set against each other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.comparison import compare
from benchmarks.experiment import published
from benchmarks.report.figures import costs as cost_figures
from benchmarks.report.findings import against_baseline
from benchmarks.report.findings.hypotheses import judge as judge_conclusions
from benchmarks.report.findings.hypotheses import lenet_simple
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.grid import comparable_times, machine_name
from benchmarks.report.groups import group
from benchmarks.report.origins import measured_on
from benchmarks.report.pages import parts
from benchmarks.report.table import Tag
from benchmarks.report.views import changes, costs, gate
from benchmarks.results.baselines import pin
from benchmarks.results.run import Run, from_dict, load_run
from tests.support.gate_runs import compared
from tests.support.gate_runs import grid as gate_grid
from tests.support.published_runs import PUBLISHED, entry, grid, read, texts
from tests.support.run_factory import STEADY, cell, run


def on(processor: str, *architectures: str, seconds: float | None = None, model: int | None = None) -> Run:
    changes = {} if seconds is None else {"seed_seconds": [seconds]}
    cells = [entry(a, "mnist", PUBLISHED.get((a, "mnist"), (0.9,)), **changes) for a in architectures]
    cpu = {"brand_raw": processor, "count": 2} | ({} if model is None else {"family": 25, "model": model})
    return replace(read(run(*cells, machine_info={"cpu": cpu}), f"{processor}.json"), narrowed=True)


@pytest.fixture
def pinned(tmp_path: Path) -> Run:
    """One pinned file of two sessions, the second on another, much faster machine."""
    pin(on("Old CPU", "lenet", "resnet20v1", "squeezenet"), tmp_path, allow_partial=True)
    (path,) = pin(on("New CPU", "vgg", seconds=1.0), tmp_path, allow_partial=True)
    return load_run(path)


def test_a_time_of_another_machine_is_starred_and_beats_no_other(pinned: Run) -> None:
    (found,) = group([pinned])
    assert found.comparable_seconds(found.cells["vgg", "mnist"]) is None
    assert found.comparable_seconds(found.cells["lenet", "mnist"]) == published.SECONDS["lenet", "mnist"]
    times = {row[0]: str(row[1]) for row in texts(costs.times(found.grid, "Training time"))}
    assert times["vgg"].startswith("1.00** (")
    assert times["lenet"].startswith("220 (")
    assert lenet_simple(found).verdict == "undecided"  # it would not hold, were vgg quicker
    assert texts(costs.fronts(found.grid, "Fronts"))[0][1] == "lenet, squeezenet"
    provenance = " ".join(measured_on(found))
    assert "3 cells" in provenance
    assert "1 cell, n = 1, 2026-01-02, on New CPU, 2 cores" in provenance


def test_the_page_marks_it_and_leaves_it_off_the_front(pinned: Run) -> None:
    grid = group([pinned])[0].grid
    assert {cell.id: tags for cell in grid.cells if (tags := grid.time_tags(cell))} == {
        "vgg-mnist": (Tag("other machine", "warn", "**"),)
    }
    (column,) = grid.columns
    trades = {cost.key: costs.tradeoff(cost, column, grid) for cost in costs.COSTS}
    charts = {key: cost_figures.chart(trade, grid) for key, trade in trades.items() if trade is not None}
    assert charts["time"].alt.endswith(f"On the front: lenet, squeezenet. Hollow: {costs.HOLLOW}.")
    assert "Hollow" not in charts["parameters"].alt


def test_a_frozen_network_is_off_the_front_of_times_alone() -> None:
    cells = [
        entry("lenet", "mnist", (0.9, 0.9), seed_seconds=[1.0, 1.0], frozen=[2, 2]),
        entry("vgg", "mnist", (0.8, 0.8), seed_seconds=[9.0, 9.0]),
    ]
    (found,) = group([read(run(*cells))])
    fronts = {}
    for cost in costs.COSTS[:2]:
        trade = costs.tradeoff(cost, found.grid.columns[0], found.grid)
        assert trade is not None
        fronts[cost.key] = cost_figures.chart(trade, found.grid).alt.partition("On the front: ")[2]
    assert fronts == {"time": f"vgg. Hollow: {costs.HOLLOW}.", "parameters": "lenet."}
    assert "frozen network" in costs.HOLLOW


@pytest.mark.parametrize(
    ("parallel", "first"), [((), "lenet"), (("lenet",), "vgg"), (("lenet", "vgg"), None)]
)
def test_what_ran_beside_others_is_off_the_front_of_times(parallel: Sequence[str], first: str | None) -> None:
    cells = [
        entry(name, "mnist", [value] * 2, seed_seconds=[took] * 2, parallel=name in parallel)
        for name, value, took in (("lenet", 0.9, 1.0), ("vgg", 0.8, 9.0))
    ]
    (found,) = group([read(run(*cells, entry("vgg", "svhn", [0.9])))])
    (shown,) = texts(costs.fronts(found.grid, "Fronts"))  # a cell alone on its data set has none
    assert shown[:3] == ["MNIST", first, "lenet"]
    trade = costs.tradeoff(costs.COSTS[0], found.grid.columns[0], found.grid)
    assert trade is not None
    assert f"On the front: {first or 'none'}." in cost_figures.chart(trade, found.grid).alt


def test_the_machine_of_the_most_cells_is_the_usual_one_and_the_first_if_level() -> None:
    cells = list(on("any", "lenet", "vgg", "resnet20v1", seconds=1.0).cells.values())
    lenet, vgg, resnet = (cell.id for cell in cells)
    assert comparable_times(zip(cells, "aba", strict=True)) == {lenet: (1.0,), vgg: (), resnet: (1.0,)}
    assert comparable_times(zip(cells[:2], "ab", strict=True)) == {lenet: (1.0,), vgg: ()}
    assert comparable_times([]) == {}


def test_seeds_on_the_usual_machine_count_alone() -> None:
    seconds = {"lenet": [1.0, 5.0, 3.0], "vgg": [20.0, 90.0], "squeezenet": [70.0]}
    cells = [entry(a, "mnist", [0.9] * len(s), seed_seconds=s) for a, s in seconds.items()]
    machines = {"lenet": ("old", "new", "old"), "vgg": ("old", "new"), "squeezenet": ("other",)}
    for one in cells:
        one["machine"] = [{"cpu.brand_raw": name} for name in machines[one["architecture"]]]
    (found,) = group([read(run(*cells))])
    table = costs.times(found.grid, "Training time")
    times = {row[0]: str(row[1]) for row in texts(table)}
    assert times["lenet"] == "2.00 (n=2, 1.00..3.00; 0.20 per epoch)"
    assert times["vgg"] == "20.0 (n=1; 2.00 per epoch)"
    assert times["squeezenet"].startswith("70.0** (")
    assert found.comparable_seconds(found.cells["vgg", "mnist"]) == 20.0
    assert found.comparable_seconds(found.cells["squeezenet", "mnist"]) is None


def test_conclusions_compare_times_on_the_usual_machine_of_the_cells_that_they_judge(tmp_path: Path) -> None:
    """Newer architectures do not decide which machine that is, though they do in tables of all cells."""
    pin(on("Old CPU", "linear", "cct", "alexnet", "vgg"), tmp_path, allow_partial=True)
    (path,) = pin(on("New CPU", "lenet", "squeezenet"), tmp_path, allow_partial=True)
    (found,) = group([load_run(path)])
    assert found.comparable_seconds(found.cells["lenet", "mnist"]) is None
    (figures,) = [j.figures[0] for j in judge_conclusions(found) if j.claim.startswith("LeNet")]
    assert figures.endswith("; 220 s, next 13,800 s (squeezenet), no comparable time of vgg")


def test_saved_runs_have_their_stars_on_the_terminal_as_well(
    pinned: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", pinned.name]) == 0
    said = capsys.readouterr().out
    assert "1.00**" in said
    assert "** (no seed ran on the usual machine)" in said


def test_the_gate_asks_each_cell_for_its_machine(pinned: Run) -> None:
    def notes(new: Run) -> list[str]:
        return [note for note in compare(pinned, new).notes if note.startswith("times")]

    assert notes(on("New CPU", "vgg")) == []
    (note,) = notes(on("New CPU", "lenet", "vgg"))
    assert note == "times are not comparable: cpu.brand_raw Old CPU -> New CPU"
    cells = {cell.cell: cell for cell in compare(pinned, on("New CPU", "lenet", "vgg")).cells}
    assert cells["vgg-mnist"].time_ratio is not None
    assert cells["lenet-mnist"].time_ratio is None, "the other machine's seconds are no change of the code"


def test_the_gate_and_its_page_give_one_ratio_of_times_and_none_where_they_do_not_compare() -> None:
    def said(new: dict[str, Any]) -> list[str]:
        seconds = (2.0, 3.0, 5.0, 6.0)
        for one, took in zip(new["benchmarks"], seconds, strict=True):
            one["extra_info"]["seed_seconds"] = [took] * 5
        found = compared(run(), new)
        notes = [note for note in gate.notes(found.report) if "time" in note]
        return [*notes, *dict(changes.beside_accuracy(found))["Training time"]]

    ratio = "2.00 times the baseline's in the median cell (1.00 to 3.00)"
    assert said(run()) == [f"training time, not gated here: {ratio}", f"{ratio}; not gated"]
    note, shown = said(run(machine_info={"cpu": {"brand_raw": "New CPU", "count": 2}}))
    assert note.startswith("times are not comparable: ")
    assert shown == "not comparable, or not known in both runs"
    assert said(gate_grid(STEADY, precision="other")) == [shown]


def test_a_single_cell_is_no_median_cell() -> None:
    base, new = (run(cell(seed_seconds=[seconds] * 5)) for seconds in (2.0, 3.0))
    shifted = [accuracy + 0.0001 for accuracy in STEADY]
    new["benchmarks"][0]["extra_info"]["accuracies"] = shifted
    found = compared(base, new)
    assert gate.time_ratio(found.report) == "1.50 times the baseline's"
    told = " ".join(against_baseline.answer(found).sure)
    assert "The cell that passed: a drop of " in told


def test_processors_that_hide_their_name_are_told_apart_by_their_model(tmp_path: Path) -> None:
    older, newer = (on("AMD EPYC", "lenet", model=model) for model in (1, 17))
    (note,) = [note for note in compare(older, newer).notes if note.startswith("times")]
    assert note == "times are not comparable: cpu.model 1 -> 17"
    unnoted = on("AMD EPYC", "lenet", "resnet20v1")  # by a suite that did not record the model
    pin(unnoted, tmp_path, allow_partial=True)
    (path,) = pin(on("AMD EPYC", "vgg", model=17), tmp_path, allow_partial=True)
    (found,) = group([load_run(path)])
    assert {cell.id for cell in found.cells.values() if found.comparable_seconds(cell) is None} == {
        "vgg-mnist"
    }
    assert "AMD EPYC (family 25, model 17), 2 cores" in " ".join(measured_on(found))
    assert machine_name({"brand_raw": "Some CPU", "usable_cores": "1", "cores": "2"}) == "Some CPU, 1 core"


def test_one_slow_seed_does_not_move_a_time() -> None:
    (found,) = group([read(grid({("lenet", "mnist"): (0.98, 0.98, 0.98)}, seed_seconds=[20.0, 400.0, 30.0]))])
    (shown,) = texts(costs.times(found.grid, "Training time"))
    assert shown[1] == "30.0 (n=3, 20.0..400; 3.00 per epoch)"


def test_one_that_ran_alone_is_not_said_to_be_beaten() -> None:
    cells = [
        cell([0.9], seed_seconds=[1.0]),
        cell([0.8], architecture="vgg", seed_seconds=[2.0], params_total=200_000, flops_per_image=2_000_000),
        cell([0.8], architecture="cct", dataset="svhn"),
    ]
    groups = group([from_dict(run(*cells), "run.json")])
    part = parts.cost(groups, rankings(groups[0]))
    assert part is not None
    assert part.caption.startswith("vgg is on no front: ")


@pytest.mark.parametrize(
    ("points", "best"),
    [
        ([(1, 0.5), (2, 0.6), (3, 0.55)], [0, 1]),
        ([(3, 0.9), (1, 0.5), (2, 0.5)], [1, 0]),  # as good, and dearer
        ([(1, 0.5), (1, 0.5)], [0, 1]),  # alike in both
        ([(1, 0.4), (1, 0.5)], [1]),
        ([(2, 0.7)], [0]),
    ],
)
def test_the_front_is_what_nothing_beats(points: list[tuple[float, float]], best: list[int]) -> None:
    assert costs.pareto_front(points) == best

"""Several runs of one protocol: an accuracy that fell to a new level is said first."""

from collections.abc import Callable
from typing import Any

from benchmarks.report.findings import side_by_side
from benchmarks.results.run import Run, from_dict
from tests.support.full_grid import SMALL, grid


def runs(fall: float = 0.0, change: Callable[[int, dict[str, Any]], None] | None = None) -> list[Run]:
    """Eight runs; accuracies of the last three are lower by `fall`, and `change` edits the cells of a run."""
    found = []
    for i in range(8):
        data = grid(3, **SMALL, draw=100 + i, shift=-fall * (i > 4), datetime=f"2026-01-0{i + 1}T00:00:00")
        for entry in data["benchmarks"]:
            if change is not None:
                change(i, entry["extra_info"])
        found.append(from_dict(data, f"my runs/{i}.json"))
    return found


def test_a_fall_comes_first_with_the_runs_to_compare() -> None:
    found = side_by_side.of_runs(runs(0.08))
    assert (found.state, found.label) == ("warn", "Accuracy fell in 4 cells")
    assert found.headline.endswith("% in 5.json; 3 other cells fell too")
    assert found.steps[0].command == "python -m benchmarks compare 'my runs/4.json' 'my runs/7.json'"
    assert any(text.startswith("First on ") for text in found.lede)


def test_runs_of_another_protocol_are_not_advised_to_be_compared() -> None:
    other = grid(3, **SMALL, draw=200, datetime="2026-01-09T00:00:00")
    for entry in other["benchmarks"]:
        entry["extra_info"]["protocol"] = "study"
    study = from_dict(other, "my runs/study.json")
    told = side_by_side.of_runs([*runs(0.08), study])
    assert told.steps[0].command == "python -m benchmarks compare 'my runs/4.json' 'my runs/7.json'"


def test_steady_runs_pass() -> None:
    found = side_by_side.of_runs(runs())
    assert (found.state, found.label) == ("pass", "Passed: every floor reached")


def test_a_missed_floor_stays_the_headline() -> None:
    def fail(i: int, cell: dict[str, Any]) -> None:
        if i == 7:
            cell["floor"] = 0.99

    found = side_by_side.of_runs(runs(0.08, fail))
    assert found.state == "fail"
    assert "fell from" in found.lede[0]
    assert "before accuracy fell" in found.steps[0].text


def test_one_cell_that_fell_is_said_below_the_headline() -> None:
    def lower(i: int, cell: dict[str, Any]) -> None:
        if i > 4 and (cell["architecture"], cell["dataset"]) == ("vgg", "mnist"):
            cell |= {"accuracies": [value - 0.1 for value in cell["accuracies"]], "floor": 0.5}
            del cell["correct"], cell["confusion"], cell["history"]

    found = side_by_side.of_runs(runs(change=lower))
    assert found.state == "pass"
    assert found.lede[0].startswith("vgg on MNIST fell from 97.")


def test_runs_without_a_time_are_left_out() -> None:
    undated = from_dict(grid(3, **SMALL, datetime="?"), "x.json")
    assert side_by_side.of_runs([*runs(), undated]).state == "pass"

"""`--measure robustness` from the job to the saved cell: beside the training, not part of it."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.metrics import corruptions
from benchmarks.metrics.corruptions import CORRUPTIONS
from benchmarks.metrics.measures import ROBUSTNESS_DEFINITION
from benchmarks.metrics.outputs import Outputs
from benchmarks.results.merge_seeds import merge_cell
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict
from benchmarks.results.schema import CellResult
from tests.support import run_factory, small_project

PLAIN = small_project.small_settings()
ASKED = dataclasses.replace(PLAIN, measures=("robustness",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resume")


@pytest.fixture(scope="module")
def plain(folder: Path, engine: object) -> CellResult:
    return small_project.train(PLAIN, folder=folder)


@pytest.fixture(scope="module")
def asked(folder: Path, plain: CellResult) -> tuple[CellResult, list[str]]:
    """Trained after the plain one is stored, with what was said."""
    said: list[str] = []
    return small_project.train(ASKED, folder=folder, notify=said.append), said


def test_it_is_saved_per_seed_and_changes_nothing_else(
    plain: CellResult, asked: tuple[CellResult, list[str]]
) -> None:
    cell, _ = asked
    assert cell.fingerprint == plain.fingerprint
    assert cell.weights_sha256 == plain.weights_sha256
    (found,) = cell.corrupted
    assert list(found) == [each.name for each in CORRUPTIONS]
    assert all(len(each) == 3 for each in found.values())
    values = [value for each in found.values() for value in each]
    assert list(cell.robustness) == pytest.approx([sum(values) / 24])
    assert len(set(values)) > 5  # the network does not see the same images
    assert cell.robustness_definition == ROBUSTNESS_DEFINITION
    saved = cell.to_json()
    assert CellResult.from_json(saved, "x") == cell
    assert plain.robustness == ()
    assert not {"robustness", "corrupted", "robustness_definition"} & plain.to_json().keys()


def test_a_stored_seed_without_it_is_trained_again_and_one_with_it_is_reused(
    asked: tuple[CellResult, list[str]], folder: Path
) -> None:
    cell, said = asked
    assert any("measures.robustness: none -> 1" in line for line in said), said
    again = small_project.train(ASKED, folder=folder)
    assert again.measured_at == cell.measured_at
    assert again.robustness == cell.robustness


def test_its_seconds_are_those_of_evaluating_and_a_dead_network_is_not_asked(
    engine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, waited, measure = time.perf_counter, [0.0], corruptions.accuracy_by_corruption

    def slow(*given: Any) -> Any:
        waited[0] += 1000
        return measure(*given)

    monkeypatch.setattr(time, "perf_counter", lambda: clock() + waited[0])
    monkeypatch.setattr(corruptions, "accuracy_by_corruption", slow)
    cell = small_project.train(ASKED)
    assert cell.eval_seconds is not None
    assert 1000 < cell.eval_seconds < 2000
    monkeypatch.setattr(Outputs, "finite", False)
    dead = small_project.train(ASKED)
    assert (dead.robustness, waited) == ((None,), [1000])


def test_seeds_of_different_definitions_do_not_merge() -> None:
    one, other = (
        run_factory.cell(
            [0.9], seeds=[seed], robustness=[0.5], robustness_definition=str(seed), seed_seconds=[1.0]
        )
        for seed in (1, 2)
    )
    runs = [from_dict(run_factory.run(cell), f"{name}.json") for name, cell in (("a", one), ("b", other))]
    with pytest.raises(RunRefused, match=r"a\.json and b\.json differ in robustness_definition \('1', '2'\)"):
        merge_cell([(run, run.cells["lenet-mnist"]) for run in runs])

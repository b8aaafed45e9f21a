"""The second test set from the files to the saved cell: beside the training, not part of it."""

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.engine.interface import DeviceData, Floats, Normalization
from benchmarks.execution.job import JobFailed
from benchmarks.execution.run_job import JobRunner
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.settings import Settings
from benchmarks.metrics import corruptions
from benchmarks.results.merge_seeds import merge_cell
from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.run import from_dict
from benchmarks.results.schema import CellResult
from datasets import cifar10
from tests.support import run_factory, small_project
from tests.support.official_files import content, small, write, write_second_test

CELL = Cell("linear", "cifar10")
SMALL = small("cifar10")
assert SMALL.second_test is not None
# As many images of each class as the test set has, so that a test can give it the same ones.
SPEC = dataclasses.replace(
    SMALL, second_test=dataclasses.replace(SMALL.second_test, counts=SMALL.test_counts)
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with a few made-up images as CIFAR-10's."""
    monkeypatch.setattr(cifar10, "SPEC", SPEC)
    write(SPEC, SPEC.layouts[0], tmp_path / "data")
    return tmp_path / "data"


def settings(data: Path) -> Settings:
    return dataclasses.replace(
        small_project.small_settings(),
        architectures=("linear",),
        datasets=("cifar10",),
        data="real",
        data_dir=data,
        accept_copies=True,
    )


def test_it_is_saved_per_seed_and_changes_nothing_else(data: Path, tmp_path: Path, engine: object) -> None:
    said: list[str] = []

    def train() -> CellResult:
        return small_project.train(settings(data), CELL, folder=tmp_path / "resume", notify=said.append)

    plain = train()
    assert plain.second_test == ()
    assert not {"second_test", "second_test_set"} & plain.to_json().keys()
    write_second_test(SPEC, data)
    found = train()
    assert any("second_test: none -> CIFAR-10.1 (v6), " in line for line in said), said
    (accuracy,) = found.second_test
    assert accuracy is not None
    for name in (
        "fingerprint",
        "data_fingerprint",
        "test_fingerprint",
        "weights_sha256",
        "accuracies",
        "ece",
    ):
        assert getattr(found, name) == getattr(plain, name), name
    assert CellResult.from_json(found.to_json(), "x") == found
    pinned = pinned_form(found)
    assert pinned["second_test"] == [round(accuracy, 6)]
    assert pinned["second_test_set"] == found.second_test_set
    again = train()
    assert (again.measured_at, again.second_test) == (found.measured_at, found.second_test)


def test_it_is_evaluated_as_the_test_images_are_with_the_final_weights(data: Path, engine: object) -> None:
    write_second_test(SPEC, data)
    other = small_project.train(settings(data), CELL)
    given = content(SPEC)
    np.save(data / "cifar10.1_v6_data.npy", given.x_test)
    np.save(data / "cifar10.1_v6_labels.npy", given.y_test)
    same = small_project.train(settings(data), CELL)
    assert same.second_test == same.accuracies == other.accuracies
    assert same.second_test_set != other.second_test_set


def test_the_program_is_prepared_for_every_number_of_images_that_it_answers(
    data: Path, engine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JAX compiles for each, and would do so in the middle of an evaluation that is timed."""
    from benchmarks.engine.tensorflow.program import Program

    prepared, answered = set[int](), set[int]()
    logits = Program.logits

    def prepare(program: Program, images: DeviceData, further: Collection[int] = ()) -> float:
        prepared.update({len(images.x_test), *further})
        answered.clear()
        return 0.0

    def answer(program: Program, images: Any, normalization: Normalization) -> Floats:
        answered.add(len(images))
        return logits(program, images, normalization)

    monkeypatch.setattr(Program, "prepare", prepare)
    monkeypatch.setattr(Program, "logits", answer)
    monkeypatch.setattr(corruptions, "CHUNK", 7)
    assert SMALL.second_test is not None
    larger = dataclasses.replace(SMALL.second_test, counts=(3,) * 10)
    spec = dataclasses.replace(SMALL, second_test=larger)
    monkeypatch.setattr(cifar10, "SPEC", spec)
    write_second_test(spec, data)
    small_project.train(dataclasses.replace(settings(data), measures=("robustness",)), CELL)
    assert len(answered) == 4  # test images, second test images, whole chunks and the last one
    assert prepared == answered


def test_files_that_come_after_a_run_began_are_noticed(data: Path, engine: object) -> None:
    (job,) = small_project.plan(settings(data), CELL).jobs
    write_second_test(SPEC, data)
    with pytest.raises(JobFailed, match="its images have changed"):
        JobRunner().run(job, small_project.ignore)


def test_seeds_with_different_sets_do_not_merge_and_one_without_hides_it() -> None:
    def merged(*sets: str | None) -> CellResult:
        cells = [
            run_factory.cell([0.9], seeds=[seed], seed_seconds=[1.0])
            | ({"second_test": [0.8], "second_test_set": of} if of else {})
            for seed, of in enumerate(sets)
        ]
        runs = [from_dict(run_factory.run(cell), f"{i}.json") for i, cell in enumerate(cells)]
        return merge_cell([(run, run.cells["lenet-mnist"]) for run in runs])

    assert merged("a", "a").second_test == (0.8, 0.8)
    assert merged("a", None).second_test == ()
    with pytest.raises(RunRefused, match=r"0\.json and 1\.json differ in second_test_set \('a', 'b'\)"):
        merged("a", "b")

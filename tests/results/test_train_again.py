"""Commands that train a cell again."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.results.schema import CellResult
from benchmarks.results.train_again import train_again
from datasets import OwnImages
from tests.support import run_factory


def cell(**changes: Any) -> CellResult:
    """Return a cell with seeds 0, 1 and 5."""
    return CellResult.from_json(run_factory.cell([0.9] * 3, seeds=[0, 1, 5], **changes), "test")


def test_each_stretch_of_seeds_is_a_command() -> None:
    first, second = train_again(cell())
    assert first[1] == "benchmarks/bench_training.py::test_training[lenet-mnist]"
    assert (first[-4:], second[-4:]) == (["--seed", "0", "--seeds", "2"], ["--seed", "5", "--seeds", "1"])
    assert "--arch" not in first
    assert "--dataset" not in first


@pytest.mark.parametrize(
    ("architecture", "dataset", "words"),
    [
        ("alexnet", "mnist", ["--arch", "alexnet"]),
        ("lenet", "kmnist", ["--dataset", "kmnist"]),
        ("cct", "cifar100", ["--arch", "cct", "--dataset", "cifar100"]),
    ],
)
def test_a_cell_outside_the_default_grid_is_put_into_it(
    architecture: str, dataset: str, words: list[str]
) -> None:
    for command in train_again(cell(architecture=architecture, dataset=dataset)):
        at = command.index(words[0])
        assert command[at : at + len(words)] == words


@pytest.mark.parametrize(("source", "needed"), [("real", True), ("synthetic", False)])
def test_the_folder_of_the_files_is_given_again_where_there_are_files(source: str, needed: bool) -> None:
    command = train_again(cell(data_source=source), data_dir=Path("/my/data"))[0]
    assert ("/my/data" in command) == needed


def test_own_images_are_given_again() -> None:
    own = OwnImages("pets", Path("/my/pets"), skip_bad=True)
    command = train_again(cell(dataset="pets", data_verified=None), own_data=own)[0]
    at = command.index("--own-data")
    assert command[at : at + 3] == ["--own-data", "pets=/my/pets", "--skip-bad-images"]
    assert "--dataset" not in command

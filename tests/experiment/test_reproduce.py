"""Commands that train a cell again."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.reproduce import reproduce
from datasets import OwnImages

AS_IT_IS: dict[str, Any] = {"protocol": "quick", "data_source": "real", "seeds": [0, 1, 5]}


def test_each_stretch_of_seeds_is_a_command() -> None:
    first, second = reproduce(Cell("lenet", "mnist"), **AS_IT_IS)
    assert first[1] == "benchmarks/bench_training.py::test_training[lenet-mnist]"
    assert (first[-4:], second[-4:]) == (["--seed", "0", "--seeds", "2"], ["--seed", "5", "--seeds", "1"])
    assert "--arch" not in first
    assert "--dataset" not in first


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell("alexnet", "mnist"), ["--arch", "alexnet"]),
        (Cell("lenet", "kmnist"), ["--dataset", "kmnist"]),
        (Cell("cct", "cifar100"), ["--arch", "cct", "--dataset", "cifar100"]),
    ],
)
def test_a_cell_outside_the_default_grid_is_put_into_it(cell: Cell, words: list[str]) -> None:
    for command in reproduce(cell, **AS_IT_IS):
        at = command.index(words[0])
        assert command[at : at + len(words)] == words


def test_own_images_are_given_again() -> None:
    own = OwnImages("pets", Path("/my/pets"), skip_bad=True)
    command = reproduce(Cell("lenet", "pets"), **AS_IT_IS, own_data=own)[0]
    at = command.index("--own-data")
    assert command[at : at + 3] == ["--own-data", "pets=/my/pets", "--skip-bad-images"]
    assert "--dataset" not in command

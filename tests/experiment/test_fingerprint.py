"""What a fingerprint depends on, and that those of the pinned cells follow from today's recipes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint, recipe_parts
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.paths import BASELINES
from benchmarks.results.run import load_run
from datasets import Dataset
from tests.support import command_line

PINNED = [
    (path.stem, cell) for path in sorted(BASELINES.glob("*.json")) for cell in load_run(path).cells.values()
]


@pytest.mark.parametrize(("file", "cell"), PINNED, ids=[f"{file}-{cell.id}" for file, cell in PINNED])
def test_pinned_fingerprints_follow_from_the_recipes(file: str, cell: Any) -> None:
    protocol = PROTOCOLS[cell.protocol]
    recipe = protocol.recipe(cell.cell)
    counted: Any = SimpleNamespace(
        fingerprint=cell.data_fingerprint,
        y_train=range(cell.train_images),
        y_test=range(cell.test_images),
        second_test=SimpleNamespace(fingerprint="s" * 16),  # is part of no fingerprint
    )
    parts = recipe_parts(
        Cell(cell.architecture, cell.dataset), protocol.name, recipe, counted, cell.precision
    )
    assert fingerprint(parts) == cell.fingerprint


def data(fingerprint: str = "d" * 16, train: int = 4, test: int = 2, origin: str = "somewhere") -> Dataset:
    def images(count: int) -> Any:
        return np.zeros((count, 28, 28, 1), np.uint8), np.zeros(count, np.uint8)

    names = tuple("0123456789")
    (x_train, y_train), (x_test, y_test) = images(train), images(test)
    return Dataset(
        "mnist",
        x_train,
        y_train,
        x_test,
        y_test,
        names,
        "real",
        origin,
        verified=True,
        fingerprint=fingerprint,
    )


RECIPE = Recipe("adam", 1e-3, epochs=2)


def of(
    architecture: str = "lenet",
    dataset: str = "mnist",
    protocol: str = "quick",
    recipe: Recipe = RECIPE,
    precision: str = "float32",
    **changes: Any,
) -> str:
    parts = recipe_parts(Cell(architecture, dataset), protocol, recipe, data(**changes), precision)
    return fingerprint(parts)


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "vgg"},
        {"dataset": "fashion_mnist"},
        {"protocol": "study"},
        {"precision": "mixed_bfloat16"},
        {"fingerprint": "e" * 16},
        {"train": 5},
        {"test": 3},
        {"recipe": Recipe("sgd", 1e-3, epochs=2)},
        {"recipe": Recipe("adam", 2e-3, epochs=2)},
        {"recipe": Recipe("adam", 1e-3, epochs=3)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, batch_size=64)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, schedule="one_cycle")},
        {"recipe": Recipe("adam", 1e-3, epochs=2, warmup=0.5)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, momentum=0.5)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, pixels="raw")},
        {"recipe": Recipe("adam", 1e-3, epochs=2, loss="clipped")},
        {"recipe": Recipe("adam", 1e-3, epochs=2, label_smoothing=0.1)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, weight_decay=0.1)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, initialization="lsuv")},
        {"recipe": Recipe("adam", 1e-3, epochs=2, norm_bias_rate=2.0)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, averaging=0.5)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, norm_momentum=0.9)},
        {"recipe": Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation())},
        {"recipe": Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation(shift=0.1))},
    ],
    ids=repr,
)
def test_a_fingerprint_changes_with_each_part(changes: dict[str, Any]) -> None:
    assert of(**changes) != of()


def test_fingerprints_of_augmentations_differ() -> None:
    kinds: list[dict[str, Any]] = [
        {},
        {"shift": 0.1},
        {"mirror": True},
        {"subpixel": True},
        {"fill": "nearest"},
        {"mirror": True, "alternate": True},
    ]
    recipes = [Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation(**kind)) for kind in kinds]
    assert len({of(recipe=recipe) for recipe in recipes}) == len(kinds)


def test_a_fingerprint_is_the_same_for_what_decides_nothing() -> None:
    assert of(origin="elsewhere") == of()
    parts: dict[str, Any] = {"a": 1, "b": {"c": 2.5, "d": None}}
    assert fingerprint(parts) == fingerprint({"b": {"d": None, "c": 2.5}, "a": 1})


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    parts = {"b": 1, "a": [1, 2]}
    code = f"from benchmarks.experiment.fingerprint import fingerprint; print(fingerprint({parts}))"
    said = command_line.python(code).stdout.strip()
    assert said == fingerprint(parts)
    assert len(said) == 16
    int(said, 16)

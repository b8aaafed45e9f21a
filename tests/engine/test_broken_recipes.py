"""Real trainings of `quick` with something broken that no fingerprint sees, judged against clean ones: does the gate catch it?

    pytest -m slow -s tests/engine/test_broken_recipes.py

takes about ten minutes and prints the table of docs/gate-validation.md.
"""

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import datasets
from benchmarks.comparison import compare
from benchmarks.comparison.verdict import GateReport
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.experiment.settings import Settings
from benchmarks.report.table import Section
from benchmarks.report.views import gate as gate_view
from benchmarks.report.writers import terminal
from benchmarks.results.run import Run, from_dict
from tests.support import run_factory as saved_runs
from tests.support import small_project

pytestmark = pytest.mark.slow
CELLS = Cell("lenet", "fashion_mnist"), Cell("resnet20v1", "fashion_mnist")
BASE_SEEDS, SEEDS, OTHER_SEEDS = range(5), range(3), range(100, 105)
Break = Callable[[pytest.MonkeyPatch], None]


def _trained(name: str, cells: tuple[Cell, ...], seeds: range, protocol: Protocol) -> Run:
    from benchmarks.engine.tensorflow import program

    program.program_for.clear()
    found = []
    for cell in cells:
        settings = Settings(protocol, (cell.architecture,), (cell.dataset,), tuple(seeds), data="synthetic")
        info = small_project.train(settings, cell).to_json()
        found.append(info | {"fingerprint": "as before"})
    program.program_for.clear()
    return from_dict(saved_runs.run(*found), name)


@pytest.fixture(scope="module")
def clean(engine: ModuleType) -> Run:
    return _trained("clean", CELLS, BASE_SEEDS, PROTOCOLS["quick"])


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[str, GateReport], None]:
    def tell(name: str, report: GateReport) -> None:
        with capsys.disabled():
            print(f"\n{name}\n{terminal.render(Section('', tables=[gate_view.table(report)]))}")

    return tell


def _change_data(patch: pytest.MonkeyPatch, change: Callable[[datasets.Dataset], Any]) -> None:
    load = datasets.load
    patch.setattr(datasets, "load", lambda *a, **k: change(load(*a, **k)))


def shuffled_labels(patch: pytest.MonkeyPatch) -> None:
    """A tenth of the training labels, dealt out among themselves."""

    def change(data: datasets.Dataset) -> datasets.Dataset:
        rng = np.random.default_rng(0)
        labels = data.y_train.copy()
        chosen = rng.choice(len(labels), len(labels) // 10, replace=False)
        labels[chosen] = labels[rng.permutation(chosen)]
        return dataclasses.replace(data, y_train=labels)

    _change_data(patch, change)


def a_class_missing(patch: pytest.MonkeyPatch) -> None:
    """No training image of class 3."""

    def change(data: datasets.Dataset) -> datasets.Dataset:
        kept = data.y_train != 3
        return dataclasses.replace(data, x_train=data.x_train[kept], y_train=data.y_train[kept])

    _change_data(patch, change)


def a_tenth_of_the_learning_rate(patch: pytest.MonkeyPatch) -> None:
    rates = Recipe.rates
    patch.setattr(Recipe, "rates", lambda self, steps: rates(self, steps) / np.float32(10))


def batch_norm_without_momentum(patch: pytest.MonkeyPatch) -> None:
    """The moving averages are those of the last batch."""
    from benchmarks.engine.tensorflow import layers, program

    whole = layers.replace_layers
    patch.setattr(program, "replace_layers", lambda model, precision, momentum: whole(model, precision, 0.0))


@pytest.mark.parametrize(
    ("broken", "cells"),
    [
        (shuffled_labels, CELLS),
        (a_class_missing, CELLS),
        (a_tenth_of_the_learning_rate, CELLS),
        (batch_norm_without_momentum, CELLS[1:]),
    ],
)
def test_what_is_broken_is_caught_or_not_decided(
    broken: Break,
    cells: tuple[Cell, ...],
    clean: Run,
    told: Callable[[str, GateReport], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken(monkeypatch)
    new = _trained(broken.__name__, cells, SEEDS, PROTOCOLS["quick"])
    base = dataclasses.replace(clean, cells={cell.id: clean.cells[cell.id] for cell in cells})
    report = compare(base, new)
    told(broken.__name__, report)
    assert report.status == 1 or all(verdict.verdict in ("suspect", "undecided") for verdict in report.cells)


def test_other_seeds_of_the_same_recipe_are_not_flagged(
    clean: Run, told: Callable[[str, GateReport], None]
) -> None:
    report = compare(clean, _trained("other seeds", CELLS, OTHER_SEEDS, PROTOCOLS["quick"]))
    told("other seeds", report)
    assert report.status != 1


def test_augmentation_dropped(engine: ModuleType, told: Callable[[str, GateReport], None]) -> None:
    """Two epochs gain nothing by augmentation, so none is lost without it: no regression, but equal code with other weights is suspect."""
    quick = PROTOCOLS["quick"]
    recipe = quick.recipes["resnet20v1"]
    cropped = dataclasses.replace(recipe, augmentation=Augmentation(shift=0.125, mirror=True))
    with_it = dataclasses.replace(quick, recipes={**quick.recipes, "resnet20v1": cropped})
    base = _trained("with augmentation", CELLS[1:], SEEDS, with_it)
    report = compare(base, _trained("augmentation dropped", CELLS[1:], SEEDS, quick))
    told("augmentation dropped", report)
    assert report.status == 2
    assert report.cells[0].verdict == "suspect"

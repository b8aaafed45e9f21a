"""Recipe fields changed by name: what is read, what is refused, and that every recipe holds its ranges."""

import dataclasses
import math
from typing import Any

import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.experiment.recipe_changes import Change, fields

RECIPE = Recipe("adam", 1e-3, epochs=2)


def changed(text: str, recipe: Recipe = RECIPE) -> Recipe:
    return Change.parse(text, "--set").apply(recipe, "--set")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epochs=5", {"epochs": 5}),
        ("learning_rate=0.01", {"learning_rate": 0.01}),
        ("optimizer=sgd", {"optimizer": "sgd"}),
        (" batch_size = 64 ", {"batch_size": 64}),
        ("augmentation.shift=0.125", {"augmentation": Augmentation(shift=0.125)}),
        ("augmentation.mirror=true", {"augmentation": Augmentation(mirror=True)}),
        ("augmentation=none", {"augmentation": None}),
    ],
)
def test_a_field_is_changed_and_no_other(text: str, expected: dict[str, Any]) -> None:
    assert changed(text) == dataclasses.replace(RECIPE, **expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epochs", "--set epochs: expected FIELD=VALUE"),
        ("epoch=3", "--set epoch=3: no such field; available: .*epochs.*augmentation.shift"),
        ("epochs=3.5", "--set epochs=3.5: expected a whole number"),
        ("epochs=0", "--set epochs=0: epochs is 0; expected 1 to 10000"),
        ("epochs=-1", "epochs is -1; expected 1 to 10000"),
        ("epochs=99999999999", "epochs is 99999999999; expected 1 to 10000"),
        ("batch_size=0", "batch_size is 0; expected 1 to 65536"),
        ("learning_rate=nan", "learning_rate is nan; expected 0 to 1000"),
        ("learning_rate=inf", "learning_rate is inf; expected 0 to 1000"),
        ("learning_rate=-0.1", "learning_rate is -0.1; expected 0 to 1000"),
        ("learning_rate=", "expected a number"),
        ("warmup=1", "warmup is 1.0; expected 0 to less than 1"),
        ("momentum=1.5", "momentum is 1.5; expected 0 to less than 1"),
        ("label_smoothing=1", "label_smoothing is 1.0; expected 0 to less than 1"),
        ("augmentation.shift=2", "--set augmentation.shift=2: shift is 2.0; expected 0 to 1"),
        ("augmentation.mirror=1", "expected one of true, false"),
        ("schedule=cosine", "expected one of constant, one_cycle"),
        ("augmentation=all", "--set augmentation=all: expected none, or a field of it"),
        ("__class__=x", "no such field"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        changed(text)


def test_every_field_can_be_changed() -> None:
    own = {field.name for field in dataclasses.fields(Recipe)} - {"augmentation"}
    assert set(fields()) == own | {f"augmentation.{field.name}" for field in dataclasses.fields(Augmentation)}


def test_ranges_hold_however_a_recipe_is_made() -> None:
    with pytest.raises(ValueError, match="momentum is 1"):
        dataclasses.replace(RECIPE, momentum=1.0)
    with pytest.raises(ValueError, match=r"shift is -0\.1"):
        Augmentation(shift=-0.1)
    with pytest.raises(ValueError, match="learning_rate is nan"):
        Recipe("sgd", math.nan, epochs=1)


def test_a_change_to_what_it_is_leaves_the_recipe() -> None:
    recipe = PROTOCOLS["tuned"].recipe(Cell("lenet", "cifar10"))
    assert changed(f"epochs={recipe.epochs}", recipe) == recipe

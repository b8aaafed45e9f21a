"""What is measured of a cell."""

import base64
import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models
from benchmarks.engine.model_size import multiply_adds
from benchmarks.experiment.cell import Cell, recipe_parts
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.metrics import classification
from datasets import Dataset

ROOT = Path(__file__).parents[2]


def test_confusion_counts_rows_of_true_classes() -> None:
    labels = np.array([0, 0, 1, 2, 2, 2], np.uint8)
    answers = np.array([0, 1, 1, 0, 2, 2], np.uint8)
    assert classification.confusion(labels, answers, 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_confusion_of_many_classes_does_not_overflow_bytes() -> None:
    labels = np.array([25], np.uint8)
    counts = np.array(classification.confusion(labels, labels, 26))
    assert counts.shape == (26, 26)
    assert counts[25, 25] == counts.sum() == 1


def test_confusion_is_plain_json() -> None:
    counts = classification.confusion(np.zeros(2, np.uint8), np.ones(2, np.uint8), 10)
    assert json.loads(json.dumps(counts)) == counts


@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_packed_bits_can_be_read_again(count: int) -> None:
    right = np.random.default_rng(count).random(count) < 0.7
    bits = np.unpackbits(np.frombuffer(base64.b64decode(classification.packed(right)), np.uint8), count=count)
    np.testing.assert_array_equal(bits.astype(bool), right)


def test_packed_bits_begin_with_the_first_image() -> None:
    assert classification.packed(np.array([True] + [False] * 7)) == base64.b64encode(b"\x80").decode()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_becomes_null(value: float) -> None:
    assert classification.plain(value) is None


def test_numpy_numbers_become_plain() -> None:
    assert type(classification.plain(np.float64(0.5))) is float
    assert classification.plain(np.float64(0.5)) == 0.5


def test_a_mean_with_a_gap_is_none() -> None:
    assert classification.mean([0.25, 0.75]) == 0.5
    assert classification.mean([0.25, None]) is None
    assert classification.mean([]) is None


# Multiply-adds by hand from the published layers: positions x filters x (kernel x input channels).
_STAGES_V1 = (
    6 * (1024 * 16 * 9 * 16)
    + (256 * 32 * 9 * 16 + 5 * 256 * 32 * 9 * 32 + 256 * 32 * 16)
    + (64 * 64 * 9 * 32 + 5 * 64 * 64 * 9 * 64 + 64 * 64 * 32)
)
_STAGES_V2 = (
    (1024 * 16 * 16 + 1024 * 16 * 9 * 16 + 1024 * 64 * 16 + 1024 * 64 * 16)
    + (1024 * 16 * 64 + 1024 * 16 * 9 * 16 + 1024 * 64 * 16)
    + (256 * 64 * 64 + 256 * 64 * 9 * 64 + 256 * 128 * 64 + 256 * 128 * 64)
    + (256 * 64 * 128 + 256 * 64 * 9 * 64 + 256 * 128 * 64)
    + (64 * 128 * 128 + 64 * 128 * 9 * 128 + 64 * 256 * 128 + 64 * 256 * 128)
    + (64 * 128 * 256 + 64 * 128 * 9 * 128 + 64 * 256 * 128)
)


def _fire(positions: int, before: int, squeeze: int, expand: int) -> int:
    return positions * squeeze * before + positions * expand * squeeze * (1 + 9)


MULTIPLY_ADDS = {
    ("lenet", 1): (26 * 26 * 6 * 9 + 12 * 12 * 16 * 4 * 6 + 576 * 256 + 256 * 10, 241_816),
    ("lenet", 3): (30 * 30 * 6 * 27 + 14 * 14 * 16 * 4 * 6 + 784 * 256 + 256 * 10, 424_328),
    ("vgg", 1): (
        28 * 28 * (32 * 9 + 64 * 9 * 32) + 14 * 14 * 128 * 9 * 64 + 12 * 12 * 256 * 9 * 128
        + 4096 * 256 + 256 * 256 + 256 * 10,
        72_711_168,
    ),
    ("vgg", 3): (
        32 * 32 * (32 * 27 + 64 * 9 * 32) + 16 * 16 * 128 * 9 * 64 + 14 * 14 * 256 * 9 * 128
        + 4096 * 256 + 256 * 256 + 256 * 10,
        97_552_896,
    ),
    ("resnet20v1", 1): (1024 * 16 * 9 + _STAGES_V1 + 64 * 10, 40_518_272),
    ("resnet20v1", 3): (1024 * 16 * 27 + _STAGES_V1 + 64 * 10, 40_813_184),
    ("resnet20v2", 1): (1024 * 16 * 9 + _STAGES_V2 + 256 * 10, 65_948_160),
    ("resnet20v2", 3): (1024 * 16 * 27 + _STAGES_V2 + 256 * 10, 66_243_072),
    ("squeezenet", 1): (
        13 * 13 * 96 * 9
        + _fire(6 * 6, 96, 16, 64) + _fire(12 * 6, 64, 16, 64) + _fire(24 * 6, 64, 32, 128)
        + _fire(24 * 3, 128, 32, 128) + _fire(48 * 3, 128, 48, 192) + _fire(96 * 3, 192, 48, 192)
        + _fire(192 * 3, 192, 64, 256) + _fire(192 * 1, 256, 64, 256)
        + 384 * 10 * 256 + 3840 * 10,
        191_244_384,
    ),
    ("squeezenet", 3): (
        15 * 15 * 96 * 27
        + _fire(7 * 7, 96, 16, 64) + _fire(14 * 7, 64, 16, 64) + _fire(28 * 7, 64, 32, 128)
        + _fire(28 * 3, 128, 32, 128) + _fire(56 * 3, 128, 48, 192) + _fire(112 * 3, 192, 48, 192)
        + _fire(224 * 3, 192, 64, 256) + _fire(224 * 1, 256, 64, 256)
        + 448 * 10 * 256 + 4480 * 10,
        224_975_648,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "channels"), MULTIPLY_ADDS)
def test_multiply_adds_are_those_of_the_layers(engine: ModuleType, name: str, channels: int) -> None:
    derived, pinned = MULTIPLY_ADDS[name, channels]
    shape = (28, 28, 1) if channels == 1 else (32, 32, 3)
    assert multiply_adds(models.build(name, shape)) == derived == pinned


def test_multiply_adds_of_grouped_and_strided_layers(keras: Any) -> None:
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(6, 3, strides=2, groups=2, use_bias=False)(inputs)  # 3, 3, 6
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(5)(keras.layers.Flatten()(x))
    assert multiply_adds(keras.Model(inputs, x)) == 3 * 3 * 6 * 9 * 2 + 54 * 5


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


def fingerprint(
    architecture: str = "lenet",
    dataset: str = "mnist",
    protocol: Protocol = PROTOCOLS["quick"],
    recipe: Recipe = RECIPE,
    precision: str = "float32",
    **changes: Any,
) -> str:
    parts = recipe_parts(Cell(architecture, dataset), protocol, recipe, data(**changes), precision)
    return classification.fingerprint(parts)


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "vgg"},
        {"dataset": "fashion_mnist"},
        {"protocol": PROTOCOLS["study"]},
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
        {"recipe": Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation())},
        {"recipe": Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation(shift=0.1))},
    ],
    ids=repr,
)
def test_a_fingerprint_changes_with_each_part(changes: dict[str, Any]) -> None:
    assert fingerprint(**changes) != fingerprint()


def test_fingerprints_of_augmentations_differ() -> None:
    kinds: list[dict[str, Any]] = [
        {},
        {"shift": 0.1},
        {"mirror": True},
        {"subpixel": True},
        {"fill": "nearest"},
    ]
    recipes = [Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation(**kind)) for kind in kinds]
    assert len({fingerprint(recipe=recipe) for recipe in recipes}) == len(kinds)


def test_a_fingerprint_is_the_same_for_what_decides_nothing() -> None:
    assert fingerprint(origin="elsewhere") == fingerprint()
    parts: dict[str, Any] = {"a": 1, "b": {"c": 2.5, "d": None}}
    assert classification.fingerprint(parts) == classification.fingerprint(
        {"b": {"d": None, "c": 2.5}, "a": 1}
    )


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    parts = {"b": 1, "a": [1, 2]}
    code = f"from benchmarks.metrics.classification import fingerprint; print(fingerprint({parts}))"
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)  # noqa: S603
    assert said.strip() == classification.fingerprint(parts)
    assert len(said.strip()) == 16
    int(said, 16)

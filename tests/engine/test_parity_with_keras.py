"""The engine against plain Keras `fit`: the same recipe, five seeds per side, real images if available.

    BENCH_DATA_DIR=data pytest -m slow -s tests/engine/test_parity_with_keras.py

takes about ten minutes and prints the figures of docs/performance.md.
"""

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import datasets
import models
from benchmarks.experiment.recipe import Recipe

pytestmark = pytest.mark.slow
SEEDS = range(5)
CASES = {
    "lenet": (Recipe("adam", 1e-3, epochs=2, batch_size=32, schedule="one_cycle"), None, None),
    "resnet20v1": (Recipe("adam", 3e-3, epochs=3, batch_size=16, schedule="one_cycle"), 2_000, 2_000),
}
"""Recipe, training and test images (None: all)."""
DATA = Path(os.environ["BENCH_DATA_DIR"]) if "BENCH_DATA_DIR" in os.environ else None


def _suite(name: str, recipe: Recipe, data: datasets.Dataset) -> list[float]:
    from benchmarks.engine.backend import load_engine
    from benchmarks.engine.loop import train

    tensorflow = load_engine()
    images = tensorflow.to_device(data, recipe.pixels)
    program, _ = tensorflow.program_for(name, data.x_train.shape[1:], recipe)
    return [train(program, images, recipe, seed).accuracy for seed in SEEDS]


def _keras(name: str, recipe: Recipe, data: datasets.Dataset) -> list[float]:
    """Keras's own layers, optimizer, loss, shuffling and `fit`; rates and pixels are the recipe's."""
    import keras

    mean, deviation = data.x_train.mean(axis=(0, 1, 2)), data.x_train.std(axis=(0, 1, 2))
    x, x_test = (((images - mean) / deviation).astype(np.float32) for images in (data.x_train, data.x_test))
    rates = recipe.rates(recipe.steps(len(x)) * recipe.epochs)

    class Schedule(keras.callbacks.Callback):  # type: ignore[misc]
        step = 0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.optimizer.learning_rate = rates[self.step]
            self.step += 1

    found = []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        model = models.build(name, data.x_train.shape[1:], seed=seed)
        model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, data.y_train, recipe.batch_size, recipe.epochs, verbose=0, callbacks=[Schedule()])
        answers = np.argmax(model.predict(x_test, batch_size=200, verbose=0), axis=1)
        found.append(float(np.mean(answers == data.y_test)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_accuracy_is_that_of_keras_fit_within_seed_noise(
    name: str, engine: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, train, test = CASES[name]
    data = datasets.load("fashion_mnist", "auto", data_dir=DATA, train=train, test=test, download=False)
    suite, keras = _suite(name, recipe, data), _keras(name, recipe, data)
    p = float(stats.ttest_ind(suite, keras, equal_var=False).pvalue)
    with capsys.disabled():
        print(
            f"\n{name}, fashion_mnist ({data.source}), {len(data.x_train):,} images, {recipe.epochs} epochs"
        )
        for side, values in (("suite", suite), ("keras", keras)):
            mean, sd = np.mean(values), np.std(values, ddof=1)
            print(f"  {side}: {mean:.4f} sd {sd:.4f}  {[round(v, 4) for v in values]}")
        print(f"  Welch's p = {p:.2f}")
    assert p > 0.01

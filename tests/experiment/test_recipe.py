"""Learning rates and steps of a recipe."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.experiment.recipe import Recipe


def test_one_cycle_rises_to_its_peak_and_falls() -> None:
    recipe = Recipe("sgd", 2.0, epochs=1, schedule="one_cycle", warmup=0.2)
    rates = recipe.rates(10)
    np.testing.assert_allclose(rates, [1.0, 2.0, 2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5, 0.25], rtol=1e-6)
    assert rates.dtype == np.float32


@pytest.mark.parametrize("warmup", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
def test_one_cycle_stays_within_its_peak(steps: int, warmup: float) -> None:
    rates = Recipe("sgd", 0.3, epochs=1, schedule="one_cycle", warmup=warmup).rates(steps)
    assert rates.shape == (steps,)
    assert 0 < rates.min() <= rates.max() <= np.float32(0.3)
    peak = int(rates.argmax())
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak:]) <= 0)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("schedule", "cosine", "schedule is cosine; expected one of constant, one_cycle"),
        ("optimizer", "adamw", "optimizer is adamw; expected one of sgd, adam, adadelta"),
        ("initialization", "he", "initialization is he; expected one of model, lsuv, standardized"),
        ("epochs", 0, "epochs is 0; expected 1 to 10000"),
    ],
)
def test_a_value_that_no_engine_knows_is_refused(field: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        replace(Recipe("sgd", 0.3, epochs=1), **{field: value})


def test_a_constant_schedule_is_constant() -> None:
    np.testing.assert_array_equal(Recipe("sgd", 0.3, epochs=1).rates(4), np.full(4, 0.3, np.float32))


@pytest.mark.parametrize(("images", "steps"), [(1, 1), (16, 1), (17, 2), (70, 5)])
def test_no_image_is_dropped(images: int, steps: int) -> None:
    assert Recipe("sgd", 0.02, epochs=3, batch_size=16).steps(images) == steps

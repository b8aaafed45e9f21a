"""The engine on JAX against that on TensorFlow: equal starts, and losses and weights as equal as sums in another order allow.

    pytest -m slow tests/engine/test_parity_of_engines.py

has every optimizer, augmentation and architecture; `-m "end_to_end and not slow"` runs two of them. JAX compiles each
for some ten seconds.
"""

from pathlib import Path

import numpy as np
import pytest

from tests.support.engine_trials import TRIALS, run_both

QUICK = ("lenet", "resnet20v1")
NAMES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in TRIALS]


@pytest.mark.end_to_end
@pytest.mark.parametrize("name", NAMES)
def test_both_engines_train_alike(name: str, tmp_path: Path) -> None:
    trial = TRIALS[name]
    jax, tensorflow = run_both(name, tmp_path)
    assert not jax["tensorflow"], "TensorFlow was imported"
    if trial.recipe.initialization == "model":
        np.testing.assert_array_equal(jax["start"], tensorflow["start"])
    else:
        np.testing.assert_allclose(jax["start"], tensorflow["start"], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(jax["rng"], tensorflow["rng"])
    first = slice(trial.compared)
    np.testing.assert_allclose(jax["losses"][first], tensorflow["losses"][first], rtol=trial.losses)
    np.testing.assert_array_equal(jax["correct"][first], tensorflow["correct"][first])
    for figure in ("weights", "moving"):
        largest = np.abs(tensorflow[figure]).max(initial=0.0)
        np.testing.assert_allclose(jax[figure], tensorflow[figure], rtol=0, atol=trial.weights * largest)

    # On JAX it does not matter how steps are cut into calls, or that something else was trained in between.
    np.testing.assert_array_equal(jax["one call"], jax["weights"])
    np.testing.assert_array_equal(jax["resumed"], jax["weights"])
    np.testing.assert_array_equal(jax["one call's losses"], jax["losses"])
    if (
        "in GPU form" in jax
    ):  # plain convolutions and poolings, and an epoch as one program: all of it that a processor can try
        largest = np.abs(jax["weights"]).max()
        assert not jax["compiled late"]
        np.testing.assert_allclose(jax["in GPU form"], jax["weights"], rtol=0, atol=trial.weights * largest)

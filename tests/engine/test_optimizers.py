"""Updates of weights: the formulas on JAX give what TensorFlow's kernels give, to the last bits of float32."""

from types import ModuleType

import numpy as np
import pytest

from tests.support.tiny_data import ADAM, PLAIN, STUDY

ROUNDING = 2e-6
"""Relative: some ten roundings. A constant rounded elsewhere, as 1 - 0.999 was, makes 1e-5 of the squares."""


@pytest.mark.parametrize("recipe", [PLAIN, ADAM, STUDY], ids=lambda recipe: recipe.optimizer)
def test_an_update_is_tensorflows(recipe, engine: ModuleType) -> None:  # type: ignore[no-untyped-def]
    import jax.numpy as jnp
    import tensorflow as tf

    from benchmarks.engine.jax import optimizers as on_jax
    from benchmarks.engine.networks.states import VECTORS
    from benchmarks.engine.tensorflow import optimizers as on_tensorflow

    rng = np.random.default_rng(0)
    size, step, rate = 500, 3, np.float32(0.01)
    # Squares far above those kept: what is kept is then (1 - rate) times them alone.
    gradient = rng.uniform(1, 2, size).astype(np.float32)
    weights = np.zeros(size, np.float32)
    state = rng.uniform(1e-9, 2e-9, (VECTORS[recipe.optimizer], size)).astype(np.float32)

    variable, vectors = tf.Variable(weights), [tf.Variable(vector) for vector in state]
    on_tensorflow.apply(
        recipe, variable, vectors, tf.Variable(step, dtype=tf.int64), tf.constant(gradient), rate
    )
    found = on_jax.apply(
        recipe, jnp.asarray(weights), jnp.asarray(state), jnp.int32(step), jnp.asarray(gradient), rate
    )
    np.testing.assert_allclose(found[0], variable.numpy(), rtol=ROUNDING)
    for vector, right in zip(found[1], vectors, strict=True):
        np.testing.assert_allclose(vector, right.numpy(), rtol=ROUNDING)

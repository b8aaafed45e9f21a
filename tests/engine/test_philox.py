"""Random numbers for JAX: TensorFlow's own, bit for bit."""

from typing import Any

import numpy as np
import pytest

from benchmarks.engine.jax import philox

SEEDS = (1, 12345, 987654321)
SHAPES = ((3, 3, 8, 16), (7,), (501, 37), ())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_weights_are_drawn_as_tensorflow_draws_them(tf: Any, seed: int, shape: tuple[int, ...]) -> None:
    both = (seed, 0)
    np.testing.assert_array_equal(
        philox.uniform(seed, shape, -0.3, 0.7), tf.random.stateless_uniform(shape, both, -0.3, 0.7)
    )
    np.testing.assert_array_equal(
        philox.normal(seed, shape, 0.1, 0.3), tf.random.stateless_normal(shape, both, 0.1, 0.3)
    )
    np.testing.assert_array_equal(
        philox.truncated_normal(seed, shape, 0.0, 0.05),
        tf.random.stateless_truncated_normal(shape, both, 0.0, 0.05),
    )


def test_a_stream_has_a_row_of_words_for_each_seed(tf: Any) -> None:
    seeds = np.array([3, 2**31 + 9], np.uint32), np.array([5, 4_000_000_000], np.uint32)
    words = philox.stream(seeds, 101)
    for row, first, second in zip(words, *seeds, strict=True):
        both = np.array([first, second], np.int64)
        whole = tf.random.stateless_uniform([101], both, None, None, tf.int32)
        np.testing.assert_array_equal(row.view(np.int32), whole)
        np.testing.assert_array_equal(philox.floats(row), tf.random.stateless_uniform([101], both))


def test_a_negative_second_number_fills_the_upper_half_of_the_counter(tf: Any) -> None:
    """TensorFlow extends the sign of 32-bit seeds: which images are mirrored first is drawn from (seed, -1)."""
    seeds = np.array([3], np.uint32), np.array([2**32 - 1], np.uint32)
    expected = tf.random.stateless_uniform([50], tf.constant([3, -1]))
    np.testing.assert_array_equal(philox.floats(philox.stream(seeds, 50, sign=-1))[0], expected)


def test_philox_gives_the_published_answer() -> None:
    """The first known answer of Random123's file kat_vectors for philox4x32-10."""
    zero = np.zeros(1, np.uint32)
    words = philox.blocks((zero, zero), (zero, zero, zero, zero))
    assert [int(word[0]) for word in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]

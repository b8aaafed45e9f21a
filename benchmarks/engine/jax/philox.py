"""TensorFlow's random numbers, bit for bit: Philox4x32-10 with the keys of its stateless operations.

Initial weights, augmentation and dropout masks on JAX are drawn from here, so that they are those of the TensorFlow engine. JAX's own
generators give other numbers for the same seeds. `stream` takes NumPy's or JAX's arrays and namespace, and needs only 32-bit integers.

Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011, https://doi.org/10.1145/2063384.2063405.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_WEYL = 0x9E3779B9, 0xBB67AE85
_SCRAMBLER = 0x3EC8F720, 0x02461E29
"""The key with which TensorFlow turns a seed into a key and a counter, in `GenerateKey` of stateless_random_ops.cc."""
_GROUP = 4
"""Words per block, and outputs per group of truncated normals; each group has `_RESERVED` blocks to draw from."""
_RESERVED = 256
_TRUNCATED = 2.0
"""A truncated normal lies within this many standard deviations."""

Words = tuple[Any, Any, Any, Any]


def blocks(key: tuple[Any, Any], counter: Words) -> Words:
    """Encrypt counters: ten rounds.

    Args:
        key: Two uint32 arrays or scalars.
        counter: Four uint32 arrays; all broadcast against each other.

    Returns:
        Four uint32 arrays: the words of each block.
    """
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        high0, low0 = _multiply(_MULTIPLIERS[0], c0)
        high1, low1 = _multiply(_MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + np.uint32(_WEYL[0]), k1 + np.uint32(_WEYL[1])
    return c0, c1, c2, c3


def stream(seed: tuple[Any, Any], words: int, xp: Any = np, *, sign: int = 0) -> Any:
    """Return the random words that a stateless operation of TensorFlow draws for a seed.

    Args:
        seed: Two uint32 arrays of equal shape S, (1,) or more; each pair is a seed.
        words: How many words per seed.
        xp: `numpy` or `jax.numpy`.
        sign: -1 where the second number of each seed is negative (its uint32 is then its two's complement).

    Returns:
        (*S, words) uint32.
    """
    key, tail = _keys(seed, xp, sign)
    count = -(-words // _GROUP)
    return _sequence(key, tail, xp.arange(count, dtype=np.uint32), xp)[..., :words]


def floats(words: Any) -> Any:
    """Turn random words into float32 in [0, 1), as TensorFlow does: 23 bits each."""
    bits = (words & np.uint32(0x7FFFFF)) | np.uint32(127 << 23)
    return bits.view(np.float32) - np.float32(1)


def uniform(seed: int, shape: tuple[int, ...], low: float, high: float) -> NDArray[np.float32]:
    """Draw as `tf.random.stateless_uniform(shape, (seed, 0), low, high)`."""
    low32, high32 = np.float32(low), np.float32(high)
    drawn: NDArray[np.float32] = floats(stream(_words(seed), math.prod(shape))) * (high32 - low32) + low32
    return drawn.reshape(shape)


def normal(seed: int, shape: tuple[int, ...], mean: float, stddev: float) -> NDArray[np.float32]:
    """Draw as `tf.random.stateless_normal(shape, (seed, 0), mean, stddev)`."""
    count = math.prod(shape)
    pairs = stream(_words(seed), count + count % 2).reshape(-1, 2)
    drawn = _box_muller(pairs).ravel()[:count] * np.float32(stddev) + np.float32(mean)
    return drawn.reshape(shape)


def truncated_normal(seed: int, shape: tuple[int, ...], mean: float, stddev: float) -> NDArray[np.float32]:
    """Draw as `tf.random.stateless_truncated_normal(shape, (seed, 0), mean, stddev)`.

    TensorFlow gives every group of four outputs blocks of its own, and takes the first four normals among them that are small enough.
    """
    count = math.prod(shape)
    groups = -(-count // _GROUP)
    key, tail = _keys(_words(seed), np)
    drawn = np.empty((groups, _GROUP), np.float32)
    todo = np.arange(groups)
    block, taken = 2, 8  # two blocks hold eight normals, enough for all but few groups
    while todo.size:
        starts = todo.astype(np.uint32) * np.uint32(_RESERVED)
        indices = starts[:, None] + np.arange(block, dtype=np.uint32)
        words = _sequence(key, tail, indices.ravel(), np).reshape(len(todo), -1, 2)
        normals = _box_muller(words).reshape(len(todo), taken)
        small = np.abs(normals) < _TRUNCATED
        enough = small.sum(1) >= _GROUP
        order = np.argsort(~small[enough], axis=1, kind="stable")[:, :_GROUP]
        drawn[todo[enough]] = np.take_along_axis(normals[enough], order, 1)
        todo, block, taken = todo[~enough], block * 2, taken * 2
    values = drawn.ravel()[:count] * np.float32(stddev) + np.float32(mean)
    return values.reshape(shape)


def _words(seed: int) -> tuple[Any, Any]:
    return np.array([seed & 0xFFFFFFFF], np.uint32), np.zeros(1, np.uint32)


def _keys(seed: tuple[Any, Any], xp: Any, sign: int = 0) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the keys of seeds, and the upper halves of their counters; the lower halves count from 0."""
    first, second = seed
    zero = xp.zeros_like(first)
    scramblers = xp.full_like(first, _SCRAMBLER[0]), xp.full_like(first, _SCRAMBLER[1])
    upper = xp.full_like(first, 0xFFFFFFFF if sign < 0 else 0)
    k0, k1, c2, c3 = blocks(scramblers, (first, zero, second, upper))
    return (k0, k1), (c2, c3)


def _sequence(key: tuple[Any, Any], tail: tuple[Any, Any], indices: Any, xp: Any) -> Any:
    """Return the words of blocks by their numbers, (*S, 4 x indices) uint32; key and tail have the shape S."""
    k0, k1, c2, c3 = (word[..., None] for word in (*key, *tail))
    words = blocks((k0, k1), (indices, xp.zeros_like(indices), c2, c3))
    stacked = xp.stack([xp.broadcast_to(word, words[0].shape) for word in words], -1)
    return stacked.reshape(*stacked.shape[:-2], -1)


def _multiply(constant: int, words: Any) -> tuple[Any, Any]:
    """Return the upper and lower 32 bits of products, from products of 16 bits."""
    a1, a0 = np.uint32(constant >> 16), np.uint32(constant & 0xFFFF)
    b1, b0 = words >> np.uint32(16), words & np.uint32(0xFFFF)
    low, mid, other = a0 * b0, a1 * b0, a0 * b1
    carried = (low >> np.uint32(16)) + (mid & np.uint32(0xFFFF)) + (other & np.uint32(0xFFFF))
    high = a1 * b1 + (mid >> np.uint32(16)) + (other >> np.uint32(16)) + (carried >> np.uint32(16))
    return high, words * np.uint32(constant)


def _box_muller(pairs: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Turn pairs of words, (N, 2), into pairs of normals.

    Logarithm, sine and cosine are the C library's, in single precision, as in TensorFlow: NumPy's differ in the last bit.
    """
    logarithm, sine, cosine = _libm()
    u = np.maximum(floats(pairs[..., 0]), np.float32(1e-7))
    angles = (2.0 * math.pi * floats(pairs[..., 1]).astype(np.float64)).astype(np.float32)
    radii = np.sqrt(np.float32(-2.0) * logarithm(u))
    return np.stack([sine(angles) * radii, cosine(angles) * radii], -1)


@functools.cache
def _libm() -> tuple[Callable[[Any], Any], ...]:
    """Return logarithm, sine and cosine of float32 arrays."""
    library = ctypes.CDLL(ctypes.util.find_library("m"))

    def over_arrays(name: str) -> Callable[[Any], Any]:
        function = getattr(library, name)
        function.argtypes, function.restype = [ctypes.c_float], ctypes.c_float

        def apply(values: NDArray[np.float32]) -> NDArray[np.float32]:
            results = map(function, values.ravel().tolist())
            return np.fromiter(results, np.float32, values.size).reshape(values.shape)

        return apply

    return over_arrays("logf"), over_arrays("sinf"), over_arrays("cosf")

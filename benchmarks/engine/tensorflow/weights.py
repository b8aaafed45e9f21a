"""Weights of a network as flat vectors: all trainable ones in one, the moving statistics in another."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import models

Floats = NDArray[np.float32]

FIRST_SEED = 0
"""The seed of most runs, whose initial weights come with the network that a program builds anyway."""


def unflatten(flat: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """The parts of a flat tensor, each in its shape; differentiable."""
    if not shapes:
        return []
    parts = tf.split(flat, [int(np.prod(shape)) for shape in shapes])
    return [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]


@functools.lru_cache(maxsize=32)
def initial_weights(architecture: str, shape: tuple[int, int, int], seed: int) -> tuple[Floats, Floats]:
    """Trainable and non-trainable weights of a fresh model, each flat."""
    return flat_weights(models.build(architecture, shape, seed=seed))


def flat_weights(model: keras.Model) -> tuple[Floats, Floats]:
    """Trainable and non-trainable weights of a model, each flat, in its order."""

    def flat(variables: Sequence[Any]) -> Floats:
        return np.concatenate([np.zeros(0, np.float32), *(np.asarray(v).ravel() for v in variables)])

    return flat(model.trainable_weights), flat(model.non_trainable_weights)


def assign(model: keras.Model, weights: Floats, moving: Floats) -> None:
    """The reverse of :func:`flat_weights`."""
    for variables, flat in ((model.trainable_weights, weights), (model.non_trainable_weights, moving)):
        starts = np.cumsum([0] + [int(np.prod(v.shape)) for v in variables])
        for variable, start, end in zip(variables, starts[:-1], starts[1:], strict=True):
            variable.assign(flat[start:end].reshape(variable.shape))

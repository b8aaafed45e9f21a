"""Trainers to be timed side by side: the suite's engine, plain Keras and PyTorch, on the same random images.

Each has the environment that its users have: for Keras's `fit(x, y)` that is TensorFlow as installed, without the settings of
`benchmarks.engine.tensorflow.startup`. So each is to run in a process of its own: see `process`.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH = 128
LEARNING_RATE, MOMENTUM = 0.01, 0.9
Trainer = Callable[[int], float]
"""Trains on that many images, and returns the seconds this took, without the preparation of its arrays where that is its own."""


def suite(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """The engine of this suite."""
    from benchmarks.engine.interface import Normalization, load_engine
    from benchmarks.experiment.recipe import Recipe

    engine = load_engine()
    engine.start()
    import tensorflow as tf

    recipe = Recipe("sgd", LEARNING_RATE, epochs=1, batch_size=BATCH, momentum=MOMENTUM, pixels="unit")
    program, _ = engine.program_for(architecture, shape, recipe, precision)
    normalization = Normalization.of("unit", np.zeros((1, *shape), np.uint8))
    program.load(program.start(0, tf.zeros([1, *shape], tf.uint8), normalization))
    images, labels = (tf.constant(array) for array in _images(shape))
    rng = np.random.default_rng(0)

    def train(count: int) -> float:
        start_time = time.perf_counter()
        order = rng.integers(0, len(images), count, dtype=np.int32)
        rates = np.full(recipe.steps(count), LEARNING_RATE, np.float32)
        program.train(images, labels, order, rates, 0, normalization)
        return time.perf_counter() - start_time

    return train


def keras_fit(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """Keras's `fit(x, y)` on arrays, as in the study's script."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    import models

    keras.config.set_dtype_policy(precision)
    model = models.build(architecture, shape, seed=0)
    optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM, nesterov=True)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = _images(shape)
    inputs = (images / 255).astype(np.float32)

    def train(count: int) -> float:
        chosen = np.arange(count) % len(inputs)
        x, y = inputs[chosen], labels[chosen]
        start_time = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
        return time.perf_counter() - start_time

    return train


def torch_eager(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """PyTorch, channels last."""
    return _torch(architecture, shape, precision, compiled=False)


def torch_compile(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """PyTorch, channels last, through `torch.compile`."""
    return _torch(architecture, shape, precision, compiled=True)


def _torch(architecture: str, shape: tuple[int, int, int], precision: str, *, compiled: bool) -> Trainer:
    import torch

    from benchmarks.engine.rivals.torch_models import build

    torch.manual_seed(0)
    model = build(architecture, shape).to(memory_format=torch.channels_last)
    run = torch.compile(model) if compiled else model
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, MOMENTUM, nesterov=True)
    images, labels = _images(shape)
    x = (
        torch.from_numpy(images)
        .permute(0, 3, 1, 2)
        .float()
        .div(255)
        .contiguous(memory_format=torch.channels_last)
    )
    y = torch.from_numpy(labels.astype(np.int64))
    half = precision == "mixed_bfloat16"

    def train(count: int) -> float:
        start_time = time.perf_counter()
        for start in range(0, count, BATCH):
            at = start % (len(x) - BATCH + 1)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                logits = run(x[at : at + BATCH])
            torch.nn.functional.cross_entropy(logits.float(), y[at : at + BATCH]).backward()
            optimizer.step()
        return time.perf_counter() - start_time

    return train


TRAINERS: dict[str, Callable[[str, tuple[int, int, int], str], Trainer]] = {
    "suite": suite,
    "keras": keras_fit,
    "keras-onednn": keras_fit,
    "torch": torch_eager,
    "torch-compile": torch_compile,
}
"""By name; each is made for an architecture, an image shape and a precision. What sets `keras-onednn` apart is its process."""

_NEEDS = {"torch": "torch", "torch-compile": "torch"}
"""Modules of optional extras; each extra has its module's name."""


def why_missing(name: str) -> str | None:
    """Return why a trainer cannot run here and what to install; None if it can."""
    module = _NEEDS.get(name)
    if module is None or importlib.util.find_spec(module) is not None:
        return None
    return f"{module} is not installed; pip install -e '.[{module}]'"


def _images(shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """Draw random images, (N, H, W, C) uint8, and labels, (N,) uint8: the time of a step does not depend on them."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (16 * BATCH, *shape), dtype=np.uint8)
    return images, rng.integers(0, 10, 16 * BATCH, dtype=np.uint8)

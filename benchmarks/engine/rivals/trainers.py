"""Trainers to be timed side by side: the suite's engines, plain Keras and PyTorch, on the same random images.

Each has the environment that its users have: for Keras's `fit(x, y)` that is TensorFlow as installed, without the settings of
`benchmarks.engine.tensorflow.startup`. So each runs in a process of its own: see `process`.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine.interface import Shape

BATCH = 128
EPOCH = 24
"""How often the random images are repeated for an engine that runs whole epochs: 49,152 images."""
LEARNING_RATE, MOMENTUM = 0.01, 0.9
Trainer = Callable[[int], float]
"""Trains on this many images and returns the seconds this took; picking the images for Keras's `fit` is not counted."""


def _suite(backend: str, architecture: str, shape: Shape, precision: str) -> Trainer:
    """The suite's engine on this backend."""
    from benchmarks.engine.backend import load_engine
    from benchmarks.experiment.recipe import Recipe

    engine = load_engine(backend)
    engine.start()
    recipe = Recipe("sgd", LEARNING_RATE, epochs=1, batch_size=BATCH, momentum=MOMENTUM, pixels="unit")
    program, _ = engine.program_for(architecture, shape, recipe, precision)
    data = engine.to_device(_Random(shape, EPOCH if program.whole_epochs else 1), "unit")
    program.prepare(data)
    program.load(program.start(0, data.x_train[:1], data.normalization))
    rng = np.random.default_rng(0)

    def train(count: int) -> float:
        start_time = time.perf_counter()
        epoch = len(data.x_train) if program.whole_epochs else count
        calls = -(-count // epoch)
        for _ in range(calls):
            order = rng.integers(0, len(data.x_train), epoch, dtype=np.int32)
            rates = np.full(recipe.steps(epoch), LEARNING_RATE, np.float32)
            program.train(data, order, rates, 0)
        return (time.perf_counter() - start_time) * count / (calls * epoch)

    return train


def _keras_fit(architecture: str, shape: Shape, precision: str) -> Trainer:
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


def _torch(mode: str, architecture: str, shape: Shape, precision: str) -> Trainer:
    """PyTorch, channels last: `eager`, `compile` (`torch.compile`), or `graphs`: a step as one CUDA graph, replayed for every batch."""
    import torch

    from benchmarks.engine.rivals.torch_models import build

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = build(architecture, shape).to(device, memory_format=torch.channels_last)
    forward = torch.compile(model) if mode == "compile" else model
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, MOMENTUM, nesterov=True)
    images, labels = _images(shape)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float().div(255)
    x = pixels.to(device).contiguous(memory_format=torch.channels_last)
    y = torch.from_numpy(labels.astype(np.int64)).to(device)
    half = precision == "mixed_bfloat16"

    def step(inputs: Any, targets: Any) -> None:
        optimizer.zero_grad(set_to_none=mode != "graphs")  # a graph's gradients keep their memory
        with torch.autocast(device, torch.bfloat16, enabled=half):
            logits = forward(inputs)
        torch.nn.functional.cross_entropy(logits.float(), targets).backward()
        optimizer.step()

    run = _captured(step, x[:BATCH], y[:BATCH]) if mode == "graphs" else step

    def train(count: int) -> float:
        start_time = time.perf_counter()
        for start in range(0, count, BATCH):
            at = start % (len(x) - BATCH + 1)
            run(x[at : at + BATCH], y[at : at + BATCH])
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start_time

    return train


def _captured(step: Callable[[Any, Any], None], inputs: Any, targets: Any) -> Callable[[Any, Any], None]:
    """Capture a step in a CUDA graph, as PyTorch's documentation does, and return a function that replays it on another batch."""
    import torch

    batch, labels = inputs.clone(), targets.clone()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            step(batch, labels)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(batch, labels)

    def replay(images: Any, answers: Any) -> None:
        batch.copy_(images)
        labels.copy_(answers)
        graph.replay()

    return replay


TRAINERS: dict[str, Callable[[str, Shape, str], Trainer]] = {
    "suite": functools.partial(_suite, "tensorflow"),
    "jax": functools.partial(_suite, "jax"),
    "keras": _keras_fit,
    "keras-onednn": _keras_fit,
    "keras-jax": _keras_fit,
    "torch": functools.partial(_torch, "eager"),
    "torch-compile": functools.partial(_torch, "compile"),
    "torch-graphs": functools.partial(_torch, "graphs"),
}
"""By name; each is made for an architecture, an image shape and a precision."""
ENVIRONMENT = {
    "suite": {"KERAS_BACKEND": "tensorflow"},
    "jax": {"KERAS_BACKEND": "jax"},
    "keras": {"KERAS_BACKEND": "tensorflow"},
    "keras-onednn": {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "1"},
    "keras-jax": {"KERAS_BACKEND": "jax"},
}
"""What is added to the environment of a trainer's process; the others compute with PyTorch."""


class _Random:
    """Random images as a data set, each repeated; the test images are not used."""

    def __init__(self, shape: Shape, times: int) -> None:
        images, labels = _images(shape)
        self.x_train, self.y_train = np.tile(images, (times, 1, 1, 1)), np.tile(labels, times)
        self.x_test, self.y_test = self.x_train[:BATCH], self.y_train[:BATCH]


def why_missing(name: str) -> str | None:
    """Return why a trainer cannot run here and what to install; None if it can."""
    module = ENVIRONMENT[name]["KERAS_BACKEND"] if name in ENVIRONMENT else "torch"
    # Not `importlib.util`: a process that computes with JAX hides TensorFlow from itself, but a rival can import it.
    if importlib.machinery.PathFinder.find_spec(module) is None:
        extra = "" if module == "tensorflow" else f"[{module}]"
        return f"{module} is not installed; pip install -e '.{extra}'"
    if name == "torch-graphs" and not Path("/proc/driver/nvidia/version").exists():
        return "there is no NVIDIA GPU, and CUDA graphs need one"
    return None


def _images(shape: Shape) -> tuple[Any, Any]:
    """Draw random images, (N, H, W, C) uint8, and labels, (N,) uint8: a step's time does not depend on them."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (16 * BATCH, *shape), dtype=np.uint8)
    return images, rng.integers(0, 10, 16 * BATCH, dtype=np.uint8)

"""The suite's engine, plain Keras and PyTorch, each training in a process of its own, to be timed side by side.

    python -m benchmarks.engine.rivals.trainers suite resnet20v1 32x32x3 float32

A contender reads how many images to train on, a line each, and answers with the seconds that took. Each has the environment that its users
have: for Keras's ``fit(x, y)`` that is TensorFlow as installed, without the settings of ``benchmarks.engine.tensorflow.startup``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH = 128
LEARNING_RATE, MOMENTUM = 0.01, 0.9
Trainer = Callable[[int], None]
"""Trains on so many images, and returns when it is done."""


def suite(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """The engine of this suite."""
    from benchmarks.engine.tensorflow import startup

    startup.start()
    import tensorflow as tf

    from benchmarks.engine.tensorflow.program import Normalization, program_for
    from benchmarks.experiment.recipe import Recipe

    recipe = Recipe("sgd", LEARNING_RATE, epochs=1, batch_size=BATCH, momentum=MOMENTUM, pixels="unit")
    program, _ = program_for(architecture, shape, recipe, precision)
    pixels = Normalization.of("unit", np.zeros((1, *shape), np.uint8))
    program.load(program.start(0, tf.zeros([1, *shape], tf.uint8), pixels))
    images, labels = (tf.constant(array) for array in _images(shape))
    rng = np.random.default_rng(0)

    def train(count: int) -> None:
        order = rng.integers(0, len(images), count, dtype=np.int32)
        rates = np.full(recipe.steps(count), LEARNING_RATE, np.float32)
        program.train(images, labels, order, rates, 0, pixels)

    return train


def keras_fit(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """Keras's ``fit(x, y)`` on arrays, as the study's script has it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    import models

    keras.config.set_dtype_policy(precision)
    model = models.build(architecture, shape, seed=0)
    optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM, nesterov=True)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = _images(shape)
    inputs = (images / 255).astype(np.float32)

    def train(count: int) -> None:
        chosen = np.arange(count) % len(inputs)
        x, y = inputs[chosen], labels[chosen]
        begin = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
        train.seconds = time.perf_counter() - begin  # type: ignore[attr-defined]

    return train


def torch_eager(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """PyTorch, channels last."""
    return _torch(architecture, shape, precision, compiled=False)


def torch_compile(architecture: str, shape: tuple[int, int, int], precision: str) -> Trainer:
    """PyTorch, channels last, through ``torch.compile``."""
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

    def train(count: int) -> None:
        for start in range(0, count, BATCH):
            at = start % (len(x) - BATCH + 1)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                logits = run(x[at : at + BATCH])
            torch.nn.functional.cross_entropy(logits.float(), y[at : at + BATCH]).backward()
            optimizer.step()

    return train


CONTENDERS: dict[str, Callable[[str, tuple[int, int, int], str], Trainer]] = {
    "suite": suite,
    "keras": keras_fit,
    "keras-onednn": keras_fit,
    "torch": torch_eager,
    "torch-compile": torch_compile,
}
ENVIRONMENT = {"keras-onednn": {"TF_ENABLE_ONEDNN_OPTS": "1"}}
"""What a contender's process has in its environment besides."""


def _images(shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """Random images: how long a step takes does not depend on what it sees."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (16 * BATCH, *shape), dtype=np.uint8), rng.integers(
        0, 10, 16 * BATCH, dtype=np.uint8
    )


class Contender:
    """A contender's process, seen from outside."""

    def __init__(self, name: str, architecture: str, shape: tuple[int, int, int], precision: str) -> None:
        self.name = name
        size = "x".join(map(str, shape))
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this module
            [sys.executable, "-m", "benchmarks.engine.rivals.trainers", name, architecture, size, precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | ENVIRONMENT.get(name, {}),
        )

    def seconds(self, images: int) -> float:
        """Train on so many images. Raises RuntimeError where the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{images}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"contender {self.name} ended with status {self._process.wait()}")
        return float(json.loads(answer))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def main(name: str, architecture: str, size: str, precision: str) -> None:
    """Serve one contender until standard input ends."""
    height, width, channels = map(int, size.split("x"))
    train = CONTENDERS[name](architecture, (height, width, channels), precision)
    for line in sys.stdin:
        begin = time.perf_counter()
        train(int(line))
        # What a contender times itself leaves out the making of its arrays.
        print(json.dumps(getattr(train, "seconds", time.perf_counter() - begin)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

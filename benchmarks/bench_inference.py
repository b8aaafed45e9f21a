"""Inference speed: the latency of one image and the throughput of a batch, per architecture.

    pytest benchmarks/bench_inference.py --benchmark-autosave

Not part of the grid: it is collected only when it is named. Nothing here asserts a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import models
from benchmarks.engine.interface import Normalization, load_engine
from benchmarks.experiment.recipe import Recipe

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.parametrize("batch", [1, 128], ids=["latency", "batch128"])
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)], ids=["28x28x1", "32x32x3"])
@pytest.mark.parametrize("architecture", models.default_names())
def test_inference(
    architecture: str, shape: tuple[int, int, int], batch: int, benchmark: BenchmarkFixture
) -> None:
    size = "x".join(map(str, shape))
    benchmark.group = f"inference {size} {'latency' if batch == 1 else 'throughput'}"
    engine = load_engine()
    engine.start()
    import tensorflow as tf

    program, _ = engine.program_for(architecture, shape, Recipe("sgd", 0.01, epochs=1))
    images = np.random.default_rng(0).integers(0, 256, (batch, *shape), dtype=np.uint8)
    normalization = Normalization.of("unit", images)
    tensor = tf.constant(images)
    program.load(program.start(0, tensor, normalization))
    benchmark.pedantic(program.logits, (tensor, normalization), rounds=30, iterations=1, warmup_rounds=5)
    info = {"architecture": architecture, "shape": list(shape), "batch_size": batch}
    benchmark.extra_info.update(info)
    if benchmark.stats:
        benchmark.extra_info["images_per_second"] = batch / benchmark.stats.stats.median

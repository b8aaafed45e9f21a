"""Inference speed: the latency of one image and the throughput of a batch, per architecture.

    pytest benchmarks/bench_inference.py --benchmark-autosave
    pytest benchmarks/bench_inference.py --arch lenet --backend jax

Not part of the grid: it is collected only when it is named. Nothing here asserts a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.engine.backend import load_engine
from benchmarks.engine.interface import Shape
from benchmarks.experiment import shapes
from benchmarks.experiment.recipe import Recipe
from benchmarks.plugin.session import SESSION

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("architecture", metafunc.config.stash[SESSION].settings.architectures)


@pytest.mark.parametrize("batch", [1, 128], ids=["latency", "batch128"])
@pytest.mark.parametrize("shape", shapes.STUDY, ids=shapes.written)
def test_inference(
    architecture: str, shape: Shape, batch: int, benchmark: BenchmarkFixture, pytestconfig: pytest.Config
) -> None:
    benchmark.group = f"inference {shapes.written(shape)} {'latency' if batch == 1 else 'throughput'}"
    backend = pytestconfig.stash[SESSION].settings.backend
    engine = load_engine(backend)
    engine.start()
    program, _ = engine.program_for(architecture, shape, Recipe("sgd", 0.01, epochs=1))
    data = engine.to_device(_Drawn(batch, shape), "unit")
    program.load(program.start(0, data.x_test, data.normalization))
    benchmark.pedantic(
        program.logits, (data.x_test, data.normalization), rounds=30, iterations=1, warmup_rounds=5
    )
    info = {"architecture": architecture, "shape": list(shape), "batch_size": batch, "backend": backend}
    benchmark.extra_info.update(info)
    if benchmark.stats:
        benchmark.extra_info["images_per_second"] = batch / benchmark.stats.stats.median


class _Drawn:
    """Random images as a data set of which only the test images are used."""

    def __init__(self, count: int, shape: Shape) -> None:
        self.x_test = np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)
        self.y_test = np.zeros(count, np.uint8)
        self.x_train, self.y_train = self.x_test, self.y_test

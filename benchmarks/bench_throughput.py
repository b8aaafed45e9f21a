"""Training speed: the suite's engine beside plain Keras `fit` and, where it is installed, PyTorch, in one run.

    pytest benchmarks/bench_throughput.py --benchmark-autosave

Not part of the grid: it is collected only when it is named. Rivals train in turn, in processes of their own, so that a machine whose
speed drifts is fair to all; each round gives one ratio, and the median counts. Nothing here asserts a time.
"""

from __future__ import annotations

import importlib.util
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest

import models
from benchmarks.engine.interface import load_engine
from benchmarks.engine.rivals.process import RivalProcess
from benchmarks.engine.rivals.trainers import BATCH

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 5
SECONDS = 2.0
"""About how long each rival trains in each round."""

PRECISIONS = "float32", "mixed_bfloat16"
SIDE = 2048


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)], ids=["28x28x1", "32x32x3"])
@pytest.mark.parametrize("architecture", models.default_names())
def test_throughput(
    architecture: str, shape: tuple[int, int, int], precision: str, benchmark: BenchmarkFixture
) -> None:
    benchmark.group = f"throughput {'x'.join(map(str, shape))} {precision}"
    names = ["suite", "keras", "keras-onednn"]
    if importlib.util.find_spec("torch") is not None:
        names += ["torch", "torch-compile"]
    rivals = [RivalProcess(name, architecture, shape, precision) for name in names]
    try:
        images = {rival.name: _images(rival) for rival in rivals}
        rates: dict[str, list[float]] = {name: [] for name in names}

        def one_round() -> None:
            for rival in rivals:
                count = images[rival.name]
                rates[rival.name].append(count / rival.seconds(count))

        benchmark.pedantic(one_round, rounds=ROUNDS, iterations=1)
    finally:
        for rival in rivals:
            rival.close()
    benchmark.extra_info.update(
        architecture=architecture,
        shape=list(shape),
        precision=precision,
        multiply_adds=_multiply_adds(architecture, shape),
        batch_size=BATCH,
        rounds=ROUNDS,
        images_per_second=rates,
        ratios={
            name: statistics.median(a / b for a, b in zip(rates["suite"], rates[name], strict=True))
            for name in names
            if name != "suite"
        },
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_matrix_product(precision: str, benchmark: BenchmarkFixture) -> None:
    """Time products of square matrices, to which convolutions come down: what this machine can do at best."""
    benchmark.group = "matrix product"
    load_engine().start()
    import tensorflow as tf

    kind = tf.float32 if precision == "float32" else tf.bfloat16
    matrix = tf.cast(np.random.default_rng(0).random((SIDE, SIDE), np.float32), kind)
    product = tf.function(lambda: tf.linalg.matmul(matrix, matrix))
    benchmark.pedantic(product, rounds=20, iterations=1, warmup_rounds=3)
    benchmark.extra_info["precision"] = precision
    if benchmark.stats:
        benchmark.extra_info["flops_per_second"] = 2 * SIDE**3 / benchmark.stats.stats.median


def _multiply_adds(architecture: str, shape: tuple[int, int, int]) -> int:
    load_engine().start()
    from benchmarks.engine.model_size import multiply_adds

    return multiply_adds(models.build(architecture, shape))


def _images(rival: RivalProcess) -> int:
    """Warm a rival up, and return how many images it trains on in a round: whole batches."""
    rival.seconds(2 * BATCH)
    seconds = rival.seconds(2 * BATCH)
    return BATCH * max(2, round(2 * SECONDS / seconds))

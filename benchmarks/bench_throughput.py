"""Training speed: the suite's engines beside plain Keras `fit` and PyTorch, as far as they are installed, in one run.

    pytest benchmarks/bench_throughput.py --benchmark-autosave
    pytest benchmarks/bench_throughput.py --arch lenet --contender keras --shape 28x28x1

Not part of the grid: it is collected only when it is named. Rivals train in turn, in processes of their own, so that a machine whose
speed drifts is fair to all; each round gives one ratio, and the median counts. An interrupted run keeps the rounds that it has measured.
Nothing here asserts a time.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

import models
from benchmarks.engine.backend import load_engine
from benchmarks.engine.interface import Shape
from benchmarks.engine.rivals.process import RivalProcess
from benchmarks.engine.rivals.trainers import BATCH
from benchmarks.execution.environment import lacks_instructions_for
from benchmarks.experiment.shapes import written
from benchmarks.plugin import speed, terminal
from benchmarks.plugin.session import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_benchmark.fixture import BenchmarkFixture

    Notify = Callable[[str], None]

ROUNDS = 5
SECONDS = 2.0
"""About how long each rival trains in each round."""

PRECISIONS = "float32", "mixed_bfloat16"
SIDE = 2048


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    config = metafunc.config
    if "shape" in metafunc.fixturenames:
        metafunc.parametrize("precision", PRECISIONS)
        metafunc.parametrize("shape", speed.shapes(config.getoption("shape")), ids=written)
        metafunc.parametrize("architecture", config.stash[SESSION].settings.architectures)


@pytest.fixture(scope="session")
def progress(request: pytest.FixtureRequest) -> speed.Progress:
    engine = _start_engine()
    measured = [precision for precision in PRECISIONS if not lacks_instructions_for(precision, engine)]
    return speed.Progress(
        speed.count_cases(request.session.items, measured), ROUNDS, partial(terminal.say, request.config)
    )


@pytest.fixture
def notify(request: pytest.FixtureRequest) -> Notify:
    """Print a notice at once, and again at the end of the session."""
    return partial(terminal.notify, request.config)


@pytest.fixture(autouse=True)
def _has_instructions(precision: str, notify: Notify) -> None:
    """Leave out a precision that this machine would emulate: its times would say nothing."""
    why = lacks_instructions_for(precision, _start_engine())
    if why:
        notify(f"{precision} is not measured: {why}")
        pytest.skip(why)


def test_throughput(
    architecture: str, shape: Shape, precision: str, benchmark: BenchmarkFixture, progress: speed.Progress,
    notify: Notify, pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    size = written(shape)
    case = f"{architecture} {size} {precision}"
    benchmark.group = f"throughput {size} {precision}"
    names, missing = speed.contenders(pytestconfig.getoption("contender"))
    for name, why in missing.items():
        notify(f"{name} is not measured: {why}")
    progress.begin()
    rivals = [RivalProcess(name, architecture, shape, precision) for name in names]
    try:
        images = _warm_up(rivals, notify, architecture)
        rates: dict[str, list[float]] = {name: [] for name in images}
        benchmark.extra_info.update(
            architecture=architecture,
            shape=list(shape),
            precision=precision,
            multiply_adds=_multiply_adds(architecture, shape),
            batch_size=BATCH,
        )

        def one_round() -> None:
            measured = {
                r.name: images[r.name] / r.seconds(images[r.name]) for r in rivals if r.name in images
            }
            for name, rate in measured.items():
                rates[name].append(rate)
            rounds = len(rates[speed.SUITE])
            # After every round: an interrupted session saves those that are complete.
            benchmark.extra_info.update(rounds=rounds, images_per_second=rates, ratios=_ratios(rates))
            progress.round_done(case, rounds)

        benchmark.pedantic(one_round, rounds=ROUNDS, iterations=1)
    finally:
        for rival in rivals:
            rival.close()
    progress.result(case, rates, _ratios(rates))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_matrix_product(precision: str, benchmark: BenchmarkFixture) -> None:
    """Time products of square matrices, to which convolutions come down: what this machine can do at best."""
    benchmark.group = "matrix product"
    product = _product(np.random.default_rng(0).random((SIDE, SIDE), np.float32), precision)
    benchmark.pedantic(product, rounds=20, iterations=1, warmup_rounds=3)
    benchmark.extra_info["precision"] = precision
    if benchmark.stats:
        benchmark.extra_info["flops_per_second"] = 2 * SIDE**3 / benchmark.stats.stats.median


def _product(matrix: NDArray[np.float32], precision: str) -> Callable[[], object]:
    """Return a function that multiplies a matrix by itself, in the first engine's framework."""
    backend = _start_engine()
    kind = "float32" if precision == "float32" else "bfloat16"
    if backend == "jax":
        import jax

        on_device = jax.numpy.asarray(matrix, kind)
        # The matrix is an argument, as what is closed over becomes a constant of the program.
        multiply = jax.jit(lambda a: a @ a)
        return lambda: jax.block_until_ready(multiply(on_device))
    import tensorflow as tf

    tensor = tf.cast(matrix, kind)
    product = tf.function(lambda a: tf.linalg.matmul(a, a))
    return lambda: product(tensor)


def _start_engine() -> str:
    """Start the engine that others are compared with, and return its backend."""
    backend = "jax" if speed.SUITE == "jax" else "tensorflow"
    load_engine(backend).start()
    return backend


def _multiply_adds(architecture: str, shape: Shape) -> int:
    _start_engine()
    from benchmarks.engine.model_size import multiply_adds

    return multiply_adds(models.build(architecture, shape))


def _warm_up(rivals: Sequence[RivalProcess], notify: Notify, architecture: str) -> dict[str, int]:
    """Warm rivals up, and return how many images each trains on in a round: whole batches.

    A rival that cannot train the architecture is named and left out.
    """
    images = {}
    for rival in rivals:
        try:
            rival.seconds(2 * BATCH)
            seconds = rival.seconds(2 * BATCH)
        except RuntimeError as error:
            if rival.name == speed.SUITE:
                raise
            notify(f"{rival.name} does not train {architecture}: {error}")
            continue
        images[rival.name] = BATCH * max(2, round(2 * SECONDS / seconds))
    return images


def _ratios(rates: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return how many times as fast as each rival the suite is: the median over rounds."""
    return {
        name: statistics.median(a / b for a, b in zip(rates[speed.SUITE], found, strict=True))
        for name, found in rates.items()
        if name != speed.SUITE
    }

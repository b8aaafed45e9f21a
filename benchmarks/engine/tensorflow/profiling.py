"""Where the time of a training step goes on TensorFlow, by its own profiler."""

from __future__ import annotations

import collections
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.engine.interface import DeviceData, Normalization, Shape
from benchmarks.engine.profile import Profile
from benchmarks.engine.tensorflow.program import program_for
from benchmarks.experiment.recipe import Recipe

BATCH, STEPS = 128, 6


def matrix_product() -> float:
    """Return the FLOP/s of a product of two 2048 x 2048 matrices, float32."""
    side = 2048
    a = tf.constant(np.random.default_rng(0).standard_normal((side, side), np.float32))
    tf.matmul(a, a).numpy()
    seconds = []
    for _ in range(9):
        start_time = time.perf_counter()
        tf.matmul(a, a).numpy()
        seconds.append(time.perf_counter() - start_time)
    return 2.0 * side**3 / statistics.median(seconds)


def profile(architecture: str, shape: Shape, peak: float) -> Profile:
    """Profile training steps of an architecture; `peak` is the FLOP/s that `matrix_product` returned."""
    recipe = Recipe("sgd", 0.01, epochs=1, batch_size=BATCH, pixels="unit")
    program, _ = program_for(architecture, shape, recipe)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.integers(0, 256, (BATCH * STEPS, *shape), np.uint8))
    labels = tf.constant(rng.integers(0, 10, BATCH * STEPS, np.uint8))
    normalization = Normalization.of("unit", images.numpy())
    data = DeviceData(images, labels, images, labels.numpy(), normalization, seconds=0.0)
    program.load(program.start(0, images[:BATCH], normalization))
    order, rates = np.arange(BATCH * STEPS, dtype=np.int32), np.full(STEPS, 0.01, np.float32)

    def steps() -> float:
        start_time = time.perf_counter()
        program.train(data, order, rates, 0)
        return (time.perf_counter() - start_time) / STEPS * 1e3

    steps()
    plain = statistics.median(steps() for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        steps()
        tf.profiler.experimental.stop()
        operations = _operations(folder)
    return Profile(
        plain,
        {name: ms / STEPS for name, ms in operations.items()},
        program.multiply_adds * BATCH,
        peak,
        BATCH,
    )


def _operations(folder: str) -> Mapping[str, float]:
    """Milliseconds by kind of operation, from the profiler's trace, without control flow, which contains others."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = Path(folder).rglob("*.xplane.pb")
    space = xplane_pb2.XSpace()
    space.ParseFromString(path.read_bytes())
    found: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                _, colon, kind = name.rpartition(":")
                # Operations are called node:Kind; names with "::" are the runtime's own.
                if colon and "::" not in name and kind.lstrip("_")[:1].isupper() and kind not in _CONTAINERS:
                    found[kind.removeprefix("_MklNative").removeprefix("_Mkl").lstrip("_")] += (
                        event.duration_ps / 1e9
                    )
    return found


_CONTAINERS = {"While", "StatelessWhile", "PartitionedCall", "StatefulPartitionedCall", "If", "Identity"}

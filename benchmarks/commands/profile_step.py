"""`python -m benchmarks profile`: where the time of a training step goes, operation by operation.

One thread runs the steps, so that the operations' times add up to the step's. Convolutions and matrix products are compared with the rate
that one thread reaches in a matrix product of 2048 x 2048, measured in the same process.
"""

from __future__ import annotations

import argparse
import collections
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.experiment import names
from benchmarks.report.table import Column, Table, row

BATCH, STEPS = 128, 6


@dataclass(frozen=True)
class Profile:
    """Of whole training steps on one thread."""

    step: float
    """Milliseconds per step, without the profiler: median of several."""
    operations: Mapping[str, float]
    """Milliseconds per step of each kind of operation, with the profiler on."""
    multiply_adds: int
    """Of a batch's forward pass."""
    peak: float
    """FLOP/s of the matrix product."""

    @property
    def ideal_ms(self) -> float:
        """Milliseconds that a step would take at the matrix product's rate: 6 x multiply-adds."""
        return 6e3 * self.multiply_adds / self.peak


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print where the time of a training step goes, operation by operation, on one thread."""
    parser.add_argument("arch", nargs="+", metavar="ARCH")
    parser.add_argument("--shape", default="32x32x3", metavar="HxWxC", help="of an image (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Profile each architecture and print a table."""
    import models
    from benchmarks.engine.backend import load_engine
    from benchmarks.engine.interface import Threads
    from benchmarks.report.writers import markdown

    for name in args.arch:
        names.one("ARCH", name, models.names())
    try:
        height, width, channels = (int(side) for side in args.shape.split("x"))
    except ValueError:
        raise ValueError(f"--shape {args.shape}: expected three whole numbers as in 32x32x3") from None
    load_engine().start(Threads(1, 1))
    peak = _matrix_product()
    for architecture in args.arch:
        profile = _profile(architecture, (height, width, channels), peak)
        print(markdown.render_tables([table(architecture, args.shape, profile)]), flush=True)
    return 0


def table(architecture: str, shape: str, profile: Profile) -> Table:
    """Return one architecture's operations, those of under 1% in one row."""
    total = sum(profile.operations.values())
    rows = sorted(profile.operations.items(), key=lambda item: -item[1])
    large = [(name, ms) for name, ms in rows if ms >= 0.01 * total]
    rest = total - sum(ms for _, ms in large)
    return Table(
        "profile",
        f"{architecture}, {shape}, batch {BATCH}, one thread: {profile.step:.0f} ms per step; at a matrix product's"
        f" {profile.peak / 1e9:.0f} GFLOP/s it would take {profile.ideal_ms:.0f} ms",
        (Column("operation"), Column("ms per step", format=".1f"), Column("share", format=".0%")),
        [row(name, ms, ms / total) for name, ms in [*large, ("all others", rest)]],
    )


def _matrix_product() -> float:
    import numpy as np
    import tensorflow as tf

    side = 2048
    a = tf.constant(np.random.default_rng(0).standard_normal((side, side), np.float32))
    tf.matmul(a, a).numpy()
    seconds = []
    for _ in range(9):
        start_time = time.perf_counter()
        tf.matmul(a, a).numpy()
        seconds.append(time.perf_counter() - start_time)
    return 2.0 * side**3 / statistics.median(seconds)


def _profile(architecture: str, shape: tuple[int, int, int], peak: float) -> Profile:
    import numpy as np
    import tensorflow as tf

    from benchmarks.engine.backend import load_engine
    from benchmarks.engine.interface import Normalization
    from benchmarks.experiment.recipe import Recipe

    recipe = Recipe("sgd", 0.01, epochs=1, batch_size=BATCH, pixels="unit")
    program, _ = load_engine().program_for(architecture, shape, recipe)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.integers(0, 256, (BATCH * STEPS, *shape), np.uint8))
    labels = tf.constant(rng.integers(0, 10, BATCH * STEPS, np.uint8))
    normalization = Normalization.of("unit", images.numpy())
    program.load(program.start(0, images[:BATCH], normalization))
    order, rates = np.arange(BATCH * STEPS, dtype=np.int32), np.full(STEPS, 0.01, np.float32)

    def steps() -> float:
        start_time = time.perf_counter()
        program.train(images, labels, order, rates, 0, normalization)
        return (time.perf_counter() - start_time) / STEPS * 1e3

    steps()
    plain = statistics.median(steps() for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        steps()
        tf.profiler.experimental.stop()
        operations = _operations(folder)
    return Profile(
        plain, {name: ms / STEPS for name, ms in operations.items()}, program.multiply_adds * BATCH, peak
    )


def _operations(folder: str) -> Mapping[str, float]:
    """Milliseconds by kind of operation, from the profiler's trace; control flow, which contains others, left out."""
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
                # Operations are called node:Kind; what has "::" is the runtime's own.
                if colon and "::" not in name and kind.lstrip("_")[:1].isupper() and kind not in _CONTAINERS:
                    found[kind.removeprefix("_MklNative").removeprefix("_Mkl").lstrip("_")] += (
                        event.duration_ps / 1e9
                    )
    return found


_CONTAINERS = {"While", "StatelessWhile", "PartitionedCall", "StatefulPartitionedCall", "If", "Identity"}

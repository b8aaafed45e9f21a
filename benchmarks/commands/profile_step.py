"""`python -m benchmarks profile`: where the time of a training step goes, operation by operation.

One thread runs the steps, so that the operations' times add up to the step's. Convolutions and matrix products are compared with the rate
that one thread reaches in a matrix product of 2048 x 2048, measured in the same process.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmarks.experiment import names, shapes
from benchmarks.report.table import Column, Table, row

if TYPE_CHECKING:
    from benchmarks.engine.profile import Profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print where the time of a training step goes, operation by operation, on one thread."""
    parser.add_argument("arch", nargs="+", metavar="ARCH", help="architectures, such as resnet20v1")
    parser.add_argument(
        "--shape", default="32x32x3", metavar="HxWxC", help="shape of an image (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Profile each architecture and print a table."""
    import models
    from benchmarks.engine.backend import check_installed, load_engine
    from benchmarks.engine.interface import Threads
    from benchmarks.experiment.settings import choose_backend
    from benchmarks.report.writers import markdown

    shape = shapes.parse(args.shape)
    for name in args.arch:
        if problem := models.misfit(names.one("ARCH", name, models.names()), shape):
            raise ValueError(f"--shape {args.shape}: {problem}")
    if (backend := choose_backend()) != "tensorflow":
        raise ValueError(
            f"profile is for TensorFlow only, and KERAS_BACKEND is {backend!r}: unset it, or time {backend} with"
            " `pytest benchmarks/bench_throughput.py`"
        )
    check_installed(backend, instead="")
    load_engine().start(Threads(1, 1))
    from benchmarks.engine.tensorflow.profiling import matrix_product, profile

    peak = matrix_product()
    for architecture in args.arch:
        measured = profile(architecture, shape, peak)
        print(markdown.render_tables([table(architecture, args.shape, measured)]), flush=True)
    return 0


def table(architecture: str, shape: str, profile: Profile) -> Table:
    """Return one architecture's operations, those of under 1% in one row."""
    total = sum(profile.operations.values())
    rows = sorted(profile.operations.items(), key=lambda item: -item[1])
    large = [(name, ms) for name, ms in rows if ms >= 0.01 * total]
    rest = total - sum(ms for _, ms in large)
    return Table(
        "profile",
        f"{architecture}, {shape}, batch {profile.batch}, one thread: {profile.step:.0f} ms per step; at a matrix product's"
        f" {profile.peak / 1e9:.0f} GFLOP/s it would take {profile.ideal_ms:.0f} ms",
        (Column("operation"), Column("ms per step", format=".1f"), Column("share", format=".0%")),
        [row(name, ms, ms / total) for name, ms in [*large, ("all others", rest)]],
    )

"""`python -m benchmarks params`: parameters and cost beside the study's figures."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.experiment import names, published, shapes

_EXAMPLE = dict(zip(shapes.STUDY, ("mnist", "cifar10"), strict=True))
"""A data set of the study for each shape; another of the same shape has the same counts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List parameters (total, trainable, not trainable) and multiply-adds beside the study's; trains nothing."""
    parser.add_argument("--arch", metavar="A,B", help="only these architectures (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the table; status 1 where a count is not the study's."""
    import models
    from benchmarks.engine.backend import check_installed, load_engine
    from benchmarks.experiment.settings import choose_backend
    from benchmarks.report.table import Section
    from benchmarks.report.views.published import parameters
    from benchmarks.report.writers import terminal

    wanted = names.chosen("--arch", args.arch, models.names(), models.names())
    backend = choose_backend()
    check_installed(backend)
    load_engine(backend).start()
    found = []
    differ = []
    for name in wanted:
        for shape, example in _EXAMPLE.items():
            counts, cost = _count(name, shape)
            found.append((name, shapes.written(shape), example, counts, cost))
            theirs = published.PARAMETERS.get((name, example))
            if theirs not in (None, counts):
                differ.append(f"{name} {shapes.written(shape)}: {counts} here, {theirs} in the study")
    terminal.show(Section("", tables=[parameters(found)]))
    for line in differ:
        print(line, file=sys.stderr)
    return 1 if differ else 0


def _count(name: str, shape: tuple[int, int, int]) -> tuple[tuple[int, int, int], int]:
    """Total, trainable and non-trainable parameters, and multiply-adds of one image."""
    import models
    from benchmarks.engine.model_size import multiply_adds

    model = models.build(name, shape)

    def size(variables: Sequence[Any]) -> int:
        return sum(math.prod(v.shape) for v in variables)

    trainable, fixed = size(model.trainable_weights), size(model.non_trainable_weights)
    return (trainable + fixed, trainable, fixed), multiply_adds(model)

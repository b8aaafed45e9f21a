"""`python -m benchmarks params` and `floors`: parameters and cost beside the study's figures, and the floors of a run's seeds."""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.experiment import names, published, shapes
from benchmarks.results.references import RUN_HELP, resolve, storage_option

_EXAMPLE = dict(zip(shapes.STUDY, ("mnist", "cifar10"), strict=True))
"""A data set of the study for each shape; another of the same shape has the same counts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List parameters (total, trainable, not trainable) and multiply-adds beside the study's; trains nothing."""
    parser.add_argument(
        "--arch", metavar="A,B", help="only these architectures; all: every one, as without it"
    )


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
                differ.append(f"{name} {shape}: {counts} here, {theirs} in the study")
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
        return sum(int(math.prod(v.shape)) for v in variables)

    trainable, fixed = size(model.trainable_weights), size(model.non_trainable_weights)
    return (trainable + fixed, trainable, fixed), multiply_adds(model)


def add_floors_arguments(parser: argparse.ArgumentParser) -> None:
    """Compute the floors that follow from the seeds of a saved run."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    storage_option(parser)


def floors(args: argparse.Namespace) -> int:
    """Print one line per cell: its floor, and what it follows from."""
    from benchmarks.experiment.floors import floor_of
    from benchmarks.results.baselines import refuse_explored
    from benchmarks.results.run import load_run

    run = load_run(resolve(args.run, args.storage))
    refuse_explored(run)
    for name, cell in run.cells.items():
        living = cell.living_accuracies
        facts = [f"mean {statistics.fmean(living):.3f}"] if living else []
        facts += [f"sd {statistics.stdev(living):.3f}"] if len(living) > 1 else []
        facts += [f"n {len(living)}"] if living else []
        facts += [f"{cell.diverged_seeds} of {len(cell.seeds)} seeds died"] if cell.diverged_seeds else []
        floor = floor_of(living, cell.classes)
        print(f"{name:<26} {'none' if floor is None else f'{floor:.2f}'}   {', '.join(facts)}")
    return 0

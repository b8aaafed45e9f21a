"""`python -m benchmarks tune`: try recipes on held-out training images; the test images are not used.

Candidates are a protocol's recipe with some fields changed. Each trains on the rest of the training images, for all its epochs,
and is judged by its accuracy on the held-out ones after the last; which recipe a protocol then takes is a person's choice, written
down in docs/tuning.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from benchmarks.commands import image_options
from benchmarks.experiment import names
from benchmarks.experiment.backend import BACKENDS
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.recipe_changes import Change, refuse_contradictions
from benchmarks.experiment.settings import choose_backend, read_own_images
from benchmarks.report.table import Column, Row, row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.engine.interface import DeviceData, Engine, Program
    from benchmarks.experiment.recipe import Recipe
    from datasets import Dataset

MOST_HELD_OUT = 10_000
"""How many training images are held out unless the user says; where that is more than a fifth of them, a fifth."""
_DRAW = 2018
"""The seed that decides which training images are held out: the same ones for every candidate."""


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """A data set's training images, split into those trained on and those held out, which stand in for test images."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]

    @classmethod
    def of(cls, data: Dataset, count: int | None) -> HeldOut:
        """Hold out `count` images, drawn without replacement; None: a fifth, at most `MOST_HELD_OUT`.

        Raises:
            ValueError: That leaves nothing to train on or to judge by.
        """
        import numpy as np

        images = len(data.y_train)
        count = min(images // 5, MOST_HELD_OUT) if count is None else count
        if not 0 < count < images:
            raise ValueError(f"--hold-out {count}: expected 1 to {images - 1} of {images} training images")
        order = np.random.default_rng(_DRAW).permutation(images)
        out, rest = np.sort(order[:count]), np.sort(order[count:])
        x, y = np.asarray(data.x_train), np.asarray(data.y_train)
        return cls(x[rest], y[rest], x[out], y[out])


def candidates(recipe: Recipe, varied: Sequence[str]) -> Iterator[tuple[str, Recipe]]:
    """Yield every combination of the varied fields, with its name.

    Args:
        recipe: What is varied.
        varied: `field=value,value` each; `augmentation.shift=0,0.1` for a field of the augmentation,
            `augmentation=none` for none at all.

    Raises:
        ValueError: A field or a value does not exist.
    """
    choices = []
    for text in varied:
        first = Change.parse(text, "--vary")
        choices.append([Change(first.field, value.strip()) for value in first.value.split(",")])
    refuse_contradictions([first for first, *_ in choices], "--vary")
    for chosen in itertools.product(*choices):
        changed = recipe
        for change in chosen:
            changed = change.apply(changed, "--vary")
        yield " ".join(map(str, chosen)) or "as it is", changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Try recipes for one cell on images held out of its training set."""
    parser.add_argument("arch", metavar="ARCH", help="an architecture, such as lenet")
    parser.add_argument("dataset", metavar="DATASET", help="a data set, such as mnist")
    parser.add_argument(
        "--protocol", default="tuned", metavar="NAME", help="whose recipe is varied (default: %(default)s)"
    )
    parser.add_argument(
        "--vary", action="append", default=[], metavar="F=V,V",
        help="a field of the recipe and the values to try; if given several times, every combination",
    )  # fmt: skip
    parser.add_argument(
        "--images", type=int, metavar="N", help="how many training images to use (default: all)"
    )
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="N",
        help=f"how many of these to hold out (default: a fifth, at most {MOST_HELD_OUT:,})",
    )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="trainings per candidate (default: %(default)s)"
    )
    parser.add_argument(
        "--settle", type=int, default=0, metavar="N",
        help="judge a second time, after N epochs without learning in which batch norm's moving averages settle",
    )  # fmt: skip
    parser.add_argument(
        "--backend",
        metavar="B",
        help=f"{' or '.join(BACKENDS)} (default: $KERAS_BACKEND, else {BACKENDS[0]})",
    )
    image_options.add_own_data_arguments(parser)
    image_options.add_source_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train every candidate and print a table, each line as soon as it is known."""
    import datasets
    import models
    from benchmarks.engine.backend import check_installed, load_engine
    from benchmarks.experiment.protocols import PROTOCOLS
    from benchmarks.report.writers import markdown

    read_own_images(args.own_data, args.data, skip_bad=args.skip_bad_images)
    names.one("ARCH", args.arch, models.names())
    names.one("DATASET", args.dataset, datasets.names())
    names.one("--protocol", args.protocol, tuple(PROTOCOLS))
    if args.seeds < 1:
        raise ValueError(f"--seeds {args.seeds}: expected at least 1")
    if args.settle < 0:
        raise ValueError(f"--settle {args.settle}: expected 0 or more epochs")
    if problem := models.misfit(args.arch, datasets.spec(args.dataset).shape):
        raise ValueError(f"{args.dataset}: {problem}")
    recipe = PROTOCOLS[args.protocol].recipe(Cell(args.arch, args.dataset))
    tried = list(candidates(recipe, args.vary))
    backend = choose_backend(args.backend)
    check_installed(backend, "--backend ")
    try:
        images = datasets.load(
            args.dataset, args.data, data_dir=args.data_dir,
            accept_copies=args.accept_copies, train=args.images, download=False,
        )  # fmt: skip
    except datasets.DataError as error:
        raise ValueError(str(error)) from None
    divided = HeldOut.of(images, args.hold_out)
    engine = load_engine(backend)
    engine.start()
    judge = Judge(engine, args.arch, divided, len(images.class_names), args.seeds, args.settle)
    if args.settle and not judge.program(recipe).parameters[1]:
        raise ValueError(f"--settle {args.settle}: {args.arch} has no batch norm to settle; leave it out")
    print(
        f"{args.arch} on {args.dataset} ({images.source}), protocol {args.protocol}: {len(divided.y_train):,} images to train on,"
        f" {len(divided.y_test):,} held out of the training set\n"
    )
    found = (judge.judged(name, candidate) for name, candidate in tried)
    for line in markdown.lines(judge.columns, found):
        print(line, flush=True)
    return 0


@dataclasses.dataclass(frozen=True)
class Judge:
    """Trains candidates for one cell: a row of the table for each."""

    engine: Engine
    architecture: str
    data: HeldOut
    classes: int
    seeds: int
    settle: int
    """Epochs without learning after which a candidate is judged a second time; 0: it is not."""

    @property
    def columns(self) -> list[Column]:
        """The columns of its rows."""
        return [
            Column("recipe"),
            Column("held-out accuracy", format=".4f"),
            Column("sd", format=".4f"),
            Column("of each seed"),
            *([Column("settled", format=".4f")] if self.settle else []),
            Column("s", format=".0f"),
        ]

    def program(self, recipe: Recipe) -> Program:
        """Return the architecture, ready to be trained by a recipe."""
        shape = self.data.x_train.shape[1:]
        return self.engine.program_for(self.architecture, shape, recipe, classes=self.classes)[0]

    def judged(self, name: str, candidate: Recipe) -> Row:
        """Train a candidate and judge it on the held-out images."""
        from benchmarks.engine.loop import train

        start_time = time.perf_counter()
        device_data = self.engine.to_device(self.data, candidate.pixels)
        program = self.program(candidate)
        program.prepare(device_data)
        accuracies, settled = [], []
        for seed in range(self.seeds):
            accuracies.append(train(program, device_data, candidate, seed).accuracy)
            if self.settle:
                settled.append(settled_accuracy(program, device_data, candidate, seed, self.settle))
        return row(
            name,
            statistics.mean(accuracies),
            statistics.stdev(accuracies) if len(accuracies) > 1 else "-",
            ", ".join(f"{accuracy:.4f}" for accuracy in accuracies),
            *([statistics.mean(settled)] if settled else []),
            time.perf_counter() - start_time,
        )


def settled_accuracy(program: Program, data: DeviceData, recipe: Recipe, seed: int, epochs: int) -> float:
    """Held-out accuracy of the trained program, once batch norm's moving averages are those of its last weights.

    Steps at learning rate zero change nothing else; they see the training images as the recipe augments them.
    """
    import numpy as np

    from benchmarks.engine.loop import epoch_order, evaluate
    from benchmarks.metrics.measures import accuracy

    count = int(data.x_train.shape[0])
    still = np.zeros(recipe.steps(count), np.float32)
    for epoch in range(recipe.epochs, recipe.epochs + epochs):
        order = epoch_order(count, seed, epoch)
        program.train(data, order, still, seed)
    return accuracy(evaluate(program, data))

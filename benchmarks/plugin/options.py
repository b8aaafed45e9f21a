"""The suite's own options of pytest: their names and meanings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.engine.backend import check_installed
from benchmarks.execution.schedule import Shard
from benchmarks.experiment.backend import BACKENDS
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.metrics.measures import MEASURES
from benchmarks.paths import PROJECT
from benchmarks.plugin import benchmark_options, executor_options

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateSettings
    from benchmarks.execution.store import ResumeStore
    from benchmarks.results.run import Run

GRID = PROJECT / "benchmarks" / "bench_training.py"


def add(parser: pytest.Parser) -> None:
    """Declare these options."""
    group = parser.getgroup("grid", "CNN benchmarks: what is trained, on what, how")
    group.addoption(
        "--protocol",
        default="quick",
        metavar="NAME",
        help=f"how each cell is trained, and on how many images: {', '.join(PROTOCOLS)} (default: quick)",
    )
    group.addoption(
        "--data",
        default="auto",
        metavar="MODE",
        help="real, synthetic, or auto: real if on disk or downloadable, else synthetic, and a line says why (default: auto)",
    )
    group.addoption(
        "--data-dir",
        default=os.environ.get("BENCH_DATA_DIR"),
        metavar="DIR",
        help="where to look for real files first, and to keep downloads (default: $BENCH_DATA_DIR, else Keras's cache)",
    )
    group.addoption(
        "--accept-copies",
        action="store_true",
        help="accept files whose checksum is not official; the run records it",
    )
    group.addoption(
        "--arch",
        metavar="A,B",
        help="only these architectures; 'all' includes those outside the default grid",
    )
    group.addoption(
        "--dataset", metavar="D,E", help="only these data sets; 'all' includes those outside the default grid"
    )
    group.addoption(
        "--own-data",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="a data set of your own images: DIR/train/CLASS/*, DIR/test/CLASS/*, or a .npz with Keras's keys; repeatable",
    )
    group.addoption(
        "--skip-bad-images",
        action="store_true",
        help="with --own-data: leave out files that cannot be used; the run records how many",
    )
    group.addoption(
        "--seeds", type=int, default=1, metavar="N", help="trainings per cell, each a round (default: 1)"
    )
    group.addoption("--seed", type=int, default=0, metavar="S", help="the first seed (default: 0)")
    group.addoption("--time-report", action="store_true", help="print how each cell's time was spent")
    group.addoption(
        "--tensorboard",
        metavar="DIR",
        help="write TensorBoard logs: one folder per cell, with one folder per seed in it",
    )
    _add_variations(group)
    _add_gate(group)
    _add_long_runs(group)
    _add_speed(parser)


def _add_variations(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--set",
        action="append",
        default=[],
        dest="set_fields",
        metavar="KEY=VALUE",
        help="change a field of every recipe, such as epochs=5 or augmentation.shift=0.1; may be repeated. Such a run is an"
        " exploration: it is labelled, has no floor, and is never a baseline",
    )
    group.addoption(
        "--measure",
        action="append",
        default=[],
        choices=[measure.name for measure in MEASURES if measure.on_demand],
        help="also take a measure that costs extra time; may be repeated",
    )
    group.addoption(
        "--backend",
        metavar="B",
        help=f"{' or '.join(BACKENDS)} (default: $KERAS_BACKEND, else {BACKENDS[0]})",
    )
    group.addoption(
        "--precision", default="float32", metavar="P", help="float32 or mixed_bfloat16 (default: float32)"
    )


def _add_speed(parser: pytest.Parser) -> None:
    group = parser.getgroup("speed", "CNN benchmarks: bench_throughput.py")
    group.addoption(
        "--contender",
        metavar="A,B",
        help="compare the suite only with these: keras, torch, ... (default: all that are installed)",
    )
    group.addoption("--shape", metavar="S,T", help="the image shapes to time (default: 28x28x1,32x32x3)")


def _add_gate(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--accuracy-compare",
        metavar="REF",
        help="judge the run's accuracy against a saved run (its file or number) or 'pinned'; exit status 1: a regression, 2: not decided",
    )
    group.addoption(
        "--accuracy-max-drop",
        type=float,
        metavar="PP",
        help="the smallest drop that counts, in percentage points (default: the protocol's own)",
    )
    group.addoption(
        "--accuracy-alpha",
        type=float,
        default=0.05,
        metavar="A",
        help="the family-wise error rate of the gate (default: 0.05)",
    )
    group.addoption(
        "--accuracy-strict", action="store_true", help="cells that are new or improved fail the gate too"
    )


def _add_long_runs(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--resume",
        action="store_true",
        help="continue an interrupted run: reuse stored work of the same recipe, data, code and versions",
    )
    group.addoption(
        "--shard", metavar="I/N", help="only the I-th of N parts of the grid, of about equal expected time"
    )
    executor_options.add(group)


def settings(config: pytest.Config) -> Settings:
    """Return what is trained.

    Raises:
        UsageError: A name does not exist, or a number is out of range.
    """
    option = config.getoption
    try:
        return Settings.parse(
            protocol=option("protocol"),
            architectures=option("arch"),
            datasets=option("dataset"),
            first_seed=option("seed"),
            seeds=option("seeds"),
            data=option("data"),
            data_dir=Path(option("data_dir")) if option("data_dir") else None,
            accept_copies=option("accept_copies"),
            precision=option("precision"),
            backend=option("backend"),
            changes=option("set_fields"),
            measures=option("measure"),
            own_data=option("own_data"),
            skip_bad_images=option("skip_bad_images"),
        )
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def check(config: pytest.Config) -> Settings:
    """Return what is trained, and refuse now what would fail only after hours of training.

    Raises:
        UsageError: An option cannot be honoured.
    """
    found = settings(config)
    _check_backend(config, found.backend)
    _check_floors(found)
    benchmark_options.check(config, grid=any(GRID.is_relative_to(path) for path in named_paths(config)))
    if config.getoption("contender") or config.getoption("shape"):
        from benchmarks.plugin import speed

        speed.contenders(config.getoption("contender"))
        speed.shapes(config.getoption("shape"))
    reference: str | None = config.getoption("accuracy_compare")
    if reference is not None and config.getoption("set_fields"):
        raise pytest.UsageError(
            f"--accuracy-compare {reference}: a run with --set is an exploration, which no baseline matches; leave one of the two out"
        )
    if reference is not None:
        from benchmarks.plugin import gate
        from benchmarks.results.parsing import RunRefused
        from benchmarks.results.run import Run

        try:
            gate.check(reference, benchmark_options.storage(config), config.getoption("benchmark_json"))
            gate_settings(config, Run("nothing trained yet", {}))
        except (RunRefused, ValueError) as error:
            raise pytest.UsageError(f"--accuracy-compare {reference}: {error}") from None
    else:
        _refuse_gate_options(config)
    executor_options.check(config)
    return found


def _refuse_gate_options(config: pytest.Config) -> None:
    """Refuse options of the gate where nothing is gated: the run would pass without having been judged."""
    for argument in map(str, config.invocation_params.args):
        if argument.startswith("--accuracy-"):
            option = argument.partition("=")[0]
            raise pytest.UsageError(
                f"{option} needs --accuracy-compare REF, without which nothing is judged; add that, or leave {option} out"
            )


def _check_floors(chosen: Settings) -> None:
    """Read the pinned files that have the floors: cells are judged by them only after they have trained."""
    from benchmarks.results.baselines import PinnedGroup
    from benchmarks.results.parsing import RunRefused
    from benchmarks.results.run import load_run
    from benchmarks.results.standard import standard_files

    for source in ("real", "synthetic"):
        for path in standard_files(
            PinnedGroup(chosen.protocol.name, source, chosen.precision, chosen.backend)
        ):
            try:
                load_run(path)
            except RunRefused as error:
                raise pytest.UsageError(
                    f"the floors cannot be read: {error}; restore the file, or pin a run again"
                ) from None


def named_paths(config: pytest.Config) -> set[Path]:
    """Return the files and folders that the command line names."""
    return {(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args}


def _check_backend(config: pytest.Config, backend: str) -> None:
    folder = GRID.parent
    if any(path.is_relative_to(folder) or folder.is_relative_to(path) for path in named_paths(config)):
        try:
            check_installed(backend, "--backend ")
        except ValueError as error:
            raise pytest.UsageError(f"--backend {backend}: {error}") from None


def shard(config: pytest.Config) -> Shard | None:
    """Return which part of the grid runs; None for all of it.

    Raises:
        UsageError: It is not `I/N`.
    """
    text = config.getoption("shard")
    try:
        return None if text is None else Shard.parse(text)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def gate_settings(config: pytest.Config, new: Run) -> GateSettings:
    """Return how the accuracy of this run is judged.

    Raises:
        ValueError: A number is out of range.
    """
    from benchmarks.comparison.verdict import UNSELECTED, GateSettings

    option = config.getoption
    return GateSettings.for_run(
        new,
        option("accuracy_max_drop"),
        alpha=option("accuracy_alpha"),
        strict=option("accuracy_strict"),
        allow_missing=(UNSELECTED,),  # who selects cells has them judged alone
    )


def store(config: pytest.Config, notify: Callable[[str], None]) -> ResumeStore:
    """Return where finished and partly trained seeds are kept."""
    from benchmarks.execution.store import FOLDER, ResumeStore

    return ResumeStore((benchmark_options.storage(config) / FOLDER).resolve(), notify)


def tensorboard(config: pytest.Config) -> Path | None:
    """Return where TensorBoard's logs go; None for nowhere.

    Raises:
        UsageError: It is a file.
    """
    given = config.getoption("tensorboard")
    if given is None:
        return None
    folder: Path = config.invocation_params.dir / given
    if folder.exists() and not folder.is_dir():
        raise pytest.UsageError(f"--tensorboard {given}: is a file; name a folder")
    return folder

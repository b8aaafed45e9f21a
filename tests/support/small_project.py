"""Grids small enough for tests: a protocol of seconds, run in this process or by pytest in a copy of the project."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.execution.cell_data import CellData
from benchmarks.execution.executors import results_of, submit_missing
from benchmarks.execution.job import CellPlan, DataSelection, Job, OnEvent
from benchmarks.execution.local import Local
from benchmarks.execution.run_job import JobRunner
from benchmarks.execution.store import ResumeStore
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import Protocol
from benchmarks.experiment.recipe import Recipe
from benchmarks.experiment.settings import Settings
from benchmarks.results.schema import CellResult
from tests.support import surroundings

PROJECT = Path(__file__).parents[2]
TINY = Protocol(
    "tiny",
    default=Recipe("adam", 1e-3, epochs=4, batch_size=32),
    recipes={},
    train=160,
    test=100,
    train_of={},
    checkpoints=True,
)
LENET = Cell("lenet", "mnist")


def small_settings(protocol: Protocol = TINY, seeds: int = 1) -> Settings:
    """LeNet on the stand-in of MNIST."""
    return Settings(protocol, ("lenet",), ("mnist",), tuple(range(seeds)), data="synthetic")


def plan(settings: Settings | None = None, cell: Cell = LENET, data: CellData | None = None) -> CellPlan:
    """Plan a cell; by default LeNet on MNIST's stand-in with one seed."""
    settings = settings or small_settings()
    return CellPlan.of(cell, settings, (data or CellData()).load(cell, DataSelection.of(cell, settings)))


def ignore(job: Job, event: object) -> None:
    """Take no note of an event."""


def train(
    settings: Settings | None = None,
    cell: Cell = LENET,
    *,
    folder: Path | None = None,
    resume: bool = True,
    notify: Callable[[str], None] = print,
    on_event: OnEvent = ignore,
) -> CellResult:
    """Train a cell in this process, or resume what is stored in the folder."""
    data = CellData()
    planned = plan(settings, cell, data)
    store = None if folder is None else ResumeStore(folder, notify)
    executor = Local(JobRunner(data, store=store, resume=resume, notify=notify))
    handles = submit_missing(executor, store if resume else None, planned.jobs, on_event)
    return planned.result(list(results_of(handles)))


def copy_project(folder: Path) -> Path:
    """Copy what a grid runs from, with the protocol `tiny` in it; runs are stored in the copy."""
    for name in ("benchmarks", "models", "datasets"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(PROJECT / name, folder / name)
    with (folder / "benchmarks" / "experiment" / "protocols.py").open("a") as file:
        # The representation of a read-only mapping is `mappingproxy(...)`.
        file.write(f'\nmappingproxy = MappingProxyType\nPROTOCOLS["tiny"] = {TINY!r}\n')
    return folder


def start(project: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start pytest on synthetic images in a copy of the project, in a process group of its own: `benchmarks/`, or the cases named."""
    grid = [] if any("::" in argument for argument in arguments) else ["benchmarks/"]
    command = [sys.executable, "-m", "pytest", *grid, "-p", "no:cacheprovider", "--protocol", "tiny"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--data", "synthetic", *arguments],
        cwd=project,
        env=surroundings.environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(project: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of a run to its end."""
    process = start(project, *arguments, **environment)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def infos(path: Path) -> dict[str, dict[str, Any]]:
    """`extra_info` of a saved run by cell."""
    entries = json.loads(path.read_text())["benchmarks"]
    found = [entry["extra_info"] for entry in entries]
    return {f"{info['architecture']}-{info['dataset']}": info for info in found}


def outcome(info: dict[str, Any]) -> dict[str, Any]:
    """What a training came to, without what was measured, and whether another one ran beside it."""
    measured = ("seconds", "images_per_second", "peak_memory", "measured_at", "parallel")
    kept = {key: value for key, value in info.items() if not any(word in key for word in measured)}
    histories = [{k: v for k, v in history.items() if k != "seconds"} for history in info["history"]]
    return kept | {"history": histories}

"""Runs of the suite as users start them, from a folder away from this machine's data, caches and settings."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.surroundings import environment

ROOT = Path(__file__).parents[2]
SMALL = """
import dataclasses
import sys

from benchmarks.execution import job
from benchmarks.experiment import protocols
from benchmarks.results.standard import Standard

quick = protocols.PROTOCOLS["quick"]
protocols.PROTOCOLS["quick"] = dataclasses.replace(
    quick,
    train=300,
    test=110,
    recipes={"lenet": dataclasses.replace(quick.default, epochs=2)},
)
FLOORS = {"lenet-mnist": 0.0, "lenet-cifar10": 0.99}
job.standard = lambda group, cell, classes: Standard(FLOORS[cell])


def pytest_unconfigure():
    print("TENSORFLOW", "tensorflow" in sys.modules)
"""
TRAINED = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist,cifar10", "--seeds", "2", "--seed", "5")


@dataclass(frozen=True)
class Place:
    """A folder to run from: with small shares, and away from this machine's data, caches and settings."""

    folder: Path

    def run(
        self, *arguments: str, data: str = "synthetic", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        own = {
            "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}",
            "BENCH_CACHE_DIR": str(self.folder / "cache"),
            "KERAS_HOME": str(self.folder / "keras"),
            "BENCH_OFFLINE": "1",
            "COLUMNS": "80",
        }
        command = [
            sys.executable, "-m", "pytest", "-p", "small", "-p", "no:cacheprovider",
            "--benchmark-storage", (self.folder / "runs").as_uri(), "--data", data, *arguments,
        ]  # fmt: skip
        return subprocess.run(  # noqa: S603
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            env=environment(**own | dict(env or {})),
        )

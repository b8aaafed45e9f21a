"""A grid where the surroundings lack something: none of it may cost a traceback, or the run."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import small_disk, small_project
from tests.support.surroundings import environment

ROOT = Path(__file__).parents[2]
ASCII = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
COMMANDS = [
    ["compare", "--help"],
    ["report", "--help"],
    pytest.param(
        ["params", "--arch", "lenet"], marks=pytest.mark.slow
    ),  # compiles TensorFlow without assertions
    ["floors", "--help"],
    ["schema"],
]


def python(
    *arguments: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=300, env=environment(**(env or {})),
    )  # fmt: skip


def test_a_collection_without_assertions_in_ascii() -> None:
    found = python("-O", "-m", "pytest", "benchmarks/", "--collect-only", "-q", env=ASCII)
    assert "Traceback" not in found.stdout + found.stderr
    assert (found.returncode, "test_training[lenet-mnist]" in found.stdout) == (0, True)


@pytest.mark.end_to_end
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_without_assertions_in_ascii(command: list[str]) -> None:
    found = python("-O", "-m", "benchmarks", *command, env=ASCII)
    assert (found.returncode, found.stderr) == (0, "")


REAL, STAND_INS = "benchmarks/baselines/quick-real.json", "benchmarks/baselines/quick-synthetic.json"
ON_PINNED_RUNS = [
    (["report", REAL, "--html", "page.html", "--csv", "cells.csv"], 0),
    (["compare", REAL, REAL, "--markdown", "gate.md", "--json", "gate.json"], 0),
    (["compare", REAL, STAND_INS], 2),
    (["floors", STAND_INS], 0),
    (["sensitivity", REAL], 0),
    (["results", "-o", "results.md"], 0),
    (["compare", "pinned", "nothing.json"], 2),
]
IN_ONE_PROCESS = """
import json, sys
from benchmarks.commands.main import main
for arguments, expected in json.loads(sys.argv[1]):
    found = main(arguments)
    if found != expected:
        sys.exit(f"{arguments}: status {found}, expected {expected}")
"""


@pytest.mark.end_to_end
def test_commands_on_pinned_runs_without_assertions_in_ascii(tmp_path: Path) -> None:
    """All in one process, so that the interpreter starts once; what they write is UTF-8 all the same."""
    written = {"page.html", "cells.csv", "gate.md", "gate.json", "results.md"}
    commands = [
        ([str(tmp_path / each) if each in written else each for each in arguments], status)
        for arguments, status in ON_PINNED_RUNS
    ]
    found = python("-O", "-c", IN_ONE_PROCESS, json.dumps(commands), env=ASCII)
    said = found.stdout + found.stderr
    assert "Traceback" not in said
    assert (found.returncode, said.isascii()) == (0, True), said
    assert "nothing.json: no such file" in found.stderr
    assert {path.name for path in tmp_path.iterdir()} == written
    assert "±" in (tmp_path / "results.md").read_text(encoding="utf-8")


@pytest.mark.end_to_end
def test_a_read_only_checkout_and_a_missing_home_cost_a_line_and_no_result(tmp_path: Path) -> None:
    project = small_project.copy_project(tmp_path / "project")
    saved = tmp_path / "saved.json"
    found = python(
        "-m", "pytest", "benchmarks/", "--protocol", "tiny", "--arch", "lenet", "--dataset", "mnist", "--data", "synthetic",
        "-o", "cache_dir=/dev/null/cache", "--benchmark-storage", tmp_path / "runs", "--benchmark-json", saved,
        cwd=project, env={"HOME": "/dev/null/home", "XDG_CACHE_HOME": "/dev/null/home/.cache"},
    )  # fmt: skip
    assert "Traceback" not in found.stdout + found.stderr
    assert found.returncode == 0, found.stdout + found.stderr
    assert saved.exists()
    assert "could not create cache path" in found.stdout + found.stderr


AND_LIST_ITS_FILES = '"$@"; status=$?; find "$0" -type f; exit $status'


@pytest.mark.slow
def test_a_full_disk_costs_a_line_each_and_no_result(tmp_path: Path) -> None:
    """A file system of 8 KiB, for this process alone: too small for a stored seed, and for the run."""
    project, disk = small_project.copy_project(tmp_path / "project"), tmp_path / "disk"
    found = small_disk.run(
        disk, "size=8k", "sh", "-c", AND_LIST_ITS_FILES, disk,
        sys.executable, "-m", "pytest", "benchmarks/", "-p", "no:cacheprovider",
        "--protocol", "tiny", "--arch", "lenet", "--dataset", "mnist,svhn", "--data", "synthetic", "--resume",
        "--benchmark-storage", disk / "runs", "--benchmark-autosave",
        cwd=project, env=environment(BENCH_CACHE_DIR=str(disk / "cache")),
    )  # fmt: skip
    said = found.stdout + found.stderr
    assert "Traceback" not in said
    assert found.returncode == pytest.ExitCode.INTERNAL_ERROR, said
    assert "2 passed" in said
    assert "repeat with --benchmark-autosave" not in said  # it was there
    one_line = " ".join(said.split())
    for refused in ("the run could not be saved", "could not be stored"):
        assert f"{refused} (No space left on device)" in one_line
    left = said.rpartition("passed in")[2]
    assert not [line for line in left.splitlines() if line.endswith((".json", ".npy", ".tmp"))], left

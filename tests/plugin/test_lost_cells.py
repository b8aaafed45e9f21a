"""A cell that was asked for and did not finish makes the run red, whatever selected it and however it was lost.

Ten small grids with a process that is killed: minutes, so marked slow.
"""

import dataclasses
from pathlib import Path

import pytest

from benchmarks.comparison import compare
from benchmarks.results.run import load_run
from tests.support import small_project

pytestmark = pytest.mark.slow
KILLED = (
    "import os\nimport signal\n\n\ndef build(shape, classes=10):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
)
CASE = "benchmarks/bench_training.py::test_training"
GRID = ("--arch", "lenet,killed", "--dataset", "mnist")
SELECTIONS = {
    "arch": GRID,
    "keyword": ("-k", "[lenet-mnist] or [killed-mnist]"),
    "mark": (*GRID, "-m", "benchmark"),
    "id": (f"{CASE}[lenet-mnist]", f"{CASE}[killed-mnist]"),
    "shard": (*GRID, "--shard", "1/1"),
}


@pytest.mark.parametrize("process", [("-n", "2"), ("--isolate",)], ids=["xdist worker", "isolated child"])
@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
def test_a_killed_process_is_red(
    selection: tuple[str, ...], process: tuple[str, ...], tmp_path: Path
) -> None:
    project = small_project.copy_project(tmp_path / "project")
    (project / "models" / "killed.py").write_text(KILLED)
    status, output = small_project.run(project, *selection, *process, "--benchmark-json", "run.json")
    assert status == pytest.ExitCode.TESTS_FAILED, output
    new = load_run(project / "run.json")
    assert new.partial
    assert set(new.expected) == {"lenet-mnist", "killed-mnist"}
    assert set(new.cells) == {"lenet-mnist"}
    cell = new.cells["lenet-mnist"]
    base = dataclasses.replace(
        new, name="base", partial=False, cells={"lenet-mnist": cell, "killed-mnist": cell}
    )
    assert compare(base, new).status == 1

"""Cells in xdist's workers, and shards of a grid that are merged."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import execnet
import pytest

from benchmarks.plugin import xdist
from benchmarks.results import merge
from benchmarks.results.run import load_run
from tests.support import small_project as grids


@pytest.mark.parametrize(
    ("specs", "mine", "expected"),
    [
        (["popen", "popen"], 0, 2),
        (["ssh=a", "ssh=a", "ssh=b"], 0, 2),
        (["ssh=a", "ssh=a", "ssh=b"], 2, 1),
        (["popen", "ssh=a"], 0, 1),
        (["socket=h:1", "socket=h:2", "socket=g:1"], 1, 2),
    ],
)
def test_workers_of_the_same_machine_are_counted(specs: list[str], mine: int, expected: int) -> None:
    parsed = [execnet.XSpec(spec) for spec in specs]
    node = SimpleNamespace(
        nodemanager=SimpleNamespace(specs=parsed),
        gateway=SimpleNamespace(spec=parsed[mine]),
        workerinput={},
    )
    xdist.count_workers(node)
    assert node.workerinput == {xdist.WORKERS_HERE: expected}


GRID = ["--arch", "lenet", "--dataset", "mnist,fashion_mnist", "--seeds", "2"]
SAVE = ["--benchmark-autosave", "--benchmark-json", "run.json"]


@pytest.mark.end_to_end
def test_workers_train_and_one_run_is_saved(tmp_path: Path) -> None:
    project = grids.copy_project(tmp_path / "project")
    status, output = grids.run(project, *GRID, *SAVE, "-n", "2")
    assert status == 0, output
    assert "2 passed" in output
    assert "disabled" not in output
    assert "* (other cells ran at the same time)" in output
    lines = re.findall(r"^\[[12]/2\]  lenet-(?:mnist|fashion_mnist)  test acc 0\.\d{4}", output, re.MULTILINE)
    assert len(lines) == 2
    for name in ("mnist", "fashion_mnist"):
        said = f"\n{name}: SYNTHETIC data, not the real images, as --data synthetic asks\n"
        assert output.count(said) == 2  # at once, and at the end
        assert output.index(said) < output.index(lines[0])
    saved = list((project / ".benchmarks").glob("*/*.json"))
    assert [path.name[:5] for path in saved] == ["0001_"]
    data = json.loads((project / "run.json").read_text())
    assert [entry["params"] for entry in data["benchmarks"]] == [
        {"cell_run": "lenet-mnist"},
        {"cell_run": "lenet-fashion_mnist"},
    ]
    for entry in data["benchmarks"]:
        assert entry["stats"]["data"] == pytest.approx(entry["extra_info"]["seed_seconds"])
        assert entry["group"] == entry["extra_info"]["dataset"]
        assert entry["fullname"].startswith("benchmarks/bench_training.py::test_training[")
        assert entry["options"]["timer"] == "training_seconds"
    run = load_run(project / "run.json")
    assert not run.partial
    assert all(cell.parallel and len(cell.seeds) == 2 for cell in run.cells.values())
    assert data["machine_info"]["intra_op_threads"] >= 1


def test_a_missing_folder_is_refused_before_anything_trains(tmp_path: Path) -> None:
    project = grids.copy_project(tmp_path / "project")
    status, output = grids.run(project, *GRID, "--benchmark-json", "nowhere/run.json")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "--benchmark-json nowhere/run.json" in output
    assert "a folder that exists" in output
    assert not (project / ".benchmarks" / "resume").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "gateways", [["--tx", "2*popen"], ["--tx", "popen//python=python3", "--tx", "popen"]]
)
def test_execnets_own_gateways_work(tmp_path: Path, gateways: list[str]) -> None:
    project = grids.copy_project(tmp_path / "project")
    status, output = grids.run(project, *GRID, *SAVE, "--dist", "load", *gateways)
    assert status == 0, output
    assert len(load_run(project / "run.json").cells) == 2


@pytest.mark.slow
def test_a_crashing_worker_loses_only_its_cell(tmp_path: Path) -> None:
    project = grids.copy_project(tmp_path / "project")
    (project / "models" / "crashing.py").write_text(
        "import os\n\n\ndef build(shape, classes=10):\n    os.abort()\n"
    )
    cells = ["--arch", "lenet,crashing", "--dataset", "mnist"]
    status, output = grids.run(project, *cells, *SAVE, "-n", "2")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "crashed while running" in output
    assert re.search(r"crashing-mnist\s+did not finish", output), output
    run = load_run(project / "run.json")
    assert set(run.cells) == {"lenet-mnist"}
    assert run.partial


@pytest.mark.slow
def test_four_shards_become_one_run(tmp_path: Path) -> None:
    project = grids.copy_project(tmp_path / "project")
    cells = ["--arch", "lenet", "--seeds", "1"]
    processes = [
        grids.start(project, *cells, "--shard", f"{i}/4", "--benchmark-json", f"shard-{i}.json")
        for i in range(1, 5)
    ]
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
    shards = [project / f"shard-{i}.json" for i in range(1, 5)]
    assert all(load_run(shard).partial for shard in shards)
    merge.write(merge.merge(shards), project / "merged.json")
    merged = load_run(project / "merged.json")
    assert not merged.partial
    assert list(merged.cells) == [f"lenet-{name}" for name in ("mnist", "fashion_mnist", "cifar10", "svhn")]
    status, output = grids.run(project, *cells, "--benchmark-json", "whole.json", "--resume")
    assert status == 0, output
    whole, found = grids.infos(project / "whole.json"), grids.infos(project / "merged.json")
    assert {c: grids.outcome(i) for c, i in found.items()} == {c: grids.outcome(i) for c, i in whole.items()}

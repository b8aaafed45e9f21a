"""What a saved run holds."""

import base64
import errno
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import datasets
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.executors import Status, Stored
from benchmarks.execution.job import Job, OnEvent
from benchmarks.execution.local import Local
from benchmarks.execution.run_job import JobRunner
from benchmarks.execution.schedule import Shard
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.plugin.session import Session
from benchmarks.report.writers import tensorboard
from benchmarks.results.run import from_dict
from datasets import mnist
from tests.support import run_factory, stored_seeds
from tests.support.small_project import TINY
from tests.support.suite_runs import Place

KEYS = {
    "architecture", "dataset", "protocol", "precision", "data_source", "data_fingerprint", "fingerprint",
    "train_fingerprint", "test_fingerprint", "code",
    "seeds", "accuracies", "losses", "accuracy", "loss",
    "params_total", "params_trainable", "params_non_trainable", "history", "correct", "confusion",
    "images_per_second", "train_seconds", "eval_seconds", "setup_seconds", "peak_memory_mib",
    "flops_per_image", "floor", "deaths_allowed", "study_accuracy", "verdict",
    "epochs", "seed_seconds", "data_origin", "data_verified", "parallel", "diverged", "test_images",
    "recipe", "train_images", "class_names", "divergence", "weights_sha256",
    "phase_seconds", "measured_at", "frozen", "backend", "backend_version", "device", "matmul_precision", "peak_memory_bound",
    "ece", "brier",
}  # fmt: skip
"""What a saved cell holds: others read these keys, and none is renamed."""


def test_a_cell_is_a_test_in_the_group_of_its_data_set(saved: dict[str, Any]) -> None:
    found = [(entry["fullname"], entry["group"], entry["params"]) for entry in saved["benchmarks"]]
    test = "benchmarks/bench_training.py::test_training"
    assert found == [
        (f"{test}[lenet-mnist]", "mnist", {"cell_run": "lenet-mnist"}),
        (f"{test}[lenet-cifar10]", "cifar10", {"cell_run": "lenet-cifar10"}),
    ]


def test_times_are_of_training_alone_and_rounds_are_seeds(saved: dict[str, Any]) -> None:
    for entry in saved["benchmarks"]:
        stats, info = entry["stats"], entry["extra_info"]
        assert (stats["rounds"], stats["iterations"]) == (2, 1)
        assert stats["data"] == pytest.approx(info["seed_seconds"])
        assert stats["total"] == pytest.approx(info["train_seconds"])
        epochs = [sum(history["seconds"]) for history in info["history"]]
        assert epochs == pytest.approx(info["seed_seconds"])
        assert info["images_per_second"] == pytest.approx(2 * 2 * 300 / info["train_seconds"])
        assert info["eval_seconds"] > 0


def test_a_cell_holds_the_agreed_keys_and_nothing_that_json_cannot(saved: dict[str, Any]) -> None:
    assert "UNSERIALIZABLE" not in json.dumps(saved)
    for entry in saved["benchmarks"]:
        assert entry["extra_info"].keys() == KEYS


def test_a_cell_records_its_conditions(cells: dict[str, dict[str, Any]]) -> None:
    info = cells["mnist"]
    said: dict[str, Any] = {
        "architecture": "lenet",
        "dataset": "mnist",
        "protocol": "quick",
        "precision": "float32",
    }
    said |= {"data_source": "synthetic", "data_verified": False, "parallel": False, "study_accuracy": None}
    said |= {"seeds": [5, 6], "epochs": 2, "train_images": 300, "test_images": 110, "diverged": [None, None]}
    said |= {"params_total": 150_742, "params_trainable": 150_742, "params_non_trainable": 0}
    said |= {"flops_per_image": 2 * 241_816, "floor": 0.0, "verdict": "passed"}
    assert {key: info[key] for key in said} == said
    assert (cells["cifar10"]["floor"], cells["cifar10"]["verdict"]) == (0.99, "failed")
    assert cells["cifar10"]["params_total"] == 204_098
    assert cells["cifar10"]["fingerprint"] != info["fingerprint"]
    assert cells["cifar10"]["data_fingerprint"] != info["data_fingerprint"]


def test_a_cells_figures_agree_with_each_other(cells: dict[str, dict[str, Any]]) -> None:
    for info in cells.values():
        assert info["accuracy"] == pytest.approx(np.mean(info["accuracies"]))
        assert info["loss"] == pytest.approx(np.mean(info["losses"]))
        for i, accuracy in enumerate(info["accuracies"]):
            counts, history = np.array(info["confusion"][i]), info["history"][i]
            packed = np.frombuffer(base64.b64decode(info["correct"][i]), np.uint8)
            assert counts.shape == (10, 10)
            assert counts.sum() == 110
            assert np.trace(counts) == np.unpackbits(packed, count=110).sum() == round(accuracy * 110)
            assert {key: len(values) for key, values in history.items()} == dict.fromkeys(
                ("loss", "accuracy", "val_loss", "val_accuracy", "seconds", "epoch", "steps"), 2
            )
            assert (history["val_accuracy"][-1], history["val_loss"][-1]) == (accuracy, info["losses"][i])
            assert history["epoch"] == [1, 2]
            steps = -(-info["train_images"] // info["recipe"]["batch_size"])
            assert history["steps"] == [steps, steps]


def test_seeds_differ(cells: dict[str, dict[str, Any]]) -> None:
    assert len({digest for info in cells.values() for digest in info["weights_sha256"]}) == 4


def test_the_machine_and_the_suite_are_named(saved: dict[str, Any]) -> None:
    machine, suite = saved["machine_info"], saved["suite"]
    assert machine.keys() >= {
        "tensorflow", "keras", "numpy", "device", "cores", "intra_op_threads", "inter_op_threads",
    }  # fmt: skip
    assert machine["cores"] == os.cpu_count()
    assert suite["protocol"] == "quick"
    assert suite["expected"] == ["lenet-mnist", "lenet-cifar10"]
    assert suite["partial"] is False
    assert {"lenet", "vgg", "alexnet"} <= set(suite["architectures"])
    assert {"mnist", "cifar10", "cifar100"} <= set(suite["datasets"])
    assert suite["versions"].keys() >= {"python", "tensorflow", "keras", "numpy", "pytest-benchmark"}


def test_pytest_benchmark_compares_saved_runs(place: Place, saved: object) -> None:
    one, other = place.folder / "run.json", place.folder / "other.json"
    shutil.copy(one, other)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest_benchmark", "compare", str(one), str(other)],
        cwd=place.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("test_training[lenet-mnist]") == 2


def test_trackers_of_pytest_benchmark_find_what_they_read(saved: dict[str, Any]) -> None:
    assert isinstance(saved["machine_info"], dict)
    assert isinstance(saved["commit_info"], dict)
    for entry in saved["benchmarks"]:
        info = entry["extra_info"]
        assert entry["fullname"] == Cell(info["architecture"], info["dataset"]).test_id
        # github-action-benchmark reads the first four, Bencher the last two.
        for key in ("ops", "stddev", "mean", "rounds", "median", "iqr"):
            assert math.isfinite(entry["stats"][key])


def begun(settings: Settings, notify: Callable[[str], None] = print, **options: Any) -> Session:
    return Session(settings, Local(JobRunner()), CellData(), notify, **options)


@pytest.mark.parametrize(
    ("left_out", "added", "narrowed"), [(1, [], True), (0, [], False), (0, ["dense-mnist"], False)]
)
def test_a_run_is_narrowed_where_it_lacks_a_cell_of_the_default_grid(
    left_out: int, added: list[str], narrowed: bool
) -> None:
    session = begun(Settings(PROTOCOLS["quick"], ("lenet",), ("mnist",)))
    session.select_cells([cell.id for cell in Settings.default_grid()][left_out:] + added)
    assert session.narrowed() == narrowed


def test_a_full_disk_costs_tensorboards_logs_and_not_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(folder: Path, cell: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tensorboard, "write", refuse)
    said: list[str] = []
    settings = Settings(PROTOCOLS["quick"], ("lenet",), ("mnist",))
    session = begun(settings, said.append, tensorboard=tmp_path)
    (cell,) = from_dict(run_factory.run(run_factory.cell()), "r").cells.values()
    session.record(cell, [{"cores": 2}, {"cores": 2}])
    assert session.machines == [{"cores": 2}]
    assert session.results == [cell]
    assert said == [
        f"--tensorboard {tmp_path}: could not be written (No space left on device); training goes on"
    ]


def test_a_shard_is_judged_by_its_own_part_of_the_grid() -> None:
    """Other shards' cells are requested too, so that a merge misses none, but no shard has to have finished them."""
    settings = Settings(PROTOCOLS["quick"], architectures=("lenet", "vgg"), datasets=("mnist", "cifar10"))
    requested = [cell.id for cell in settings.cells()]
    session = begun(settings, shard=Shard(1, 2))
    here = session.select_cells(requested)
    assert 0 < len(here) < len(requested)
    part = session.to_run({}, {"id": "abc123", "dirty": True})
    assert (part.commit, part.dirty) == ("abc123", True)
    assert (list(part.expected), part.partial) == (here, True)
    assert session.as_json()["expected"] == requested
    assert session.as_json()["here"] == here
    pairs = [name.split("-") for name in here]
    made = from_dict(run_factory.run(*(run_factory.cell(architecture=a, dataset=d) for a, d in pairs)), "r")
    session.results = list(made.cells.values())
    assert not session.to_run({}, {}).partial
    assert session.as_json()["partial"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("synthetic", ", as --data synthetic asks"),
        ("auto", ": none are on this machine; download not allowed, as BENCH_OFFLINE is set"),
    ],
)
def test_synthetic_images_are_announced_once_per_data_set_before_they_train(
    data: datasets.Mode, why: str
) -> None:
    said: list[str] = []
    settings = Settings(TINY, ("lenet", "vgg"), ("mnist", "svhn"), data=data)
    session = Session(settings, Local(JobRunner()), CellData(), said.append)
    session.begin("lenet-mnist")  # nothing trains until a result is asked for
    assert said == [f"mnist: SYNTHETIC data, not the real images{why}"]
    session.begin("vgg-mnist")
    session.drain()  # as an xdist worker does after each case
    session.begin("lenet-svhn")
    assert said[1:] == [f"svhn: SYNTHETIC data, not the real images{why}"]


def test_a_data_set_without_files_is_not_said_to_replace_real_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "SPEC", replace(mnist.SPEC, layouts=()))
    said: list[str] = []
    Session(Settings(TINY, ("lenet",), ("mnist",)), Local(JobRunner()), CellData(), said.append).begin(
        "lenet-mnist"
    )
    assert said == ["mnist: synthetic data; it has no files, and so no real images"]


class Recording:
    """An executor of several jobs at a time that only remembers them."""

    concurrent = True

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def submit(self, job: Job, on_event: OnEvent) -> Stored:
        self.jobs.append(job)
        return Stored(stored_seeds.finished(job.seed))

    def status(self) -> Status:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_a_case_that_runs_again_trains_again() -> None:
    """Its jobs have ended, or were cancelled with the one that failed."""
    settings, executor = Settings(TINY, ("lenet",), ("mnist",), data="synthetic"), Recording()
    session = Session(settings, executor, CellData(), print)
    session.select_cells(["lenet-mnist"])
    for _ in range(2):
        assert len(list(session.begin("lenet-mnist").results)) == 1
    first, again = executor.jobs
    assert again == first

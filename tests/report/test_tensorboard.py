"""TensorBoard's logs, read back as TensorFlow reads them."""

import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.report.writers import tensorboard
from benchmarks.results.schema import CellResult
from tests.support import run_factory
from tests.support import small_project as grids

DONE = "2026-01-02T03:04:05+00:00"
HISTORY: dict[str, list[float | None]] = {
    "loss": [2.0, 1.0], "accuracy": [0.2, 0.6], "val_loss": [1.8, None], "val_accuracy": [0.3, 0.7],
    "seconds": [4.0, 2.0],
}  # fmt: skip
RECIPE = {
    "optimizer": "adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 32, "schedule": "one_cycle",
    "warmup": 0.5, "momentum": 0.9, "pixels": "unit", "loss": "logits", "label_smoothing": 0.0,
    "initialization": "model",
    "augmentation": {"shift": 0.1, "subpixel": False, "fill": "constant", "mirror": True},
}  # fmt: skip
CELL = CellResult.from_json(
    run_factory.cell(
        [0.7, 0.3], seeds=[3, 4], losses=[None, 1e99], train_images=100, recipe=RECIPE,
        history=[HISTORY, {key: values[:1] for key, values in HISTORY.items()} | {"val_loss": [1e99]}],
        measured_at=[DONE, DONE],
    ),
    "test",
)  # fmt: skip
"""Two seeds; the second one's loss was lost in its first epoch."""


def read(tf: ModuleType, folder: Path, seed: int) -> list[Any]:
    """All events of a seed; TensorFlow checks every record's checksum."""
    path = str(folder / "lenet-mnist" / f"seed-{seed}" / tensorboard.FILE)
    return [tf.compat.v1.Event.FromString(raw.numpy()) for raw in tf.data.TFRecordDataset(path)]


def scalars(events: list[Any]) -> dict[tuple[str, int], float]:
    return {(value.tag, event.step): value.simple_value for event in events for value in event.summary.value}


def test_every_epoch_has_its_scalars(tf: ModuleType, tmp_path: Path) -> None:
    tensorboard.write(tmp_path, CELL)
    first, *events = read(tf, tmp_path, 3)
    assert first.file_version == "brain.Event:2"
    found = scalars(events)
    assert found["loss/train", 1] == 2.0
    assert found["loss/test", 1] == pytest.approx(1.8)
    assert ("loss/test", 2) not in found  # it was not finite
    assert [found["accuracy/test", epoch] for epoch in (1, 2)] == pytest.approx([0.3, 0.7])
    assert [found["images_per_second", epoch] for epoch in (1, 2)] == [25, 50]
    # One cycle of eight steps with its peak in the middle: after four at 0.01, after eight at a quarter.
    assert [found["learning_rate", epoch] for epoch in (1, 2)] == pytest.approx([0.01, 0.01 / 4])
    assert events[-1].wall_time - events[0].wall_time == 2
    assert time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(events[-1].wall_time)) == DONE[:19]
    other = read(tf, tmp_path, 4)
    assert [event.step for event in other] == [0, 1]
    assert scalars(other)["loss/test", 1] == pytest.approx(3.4e38, rel=0.01)  # more than its four bytes hold


def test_a_cell_that_runs_again_replaces_its_curves(tf: ModuleType, tmp_path: Path) -> None:
    tensorboard.write(tmp_path, CELL)
    tensorboard.write(tmp_path, CELL)
    assert len(read(tf, tmp_path, 3)) == 3
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 2


@pytest.mark.slow
def test_a_run_leaves_logs_of_what_it_saves(tf: ModuleType, tmp_path: Path) -> None:
    project = grids.copy_project(tmp_path / "project")
    status, output = grids.run(
        project, "--arch", "lenet", "--dataset", "mnist", "--tensorboard", "logs", "--benchmark-json=run.json"
    )
    assert status == 0, output
    info = grids.infos(project / "run.json")["lenet-mnist"]
    found = scalars(read(tf, project / "logs", 0))
    losses = [found["loss/train", epoch] for epoch in range(1, 5)]
    assert losses == pytest.approx(info["history"][0]["loss"])
    assert found["accuracy/test", 4] == pytest.approx(info["accuracies"][0])

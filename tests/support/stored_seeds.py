"""A job, its result and a state before it, made up."""

import numpy as np

from benchmarks.engine.interface import TrainState
from benchmarks.engine.loop import Checkpoint, Epoch
from benchmarks.execution.job import DataSelection, Job, TrainingSpec
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.recipe import Recipe
from benchmarks.metrics.classification import packed
from benchmarks.results.seed_result import History, SeedResult

CELL = Cell("lenet", "mnist")
KEY = {
    "protocol": "study", "recipe.epochs": "10", "train_images": "500", "test_images": "100",
    "code in models/lenet.py": "aa",
}  # fmt: skip


def job(seed: int = 0, **changes: str) -> Job:
    """One training; the changes are of what it depends on."""
    return Job(
        TrainingSpec(CELL, "study", Recipe("adam", 1e-3, epochs=10)),
        seed,
        DataSelection("mnist", "synthetic"),
        KEY | changes,
    )


def finished(seed: int = 0, loss: float | None = 0.1) -> SeedResult:
    right = np.random.default_rng(seed).permutation(100) < 80
    seconds = tuple(1.25 + i / 3 for i in range(10))
    return SeedResult(
        seed=seed,
        history=History(
            loss=(loss,) * 10, accuracy=(0.9,) * 10, val_loss=(0.1 / 3,) * 10, val_accuracy=(0.8,) * 10,
            seconds=seconds, epoch=tuple(range(1, 11)), steps=(4,) * 10,
        ),
        weights_sha256="ab" * 32,
        correct=packed(right),
        confusion=tuple(tuple(8 if k == j else 2 * (k == (j + 1) % 10) for k in range(10)) for j in range(10)),
        test_images=100,
        measures={"ece": 0.05, "brier": 0.3},
        params_trainable=150_742,
        params_non_trainable=0,
        flops_per_image=2 * 241_816,
        eval_seconds=1.0,
        phase_seconds={"import": 2.5, "data": 0.1, "build": 0.2, "trace": 0.3},
        peak_memory_mib=600.0,
        measured_at="2026-01-02T03:04:05+00:00",
        machine={"cores": 2, "device": "CPU", "onednn": None},
    )  # fmt: skip


def checkpoint(loss: float = 0.1, epochs: int = 3) -> Checkpoint:
    rng = np.random.default_rng(0)
    state = TrainState(
        weights=rng.normal(size=50).astype(np.float32),
        optimizer_state=rng.normal(size=(2, 50)).astype(np.float32),
        moving_statistics=rng.normal(size=6).astype(np.float32),
        rng_state=rng.integers(0, 2**62, (2, 2)),
        step=4 * epochs,
    )
    history = tuple(
        Epoch(i + 1, 4, loss, 0.9, loss / 3, 0.8, 1.25 + i, 0.1, constant=False, still=i == 1)
        for i in range(epochs)
    )
    return Checkpoint(state, history)

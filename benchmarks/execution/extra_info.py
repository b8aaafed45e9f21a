"""What is saved of a cell, as a dictionary: to be replaced by `results.schema.CellResult.of`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.experiment import published
from benchmarks.experiment.cell import TEST, Cell
from benchmarks.experiment.fingerprint import fingerprint, recipe_parts
from benchmarks.experiment.protocols import Protocol
from benchmarks.experiment.recipe import Recipe
from benchmarks.experiment.settings import Settings
from benchmarks.metrics import classification

if TYPE_CHECKING:
    from benchmarks.engine.loop import Training
    from datasets import Dataset


def cell_id(info: Mapping[str, Any]) -> str:
    """The id of the cell that an ``extra_info`` is of."""
    return Cell(info["architecture"], info["dataset"]).id


@dataclass(frozen=True)
class Costs:
    """Where the seconds of a cell went, besides its trainings; all measured, none of them part of the benchmark's times."""

    importing: float
    """TensorFlow's import, in the process's first cell only."""
    data: float
    build: float
    trace: float
    peak_memory_mib: float
    parallel: bool = False
    """Other cells ran beside this one: its times are not those of a machine of its own."""

    @property
    def setup(self) -> float:
        return self.build + self.trace


def extra_info(
    cell: Cell,
    protocol: Protocol,
    recipe: Recipe,
    data: Dataset,
    precision: str,
    parameters: tuple[int, int],
    multiply_adds: int,
    trainings: Sequence[Training],
    costs: Costs,
) -> dict[str, Any]:
    """What is saved of a cell, as plain JSON; the keys are explained in docs/saved-runs.md."""
    labels = np.asarray(data.y_test)
    classes = len(data.class_names)
    trainable, fixed = parameters
    accuracies = [classification.plain(t.accuracy) for t in trainings]
    losses = [classification.plain(t.loss) for t in trainings]
    seconds = [t.seconds for t in trainings]
    evaluation = math.fsum(e.evaluation_seconds for t in trainings for e in t.history)
    seen = sum(len(t.history) for t in trainings) * len(data.y_train)
    floor = protocol.floor(cell.architecture, cell.dataset, data.source)
    info: dict[str, Any] = {
        "architecture": cell.architecture,
        "dataset": cell.dataset,
        "protocol": protocol.name,
        "precision": precision,
        "strategy": None,
        "replicas": 1,
        "data_source": data.source,
        "data_fingerprint": data.fingerprint,
        "data_origin": data.origin,
        "data_verified": data.verified,
        "fingerprint": fingerprint(recipe_parts(cell, protocol.name, recipe, data, precision)),
        "recipe": dataclasses.asdict(recipe),
        "epochs": recipe.epochs,
        "train_images": len(data.y_train),
        "test_images": len(labels),
        "class_names": list(data.class_names),
        "seeds": [t.seed for t in trainings],
        "accuracies": accuracies,
        "losses": losses,
        "accuracy": classification.mean(accuracies),
        "loss": classification.mean(losses),
        "diverged": [t.divergence[1] if t.divergence else None for t in trainings],
        "divergence": [t.divergence[0] if t.divergence else None for t in trainings],
        "weights_sha256": [t.weights_sha256 for t in trainings],
        "params_total": trainable + fixed,
        "params_trainable": trainable,
        "params_non_trainable": fixed,
        "flops_per_image": 2 * multiply_adds,
        "history": [_history(t) for t in trainings],
        "correct": [classification.packed(t.predictions == labels) for t in trainings],
        "confusion": [classification.confusion(labels, t.predictions, classes) for t in trainings],
        "seed_seconds": seconds,
        "train_seconds": math.fsum(seconds),
        "images_per_second": seen / math.fsum(seconds),
        "eval_seconds": evaluation,
        "setup_seconds": costs.setup,
        "phase_seconds": {
            "import": costs.importing,
            "data": costs.data,
            "build": costs.build,
            "trace": costs.trace,
            "steps": math.fsum(seconds),
            "evaluation": evaluation,
        },
        "peak_memory_mib": costs.peak_memory_mib,
        "parallel": costs.parallel,
        "floor": floor,
        "study_accuracy": published.ACCURACY.get((cell.architecture, cell.dataset))
        if data.source == "real"
        else None,
    }
    info["verdict"] = "failed" if below_floor(info) else "passed"
    return info


def below_floor(info: Mapping[str, Any]) -> list[int]:
    """Positions of the seeds that missed the floor; a training that left no accuracy missed it."""
    return [i for i, a in enumerate(info["accuracies"]) if a is None or a < info["floor"]]


def floor_message(info: Mapping[str, Any], settings: Settings) -> str:
    """What failed, and how to run that cell alone."""
    cell = cell_id(info)
    lines = [f"{cell}: accuracy below its floor of {info['floor']:.4f}"]
    for i in below_floor(info):
        value = "none" if info["accuracies"][i] is None else f"{info['accuracies'][i]:.4f}"
        kind = info["divergence"][i]
        why = {
            "nan": f": diverged, the loss was not finite in epoch {info['diverged'][i]}",
            "dead": f": a dead network, the same answer for every test image since epoch {info['diverged'][i]}",
        }.get(kind, "")
        lines.append(f"  seed {info['seeds'][i]}: {value}{why}")
    lines.append(
        f"  protocol {info['protocol']}, {info['data_source']} data ({info['data_origin']}), {info['precision']}"
    )
    lines.append(f"  this cell alone: {command(info, settings)}")
    return "\n".join(lines)


def command(info: Mapping[str, Any], settings: Settings) -> str:
    """The command that trains one cell again."""
    words = [
        "pytest",
        f"'{TEST.format(cell_id(info))}'",
        "--protocol",
        info["protocol"],
        "--data",
        info["data_source"],
    ]
    if info["data_source"] == "real" and settings.data_dir:
        words += ["--data-dir", str(settings.data_dir)]
    if info["data_source"] == "real" and settings.accept_copies:
        words.append("--accept-copies")
    seeds = settings.seeds
    words += ["--seed", str(seeds[0])] + (["--seeds", str(len(seeds))] if len(seeds) > 1 else [])
    if info["precision"] != "float32":
        words += ["--precision", info["precision"]]
    return " ".join(words)


def _history(training: Training) -> dict[str, list[float | None]]:
    keys = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
    return {key: [classification.plain(getattr(epoch, key)) for epoch in training.history] for key in keys}

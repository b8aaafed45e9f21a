"""A cell of the grid: one architecture on one data set, trained with one or more seeds, and what is saved of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from benchmarks.experiment import published
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.experiment.recipe import Recipe
from benchmarks.metrics import classification
from benchmarks.results.run import TEST

if TYPE_CHECKING:
    from benchmarks.engine.loop import Training
    from datasets import Dataset, Mode


@dataclass(frozen=True)
class Cell:
    """One architecture on one data set."""

    architecture: str
    dataset: str

    @property
    def id(self) -> str:
        return f"{self.architecture}-{self.dataset}"


def cell_id(info: Mapping[str, Any]) -> str:
    """The id of the cell that an ``extra_info`` is of."""
    return Cell(info["architecture"], info["dataset"]).id


@dataclass(frozen=True)
class Settings:
    """What the command line asked for."""

    protocol: Protocol
    architectures: tuple[str, ...]
    datasets: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    data: Mode = "auto"
    data_dir: Path | None = None
    accept_copies: bool = False
    precision: str = "float32"

    @classmethod
    def parse(
        cls,
        *,
        protocol: str,
        architectures: str | None,
        datasets: str | None,
        first_seed: int,
        seeds: int,
        data: str,
        data_dir: Path | None,
        accept_copies: bool,
        precision: str,
    ) -> Settings:
        """Settings from what was typed; lists are separated by commas, None means all.

        :raises ValueError: for a name that does not exist, with those that do, or a number out of range.
        """
        import datasets as data_sets
        import models

        if not 1 <= seeds <= 1000:
            raise ValueError(f"--seeds {seeds}: expected 1 to 1000 trainings a cell")
        if not 0 <= first_seed < 2**31 - seeds:
            raise ValueError(f"--seed {first_seed}: expected a whole number from 0 to {2**31 - 1 - seeds}")
        return cls(
            protocol=PROTOCOLS[_one("--protocol", protocol, tuple(PROTOCOLS))],
            architectures=_some("--arch", architectures, models.names(), published.ARCHITECTURES),
            datasets=_some("--dataset", datasets, data_sets.names(), published.DATASETS),
            seeds=tuple(range(first_seed, first_seed + seeds)),
            data=cast("Mode", _one("--data", data, ("real", "synthetic", "auto"))),
            data_dir=data_dir,
            accept_copies=accept_copies,
            precision=_one("--precision", precision, ("float32", "mixed_bfloat16")),
        )

    def cells(self) -> list[Cell]:
        """All cells, data set by data set, so that one data set at a time is in memory."""
        return [Cell(a, d) for d in self.datasets for a in self.architectures]


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


def _one(option: str, name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise ValueError(f"{option} {name}: unknown; there are: {', '.join(known)}")
    return name


def _some(option: str, names: str | None, known: Sequence[str], first: Sequence[str]) -> tuple[str, ...]:
    """The named ones, or all of them: the study's in the study's order, then the others."""
    if names is None:
        return tuple(
            sorted(known, key=lambda name: (first.index(name) if name in first else len(first), name))
        )
    return tuple(dict.fromkeys(_one(option, name.strip(), known) for name in names.split(",")))


def recipe_parts(
    cell: Cell,
    protocol: Protocol,
    recipe: Recipe,
    data: Dataset,
    precision: str,
) -> dict[str, Any]:
    """All that decides a cell's outcome but hardware and library versions; its hash is the cell's fingerprint."""
    return {
        "architecture": cell.architecture,
        "dataset": cell.dataset,
        "protocol": protocol.name,
        "recipe": dataclasses.asdict(recipe),
        "data": data.fingerprint,
        "train_images": len(data.y_train),
        "test_images": len(data.y_test),
        "precision": precision,
    }


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
        "fingerprint": classification.fingerprint(recipe_parts(cell, protocol, recipe, data, precision)),
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

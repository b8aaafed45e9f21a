"""Saved grids with plausible figures, for tests of what people look at."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison.gate import judge
from benchmarks.comparison.verdict import GateSettings
from benchmarks.experiment.published import ARCHITECTURES, DATASETS, PARAMETERS
from benchmarks.metrics.classification import packed
from benchmarks.report import build
from benchmarks.report.answer import Answer
from benchmarks.report.collection import RunCollection, RunSummary
from benchmarks.report.figures.svg import svg
from benchmarks.report.findings import one_run
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.groups import group
from benchmarks.report.writers import html_page
from benchmarks.results.run import Run, from_dict
from datasets import spec
from tests.support.run_factory import cell, run

_LEVELS = {  # of the four data sets
    "lenet": (0.955, 0.858, 0.47, 0.69), "vgg": (0.972, 0.871, 0.58, 0.79),
    "resnet20v1": (0.966, 0.853, 0.55, 0.74), "resnet20v2": (0.961, 0.842, 0.53, 0.71),
    "squeezenet": (0.93, 0.80, 0.31, 0.22),
}  # fmt: skip
_COSTS = {  # seconds, million multiply-adds, MiB
    "lenet": (3.1, 0.24, 640), "vgg": (41, 72.7, 980), "resnet20v1": (30, 40.8, 870),
    "resnet20v2": (48, 66.2, 1010), "squeezenet": (76, 191, 1150),
}  # fmt: skip

SMALL: dict[str, Any] = {
    "architectures": ("lenet", "vgg"),
    "datasets": ("mnist", "cifar10"),
    "images": 200,
    "epochs": 3,
}
"""A grid of four small cells."""


def page_of(runs: RunCollection, base: Run | None = None) -> str:
    """The page of these runs."""
    new, compared = runs.subject, None
    if base is not None:
        settings = GateSettings.for_run(new, allow_partial=True)
        compared = Comparison(base, new, judge(base, new, settings))
    return html_page.html(build.page(runs, compared), svg)


def collection(data: dict[str, Any]) -> RunCollection:
    """One run alone."""
    one = from_dict(data, "run.json")
    return RunCollection((RunSummary(one.name, None, "", (), len(one.cells), one.partial),), (), (one,))


def grid(
    seeds: int = 5,
    *,
    epochs: int = 10,
    images: int = 1000,
    synthetic: Sequence[str] = (),
    architectures: Sequence[str] = ARCHITECTURES,
    datasets: Sequence[str] = DATASETS,
    shift: float = 0.0,
    draw: int = 0,
    **changes: Any,
) -> dict[str, Any]:
    """A whole grid; one VGG training on SVHN diverges. `shift` is added to all accuracies, `draw` seeds the noise."""
    rng = np.random.default_rng(draw)
    cells = []
    for d, dataset in enumerate(datasets):
        source = "synthetic" if dataset in synthetic else "real"
        hardness = np.random.default_rng(d).normal(size=images)  # of an image, alike for all models
        for architecture in architectures:
            level = _LEVELS[architecture][d] + shift
            cells.append(_cell(rng, architecture, dataset, source, level, hardness, seeds, epochs))
    return run(*cells, **changes)


def large(architectures: int, datasets: int) -> dict[str, Any]:
    """A grid of so many architectures and data sets, five seeds each with all that a run can hold; figures recur under other names."""
    base = grid(5)["benchmarks"]
    cells = []
    for i in range(architectures):
        for j in range(datasets):
            like = base[len(ARCHITECTURES) * (j % len(DATASETS)) + i % len(ARCHITECTURES)]["extra_info"]
            names = [like["architecture"], like["dataset"]]
            for place, turn in enumerate((i // len(ARCHITECTURES), j // len(DATASETS))):
                names[place] += f"x{turn}" if turn else ""
            measures = {key: [1 / 3 + 0.01 * seed for seed in range(5)] for key in ("ece", "brier", "top5")}
            cells.append(like | measures | {"architecture": names[0], "dataset": names[1]})
    data = run(*cells)
    data["machine_info"]["cpu"]["brand_raw"] = "AMD EPYC 9654 96-Core Processor (family 25, model 17)"
    data["suite"]["versions"] |= {"python": "3.11.7", "keras": "3.15.1", "numpy": "2.4.6"}
    return data


def _cell(
    rng: np.random.Generator, architecture: str, dataset: str, source: str, level: float,
    hardness: NDArray[np.float64], seeds: int, epochs: int,
) -> dict[str, Any]:  # fmt: skip
    images = len(hardness)
    labels = np.arange(images) % 10
    accuracies, correct, confusion, history = [], [], [], []
    diverged: list[int | None] = [None] * seeds
    if (architecture, dataset) == ("vgg", "svhn") and seeds > 1:
        diverged[1] = 2
    for seed in range(seeds):
        dead = diverged[seed] is not None
        wanted = 0.1 if dead else min(level + rng.normal(0, 0.008), 0.999)
        score = hardness + rng.normal(0, 0.7, images)
        right = score <= np.quantile(score, wanted)
        if dead:
            right = labels == 0
        answers = np.where(right, labels, (labels + rng.integers(1, 4, images)) % 10)
        counts = np.bincount(labels * 10 + answers, minlength=100).reshape(10, 10)
        accuracies.append(float(right.mean()))
        correct.append(packed(right))
        confusion.append(counts.tolist())
        history.append(_history(rng, float(right.mean()), epochs))
    seconds, flops, memory = _COSTS[architecture]
    total, trainable, fixed = PARAMETERS[architecture, dataset]
    times = (seconds * (1 + 0.3 * (dataset in ("cifar10", "svhn"))) * rng.normal(1, 0.02, seeds)).tolist()
    return cell(
        accuracies,
        architecture=architecture, dataset=dataset, data_source=source, test_images=images, epochs=epochs,
        losses=[1.2 - a for a in accuracies], diverged=diverged, correct=correct, confusion=confusion,
        history=history, seed_seconds=times, train_seconds=sum(times), train_images=2000,
        images_per_second=2000 * epochs * seeds / sum(times), eval_seconds=1.5, setup_seconds=2.5,
        params_total=total, params_trainable=trainable, params_non_trainable=fixed,
        flops_per_image=int(2e6 * flops),
        peak_memory_mib=memory * (1 + 0.02 * rng.random()), class_names=list(spec(dataset).class_names),
        data_origin="data directory", floor=level - 0.06 if architecture != "squeezenet" else 0.35,
        deaths_allowed=sum(epoch is not None for epoch in diverged),
        data_fingerprint=f"{dataset:d<16}"[:16], fingerprint=f"{architecture}{dataset}",
        recipe={"optimizer": "adam", "learning_rate": 0.002, "epochs": epochs, "batch_size": 32},
    )  # fmt: skip


def _history(rng: np.random.Generator, end: float, epochs: int) -> dict[str, list[float]]:
    rise = 1 - np.exp(-np.arange(1, epochs + 1) / epochs * 4)
    test = np.clip(0.1 + (end - 0.1) * rise / rise[-1] + rng.normal(0, 0.01, epochs), 0, 1)
    test[-1] = end
    train = np.clip(test + 0.03 * rise, 0, 1)
    return {
        "loss": (1.1 - train).tolist(), "accuracy": train.tolist(), "val_loss": (1.2 - test).tolist(),
        "val_accuracy": test.tolist(), "seconds": [0.3] * epochs,
    }  # fmt: skip


def answer(data: dict[str, Any]) -> Answer:
    """The first words of a report of this run alone."""
    one = from_dict(data, "run.json")
    return one_run.answer(one, [ranking for found in group([one]) for ranking in rankings(found)])

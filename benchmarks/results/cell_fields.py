"""What is saved of a cell: the only definition of its fields.

"Per seed" lists are in the order of `seeds`. The table in docs/saved-runs.md is generated from the descriptions here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchmarks.metrics.measures import FURTHER
from benchmarks.results.seed_result import (
    Count,
    Finite,
    History,
    Matrix,
    Mebibytes,
    Name,
    Positive,
    Seconds,
    Share,
)

MOST_SEEDS = 2_000
"""A cell of more is refused: comparing two of this many takes more than a gigabyte."""


class CellFields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a `CellResult`, in the order in which they are saved."""

    architecture: Name
    """Name of the architecture, a file in `models/`."""
    dataset: Name
    """Name of the data set, a file in `datasets/`."""
    protocol: str
    """Name of the protocol: `quick`, `study` or `tuned`."""
    precision: str
    """`float32` or `mixed_bfloat16`."""
    backend: Annotated[str, Meta(pattern="^[a-z0-9_]{1,20}$")] = "tensorflow"
    """What Keras computed with: `tensorflow` or `jax`; like the next three, a condition and not part of the fingerprint."""
    backend_version: str | None = None
    """Version of the backend; several, joined by a bar, where seeds were trained with several."""
    device: str | None = None
    """What it was trained on: `CPU`, or the names of GPUs with driver and CUDA version."""
    matmul_precision: str | None = None
    """What products of float32 matrices are computed in: `float32`, `tensorfloat32` on newer GPUs."""
    data_source: Literal["real", "synthetic"]
    """`real` or `synthetic`."""
    data_fingerprint: str
    """Hash of all images and labels that were used."""
    train_fingerprint: str = ""
    """Hash of the training images and their labels alone; empty in runs saved before it was kept."""
    test_fingerprint: str = ""
    """Hash of the test images and their labels alone: cells that agree in it are compared image by image."""
    data_origin: str = ""
    """Where the images came from, in words."""
    data_verified: bool | None = None
    """Whether every file had its official checksum; null for images of your own, which have none."""
    fingerprint: str
    """Hash of all that decides the outcome except hardware and libraries: architecture, recipe, data, precision."""
    recipe: dict[str, Any] = {}
    """How it was trained, in full; values as text in a pinned file."""
    set_fields: dict[str, str] = {}
    """What `--set` changed in the protocol's recipe, by field. Such a cell is an exploration: no floor, and never a baseline."""
    epochs: Annotated[int, Meta(ge=0, le=10**6)] | None = None
    """Epochs of the recipe."""
    train_images: Positive | None = None
    """Number of training images."""
    test_images: Positive
    """Number of test images."""
    class_names: tuple[str, ...] = ()
    """Names of the classes, in the order of their labels."""
    seeds: Annotated[tuple[Count, ...], Meta(max_length=MOST_SEEDS)]
    """The seeds; all lists below are in their order."""
    accuracies: tuple[Share | None, ...]
    """Per seed: top-1 accuracy on the test images after the last epoch, 0..1; null: the training left no model."""
    losses: tuple[Finite | None, ...] = ()
    """Per seed: mean cross-entropy (nats) on the test images after the last epoch; null: not finite."""
    ece: tuple[Finite | None, ...] = ()
    """Per seed: expected calibration error over 15 groups of equally many test images, 0..1; null: an output was not finite."""
    brier: tuple[Finite | None, ...] = ()
    """Per seed: Brier score, 0..2; null: an output was not finite."""
    top5: tuple[Finite | None, ...] = ()
    """Per seed: share of the test images whose class is among the five likeliest, 0..1; only with 20 classes or more."""
    robustness: tuple[Finite | None, ...] = ()
    """Per seed: mean accuracy on corrupted test images, 0..1; with `--measure robustness`."""
    corrupted: tuple[dict[str, tuple[Share, ...]], ...] = ()
    """Per seed: accuracies on corrupted test images, by corruption, one per severity (1, 3, 5); with `--measure robustness`."""
    robustness_definition: str | None = None
    """Which corruptions `robustness` is measured with; figures of different definitions cannot be compared."""
    second_test: tuple[Finite | None, ...] = ()
    """Per seed: accuracy on the data set's second test set (CIFAR-10.1 for CIFAR-10), 0..1, if its files were given; null: an output
    was not finite."""
    second_test_set: str | None = None
    """Title and fingerprint of that set, which is not part of the fingerprints above; figures of different ones cannot be compared."""
    diverged: tuple[Count | None, ...] = ()
    """Per seed: the epoch (from 1) since which the training has diverged; null: it has not."""
    divergence: tuple[Literal["nan", "dead"] | None, ...] = ()
    """Per seed: `nan` (the loss was not finite), `dead` (the same answer for every test image), or null."""
    frozen: tuple[Count | None, ...] = ()
    """Per seed: the epoch (from 1) since which no epoch changed a weight; later ones computed no gradients, which `seconds` shows;
    null: the last epoch computed them."""
    weights_sha256: tuple[str, ...] = ()
    """Per seed: digest of all weights after the last step; equal digests are equal bits."""
    params_total: Count
    """Number of parameters."""
    params_trainable: Count
    """Parameters that training changes."""
    params_non_trainable: Count
    """Parameters that it does not: moving means and variances of batch norms, frozen kernels."""
    flops_per_image: Annotated[int, Meta(ge=0, le=10**18)] | None = None
    """Twice the multiply-adds of convolutions, dense layers and attention in one forward pass."""
    history: tuple[History, ...] = ()
    """Per seed, lists over epochs: `loss` and `accuracy` (training images as they were seen), `val_loss` and
    `val_accuracy` (test images), `seconds`, `epoch` (its number, from 1) and `steps` (its batches)."""
    correct: tuple[str, ...] = ()
    """Per seed: which test images were answered correctly, as packed bits (first image first) in base64."""
    correct_sha256: tuple[str, ...] = ()
    """Per seed: digest of `correct`, in a pinned file and in runs merged with one."""
    confusion: tuple[Matrix, ...] = ()
    """Per seed: counts of test images; rows are true classes, columns are answers."""
    seed_seconds: tuple[Seconds, ...] = ()
    """Per seed: seconds of training alone."""
    eval_seconds: Seconds | None = None
    """Seconds of all evaluations."""
    setup_seconds: Seconds | None = None
    """Seconds of building and tracing; tracing is 0 for the second cell of an architecture and shape."""
    phase_seconds: dict[str, Seconds] = {}
    """Seconds by phase: `import`, `data`, `build`, `trace`, `steps`, `evaluation`; `--time-report` prints them."""
    peak_memory_mib: Mebibytes | None = None
    """Peak resident memory of the process while the cell ran, MiB; within 15% of what the cell takes alone, or an upper bound.
    Where seeds of several runs were merged, that of the run with the first seed."""
    peak_memory_bound: bool | None = None
    """Whether `peak_memory_mib` is an upper bound, since earlier cells of the process left a part of it; null: not known."""
    parallel: bool = False
    """Whether other cells ran at the same time, so that its times are not those of an idle machine."""
    floor: Share | None = None
    """The accuracy that every living seed had to reach, 0..1; null: none could be asserted, or the cell is an exploration."""
    deaths_allowed: Count = 0
    """How many seeds may die (see `diverged`) without a failure, given the death rate of the pinned seeds."""
    resolution: Annotated[float, Meta(ge=0, le=100)] | None = None
    """The drop in percentage points that a comparison with this cell must be able to see; `pin` writes it, for review."""
    study_accuracy: Share | None = None
    """The study's accuracy, 0..1; for real data only."""
    measured_at: tuple[str, ...] = ()
    """Per seed: date and time (UTC) when it was trained; earlier than the run where `--resume` reused it."""
    code: tuple[str, ...] = ()
    """Per seed: hash of the source files that training this architecture imports."""
    commit: tuple[str, ...] = ()
    """Per seed: commit of the code, where seeds of several runs were merged."""
    versions: tuple[dict[str, str], ...] = ()
    """Per seed: versions of the libraries, where they are not the run's; one for all seeds in a pinned file."""
    machine: tuple[dict[str, str], ...] = ()
    """Per seed: host name (`--executor ray`), processor, cores and threads, where they are not the run's; one for all seeds in
    a pinned file."""


PER_SEED = (
    "losses", *(measure.key for measure in FURTHER), "corrupted", "diverged", "divergence", "frozen", "weights_sha256",
    "history", "correct", "correct_sha256", "confusion", "seed_seconds", "code", "commit", "versions", "machine",
)  # fmt: skip
"""Fields that hold one value per seed, or nothing where they were not kept."""

"""Saved runs for tests, as pytest-benchmark writes them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.metrics.classification import packed

IMAGES = 1000
GRID = [(a, d) for a in ("lenet", "vgg") for d in ("mnist", "cifar10")]
STEADY = (0.9, 0.902, 0.898, 0.901, 0.899)


def cell(accuracies: Sequence[float | None] = STEADY, **changes: Any) -> dict[str, Any]:
    """One cell's `extra_info`; `changes` replace or add keys."""
    n = len(accuracies)
    return {
        "architecture": "lenet", "dataset": "mnist", "protocol": "quick", "precision": "float32",
        "data_source": "real", "data_fingerprint": "d" * 16, "fingerprint": "f" * 16, "epochs": 3,
        "seeds": list(range(n)), "accuracies": list(accuracies), "losses": [0.3] * n, "diverged": [None] * n,
        "test_images": IMAGES, "params_total": 150_742, "params_trainable": 150_742,
        "params_non_trainable": 0, "flops_per_image": 1_000_000, "floor": 0.8,
        "data_verified": True,
        "seed_seconds": [2.0] * n, "parallel": False,
    } | changes  # fmt: skip


def run(*cells: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Make a saved run of these cells; without any, of a grid of four with five seeds."""
    kept = cells or tuple(cell(architecture=a, dataset=d) for a, d in GRID)
    names = [f"{c.get('architecture')}-{c.get('dataset')}" for c in kept]
    return {
        "machine_info": {
            "node": "secret-host", "system": "Linux", "threads": 2,
            "cpu": {"brand_raw": "Some CPU", "count": 2},
        },
        "commit_info": {"id": "abc123", "project": "cnn-benchmarks"},
        "benchmarks": [
            {"name": f"test_training[{name}]", "group": c.get("dataset"), "stats": {}, "extra_info": c}
            for name, c in zip(names, kept, strict=True)
        ],
        "datetime": "2026-01-02T03:04:05+00:00", "version": "5.3.1",
        "suite": {
            "partial": False, "expected": names, "protocol": "quick", "versions": {"tensorflow": "2.21.0"},
        },
    } | changes  # fmt: skip


def save(path: Path, data: Any) -> Path:
    """Write the data as JSON, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=4))
    return path


def bits(right: int, images: int = IMAGES) -> str:
    """`correct` of a model that is right on the first `right` images."""
    return packed(np.arange(images) < right)

"""What a pinned baseline keeps of a cell."""

from __future__ import annotations

from typing import Any

from benchmarks.metrics.measures import FURTHER
from benchmarks.results.schema import CLASSES, CellResult
from benchmarks.results.seed_result import DIGITS

KEPT = (
    "architecture", "dataset", "precision", "epochs", "seeds", "accuracies", "diverged", "test_images",
    "params_total", "params_trainable", "params_non_trainable", "flops_per_image", "floor", "verdict",
    "data_verified", "data_fingerprint", "fingerprint", "recipe", "train_images", "peak_memory_mib",
    "parallel",
)  # fmt: skip
"""Fields that a pinned baseline keeps of every cell, in the file's order."""


def pinned_form(cell: CellResult) -> dict[str, Any]:
    """Return what a pinned baseline keeps: no host, path or user, times to the millisecond.

    `correct` is kept where one seed ran, whose only test it is, and the classes' names where there are not ten of them.
    """
    entry: dict[str, Any] = {name: getattr(cell, name) for name in KEPT}
    entry |= {} if cell.backend == "tensorflow" else {"backend": cell.backend}
    entry["recipe"] = cell.recipe_text
    entry["seed_seconds"] = [round(s, 3) for s in cell.seed_seconds]
    if cell.history:
        entry["history"] = [
            {
                "val_accuracy": [None if a is None else round(a, 6) for a in h.val_accuracy],
                "seconds": [round(s, 3) for s in h.seconds],
            }
            for h in cell.history
        ]
    for measure in FURTHER:
        if values := cell.of(measure):
            entry[measure.key] = [None if value is None else round(value, 6) for value in values]
    if any(cell.frozen):
        entry["frozen"] = cell.frozen
    if cell.weights_sha256:
        entry["weights_sha256"] = [digest[:DIGITS] for digest in cell.weights_sha256]
    if len(cell.seeds) > 1 and (digests := cell.answer_digests):
        entry["correct_sha256"] = list(digests)
    optional = ["correct"] if len(cell.seeds) == 1 else []
    optional += ["class_names"] if cell.classes != CLASSES else []
    optional += [
        "robustness_definition",
        "second_test_set",
        "train_fingerprint",
        "test_fingerprint",
        "measured_at",
        "commit",
    ]
    entry |= {name: value for name in optional if (value := getattr(cell, name))}
    entry |= {"peak_memory_bound": cell.peak_memory_bound} if cell.peak_memory_bound is not None else {}
    entry |= {"resolution": cell.resolution} if cell.resolution is not None else {}
    for name in ("versions", "machine", "code"):
        if facts := getattr(cell, name):
            entry[name] = facts[0] if all(one == facts[0] for one in facts) else facts
    return entry

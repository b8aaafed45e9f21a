"""What determines a cell's outcome, and its hash: cells with equal fingerprints may be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.recipe import Recipe
from benchmarks.experiment.recipe_changes import Change

if TYPE_CHECKING:
    from datasets import Dataset


def recipe_parts(
    cell: Cell,
    protocol: str,
    recipe: Recipe,
    data: Dataset,
    precision: str,
    changes: Sequence[Change] = (),
) -> dict[str, Any]:
    """Return everything that determines a cell's outcome except hardware and library versions, as plain JSON values.

    What `--set` changed is part of it: an exploration never has the fingerprint of a protocol's cell, even where it set the same value.
    """
    explored = {"set": {change.field: change.value for change in changes}} if changes else {}
    return explored | {
        "architecture": cell.architecture,
        "dataset": cell.dataset,
        "protocol": protocol,
        "recipe": recipe.parts(),
        "data": data.fingerprint,
        "train_images": len(data.y_train),
        "test_images": len(data.y_test),
        "precision": precision,
    }


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return the first 16 hex digits of the SHA-256 of the parts as canonical JSON; the order of keys does not matter."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""A partly trained seed as bytes: an `npz` of plain arrays, one of which is JSON, under a checksum.

It is read like any file from outside: nothing is unpickled or inflated, and a file that does not fit is refused by name.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import TrainState
from benchmarks.engine.loop import Checkpoint, Epoch
from benchmarks.execution.job import Job
from benchmarks.execution.sealed_file import StoredWorkRefused, refusing, seal_buffer, unseal
from benchmarks.results.parsing import quoted

KIND = "checkpoint 4"
_STATE = ("weights", "optimizer_state", "moving_statistics", "rng_state")
_MEMBERS = tuple(f"{name}.npy" for name in ("facts", "history", *_STATE))
_EPOCH = tuple(field.name for field in dataclasses.fields(Epoch))
_COUNTS = ("number", "steps")
_YES_OR_NO = ("constant", "still", "without_gradients")
_LIMITS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("accuracy", "val_accuracy", *_YES_OR_NO), (0, 1)),
    **dict.fromkeys(("seconds", "evaluation_seconds"), (0, 1e12)),
}

Arrays = dict[str, NDArray[Any]]


def encode(job: Job, checkpoint: Checkpoint) -> bytes:
    """Return a partly trained seed as bytes."""
    state = checkpoint.state
    facts = {"resume_key": dict(job.resume_key), "seed": job.seed, "step": state.step}
    words = np.frombuffer(json.dumps(facts, allow_nan=False).encode(), np.uint8)
    arrays = {name: getattr(state, name) for name in _STATE}
    buffer = io.BytesIO()
    np.savez(buffer, facts=words, history=_table(checkpoint.history), **arrays)
    return seal_buffer(KIND, buffer)


def decode(content: bytes, name: str, job: Job) -> Checkpoint:
    """Return the partly trained seed of these bytes.

    Args:
        content: All bytes of the file.
        name: Name to use in error messages.
        job: The job that it must be a part of.

    Raises:
        StoredWorkRefused: The bytes are damaged, or of another resume key or seed.
    """
    facts, arrays = _parts(content, name)
    key = job.resume_key
    if facts.get("resume_key") != dict(key) or facts.get("seed") != job.seed:
        raise StoredWorkRefused(f"{name}: belongs to another cell or seed; was the file renamed?")
    with refusing(name):
        history = _history(arrays["history"], job.spec.recipe.steps(int(key["train_images"])))
        if not 1 <= len(history) < int(key["recipe.epochs"]):
            raise ValueError(f"{len(history)} of {key['recipe.epochs']} epochs done")
        if facts["step"] != (steps := sum(epoch.steps for epoch in history)):
            raise ValueError(f"'step' is {facts['step']}, expected {steps}, as many as its epochs took")
        state = TrainState(
            arrays["weights"].astype(np.float32, casting="safe"),
            arrays["optimizer_state"].astype(np.float32, casting="safe"),
            arrays["moving_statistics"].astype(np.float32, casting="safe"),
            arrays["rng_state"].astype(np.int64, casting="safe"),
            steps,
        )
        return Checkpoint(state, history)


def resume_key_of(content: bytes, name: str) -> dict[str, str]:
    """Return the resume key in these bytes; raises as `decode`."""
    facts, _ = _parts(content, name)
    with refusing(name):
        return {str(key): str(value) for key, value in facts["resume_key"].items()}


def _parts(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    body = unseal(KIND, content, name)
    with refusing(name):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            _check_members(archive.infolist(), len(body))
        with np.load(io.BytesIO(body), allow_pickle=False) as found:
            arrays = {key: found[key] for key in found.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        return dict(facts), arrays


def _check_members(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Check, before any array is read, that the arrays take no more than a body of this size holds: ours are not compressed.

    Raises:
        ValueError: More could be read.
    """
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("compressed, expected plain arrays")
    if sorted(names := [member.filename for member in members]) != sorted(_MEMBERS):
        raise ValueError(f"it holds {quoted(names)}, expected {', '.join(_MEMBERS)}")
    if (claimed := sum(member.file_size for member in members)) > size:  # they overlap
        raise ValueError(f"its arrays take {claimed:,} bytes, expected at most the {size:,} of the file")


def _table(history: tuple[Epoch, ...]) -> NDArray[np.float64]:
    """Return (epochs, figures) float64, which keeps every bit and values that are not finite, unlike JSON."""
    return np.array([dataclasses.astuple(epoch) for epoch in history], np.float64)


def _history(table: NDArray[np.float64], steps: int) -> tuple[Epoch, ...]:
    if table.dtype != np.float64 or table.ndim != 2 or table.shape[1] != len(_EPOCH):
        raise ValueError(f"a history of shape {table.shape}")
    rows = [dict(zip(_EPOCH, row, strict=True)) for row in table.tolist()]
    for number, row in enumerate(rows, 1):
        _check(row, number, steps)
    return tuple(
        Epoch(
            **row
            | {name: int(row[name]) for name in _COUNTS}
            | {name: bool(row[name]) for name in _YES_OR_NO}
        )
        for row in rows
    )


def _check(row: Mapping[str, float], number: int, steps: int) -> None:
    """Check the figures of the epoch that must have this number and this many steps; losses may be anything.

    Raises:
        ValueError: One cannot be of that epoch.
    """
    for name, (least, most) in {"number": (number, number), "steps": (steps, steps), **_LIMITS}.items():
        if not least <= row[name] <= most:
            raise ValueError(f"epoch {number}: '{name}' is {row[name]:g}, expected {least:g} to {most:g}")

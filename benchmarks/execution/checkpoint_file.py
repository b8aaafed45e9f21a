"""Stored trainings as bytes: what a file of the resume folder holds, and what a process of its own sends back.

A line with a SHA-256 of what follows, then an ``npz`` of plain arrays, the words among them as JSON. It is read as what comes from outside:
nothing is unpickled, nothing inflates, and what does not fit is refused by name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import TrainState
from benchmarks.engine.loop import Checkpoint, Epoch, Training
from benchmarks.execution.extra_info import Costs

_MAGIC = b"cnn-benchmarks stored training 1 "
_HEAD = len(_MAGIC) + 65
_STATE = ("weights", "optimizer_state", "moving_statistics", "rng_state")
_EPOCH = tuple(field.name for field in dataclasses.fields(Epoch))

Arrays = dict[str, NDArray[Any]]


class StoredWorkRefused(Exception):
    """A stored training that is not what it should be; the message names it."""


@dataclass(frozen=True)
class Finished:
    """A finished seed with all that is saved of it, so that it need not be trained again."""

    training: Training
    parameters: tuple[int, int]
    """Trainable and non-trainable."""
    multiply_adds: int
    costs: Costs
    """Of the process that trained it."""
    measured_at: str
    """Date and time, ISO 8601, UTC; for people, nothing is computed from it."""
    machine: Mapping[str, Any]
    """What it was measured on, as in ``machine_info``."""


def finished(done: Finished, identity: Mapping[str, str]) -> bytes:
    """A finished seed as bytes."""
    facts = {
        "identity": dict(identity),
        "seed": done.training.seed,
        "weights_sha256": done.training.weights_sha256,
        "parameters": list(done.parameters),
        "multiply_adds": done.multiply_adds,
        "costs": dataclasses.asdict(done.costs),
        "measured_at": done.measured_at,
        "machine": dict(done.machine),
    }
    return _encode(
        facts, {"history": _table(done.training.history), "predictions": done.training.predictions}
    )


def read_finished(content: bytes, name: str, identity: Mapping[str, str], seed: int) -> Finished:
    """The finished seed of these bytes.

    :param name: what messages call it.
    :raises StoredWorkRefused: for bytes that are damaged, or of another identity or seed.
    """
    facts, arrays = _decode(content, name)
    _same(facts, name, identity, seed)
    with _naming(name):
        predictions, history = arrays["predictions"], _history(arrays["history"])
        if predictions.shape != (int(identity["test_images"]),) or predictions.dtype != np.uint8:
            raise ValueError(f"{predictions.shape} predictions for {identity['test_images']} test images")
        if not history or len(history) > int(identity["recipe.epochs"]):
            raise ValueError(f"{len(history)} epochs of {identity['recipe.epochs']}")
        trainable, fixed = (int(count) for count in facts["parameters"])
        return Finished(
            Training(seed, history, predictions, str(facts["weights_sha256"])),
            (trainable, fixed),
            int(facts["multiply_adds"]),
            Costs(**facts["costs"]),
            str(facts["measured_at"]),
            dict(facts["machine"]),
        )


def checkpoint(half: Checkpoint, seed: int, identity: Mapping[str, str]) -> bytes:
    """A half-finished seed as bytes."""
    state = half.state
    arrays = {name: getattr(state, name) for name in _STATE}
    facts = {"identity": dict(identity), "seed": seed, "step": state.step}
    return _encode(facts, {"history": _table(half.history), **arrays})


def read_checkpoint(content: bytes, name: str, identity: Mapping[str, str], seed: int) -> Checkpoint:
    """The half-finished seed of these bytes; raises as :func:`read_finished`."""
    facts, arrays = _decode(content, name)
    _same(facts, name, identity, seed)
    with _naming(name):
        history = _history(arrays["history"])
        if not 1 <= len(history) < int(identity["recipe.epochs"]):
            raise ValueError(f"{len(history)} epochs of {identity['recipe.epochs']} done")
        state = TrainState(
            arrays["weights"].astype(np.float32, casting="safe"),
            arrays["optimizer_state"].astype(np.float32, casting="safe"),
            arrays["moving_statistics"].astype(np.float32, casting="safe"),
            arrays["rng_state"].astype(np.int64, casting="safe"),
            int(facts["step"]),
        )
        return Checkpoint(state, history)


def read_identity(content: bytes, name: str) -> dict[str, str]:
    """What these bytes say they depend on; raises as :func:`read_finished`."""
    facts, _ = _decode(content, name)
    with _naming(name):
        return {str(key): str(value) for key, value in facts["identity"].items()}


def _encode(facts: Mapping[str, Any], arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    words = np.frombuffer(json.dumps(facts, allow_nan=False).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, facts=words, **arrays)
    body = buffer.getvalue()
    return _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _decode(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    body = content[_HEAD:]
    if content[:_HEAD] != _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n":
        kind = "damaged: its checksum is wrong" if content.startswith(_MAGIC) else "no stored training"
        raise StoredWorkRefused(f"{name}: {kind}")
    with _naming(name):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("compressed")  # we never compress, so nothing can inflate
        with np.load(io.BytesIO(body), allow_pickle=False) as found:
            arrays = {key: found[key] for key in found.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        return dict(facts), arrays


def _same(facts: Mapping[str, Any], name: str, identity: Mapping[str, str], seed: int) -> None:
    if facts.get("identity") != dict(identity) or facts.get("seed") != seed:
        raise StoredWorkRefused(f"{name}: of another cell or seed; was the file renamed?")


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    """Whatever is wrong inside is the fault of the named bytes."""
    try:
        yield
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OSError,
        EOFError,
        RecursionError,
        NotImplementedError,
        zipfile.BadZipFile,
    ) as error:
        raise StoredWorkRefused(f"{name}: does not hold what it should ({error})") from None


def _table(history: tuple[Epoch, ...]) -> NDArray[np.float64]:
    """(epochs, figures) float64: keeps every bit, and what is not finite, which JSON does not."""
    return np.array([dataclasses.astuple(epoch) for epoch in history], np.float64)


def _history(table: NDArray[np.float64]) -> tuple[Epoch, ...]:
    if table.dtype != np.float64 or table.ndim != 2 or table.shape[1] != len(_EPOCH):
        raise ValueError(f"a history of shape {table.shape}")
    rows = (dict(zip(_EPOCH, row, strict=True)) for row in table.tolist())
    return tuple(Epoch(**{**row, "constant": bool(row["constant"])}) for row in rows)

"""Partly trained seeds as bytes: what comes back, and what is refused."""

import dataclasses
import io
import json
import math
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.engine.loop import Checkpoint
from benchmarks.execution import checkpoint_file
from benchmarks.execution.sealed_file import StoredWorkRefused, seal, unseal
from tests.support.stored_seeds import KEY, checkpoint, job
from tests.support.traced_memory import traced


def encode(given: Checkpoint, seed: int = 0, **changes: str) -> bytes:
    return checkpoint_file.encode(job(seed, **changes), given)


def decode(content: bytes) -> Checkpoint:
    return checkpoint_file.decode(content, "seed-0.checkpoint", job())


@pytest.mark.parametrize("loss", [0.1, float("nan"), float("inf")])
def test_a_partly_trained_seed_comes_back_bit_by_bit(loss: float) -> None:
    given, found = checkpoint(loss), decode(encode(checkpoint(loss)))
    for name, array in vars(given.state).items():
        assert np.asarray(array).tobytes() == np.asarray(getattr(found.state, name)).tobytes()
    figures = [np.array([dataclasses.astuple(epoch) for epoch in c.history]) for c in (given, found)]
    assert figures[0].tobytes() == figures[1].tobytes()


def test_a_checkpoint_is_held_in_memory_once() -> None:
    weights = np.zeros(12_000_000, np.float32)
    large = dataclasses.replace(checkpoint(), state=dataclasses.replace(checkpoint().state, weights=weights))
    with traced() as memory:
        content = encode(large)
    assert memory.peak < 1.6 * len(content)  # NumPy writes 16 MiB at a time
    assert seal(checkpoint_file.KIND, unseal(checkpoint_file.KIND, content, "whole")) == content


def npz(save: Callable[..., None], facts: object) -> bytes:
    buffer = io.BytesIO()
    save(buffer, facts=facts)
    return seal(checkpoint_file.KIND, buffer.getvalue())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encode(checkpoint())[:-1], "checksum"),
        (b"", "not a stored training"),
        (seal("seed 2", b"{}"), "another version"),
        (seal(checkpoint_file.KIND, b"no archive"), "invalid content"),
        (npz(np.savez, np.array([{"a": 1}], dtype=object)), "invalid content"),  # pickled
        (npz(np.savez_compressed, np.zeros(10**6, np.uint8)), "compressed"),
        (encode(checkpoint(), seed=1), "another cell or seed"),
        (encode(checkpoint(), precision="x"), "another cell or seed"),
        (encode(checkpoint(epochs=10)), "10 of 10 epochs done"),
    ],
)
def test_what_is_not_a_checkpoint_of_this_seed_is_refused_by_name(content: bytes, reason: str) -> None:
    with pytest.raises(StoredWorkRefused, match=r"^seed-0\.checkpoint: ") as refused:
        decode(content)
    assert reason in str(refused.value)


def forged(**members: bytes) -> bytes:
    """A checkpoint with other members under a checksum that is right."""
    whole = unseal(checkpoint_file.KIND, encode(checkpoint()), "whole")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as given, zipfile.ZipFile(buffer, "w") as made:
        for name in given.namelist():
            made.writestr(name, members.get(name.removesuffix(".npy"), given.read(name)))
    return buffer.getvalue()


def npy(text: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + text.ljust(117) + b"\n"


def encrypted() -> bytes:
    body = bytearray(forged())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.find(signature)
        while at >= 0:
            body[at + flags] |= 1
            at = body.find(signature, at + 4)
    return bytes(body)


def endless() -> bytes:
    buffer = io.BytesIO()
    facts = json.dumps({"resume_key": KEY, "seed": 0, "step": math.inf}).encode()
    np.save(buffer, np.frombuffer(facts, np.uint8))
    return buffer.getvalue()


def overlapping(count: int, size: int) -> bytes:
    """Members that each hold all that follows: their own data is the last bytes of the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for number in range(count):
            made.writestr(f"{number}.npy", b"")
        buffer.write(bytes(size))
        made.start_dir = buffer.tell()
        for member in made.filelist:
            data = buffer.getvalue()[member.header_offset + 30 + len(member.filename) :]
            member.file_size = member.compress_size = len(data)
            member.CRC = zlib.crc32(data)
    return buffer.getvalue()


def stretched() -> bytes:
    """The right members, one of which claims all that follows as its own."""
    buffer = io.BytesIO(forged())
    with zipfile.ZipFile(buffer, "a") as made:
        member = made.getinfo("weights.npy")
        member.file_size = member.compress_size = made.start_dir
        made.comment = b"written again"
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (overlapping(50, 1_000_000), "it holds ['0.npy', '1.npy', "),
        (stretched(), "bytes, expected at most the "),
    ],
    ids=["overlapping", "stretched"],
)
def test_an_archive_that_unpacks_to_more_than_the_file_is_not_read(body: bytes, said: str) -> None:
    content = seal(checkpoint_file.KIND, body)
    with traced() as memory, pytest.raises(StoredWorkRefused) as refused:
        decode(content)
    assert said in str(refused.value)
    assert memory.peak < 3 * len(content) + 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        encrypted(),
        forged(facts=endless()),
        forged(weights=npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (10%s,)}" % (b"0" * 14))),
        forged(weights=npy(b"{'descr': '<f4', 'shape': (1,")),
    ],
    ids=["encrypted", "infinite step", "petabytes", "half a header"],
)
def test_whatever_reading_raises_the_file_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(StoredWorkRefused, match=r"^seed-0\.checkpoint: invalid content"):
        decode(seal(checkpoint_file.KIND, body))


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("number", 3, "epoch 2: 'number' is 3, expected 2 to 2"),
        ("steps", 3, "epoch 2: 'steps' is 3, expected 4 to 4"),
        ("val_accuracy", 1.5, "epoch 2: 'val_accuracy' is 1.5, expected 0 to 1"),
        ("accuracy", float("nan"), "epoch 2: 'accuracy' is nan"),
        ("seconds", -1.0, "epoch 2: 'seconds' is -1"),
        ("constant", 2, "epoch 2: 'constant' is 2"),
    ],
)
def test_figures_that_no_epoch_has_are_refused(figure: str, value: Any, said: str) -> None:
    whole = checkpoint()
    history = list(whole.history)
    history[1] = dataclasses.replace(history[1], **{figure: value})
    forged = dataclasses.replace(whole, history=tuple(history))
    with pytest.raises(StoredWorkRefused, match=said):
        decode(encode(forged))


@pytest.mark.parametrize("step", [7, -3, 2**70])
def test_a_step_other_than_the_last_of_its_epochs_is_refused(step: int) -> None:
    whole = checkpoint()
    forged = dataclasses.replace(whole, state=dataclasses.replace(whole.state, step=step))
    with pytest.raises(StoredWorkRefused, match=f"'step' is {step}, expected 12, as many as its epochs took"):
        decode(encode(forged))


def test_no_byte_can_change_unnoticed() -> None:
    content = encode(checkpoint())
    for at in np.random.default_rng(0).integers(0, len(content), 300):
        damaged = bytearray(content)
        damaged[at] ^= 1 << int(at) % 8
        with pytest.raises(StoredWorkRefused):
            decode(bytes(damaged))


def test_what_it_depends_on_can_be_read_of_any_seed() -> None:
    content = encode(checkpoint(), seed=5)
    assert checkpoint_file.resume_key_of(content, "x") == KEY

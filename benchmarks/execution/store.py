"""Work that survives an interruption: finished seeds, and partly trained ones after whole epochs, each on disk at once.

    .benchmarks/resume/lenet-mnist/<hash>/seed-0.training       a finished seed
    .benchmarks/resume/lenet-mnist/<hash>/seed-0.checkpoint     a partly trained one, until it is finished

The folder is named by a hash of the resume key (`resume_key`). A finished seed is its SeedResult as JSON under a checksum; a checkpoint is
the format of `checkpoint_file`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from benchmarks.execution.resume_key import describe_differences
from benchmarks.execution.sealed_file import StoredWorkRefused, refusing, seal, unseal
from benchmarks.experiment.fingerprint import fingerprint
from benchmarks.metrics.measures import taken
from benchmarks.results.atomic import remove_stale, write_atomically
from benchmarks.results.regular_file import read_regular
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.engine.loop import Checkpoint
    from benchmarks.execution.job import Job

FOLDER = "resume"
"""Folder of stored work, under pytest-benchmark's storage."""

_KIND = "seed 2"
_MAX_BYTES = 4 * 1024**3

T = TypeVar("T")


class StoredSeed(msgspec.Struct, frozen=True):
    """A finished seed, and what it depends on."""

    resume_key: dict[str, str]
    result: SeedResult


class ResumeStore:
    """Stored seeds of all cells, under one folder.

    If the disk is full or read-only, nothing is stored: one notice says so, and training goes on.
    """

    def __init__(self, root: Path, notify: Callable[[str], None] = print) -> None:
        """Touch nothing yet.

        Args:
            root: The folder; it need not exist.
            notify: Called with each notice.
        """
        self._root = root
        self._notify = notify
        self._failed = False

    def folder(self, job: Job) -> Path:
        """Return where the seeds of a job's cell lie."""
        return self._root / job.cell.id / fingerprint(job.resume_key)

    def result(self, job: Job) -> SeedResult | None:
        """Return a finished seed; None where there is none, or none that can be trusted."""
        return self._read(self._path(job, "training"), lambda content, name: decode(content, name, job))

    def save(self, job: Job, result: SeedResult) -> None:
        """Store a finished seed; its checkpoint is not needed any more."""
        if self._write(self._path(job, "training"), encode(job, result)):
            with contextlib.suppress(OSError):  # left behind, it is not read any more
                self._path(job, "checkpoint").unlink()

    def checkpoint(self, job: Job) -> Checkpoint | None:
        """Return the last state of a partly trained seed, or None as `result` does."""
        from benchmarks.execution import checkpoint_file

        return self._read(
            self._path(job, "checkpoint"),
            lambda content, name: checkpoint_file.decode(content, name, job),
        )

    def save_checkpoint(self, job: Job, checkpoint: Checkpoint) -> None:
        """Store a partly trained seed in place of its last state."""
        from benchmarks.execution import checkpoint_file

        content = checkpoint_file.encode(job, checkpoint)
        self._write(self._path(job, "checkpoint"), content)

    def report_differences(self, jobs: Sequence[Job]) -> None:
        """Notify which of these jobs have stored work of their protocol that cannot be reused, and why."""
        seeds: dict[str, dict[int, None]] = {}
        for job in jobs:
            for path in sorted(self._root.joinpath(job.cell.id).glob(f"*/seed-{job.seed}.*")):
                stored = None if path.parent == self.folder(job) else self._read(path, _resume_key_of)
                if stored is not None and stored.get("protocol") == job.resume_key["protocol"]:
                    seeds.setdefault(describe_differences(stored, job.resume_key), {})[job.seed] = None
        for text, which in seeds.items():
            numbers = ", ".join(map(str, which))
            those = "seeds" if len(which) > 1 else "seed"
            self._notify(
                f"{jobs[0].cell.id}: stored work of {those} {numbers} cannot be reused; trained again, since this differs: {text}"
            )

    def _path(self, job: Job, kind: str) -> Path:
        return self.folder(job) / f"seed-{job.seed}.{kind}"

    def _read(self, path: Path, read: Callable[[bytes, str], T]) -> T | None:
        try:
            return read(read_regular(path, "a stored training", _MAX_BYTES), str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            self._notify(f"{path}: cannot be read ({error.strerror}); the seed is trained again")
        except StoredWorkRefused as error:
            self._notify(f"{error}; the seed is trained again. To see this no more, remove the file")
        return None

    def _write(self, path: Path, content: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_stale(path.parent)
            write_atomically(path, content)
        except OSError as error:
            if not self._failed:
                self._failed = True
                self._notify(
                    f"{path}: could not be stored ({error.strerror}); training goes on, but --resume will not find it"
                )
            return False
        return True


def encode(job: Job, result: SeedResult) -> bytes:
    """Return a finished seed as bytes."""
    return seal(_KIND, msgspec.json.encode(StoredSeed(dict(job.resume_key), result)))


def decode(content: bytes, name: str, job: Job) -> SeedResult:
    """Return the finished seed of these bytes.

    Args:
        content: All bytes of the file.
        name: Name to use in error messages.
        job: What it must be the result of.

    Raises:
        StoredWorkRefused: The bytes are damaged, or of another resume key or seed.
    """
    stored = _stored(content, name)
    if stored.resume_key != dict(job.resume_key) or stored.result.seed != job.seed:
        raise StoredWorkRefused(f"{name}: belongs to another cell or seed; was the file renamed?")
    with refusing(name):
        _check(stored.result, job)
    return stored.result


def _check(result: SeedResult, job: Job) -> None:
    """Check that a finished seed can be one of the job's cell, so that it can be put together with others.

    Raises:
        ValueError: It cannot; the message names the field.
    """
    import datasets

    key, recipe, history = job.resume_key, job.spec.recipe, result.history
    if result.test_images != int(key["test_images"]):
        raise ValueError(f"'test_images' is {result.test_images}, expected {key['test_images']}")
    epochs, expected_epochs = len(history.seconds), int(key["recipe.epochs"])
    if epochs != expected_epochs and not (result.divergence == "nan" and epochs < expected_epochs):
        raise ValueError(f"'history' holds {epochs} epochs of {expected_epochs}")
    if not (history.epoch and history.steps):
        raise ValueError("'history.epoch' and 'history.steps' hold no epoch")
    if disorder := history.disorder(recipe.steps(int(key["train_images"]))):
        raise ValueError(f"'history': it {disorder}")
    classes = len(datasets.spec(job.cell.dataset).class_names)
    if len(result.confusion) != classes:
        raise ValueError(f"'confusion' has {len(result.confusion)} classes, expected {classes}")
    expected = {measure.key for measure in taken(classes, "second_test" in key, job.spec.measures)}
    if set(result.measures) != expected:
        raise ValueError(f"'measures' holds {sorted(result.measures)}, expected {sorted(expected)}")
    if (engine := result.machine.get("backend", "tensorflow")) != job.spec.engine:
        raise ValueError(f"'machine.backend' is {engine}, expected {job.spec.engine}")


def _stored(content: bytes, name: str) -> StoredSeed:
    body = unseal(_KIND, content, name)
    with refusing(name):
        return msgspec.json.decode(body, type=StoredSeed)


def _resume_key_of(content: bytes, name: str) -> Mapping[str, str]:
    from benchmarks.execution import checkpoint_file

    if name.endswith(".checkpoint"):
        return checkpoint_file.resume_key_of(content, name)
    return _stored(content, name).resume_key

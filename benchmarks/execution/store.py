"""Work that survives: each finished seed, and half-finished ones after whole epochs, on disk at once.

    .benchmarks/resume/lenet-mnist/<identity>/seed-0.training       a finished seed
    .benchmarks/resume/lenet-mnist/<identity>/seed-0.checkpoint     a half-finished one, until it is finished

The folder is named by a hash of the identity (`resume_key`); the files are those of `checkpoint_file`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.engine.loop import Checkpoint
from benchmarks.execution import checkpoint_file
from benchmarks.execution.checkpoint_file import Finished, StoredWorkRefused
from benchmarks.execution.resume_key import differing
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint
from benchmarks.results.atomic import sweep, write_whole

FOLDER = "resume"
"""Under pytest-benchmark's storage."""

_MAX_BYTES = 4 * 1024**3

T = TypeVar("T")


@dataclass
class Shelf:
    """Where the stored work of one cell lies.

    A disk that is full or read-only takes nothing: that is said through ``tell``, once, and training goes on.
    """

    root: Path
    cell: Cell
    identity: Mapping[str, str]
    tell: Callable[[str], None]
    _silent: bool = field(default=False, init=False)

    @property
    def folder(self) -> Path:
        return self.root / self.cell.id / fingerprint(self.identity)

    def finished(self, seed: int) -> Finished | None:
        """The stored seed, or None where there is none or it is not to be trusted."""
        return self._read(
            self._path(seed, "training"),
            lambda c, name: checkpoint_file.read_finished(c, name, self.identity, seed),
        )

    def keep(self, finished: Finished) -> None:
        """Store a finished seed; its checkpoint is not needed any more."""
        seed = finished.training.seed
        if self._write(self._path(seed, "training"), checkpoint_file.finished(finished, self.identity)):
            self._path(seed, "checkpoint").unlink(missing_ok=True)

    def checkpoint(self, seed: int) -> Checkpoint | None:
        """The last state of a half-finished seed, or None."""
        return self._read(
            self._path(seed, "checkpoint"),
            lambda c, name: checkpoint_file.read_checkpoint(c, name, self.identity, seed),
        )

    def keep_checkpoint(self, seed: int, checkpoint: Checkpoint) -> None:
        """Store a half-finished seed in place of its last state."""
        self._write(
            self._path(seed, "checkpoint"), checkpoint_file.checkpoint(checkpoint, seed, self.identity)
        )

    def say_what_differs(self, seeds: Sequence[int]) -> None:
        """Tell of work that is stored for these seeds under this protocol, but of another identity: it is not taken up."""
        told: dict[str, list[int]] = {}
        for seed in seeds:
            for path in sorted(self.root.joinpath(self.cell.id).glob(f"*/seed-{seed}.*")):
                stored = (
                    None if path.parent == self.folder else self._read(path, checkpoint_file.read_identity)
                )
                if stored is not None and stored.get("protocol") == self.identity["protocol"]:
                    told.setdefault("; ".join(differing(stored, self.identity)), []).append(seed)
        for text, which in told.items():
            numbers = ", ".join(str(seed) for seed in dict.fromkeys(which))
            self.tell(
                f"{self.cell.id}: stored work for seed {numbers} is not taken up but trained anew, since it differs: {text}"
            )

    def _path(self, seed: int, kind: str) -> Path:
        return self.folder / f"seed-{seed}.{kind}"

    def _read(self, path: Path, read: Callable[[bytes, str], T]) -> T | None:
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise StoredWorkRefused(f"{path}: larger than any stored training")
            return read(path.read_bytes(), str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            self.tell(f"{path}: cannot be read ({error.strerror}); trained again")
        except StoredWorkRefused as error:
            self.tell(f"{error}; trained again, remove the file to be rid of this message")
        return None

    def _write(self, path: Path, content: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent)
            write_whole(path, content)
        except OSError as error:
            if not self._silent:
                self._silent = True
                self.tell(
                    f"{path}: could not be stored ({error.strerror}); training goes on, but --resume will not find it"
                )
            return False
        return True

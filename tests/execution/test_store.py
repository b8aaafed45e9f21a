"""Stored trainings: what comes back, what is refused, and what happens where nothing can be stored."""

import hashlib
import io
import multiprocessing
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.engine.loop import Epoch, Training
from benchmarks.execution import checkpoint_file
from benchmarks.execution.checkpoint_file import Finished, StoredWorkRefused
from benchmarks.execution.extra_info import Costs
from benchmarks.execution.resume_key import code_hashes, differing, identity
from benchmarks.execution.store import Shelf
from benchmarks.experiment.cell import Cell
from benchmarks.results import atomic

CELL = Cell("lenet", "mnist")
IDENTITY = {"protocol": "study", "recipe.epochs": "10", "test_images": "100", "code in models/lenet.py": "aa"}
MAGIC = b"cnn-benchmarks stored training 1 "


def finished(seed: int = 0, loss: float = 0.1) -> Finished:
    history = tuple(Epoch(loss, 0.9, loss / 3, 0.8, 1.25 + i, 0.1, constant=False) for i in range(10))
    predictions = np.random.default_rng(seed).integers(0, 10, 100, dtype=np.uint8)
    return Finished(
        Training(seed, history, predictions, "ab" * 32),
        (150_742, 0),
        241_816,
        Costs(importing=2.5, data=0.1, build=0.2, trace=0.3, peak_memory_mib=600.0),
        "2026-01-02T03:04:05+00:00",
        {"cores": 2, "device": "CPU"},
    )


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def shelf(tmp_path: Path, told: list[str]) -> Shelf:
    return Shelf(tmp_path / "resume", CELL, IDENTITY, told.append)


def the_file(shelf: Shelf) -> Path:
    return shelf.folder / "seed-0.training"


def same(a: Finished, b: Finished) -> bool:
    return checkpoint_file.finished(a, IDENTITY) == checkpoint_file.finished(b, IDENTITY)


@pytest.mark.parametrize("loss", [0.1, float("nan"), float("inf")])
def test_a_finished_seed_comes_back_bit_by_bit(shelf: Shelf, loss: float) -> None:
    shelf.keep(finished(loss=loss))
    found = shelf.finished(0)
    assert found is not None
    assert same(found, finished(loss=loss))
    assert [path.name for path in shelf.folder.iterdir()] == ["seed-0.training"]


def test_another_seed_is_not_there(shelf: Shelf, told: list[str]) -> None:
    shelf.keep(finished(0))
    assert shelf.finished(1) is None
    assert told == []


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:700] + bytes([content[700] ^ 1]) + content[701:]


def sealed(body: bytes) -> bytes:
    """Make a file whose checksum is right, whatever is in it."""
    return MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def pickled(_: bytes) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, facts=np.array([{"a": 1}], dtype=object))
    return sealed(buffer.getvalue())


def inflating(_: bytes) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, facts=np.zeros(10**6, np.uint8))
    return sealed(buffer.getvalue())


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "checksum"),
        (flipped, "checksum"),
        (lambda content: content + b"x", "checksum"),
        (lambda _: b"", "no stored training"),
        (lambda _: b"\x00" * 1000, "no stored training"),
        (lambda _: sealed(b"no archive"), "does not hold"),
        (pickled, "does not hold"),
        (inflating, "compressed"),
        (lambda _: checkpoint_file.finished(finished(1), IDENTITY), "another cell or seed"),
        (
            lambda _: checkpoint_file.finished(finished(), IDENTITY | {"precision": "x"}),
            "another cell or seed",
        ),
    ],
)
def test_a_damaged_file_is_named_and_trained_again(
    shelf: Shelf, told: list[str], damage: Callable[[bytes], bytes], reason: str
) -> None:
    shelf.keep(finished())
    the_file(shelf).write_bytes(damage(the_file(shelf).read_bytes()))
    assert shelf.finished(0) is None
    assert len(told) == 1
    assert str(the_file(shelf)) in told[0]
    assert reason in told[0]
    shelf.keep(finished())
    assert shelf.finished(0) is not None


@pytest.mark.parametrize(("key", "value"), [("test_images", "99"), ("recipe.epochs", "9")])
def test_figures_that_do_not_fit_the_cell_are_refused(key: str, value: str) -> None:
    other = IDENTITY | {key: value}
    with pytest.raises(StoredWorkRefused, match="does not hold what it should"):
        checkpoint_file.read_finished(checkpoint_file.finished(finished(), other), "x", other, 0)


def test_no_byte_of_a_file_can_change_unnoticed() -> None:
    content = checkpoint_file.finished(finished(), IDENTITY)
    for at in np.random.default_rng(0).integers(0, len(content), 300):
        damaged = bytearray(content)
        damaged[at] ^= 1 << int(at) % 8
        with pytest.raises(StoredWorkRefused):
            checkpoint_file.read_finished(bytes(damaged), "x", IDENTITY, 0)


def test_what_differs_is_said_field_by_field(tmp_path: Path, told: list[str]) -> None:
    Shelf(tmp_path, CELL, IDENTITY, told.append).keep(finished())
    changed = IDENTITY | {"recipe.epochs": "3", "code in models/lenet.py": "bb", "version of keras": "3.9"}
    Shelf(tmp_path, CELL, changed, told.append).say_what_differs([0, 1])
    assert len(told) == 1
    for words in (
        "lenet-mnist",
        "seed 0 ",
        "recipe.epochs: 10 -> 3",
        "code in models/lenet.py has changed",
        "version of keras: none -> 3.9",
    ):
        assert words in told[0]


def test_another_protocol_is_another_run_and_nothing_to_tell(tmp_path: Path, told: list[str]) -> None:
    Shelf(tmp_path, CELL, IDENTITY, told.append).keep(finished())
    Shelf(tmp_path, CELL, IDENTITY | {"protocol": "quick"}, told.append).say_what_differs([0])
    assert told == []


def test_the_identity_names_all_code_that_trains_and_no_other() -> None:
    # A recipe is named field by field; that another protocol's has changed voids nothing.
    engine = ("interface", "loop", "model_size")
    tensorflow = (
        "augmentation", "data", "initialization", "layers", "optimizers", "program", "startup", "steps", "weights",
    )  # fmt: skip
    assert set(code_hashes("resnet20v1")) == {
        "benchmarks/__init__.py",
        "benchmarks/engine/__init__.py",
        *(f"benchmarks/engine/{name}.py" for name in engine),
        "benchmarks/engine/tensorflow/__init__.py",
        *(f"benchmarks/engine/tensorflow/{name}.py" for name in tensorflow),
        "benchmarks/experiment/__init__.py",
        "benchmarks/experiment/recipe.py",
        "models/__init__.py",
        "models/_blocks.py",
        "models/resnet20v1.py",
    }


def test_the_identity_is_flat_and_complete() -> None:
    parts = {"architecture": "lenet", "recipe": {"epochs": 3, "augmentation": {"mirror": True}}}
    found = identity(parts)
    assert found["recipe.augmentation.mirror"] == "true"
    assert found["recipe.epochs"] == "3"
    assert {"version of tensorflow", "version of keras", "version of numpy"} <= set(found)
    assert differing(found, found) == []


def test_where_nothing_can_be_stored_it_is_said_once_and_training_goes_on(
    tmp_path: Path, told: list[str]
) -> None:
    (tmp_path / "resume").write_text("a file where a folder should be")
    shelf = Shelf(tmp_path / "resume", CELL, IDENTITY, told.append)
    shelf.keep(finished(0))
    shelf.keep(finished(1))
    assert len(told) == 1
    assert "training goes on" in told[0]
    assert shelf.finished(0) is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("only root can mount a small file system here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607


def test_a_full_disk_leaves_whole_files_only(small_disk: Path, told: list[str]) -> None:
    shelf = Shelf(small_disk, CELL, IDENTITY, told.append)
    for seed in range(40):
        shelf.keep(finished(seed))
    assert len(told) == 1
    assert "No space left" in told[0]
    kept = sorted(path.name for path in shelf.folder.iterdir())
    assert 0 < len(kept) < 40
    assert all(name.endswith(".training") for name in kept)
    assert [seed for seed in range(40) if shelf.finished(seed)] == list(range(len(kept)))


def test_a_read_only_disk_is_survived(small_disk: Path, told: list[str]) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)  # noqa: S603, S607
    Shelf(small_disk, CELL, IDENTITY, told.append).keep(finished())
    assert len(told) == 1
    assert "Read-only" in told[0]


def test_a_file_that_may_not_grow_keeps_its_old_content(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    atomic.write_whole(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            atomic.write_whole(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_killed_processes_are_swept_but_not_those_of_living_ones(shelf: Shelf) -> None:
    shelf.folder.mkdir(parents=True)
    old, young = shelf.folder / ".seed-0.training.aa.tmp", shelf.folder / ".seed-0.training.bb.tmp"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))
    shelf.keep(finished())
    assert {path.name for path in shelf.folder.iterdir()} == {young.name, "seed-0.training"}


def _write_often(root: Path, times: int) -> None:
    shelf = Shelf(root, CELL, IDENTITY, print)
    for _ in range(times):
        shelf.keep(finished())


def test_two_runs_at_once_never_show_a_reader_half_a_file(tmp_path: Path, told: list[str]) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_often, args=(tmp_path, 60)) for _ in range(2)]
    for writer in writers:
        writer.start()
    shelf, seen = Shelf(tmp_path, CELL, IDENTITY, told.append), 0
    while any(writer.is_alive() for writer in writers):
        seen += shelf.finished(0) is not None
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert told == []
    assert seen > 0
    assert [path.name for path in shelf.folder.iterdir()] == ["seed-0.training"]

"""Stored trainings: what comes back, what is refused, and what happens where nothing can be stored."""

import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.execution import store as stores
from benchmarks.execution.sealed_file import StoredWorkRefused, seal
from benchmarks.execution.store import ResumeStore
from benchmarks.metrics.classification import packed
from benchmarks.results import atomic
from tests.support import small_disk
from tests.support.stored_seeds import KEY, checkpoint, finished, job


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, notices: list[str]) -> ResumeStore:
    return ResumeStore(tmp_path / "resume", notices.append)


def the_file(store: ResumeStore) -> Path:
    return store.folder(job()) / "seed-0.training"


@pytest.mark.parametrize("loss", [0.1, 1 / 3, 5e-324, None])
def test_a_finished_seed_comes_back_bit_by_bit(store: ResumeStore, loss: float | None) -> None:
    store.save(job(), finished(loss=loss))
    assert store.result(job()) == finished(loss=loss)
    assert [path.name for path in store.folder(job()).iterdir()] == ["seed-0.training"]


def test_another_seed_is_not_found(store: ResumeStore, notices: list[str]) -> None:
    store.save(job(0), finished(0))
    assert store.result(job(1)) is None
    assert notices == []


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    return content[:700] + bytes([content[700] ^ 1]) + content[701:]


def sealed(**changes: object) -> bytes:
    """Make a file whose checksum is right, whatever is in it."""
    result = msgspec.to_builtins(finished()) | changes
    return seal("seed 2", msgspec.json.encode({"resume_key": KEY, "result": result}))


def history(**last: float) -> object:
    """The history of a finished seed whose last epoch has these figures."""
    found = msgspec.to_builtins(finished().history)
    return found | {name: (*found[name][:-1], value) for name, value in last.items()}


def lacking(name: str) -> object:
    """The history of a finished seed without one of its lists."""
    return msgspec.to_builtins(finished().history) | {name: ()}


def shortened(epochs: int) -> object:
    """The first epochs of a finished seed's history."""
    return {name: values[:epochs] for name, values in msgspec.to_builtins(finished().history).items()}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "checksum"),
        (flipped, "checksum"),
        (lambda content: content + b"x", "checksum"),
        (lambda _: b"", "not a stored training"),
        (lambda _: b"\x00" * 1000, "not a stored training"),
        (lambda _: b"cnn-benchmarks stored training 1 " + b"a" * 64 + b"\n", "another version of the suite"),
        (lambda _: seal("seed 2", b"no JSON"), "invalid content"),
        (lambda _: seal("seed 2", b"[" * 10**5), "invalid content"),
        (lambda _: sealed(eval_seconds="soon"), "eval_seconds"),
        (lambda _: sealed(params_trainable=-1), "params_trainable"),
        (lambda _: sealed(correct="!" * 20), "base64"),
        (
            lambda _: sealed(correct=packed(np.zeros(100, bool))),
            "'confusion' has 80 right answers, 'correct' 0",
        ),
        (lambda _: sealed(confusion=[[81, 0], [0, 0]]), "'confusion' counts 81 images, 'test_images' is 100"),
        (lambda _: sealed(confusion=[[80, 0], [20]]), "not a square table"),
        (lambda _: sealed(history=history(val_accuracy=0.79)), "'history.val_accuracy' ends with 0.79"),
        (lambda _: sealed(history=history(val_accuracy=1.01)), "$.result.history.val_accuracy"),
        (lambda _: sealed(history={}), "'history.val_accuracy' holds no epoch"),
        (lambda _: sealed(history=lacking("val_loss")), "'history.val_loss' holds no epoch"),
        (lambda _: sealed(history=lacking("epoch")), "'history.epoch' and 'history.steps' hold no epoch"),
        (lambda _: sealed(history=shortened(9)), "'history' holds 9 epochs of 10"),
        (lambda _: sealed(history=history(epoch=11)), "ran its epochs in the order 1 to 9, 11"),
        (lambda _: sealed(history=history(steps=3)), "took 3 steps in epoch 10, expected 4"),
        (lambda _: sealed(phase_seconds={"import": 1.0}), "'phase_seconds' lacks data, build, trace"),
        (lambda _: sealed(measures={"ece": 1.5, "brier": 0.3}), "'ece' holds 1.5; expected 0 to 1"),
        (lambda _: sealed(measures={"ece": 0.1}), "'measures' holds ['ece'], expected ['brier', 'ece']"),
        (lambda _: sealed(measures={"odd": 0.1}), "'measures' holds odd"),
        (
            lambda _: sealed(corrupted={"fog": [0.5]}),
            "'measures.robustness' is None, the mean of 'corrupted' 0.5",
        ),
        (lambda _: sealed(diverged=3), "'diverged' is 3, 'divergence' None"),
        (lambda _: sealed(diverged=11, divergence="dead"), "'diverged' is epoch 11, 'history' holds 10"),
        (lambda _: sealed(frozen=0), "'frozen' is epoch 0"),
        (lambda _: sealed(confusion=[[80, 0], [20, 0]]), "'confusion' has 2 classes, expected 10"),
        (lambda _: sealed(peak_memory_mib=-1.0), "peak_memory_mib"),
        (lambda _: sealed(machine={"backend": "jax"}), "'machine.backend' is jax, expected tensorflow"),
        (lambda _: sealed(weights_sha256="\x1b[2J<x>"), "weights_sha256"),
        (lambda _: sealed(weights_sha256="ab" * 16), "weights_sha256"),
        (
            lambda _: sealed(measured_at="\x1b[2Jnot a date"),
            "'measured_at' is '\\x1b[2Jnot a date', expected",
        ),
        (
            lambda _: sealed(measured_at="2026-01-02\x1b03:04:05"),
            "'measured_at' is '2026-01-02\\x1b03:04:05'",
        ),
        (lambda _: sealed(machine={"a": {"b": {"c": 1}}}), "machine"),
        (lambda _: stores.encode(job(1), finished(1)), "another cell or seed"),
        (lambda _: stores.encode(job(precision="x"), finished()), "another cell or seed"),
    ],
)
def test_a_damaged_file_is_named_and_trained_again(
    store: ResumeStore, notices: list[str], damage: Callable[[bytes], bytes], reason: str
) -> None:
    store.save(job(), finished())
    the_file(store).write_bytes(damage(the_file(store).read_bytes()))
    assert store.result(job()) is None
    assert len(notices) == 1
    assert str(the_file(store)) in notices[0]
    assert reason in notices[0]
    store.save(job(), finished())
    assert store.result(job()) is not None


def test_what_is_no_file_is_named_at_once_and_trained_again(store: ResumeStore, notices: list[str]) -> None:
    places = [store.folder(job()) / f"seed-{seed}.training" for seed in range(3)]
    places[0].parent.mkdir(parents=True)
    os.mkfifo(places[0])
    places[1].symlink_to("/dev/zero")
    places[2].mkdir()
    assert [store.result(job(seed)) for seed in range(3)] == [None] * 3
    assert len(notices) == 3
    for place, notice in zip(places, notices, strict=True):
        assert str(place) in notice
        assert "trained again" in notice


@pytest.mark.parametrize("changes", [{"test_images": "99"}, {"recipe.epochs": "9"}])
def test_figures_that_do_not_fit_the_cell_are_refused(changes: dict[str, str]) -> None:
    other = job(0, **changes)
    with pytest.raises(StoredWorkRefused, match="invalid content"):
        stores.decode(stores.encode(other, finished()), "x", other)


def test_no_byte_of_a_file_can_change_unnoticed() -> None:
    content = stores.encode(job(), finished())
    for at in np.random.default_rng(0).integers(0, len(content), 300):
        damaged = bytearray(content)
        damaged[at] ^= 1 << int(at) % 8
        with pytest.raises(StoredWorkRefused):
            stores.decode(bytes(damaged), "x", job())


@pytest.mark.parametrize("partly", [False, True])
def test_differences_are_reported_field_by_field(
    store: ResumeStore, notices: list[str], partly: bool
) -> None:
    if partly:
        store.save_checkpoint(job(), checkpoint())
    else:
        store.save(job(), finished())
    changes = {"recipe.epochs": "3", "code in models/lenet.py": "bb", "version of keras": "3.9"}
    store.report_differences([job(seed, **changes) for seed in (0, 1)])
    assert len(notices) == 1
    for words in (
        "lenet-mnist",
        "seed 0 ",
        "recipe.epochs: 10 -> 3",
        "code in models/lenet.py has changed",
        "version of keras: none -> 3.9",
    ):
        assert words in notices[0]


def test_another_protocol_is_another_run_and_needs_no_notice(store: ResumeStore, notices: list[str]) -> None:
    store.save(job(), finished())
    store.report_differences([job(protocol="quick")])
    assert notices == []


def test_a_checkpoint_that_cannot_be_removed_stops_nothing(store: ResumeStore, notices: list[str]) -> None:
    (store.folder(job()) / "seed-0.checkpoint").mkdir(parents=True)
    store.save(job(), finished())
    assert store.result(job()) == finished()
    assert notices == []


def test_a_failure_to_store_is_reported_once_and_training_goes_on(tmp_path: Path, notices: list[str]) -> None:
    (tmp_path / "resume").write_text("a file where a folder should be")
    store = ResumeStore(tmp_path / "resume", notices.append)
    store.save(job(0), finished(0))
    store.save(job(1), finished(1))
    assert len(notices) == 1
    assert "training goes on" in notices[0]
    assert store.result(job()) is None


STORE = """
import json, sys
from pathlib import Path
from benchmarks.execution.store import ResumeStore
from tests.support import small_disk
from tests.support.stored_seeds import finished, job

said = []
store = ResumeStore(Path(sys.argv[1]), said.append)
for seed in range(40):
    store.save(job(seed), finished(seed))
files = sorted(path.name for path in store.folder(job()).glob("*"))
print(json.dumps([said, files, [seed for seed in range(40) if store.result(job(seed))]]))
"""


@pytest.mark.parametrize(
    ("options", "reason", "fits"), [("size=64k", "No space left", True), ("ro", "Read-only", False)]
)
def test_a_disk_that_takes_no_more_leaves_only_complete_files(
    options: str, reason: str, fits: bool, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    done = small_disk.run(disk, options, sys.executable, "-c", STORE, disk)
    assert done.returncode == 0, done.stderr
    said, files, kept = json.loads(done.stdout)
    assert [reason in notice for notice in said] == [True]
    assert (0 < len(files) < 40) == fits
    assert all(name.endswith(".training") for name in files)
    assert kept == list(range(len(files)))


def test_a_file_that_may_not_grow_keeps_its_old_content(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    atomic.write_atomically(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            atomic.write_atomically(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_killed_processes_are_removed_but_not_those_of_living_ones(store: ResumeStore) -> None:
    store.folder(job()).mkdir(parents=True)
    old, young = (
        store.folder(job()) / ".seed-0.training.aa.tmp",
        store.folder(job()) / ".seed-0.training.bb.tmp",
    )
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))
    store.save(job(), finished())
    assert {path.name for path in store.folder(job()).iterdir()} == {young.name, "seed-0.training"}


def _write_often(root: Path, times: int) -> None:
    store = ResumeStore(root)
    for _ in range(times):
        store.save(job(), finished())


def test_two_runs_at_once_never_show_a_reader_half_a_file(tmp_path: Path, notices: list[str]) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_often, args=(tmp_path, 60)) for _ in range(2)]
    for writer in writers:
        writer.start()
    store, seen = ResumeStore(tmp_path, notices.append), 0
    while any(writer.is_alive() for writer in writers):
        seen += store.result(job()) is not None
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert notices == []
    assert seen > 0
    assert [path.name for path in store.folder(job()).iterdir()] == ["seed-0.training"]

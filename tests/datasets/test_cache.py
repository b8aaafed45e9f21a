"""The cache of decoded arrays: quick second starts, never a half or a wrong entry."""

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets import Dataset, _cache, load_real
from datasets._contract import Spec, Splits
from tests.support.official_files import content, sealed, small, write

SPEC = small("mnist")


def load(data_dir: Path, spec: Spec = SPEC) -> Dataset:
    return load_real(spec, data_dir=data_dir, accept_copies=True)


def entry(tmp_path: Path) -> Path:
    (only,) = (tmp_path / "cache").iterdir()
    return only


def undecodable(spec: Spec, name: str = SPEC.layouts[0].read.__qualname__) -> Spec:
    """Give the data set a decoder that fails: only the cache can have the arrays."""

    def read(*_: object) -> Splits:
        raise AssertionError("decoded again")

    read.__qualname__ = name
    return replace(spec, layouts=tuple(replace(layout, read=read) for layout in spec.layouts))


def test_the_second_start_maps_the_arrays_and_decodes_nothing(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    first, second = load(tmp_path), load(tmp_path, undecodable(SPEC))
    assert isinstance(second.x_train, np.memmap)
    assert not second.x_train.flags.writeable
    np.testing.assert_array_equal(second.x_train, content(SPEC).x_train)
    assert (second.fingerprint, second.origin, second.verified) == (
        first.fingerprint,
        first.origin,
        first.verified,
    )


def test_the_second_start_hashes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    monkeypatch.setattr("datasets._files.checksums.checksum", lambda *_: pytest.fail("hashed again"))
    load(tmp_path)


def test_an_entry_is_as_verified_as_todays_checksums_say(tmp_path: Path) -> None:
    folder = write(SPEC, SPEC.layouts[0], tmp_path)
    assert not load(tmp_path).verified
    assert load(tmp_path, sealed(SPEC, folder)).verified
    assert not load(tmp_path).verified


def test_a_changed_file_is_decoded_again(tmp_path: Path) -> None:
    path = write(SPEC, SPEC.layouts[2], tmp_path) / "t10k-images-idx3-ubyte"
    first = load(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert load(tmp_path).x_test[-1, -1, -1, 0] == first.x_test[-1, -1, -1, 0] ^ 1


def test_another_decoder_reads_the_files_again(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    with pytest.raises(AssertionError, match="decoded again"):
        load(tmp_path, undecodable(SPEC, "another"))


@pytest.mark.parametrize(
    "changed",
    [
        {"class_names": tuple("jihgfedcba")},  # the fingerprint is theirs, too
        {"shape": (28, 28, 3)},
        {"train_counts": (1,) * 10},
        {"test_counts": (1,) * 10},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_declaration_reads_the_files_again(changed: dict[str, Any], tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    with pytest.raises(AssertionError, match="decoded again"):
        load(tmp_path, replace(undecodable(SPEC), **changed))


@pytest.mark.parametrize(
    ("file", "damaged"),
    [
        ("x_train.npy", lambda data: data[:-1]),
        ("x_train.npy", lambda data: bytes(len(data))),
        ("x_train.npy", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("y_test.npy", lambda data: None),
        ("meta.json", lambda data: None),
        ("meta.json", lambda data: data[:9]),
        ("meta.json", lambda data: b"[]"),
        ("meta.json", lambda data: b"\xff"),
    ],
    ids=[
        "cut",
        "overwritten",
        "one pixel",
        "array gone",
        "meta gone",
        "meta cut",
        "other meta",
        "meta not text",
    ],
)
def test_a_damaged_entry_is_regenerated(
    file: str, damaged: Callable[[bytes], bytes | None], tmp_path: Path
) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    first = load(tmp_path)
    path = entry(tmp_path) / file
    data = damaged(path.read_bytes())
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    again = load(tmp_path)
    np.testing.assert_array_equal(again.x_train, content(SPEC).x_train)
    assert again.fingerprint == first.fingerprint
    load(tmp_path, undecodable(SPEC))  # whole again


@pytest.mark.parametrize(
    "change",
    [
        lambda meta: meta["facts"].update(fingerprint="f" * 16),
        lambda meta: meta["facts"].update(copies=[]),
        lambda meta: meta["facts"].update(more=1),
        lambda meta: meta.update(note="made elsewhere"),
        lambda meta: meta["files"].update(x_train=meta["files"]["x_test"]),
        lambda meta: meta.pop("sha256"),
        lambda meta: meta.update(sha256="0" * 64),
    ],
    ids=["fingerprint", "copies", "another fact", "note", "files", "no digest", "other digest"],
)
def test_a_changed_fact_is_noticed_and_the_entry_made_anew(
    change: Callable[[dict[str, Any]], object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    first = load(tmp_path)
    path = entry(tmp_path) / "meta.json"
    meta = json.loads(path.read_text())
    change(meta)
    path.write_text(json.dumps(meta))
    again = load(tmp_path)
    assert (again.fingerprint, again.origin, again.verified) == (
        first.fingerprint,
        first.origin,
        first.verified,
    )
    assert "is broken" in caplog.text
    load(tmp_path, undecodable(SPEC))  # whole again


def test_a_fact_that_is_written_otherwise_is_no_change(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    path = entry(tmp_path) / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True, indent=4))
    load(tmp_path, undecodable(SPEC))


def test_a_flipped_byte_is_found_though_size_and_time_are_as_before(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    path = entry(tmp_path) / "x_train.npy"
    state, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    np.testing.assert_array_equal(load(tmp_path).x_train, content(SPEC).x_train)
    load(tmp_path, undecodable(SPEC))  # whole again


def test_a_process_hashes_an_entry_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    load(tmp_path)
    monkeypatch.setattr("hashlib.file_digest", lambda *_: pytest.fail("hashed again"))
    load(tmp_path)


def test_a_pipe_in_an_entry_is_replaced(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    path = entry(tmp_path) / "x_train.npy"
    path.unlink()
    os.mkfifo(path)
    np.testing.assert_array_equal(load(tmp_path).x_train, content(SPEC).x_train)


def test_a_file_in_an_entrys_place_is_replaced(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    load(tmp_path)
    place = entry(tmp_path)
    shutil.rmtree(place)
    place.write_text("not an entry")
    load(tmp_path)
    load(tmp_path, undecodable(SPEC))


def test_what_a_killed_process_left_is_neither_read_nor_kept(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    old, recent = (tmp_path / "cache" / f".filling-{age}" for age in ("old", "recent"))
    for leftover in (old, recent):
        (leftover / "entry").mkdir(parents=True)
        (leftover / "entry" / "x_train.npy").write_bytes(b"half")
    os.utime(old, (0, 0))
    an_hour_ago = time.time() - 3600
    os.utime(recent, (an_hour_ago, an_hour_ago))
    np.testing.assert_array_equal(load(tmp_path).x_train, content(SPEC).x_train)
    assert not old.exists()
    assert recent.exists()  # perhaps another process's, still at work


def test_an_entry_is_kept_though_another_process_removes_its_own_meanwhile(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / ".filling-gone").symlink_to(tmp_path / "gone")  # listed, and not there any more
    load(tmp_path)
    load(tmp_path, undecodable(SPEC))


def test_without_a_place_to_write_everything_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "file" / "cache"))
    for _ in range(2):
        loaded = load(tmp_path)
        np.testing.assert_array_equal(loaded.x_train, content(SPEC).x_train)
        assert not loaded.x_train.flags.writeable


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), OSError("250880 requested and 0 written")],
    ids=["system", "numpy"],
)
def test_a_full_disk_leaves_nothing_behind(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    save, calls = np.save, []

    def full(*arguments: object, **options: object) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise error
        save(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(np, "save", full)
    np.testing.assert_array_equal(load(tmp_path).x_train, content(SPEC).x_train)
    assert list((tmp_path / "cache").iterdir()) == []
    assert f"images are not cached there ({error.strerror or error})" in caplog.text


def test_whoever_is_second_takes_the_entry_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = _cache._fill

    def overtaken(place: Path, splits: Splits, facts: dict[str, object]) -> None:
        fill(place, splits, facts)
        monkeypatch.setattr(_cache, "_fill", fill)
        _cache.write("key", splits, {"by": "the first"})

    monkeypatch.setattr(_cache, "_fill", overtaken)
    assert _cache.write("key", content(SPEC), {"by": "the second"}).facts == {"by": "the first"}
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["key"]


def _fingerprint(data_dir: Path) -> str:
    return load(data_dir).fingerprint


def test_processes_may_fill_the_cache_at_once(tmp_path: Path) -> None:
    write(SPEC, SPEC.layouts[0], tmp_path)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.map(_fingerprint, [tmp_path] * 12, chunksize=1)
    assert len(set(found)) == 1
    assert entry(tmp_path).name.startswith("mnist-")  # one entry, and nothing half-written beside it
    assert load(tmp_path, undecodable(SPEC)).fingerprint == found[0]


def test_the_cache_lies_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _cache.cache_directory() == tmp_path / "cache"
    monkeypatch.delenv("BENCH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert _cache.cache_directory() == tmp_path / "xdg" / "cnn-benchmarks"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert _cache.cache_directory() == Path.home() / ".cache" / "cnn-benchmarks"

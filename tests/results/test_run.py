"""Saved runs are untrusted files: what does not fit is refused by file and field."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import machine_id, resolve
from benchmarks.results.run import from_dict, load_run, load_runs
from tests.support.run_factory import bits, cell, run, save


def test_a_whole_run_is_read(tmp_path: Path) -> None:
    found = load_run(save(tmp_path / "0001_run.json", run()))
    assert list(found.cells) == ["lenet-mnist", "lenet-cifar10", "vgg-mnist", "vgg-cifar10"]
    one = found.cells["lenet-mnist"]
    assert (one.seeds, one.params_total, one.test_images) == ((0, 1, 2, 3, 4), 150_742, 1000)
    assert one.losses == (0.3,) * 5
    assert (found.partial, found.pinned, found.commit) == (False, False, "abc123")
    assert found.versions == {"tensorflow": "2.21.0"}
    assert found.machine == {"cpu.brand_raw": "Some CPU", "cpu.count": "2", "threads": "2"}


def test_a_notebook_shows_a_run_and_a_cell_as_one_line() -> None:
    found = from_dict(run(), "0001")
    assert repr(found) == "<Run 0001: 4 cells, quick on real images>"
    shown = repr(found.cells["lenet-mnist"])
    assert shown.startswith("<CellResult lenet-mnist, quick, real images: accuracies (0.9")
    assert len(shown) < 150


def test_other_benchmarks_of_the_session_are_passed_over() -> None:
    data = run()
    data["benchmarks"].append({"name": "test_else", "stats": {}, "extra_info": {}})
    assert len(from_dict(data, "x").cells) == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accuracies", [0.9, 0.9, 0.9, 0.9, 1.2]),
        ("accuracies", [0.9, 0.9, 0.9, 0.9, -0.1]),
        ("accuracies", [0.9]),
        ("accuracies", "0.9"),
        ("accuracies", [0.9, 0.9, 0.9, 0.9, "UNSERIALIZABLE[np.float32(0.9)]"]),
        ("accuracies", [0.9, 0.9, 0.9, 0.9, True]),
        ("seeds", [0, 1, 2, 3, 3]),
        ("seeds", []),
        ("seeds", [0, 1, 2, 3, None]),
        ("seeds", [0, 1, 2, 3, 4.5]),
        ("architecture", "../../etc"),
        ("architecture", "\x1b[31mred"),
        ("dataset", 3),
        ("data_source", "imagined"),
        ("data_fingerprint", None),
        ("fingerprint", None),
        ("test_images", 0),
        ("test_images", -5),
        ("params_total", 1.5),
        ("params_total", None),
        ("floor", 80),
        ("diverged", [None]),
        ("correct", ["AAAA"] * 5),
        ("parallel", "no"),
        ("history", [{"val_accuracy": [0.5], "seconds": [1.0]}]),
        ("history", [{"val_accuracy": [0.5], "seconds": [1.0, 2.0]}] * 5),
        ("history", [{"val_accuracy": [1.5], "seconds": [1.0]}] * 5),
        ("history", [{"val_accuracy": ["0.5"], "seconds": [1.0]}] * 5),
        ("history", [{"val_accuracy": [0.5], "seconds": [None]}] * 5),
        ("history", ["long"] * 5),
        ("train_images", -1),
        ("peak_memory_mib", "much"),
    ],
)
def test_a_bad_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(RunRefused, match=f"bad.json.*{field}"):
        from_dict(run(cell() | {field: value}), "bad.json")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"benchmarks": {}}', '{"benchmarks": [3]}', '{"benchmarks": []}', "[" * 100_000,
     '{"benchmarks": [{"extra_info": []}]}', '{"benchmarks": [], "suite": 1}', "\x00\xff", '{"pinned": 99}',
     '{"pinned": 1, "protocol": "quick", "data_source": "real", "cells": []}'],
)  # fmt: skip
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "0007_broken.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(RunRefused, match="0007_broken"):
        load_run(path)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_nan_and_infinity_are_refused(tmp_path: Path, token: str) -> None:
    path = tmp_path / "nan.json"
    path.write_text(json.dumps(run()).replace("0.902", token))
    with pytest.raises(RunRefused, match=r"nan\.json"):
        load_run(path)


def test_a_truncated_file_is_refused_at_any_length(tmp_path: Path) -> None:
    whole = json.dumps(run())
    path = tmp_path / "cut.json"
    for length in range(0, len(whole) - 1, 97):
        path.write_text(whole[:length])
        with pytest.raises(RunRefused, match=r"cut\.json"):
            load_run(path)


def test_flags_of_the_compiler_are_kept_without_those_that_name_a_folder() -> None:
    facts = {"xla_flags": "--xla_cpu_multi_thread_eigen=false --xla_dump_to=/home/me/dump", "onednn": "1"}
    found = from_dict(run(machine_info=facts), "a").machine
    assert found == {"xla_flags": "--xla_cpu_multi_thread_eigen=false", "onednn": "1"}


@pytest.mark.parametrize("place", ["suite", "machine_info", "benchmarks"])
def test_what_is_nested_too_deeply_is_refused(place: str) -> None:
    """Depths that JSON can hold, and that reading it further cannot."""
    deep: Any = []
    for _ in range(sys.getrecursionlimit()):
        deep = [deep]
    changes = (
        {"benchmarks": [{"extra_info": {}, "stats": deep}]} if place == "benchmarks" else {place: {"a": deep}}
    )
    with pytest.raises(RunRefused, match=r"deep\.json.*nested too deeply"):
        from_dict(run(**changes), "deep.json")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(RunRefused, match="cannot be read"):
            load_run(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "endless.json").symlink_to("/dev/zero")
    (tmp_path / "empty.json").symlink_to("/dev/null")
    for name in ("pipe.json", "endless.json", "empty.json"):
        with pytest.raises(RunRefused, match=f"{name}: cannot be read: not a regular file"):
            load_run(tmp_path / name)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(RunRefused, match="1,073,741,824 bytes"):
        load_run(path)


def test_a_cell_listed_twice_is_refused() -> None:
    with pytest.raises(RunRefused, match="lenet-mnist is listed twice"):
        from_dict(run(cell(), cell()), "x")


def test_partial_runs_are_recognised() -> None:
    marked, short, narrowed = run(), run(), run()
    marked["suite"]["partial"] = True
    short["suite"]["expected"].append("resnet20v1-svhn")
    narrowed["suite"]["narrowed"] = True
    assert from_dict(marked, "x").partial
    assert from_dict(short, "x").partial
    assert not from_dict(narrowed, "x").partial
    assert from_dict(narrowed, "x").narrowed


@pytest.mark.parametrize("name", ["expected", "here"])
def test_a_requested_cell_that_is_none_is_refused_by_its_field(name: str) -> None:
    broken = run(suite={name: ["lenet-mnist", "lenet"]})
    with pytest.raises(RunRefused, match=f"^x: 'suite' is .*{name!r}: 'lenet' is not the id of a cell"):
        from_dict(broken, "x")


def test_bits_of_every_length() -> None:
    for images in (1, 7, 8, 9, 10_000):
        data = run(cell([1.0], test_images=images, correct=[bits(images, images)]))
        assert from_dict(data, "x").cells["lenet-mnist"].correct


def test_numbers_resolve_as_pytest_benchmark_counts(tmp_path: Path) -> None:
    own = save(tmp_path / machine_id() / "0002_mine.json", run())
    save(tmp_path / "Other-CPython-3.9-64bit" / "0002_theirs.json", run())
    elsewhere = save(tmp_path / "Other-CPython-3.9-64bit" / "0003_theirs.json", run())
    assert resolve("0002", tmp_path) == resolve("2", tmp_path) == own
    assert resolve("3", tmp_path) == elsewhere
    assert resolve(str(own), tmp_path) == own
    with pytest.raises(RunRefused, match="run 9: no 0009_"):
        resolve("9", tmp_path)


def test_two_runs_of_one_number_are_refused_by_name(tmp_path: Path) -> None:
    for name in ("0001_a.json", "0001_b.json"):
        save(tmp_path / machine_id() / name, run())
    with pytest.raises(RunRefused, match=r"ambiguous.*0001_a\.json and .*0001_b\.json"):
        resolve("1", tmp_path)


def test_an_existing_file_wins_over_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = save(tmp_path / machine_id() / "0001_a.json", run())
    monkeypatch.chdir(tmp_path)
    assert resolve("0001", tmp_path) == numbered
    shutil.copy(numbered, tmp_path / "0001")
    assert resolve("0001", tmp_path) == Path("0001")


def test_a_broken_run_is_refused_where_it_is_named_beside_its_folder(tmp_path: Path) -> None:
    save(tmp_path / "good.json", run())
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(RunRefused, match=r"bad\.json"):
        load_runs(tmp_path, tmp_path / "bad.json")


def test_pinned_means_the_pinned_files_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "pinned" / "other.json", run())
    monkeypatch.chdir(tmp_path)
    assert all(one.pinned for one in load_runs("pinned"))
    assert not load_runs("./pinned")[0].pinned
    with pytest.raises(RunRefused, match="names several runs"):
        load_run("pinned")


@pytest.mark.parametrize(
    ("name", "what"), [("folder", "a folder"), ("null", "not a regular file"), ("none", "no such file")]
)
def test_what_is_there_and_no_run_is_not_said_to_be_missing(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    with pytest.raises(RunRefused, match=f"{name}: {what}; expected a saved run's file"):
        resolve(str(tmp_path / name), tmp_path)


@pytest.mark.parametrize("reference", ["nowhere.json", "", "pinned2", "-1", "1.5", "٣"])
def test_an_unknown_reference_says_what_is_expected(tmp_path: Path, reference: str) -> None:
    with pytest.raises(RunRefused, match="expected a saved run's file"):
        resolve(reference, tmp_path)

"""Shards made into one run: what is merged, and what is refused by name."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.results import merge
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import load_run
from tests.support import run_factory as saved_runs

CELLS = ["lenet-mnist", "vgg-mnist", "lenet-cifar10", "vgg-cifar10"]
Data = dict[str, Any]


def shard(number: int, *names: str, of: int = 2, cpu: str = "Some CPU") -> Data:
    """The `number`-th shard of the grid of CELLS, with these cells."""
    infos = [
        saved_runs.cell(architecture=name.split("-")[0], dataset=name.split("-")[1], train_images=2000)
        for name in names
    ]
    suite = {
        "protocol": "quick",
        "settings": {"protocol": "quick", "precision": "float32", "data": "auto", "seeds": [0, 1, 2, 3, 4]},
        "code": "c0de",
        "expected": CELLS,
        "shard": f"{number}/{of}",
        "partial": True,
        "versions": {"tensorflow": "2.21.0"},
    }
    machine = {"node": "secret-host", "system": "Linux", "cores": 2, "cpu": {"brand_raw": cpu, "count": 2}}
    return saved_runs.run(
        *infos, suite=suite, machine_info=machine, datetime=f"2026-01-0{number}T00:00:00+00:00"
    )


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., list[Path]]:
    def save(*runs: Data) -> list[Path]:
        return [saved_runs.save(tmp_path / f"shard-{i}.json", run) for i, run in enumerate(runs, 1)]

    return save


Save = Callable[..., list[Path]]


def test_shards_become_one_whole_run_in_the_order_of_the_grid(saved: Save, tmp_path: Path) -> None:
    paths = saved(shard(1, CELLS[3], CELLS[0]), shard(2, CELLS[2], CELLS[1]))
    merge.write(merge.merge(paths), tmp_path / "merged.json")
    run = load_run(tmp_path / "merged.json")
    assert list(run.cells) == CELLS
    assert not run.partial
    assert run.datetime == "2026-01-02T00:00:00+00:00"


def test_the_origin_of_each_cell_is_recorded(saved: Save) -> None:
    slow = shard(2, *CELLS[2:], cpu="Other CPU")
    slow["benchmarks"][0]["extra_info"]["parallel"] = True
    merged = merge.merge(saved(shard(1, *CELLS[:2]), slow))
    first, second = merged["suite"]["merged"]
    assert (first["file"], first["shard"], first["cells"]) == ("shard-1.json", "1/2", CELLS[:2])
    assert first["machine"]["cpu.brand_raw"] == "Some CPU"
    assert (first["parallel"], second["parallel"]) == (False, True)
    assert "secret-host" not in json.dumps(merged["suite"])


def test_different_machines_do_not_pass_for_one(saved: Save) -> None:
    merged = merge.merge(saved(shard(1, *CELLS[:2]), shard(2, *CELLS[2:], cpu="Other CPU")))
    assert merged["machine_info"]["cpu"] == {"brand_raw": "Some CPU | Other CPU", "count": 2}


def test_the_commit_is_that_of_all_shards_or_none(saved: Save, tmp_path: Path) -> None:
    one, two = shard(1, *CELLS[:2]), shard(2, *CELLS[2:])
    two["commit_info"] = one["commit_info"] | {"branch": "other", "dirty": True}
    merged = merge.merge(saved(one, two))
    assert merged["commit_info"] == {"id": "abc123", "project": "cnn-benchmarks", "dirty": True}
    two["commit_info"] = {"id": "def456", "project": "cnn-benchmarks"}
    merged = merge.merge(saved(one, two))
    assert merged["commit_info"] == {"project": "cnn-benchmarks"}
    assert [origin["commit"] for origin in merged["suite"]["merged"]] == ["abc123", "def456"]
    merge.write(merged, tmp_path / "merged.json")
    run = load_run(tmp_path / "merged.json")
    assert (run.commit, run.with_conditions(run.cells[CELLS[3]]).commit) == (None, ("",) * 5)


def test_missing_cells_are_named(saved: Save) -> None:
    paths = saved(shard(1, CELLS[0]), shard(2, CELLS[2]))
    with pytest.raises(RunRefused, match="2 of 4 cells are in no shard: vgg-mnist, vgg-cifar10"):
        merge.merge(paths)


def test_a_partial_run_can_be_requested_and_is_marked(saved: Save, tmp_path: Path) -> None:
    merged = merge.merge(saved(shard(1, CELLS[0]), shard(2, CELLS[2])), allow_partial=True)
    merge.write(merged, tmp_path / "merged.json")
    assert load_run(tmp_path / "merged.json").partial


def test_double_cells_are_named_with_their_shards(saved: Save) -> None:
    other = shard(2, *CELLS[2:])
    assert len(merge.merge(saved(shard(1, *CELLS[:3]), other))["benchmarks"]) == 4  # the same training twice
    other["benchmarks"][0]["extra_info"]["accuracies"] = [0.5] * 5
    with pytest.raises(RunRefused, match=r"lenet-cifar10: seed 0 .*shard-1.json and in .*shard-2.json"):
        merge.merge(saved(shard(1, *CELLS[:3]), other))


def changed(run: Data, path: str, value: object) -> Data:
    *parents, last = path.split(".")
    at = run["suite"]
    for key in parents:
        at = at[key]
    at[last] = value
    return run


@pytest.mark.parametrize("narrowed", [(True, True), (True, False), (False, True)])
def test_seeds_added_to_a_whole_grid_leave_it_whole(saved: Save, narrowed: tuple[bool, bool]) -> None:
    parts = [changed(shard(1, *CELLS, of=1), "narrowed", is_part) for is_part in narrowed]
    assert merge.merge(saved(*parts))["suite"]["narrowed"] == all(narrowed)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("settings.protocol", "study", "protocol quick in .*shard-1.json, study in .*shard-2.json"),
        ("settings.precision", "mixed_bfloat16", "precision float32 .*mixed_bfloat16"),
        ("settings.seeds", [0, 1], "seeds"),
        ("code", "other", "code: c0de in .*, other in"),
        ("versions.tensorflow", "2.18.0", "tensorflow 2.21.0 in .*, 2.18.0"),
        ("expected", CELLS[:3], "expected: also vgg-cifar10 in .*, also none"),
        ("expected", CELLS[::-1], "expected: .* in another order in"),
    ],
)
def test_shards_of_different_grids_are_refused(saved: Save, path: str, value: object, words: str) -> None:
    paths = saved(shard(1, *CELLS[:2]), changed(shard(2, *CELLS[2:]), path, value))
    with pytest.raises(RunRefused, match=f"not shards of one grid; .*{words}"):
        merge.merge(paths)


def test_different_data_are_refused(saved: Save) -> None:
    other = shard(2, CELLS[1], *CELLS[2:])
    other["benchmarks"][0]["extra_info"]["data_fingerprint"] = "e" * 16
    with pytest.raises(
        RunRefused,
        match=r"vgg-mnist: not of one run; data_fingerprint 'd+' in .*shard-1.json, 'e+' in .*-2.json",
    ):
        merge.merge(saved(shard(1, CELLS[0]), other))


def test_damaged_files_are_refused_by_name(saved: Save) -> None:
    paths = saved(shard(1, *CELLS[:2]), shard(2, *CELLS[2:]))
    paths[1].write_text(paths[1].read_text()[:-20])
    with pytest.raises(RunRefused, match=r"shard-2.json: invalid or truncated JSON"):
        merge.merge(paths)


@pytest.mark.parametrize(
    ("key", "value"), [("code", None), ("code", 5), ("settings", "quick"), ("settings", [])]
)
def test_runs_that_say_their_grid_wrongly_are_refused(saved: Save, key: str, value: object) -> None:
    old = changed(shard(2, *CELLS[2:]), key, value)
    with pytest.raises(RunRefused, match=rf"shard-2.json: 'suite.{key}' is "):
        merge.merge(saved(shard(1, *CELLS[:2]), old))


def test_runs_that_do_not_say_their_grid_are_refused(saved: Save) -> None:
    old = shard(2, *CELLS[2:])
    del old["suite"]["code"], old["suite"]["settings"]
    with pytest.raises(RunRefused, match=r"does not say which grid .*: suite.settings, suite.code missing;"):
        merge.merge(saved(shard(1, *CELLS[:2]), old))


def test_other_benchmarks_of_the_session_stay(saved: Save) -> None:
    first = shard(1, *CELLS[:2])
    first["benchmarks"] += [{"name": "test_else", "stats": {}}, {"name": "test_more", "extra_info": None}]
    assert len(merge.merge(saved(first, shard(2, *CELLS[2:])))["benchmarks"]) == 6


def test_one_run_is_nothing_to_merge(saved: Save) -> None:
    (path,) = saved(shard(1, *CELLS))
    with pytest.raises(RunRefused, match="at least two runs"):
        merge.merge([path])
    with pytest.raises(RunRefused, match="named twice"):
        merge.merge([path, path])


def test_a_refusal_does_not_control_the_terminal(saved: Save, capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(shard(2, *CELLS[2:]), "code", "\x1b[2Jother")
    paths = [str(path) for path in saved(shard(1, *CELLS[:2]), other)]
    assert main(["merge", *paths, "-o", "merged.json"]) == 2
    assert "code: c0de in" in (said := capsys.readouterr().err)
    assert "\x1b" not in said


def test_the_command_writes_all_or_nothing(saved: Save, tmp_path: Path) -> None:
    paths = [str(path) for path in saved(shard(1, *CELLS[:2]), shard(2, *CELLS[2:]))]
    output = tmp_path / "merged.json"

    def merge(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "benchmarks", "merge", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    refused = merge(paths[0], paths[0], "-o", str(output))
    assert (refused.returncode, output.exists()) == (2, False)
    assert "named twice" in refused.stderr
    nowhere = merge(*paths, "-o", str(tmp_path / "no" / "merged.json"))
    assert nowhere.returncode == 2
    done = merge(*paths, "-o", str(output))
    assert done.returncode == 0, done.stderr
    assert "4 cells of 2 runs, the whole grid" in done.stdout
    assert not load_run(output).partial


def test_a_merged_run_answers_for_the_cells_of_all_shards(saved: Save, tmp_path: Path) -> None:
    first, second = shard(1, CELLS[3], CELLS[0]), shard(2, CELLS[2])
    first["suite"]["here"], second["suite"]["here"] = [CELLS[3], CELLS[0]], [CELLS[2], CELLS[1]]
    merge.write(merge.merge(saved(first, second), allow_partial=True), tmp_path / "merged.json")
    run = load_run(tmp_path / "merged.json")
    assert run.partial
    assert set(run.expected) == set(CELLS)

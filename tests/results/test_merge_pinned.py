"""Two halves of a pinned run, put together, are that run again."""

import json
from base64 import b64decode, b64encode
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from benchmarks.paths import BASELINES
from benchmarks.results.baselines import pin
from benchmarks.results.merge import merge, write
from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.run import load_run
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import answers_digest
from tests.support import run_factory

Data = dict[str, Any]


def half(file: Path, first: bool) -> Data:
    """A pinned file with half of the seeds of every cell that has several, and half of the other cells."""
    data: Data = json.loads(file.read_text())
    cells = []
    for number, cell in enumerate(data["cells"]):
        n = len(cell["seeds"])
        kept = slice(0, n // 2) if first else slice(n // 2, n)
        if n > 1:
            cells.append({k: v[kept] if isinstance(v, list) and len(v) == n else v for k, v in cell.items()})
        elif bool(number % 2) == first:
            cells.append(cell)
    return data | {"cells": cells}


@pytest.mark.parametrize("file", sorted(BASELINES.glob("*.json")), ids=lambda path: path.stem)
def test_two_halves_of_a_pinned_run_give_that_run_again(tmp_path: Path, file: Path) -> None:
    parts = []
    for i in range(2):
        if cells := (data := half(file, bool(i)))["cells"]:
            assert cells
            parts.append(run_factory.save(tmp_path / f"half-{i}.json", data))
    if len(parts) < 2:
        pytest.fail("the file cannot be halved")
    write(merge(parts), tmp_path / "whole.json")
    whole, pinned = load_run(tmp_path / "whole.json"), load_run(file)
    assert whole.cells.keys() == pinned.cells.keys()
    for name, cell in pinned.cells.items():
        assert _outcome(whole.cells[name]) == _outcome(cell)
        assert whole.machine_of(whole.cells[name]) == pinned.machine_of(cell)
        assert whole.versions_of(whole.cells[name]) == pinned.versions_of(cell)
    folder = tmp_path / "pinned"
    (path,) = pin(whole, folder, allow_failed=True, allow_partial=True, synthetic=True)
    again = load_run(path)
    assert {n: _outcome(c) for n, c in again.cells.items()} == {
        n: _outcome(c) for n, c in pinned.cells.items()
    }


def _outcome(cell: CellResult) -> Data:
    """What a pinned cell says, without the conditions, which may stand in the cell or at the file's head."""
    outcome: Data = pinned_form(structs.replace(cell, measured_at=(), commit=(), machine=(), versions=()))
    return outcome


def test_seeds_added_to_a_pinned_run_leave_the_digests_of_all_answers(tmp_path: Path) -> None:
    """A pinned file has digests, a saved run the answers themselves."""
    answers = [run_factory.bits(right) for right in (900, 910, 920, 930)]
    suite = {"settings": {}, "code": "c0de", "versions": {}, "expected": ["lenet-mnist"]}

    def part(name: str, *seeds: int) -> Path:
        cell = run_factory.cell(
            [0.9 + seed / 100 for seed in seeds], seeds=seeds, correct=[answers[seed] for seed in seeds]
        )
        return run_factory.save(tmp_path / name, run_factory.run(cell, suite=suite))

    (pinned,) = pin(load_run(part("first.json", 0, 1)), tmp_path)
    for parts in permutations([pinned, part("more.json", 1, 2), part("again.json", 3)]):
        write(merge(parts), tmp_path / "whole.json")
        (cell,) = load_run(tmp_path / "whole.json").cells.values()
        assert cell.correct_sha256 == tuple(map(answers_digest, answers))
    other = part("other.json", 1)
    other.write_text(other.read_text().replace(answers[1], b64encode(b64decode(answers[1])[::-1]).decode()))
    with pytest.raises(RunRefused, match="not the same training: correct_sha256"):
        merge([pinned, other])

"""`python -m benchmarks sensitivity`: seeds and minutes that a drop costs, from the spreads of saved runs."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from tests.support.run_factory import cell, run, save

STEADY = [0.900, 0.902, 0.898, 0.904, 0.896, 0.900]
"""Deviation 0.283 points."""
WIDE = [0.90, 0.92, 0.88, 0.94, 0.86, 0.90]
"""Deviation 2.83 points."""


def saved(path: Path, *accuracies: list[float], **changes: Any) -> str:
    names = ("mnist", "fashion_mnist", "cifar10")
    cells = [cell(a, dataset=name, **changes) for a, name in zip(accuracies, names, strict=False)]
    return str(save(path, run(*cells)))


def figures(capsys: pytest.CaptureFixture[str], *call: str) -> tuple[list[list[str]], str]:
    """The table's rows, cut at their bars, and the last note below."""
    assert main(["sensitivity", *call]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[part.strip() for part in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    return rows[2:], lines[-1]


def test_the_wider_the_spread_the_more_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, note = figures(capsys, saved(tmp_path / "run.json", STEADY, WIDE, seed_seconds=[30.0] * 6))
    (_, _, seconds, steady, few, cheap), (*_, wide, many, dear), total = rows
    assert (seconds, steady, wide) == ("30.0", "0.28", "2.83")
    assert 4 <= int(few) < int(many)
    assert (float(cheap), float(dear)) == (int(few) / 2, int(many) / 2)
    assert total == ["sum", "", "60.0", "", "", f"{float(cheap) + float(dear):.1f}"]
    # 2 (1.645 + 0.842)^2 2.83^2 = 99 and, at the least, 2 seeds of half a minute
    assert "50.5 min" in note


def test_seeds_that_differ_by_rounding_alone_see_more_in_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = saved(tmp_path / "base.json", WIDE)
    near = saved(tmp_path / "near.json", [a + d for a, d in zip(WIDE, [0.001, -0.001] * 3, strict=True)])
    (row, _), _ = figures(capsys, base, "--rounded", near)
    *_, seeds, _, within, pairs, minutes = row
    assert (within, pairs, minutes) == ("0.11", "5", "0.2")
    assert int(seeds) > 50


def test_evaluation_counts_where_it_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ((_, _, seconds, *_), _), _ = figures(capsys, saved(tmp_path / "run.json", STEADY, eval_seconds=12.0))
    assert seconds == "4.0"


def test_a_larger_drop_takes_fewer_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path / "run.json", WIDE)
    of_one, of_five = (int(figures(capsys, path, "--drop", drop)[0][0][4]) for drop in ("1", "5"))
    assert of_five < of_one


@pytest.mark.parametrize(
    ("accuracies", "changes", "said"),
    [
        ([0.9], {}, "two seeds or more that did not die"),
        ([0.9, None], {}, "two seeds or more that did not die"),
        ([0.9, 0.91], {"seed_seconds": []}, "their seconds"),
    ],
)
def test_what_tells_no_spread_or_time_is_refused(
    accuracies: list[float],
    changes: dict[str, Any],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sensitivity", saved(tmp_path / "run.json", accuracies, **changes)]) == 2
    assert said in capsys.readouterr().err


def test_dead_seeds_do_not_widen_the_spread_of_the_living(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, dead = (
        saved(tmp_path / "a.json", STEADY),
        saved(tmp_path / "b.json", [*STEADY, 0.1], diverged=[*[None] * 6, 1]),
    )
    (alive, _), _ = figures(capsys, base)
    (with_a_death, _), note = figures(capsys, dead)
    assert with_a_death == alive
    assert note == "- lenet-mnist without its dead seeds (1 of 7)."
    assert main(["sensitivity", dead, "--rounded", dead]) == 2
    assert "expected pairs of seeds that are all alive" in capsys.readouterr().err


@pytest.mark.parametrize("changes", [{"seeds": [7, 8, 9, 10, 11, 12]}, {"fingerprint": "e" * 16}])
def test_pairs_of_other_seeds_or_recipes_are_refused(
    changes: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, other = saved(tmp_path / "a.json", STEADY), saved(tmp_path / "b.json", STEADY, **changes)
    assert main(["sensitivity", base, "--rounded", other]) == 2
    assert "expected the seeds and the recipe of" in capsys.readouterr().err


@pytest.mark.parametrize("drop", ["0", "-1", "101", "nan"])
def test_a_drop_that_is_none_is_refused(
    drop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sensitivity", saved(tmp_path / "run.json", STEADY), "--drop", drop]) == 2
    assert "--drop" in capsys.readouterr().err

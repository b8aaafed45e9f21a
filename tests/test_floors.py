"""Floors follow from pinned seeds by their rule, and the tables hold what the pinned files say."""

import statistics

import pytest

from benchmarks import pinning
from benchmarks.__main__ import main
from benchmarks.floors import FLOORS, LEAST, floor_of
from benchmarks.results import load

PINNED = sorted(pinning.FOLDER.glob("*.json"))


def test_the_margin_is_four_deviations_or_three_hundredths() -> None:
    wide = [0.5, 0.55, 0.6, 0.65, 0.7]
    assert floor_of(wide) == pytest.approx(0.6 - 4 * statistics.stdev(wide), abs=0.01)
    assert floor_of(wide) <= 0.6 - 4 * statistics.stdev(wide)
    assert floor_of([0.93] * 5) == 0.90


def test_no_floor_is_near_chance_or_set_by_few_seeds() -> None:
    assert floor_of([0.2, 0.3, 0.1, 0.2, 0.4]) == LEAST
    with pytest.raises(ValueError, match="4 seeds are too few"):
        floor_of([0.9] * 4)


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_the_tables_are_those_of_the_pinned_runs(path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    cells = load(path).cells.values()
    for cell in cells:
        expected = floor_of(list(cell.values.values())) if len(cell.seeds) >= 5 else LEAST
        assert FLOORS[cell.protocol][cell.data_source].get(cell.id, LEAST) == expected, cell.id
        assert all(value > expected for value in cell.values.values()), cell.id
    if all(len(cell.seeds) >= 5 for cell in cells):
        assert main(["floors", str(path)]) == 0
        assert len(capsys.readouterr().out.splitlines()) == len(cells)

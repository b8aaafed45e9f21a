"""Floors follow from pinned seeds by their rule, and the tables hold what the pinned files say."""

import statistics

import pytest

from benchmarks.commands.main import main
from benchmarks.experiment.floors import FLOORS, LEAST, floor_of
from benchmarks.paths import BASELINES
from benchmarks.results.run import load_run

PINNED = sorted(BASELINES.glob("*.json"))


@pytest.mark.parametrize(("seeds", "deviations"), [(3, 7.703), (5, 4.0), (10, 2.906)])
def test_the_margin_grows_where_few_seeds_know_little_of_the_spread(seeds: int, deviations: float) -> None:
    # Student's quantile at 1 - 1/92 with n - 1 degrees of freedom (6.671, 3.652, 2.770), times sqrt(1 + 1/n).
    found = [0.8 + 0.02 * (i % 3) for i in range(seeds)]
    exact = statistics.fmean(found) - deviations * statistics.stdev(found)
    assert floor_of(found) == pytest.approx(exact - 0.005, abs=0.0051)
    assert floor_of(found) <= exact + 1e-4


def test_the_margin_is_at_least_three_hundredths_and_ten_of_a_single_seed() -> None:
    assert floor_of([0.93] * 5) == 0.90
    assert floor_of([0.93, 0.93]) == 0.90
    assert floor_of([0.93]) == 0.83


def test_no_floor_is_near_chance_or_set_by_nothing() -> None:
    assert floor_of([0.2, 0.3, 0.1, 0.2, 0.4]) == LEAST
    with pytest.raises(ValueError, match="no seeds"):
        floor_of([])


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_the_tables_are_those_of_the_pinned_runs(path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    cells = load_run(path).cells.values()
    for cell in cells:
        expected = floor_of(list(cell.values.values()))
        assert FLOORS[cell.protocol][cell.data_source].get(cell.id, LEAST) == expected, cell.id
        missed = [value for value in cell.values.values() if value <= expected]
        assert len(missed) <= cell.diverged_seeds, (
            f"{cell.id}: only what diverged may be pinned below its floor"
        )
        assert cell.verdict == ("failed" if missed else "passed"), cell.id
    assert main(["floors", str(path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(cells)

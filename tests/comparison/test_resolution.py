"""The drop that a baseline is pinned to see."""

import statistics
from dataclasses import replace
from typing import cast

import pytest

from benchmarks.comparison import compare, power
from benchmarks.comparison.resolution import with_resolutions
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run

SPREAD = [0.90, 0.91, 0.89, 0.905, 0.895]


def test_wider_spreads_are_pinned_to_see_larger_drops() -> None:
    calm, wild = cell([0.9 + (a - 0.9) / 10 for a in SPREAD]), cell(SPREAD, architecture="vgg")
    found = with_resolutions(from_dict(run(calm, wild), "r"), 5).cells
    assert found["lenet-mnist"].resolution is not None
    assert found["vgg-mnist"].resolution is not None
    assert 0.5 <= found["lenet-mnist"].resolution < found["vgg-mnist"].resolution / 5


@pytest.mark.parametrize("new_seeds", [1, 5])
def test_the_pinned_drop_is_what_the_spread_lets_see(new_seeds: int) -> None:
    points = power.upper_limit(100 * statistics.stdev(SPREAD), 4)
    sees = power.sees(5, new_seeds, points, cells=1, alpha=0.05)
    found = with_resolutions(from_dict(run(cell(SPREAD)), "r"), new_seeds).cells["lenet-mnist"].resolution
    if sees is None:  # one new seed beside five proves nothing
        assert found is None
    else:
        assert found is not None
        assert sees <= found <= sees + 0.1


def test_a_single_seed_is_pinned_to_nothing() -> None:
    assert with_resolutions(from_dict(run(cell([0.9])), "r"), 5).cells["lenet-mnist"].resolution is None


def test_a_run_of_the_same_spread_is_no_longer_undecided() -> None:
    base = from_dict(run(cell(SPREAD)), "base")
    new = from_dict(run(cell(SPREAD[::-1], seeds=[5, 6, 7, 8, 9])), "new")
    assert [c.verdict for c in compare(base, new).cells] == ["undecided"]
    assert [c.verdict for c in compare(with_resolutions(base, 5), new).cells] == ["unchanged"]


def test_a_number_of_seeds_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="--new-seeds 0: expected 1 or more"):
        with_resolutions(from_dict(run(cell(SPREAD)), "r"), 0)


def test_no_cell_is_pinned_to_see_less_than_what_counts_for_its_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = replace(PROTOCOLS["quick"], max_drop=7.0)
    monkeypatch.setitem(cast("dict[str, Protocol]", PROTOCOLS), "quick", quick)
    calm = cell([0.9 + (a - 0.9) / 100 for a in SPREAD])
    assert with_resolutions(from_dict(run(calm), "r"), 5).cells["lenet-mnist"].resolution == 7.0

"""The drop that a baseline is pinned to see."""

import math
import statistics
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from benchmarks.comparison import compare, power
from benchmarks.comparison.resolution import resolution, with_resolutions
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


def test_a_pinned_resolution_is_seen_by_most_comparisons() -> None:
    assert resolution(5, 1, 1.0, cells=20, alpha=0.04, least=0.5) is None
    assert resolution(10, 5, 0.01, cells=20, alpha=0.04, least=0.5) == 0.5
    assert resolution(10, 5, 1.0, cells=20, alpha=0.04, least=0.5) == pytest.approx(4.9)
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(300):
        base, new = rng.normal(size=10), rng.normal(size=5)
        pinned = resolution(10, 5, float(base.std(ddof=1)), cells=20, alpha=0.04, least=0.5)
        deviation = math.sqrt((9 * base.var(ddof=1) + 4 * new.var(ddof=1)) / 13)
        found = power.sees(10, 5, deviation, cells=20, alpha=0.04)
        assert pinned is not None
        assert found is not None
        seen.append(found <= pinned)
    assert np.mean(seen) > 0.95


@pytest.mark.parametrize("deviation", [0.02, 0.3, 3.0, 12.0])
def test_a_resolution_has_two_digits_rounded_up(deviation: float) -> None:
    limit = power.upper_limit(deviation, 9)
    drop = power.sees(10, 5, limit, cells=20, alpha=0.04)
    found = resolution(10, 5, deviation, cells=20, alpha=0.04, least=0.0)
    assert drop is not None
    assert found is not None
    step = 10 ** math.floor(math.log10(drop)) / 10
    assert drop <= found < drop + step
    assert found / step == pytest.approx(round(found / step))


def test_no_resolution_is_beyond_all_accuracies() -> None:
    """Seeds of 0.90, 0.91 and 0.29 see no drop that an accuracy can have."""
    assert resolution(3, 5, 35.0, cells=15, alpha=0.04, least=0.5) is None
    assert resolution(3, 5, 0.5, cells=15, alpha=0.04, least=0.5) is not None


def test_a_resolution_needs_two_seeds() -> None:
    assert resolution(1, 20, 1.0, cells=1, alpha=0.5, least=0.5) is None
    assert resolution(2, 20, 1.0, cells=1, alpha=0.5, least=0.5) is not None
    assert resolution(10, 5, 0.0, cells=20, alpha=0.04, least=0.5) == 0.5

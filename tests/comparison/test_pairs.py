"""Pairs of equal seeds: when they are pairs, and what that gains."""

from typing import Any

import numpy as np
import pytest

from benchmarks.comparison.pairs import are_paired, correlation, deviation_within
from benchmarks.comparison.relabel import swaps
from benchmarks.comparison.select_test import Sample
from benchmarks.results.run import from_dict
from tests.support.gate_runs import compare
from tests.support.run_factory import cell, run

BASE = (0.88, 0.92, 0.86, 0.94, 0.9)
CLOSE = (0.878, 0.917, 0.857, 0.937, 0.898)


def paired(base: dict[str, Any], new: dict[str, Any]) -> bool:
    samples = [Sample.of(from_dict(run(one), "r.json").cells["lenet-mnist"]) for one in (base, new)]
    return are_paired(*samples)


def test_equal_seeds_that_end_alike_are_pairs() -> None:
    assert paired(cell(BASE), cell(CLOSE))
    assert paired(cell(BASE), cell(CLOSE[::-1], seeds=[4, 3, 2, 1, 0]))


@pytest.mark.parametrize(
    ("base", "new"),
    [
        (cell(BASE), cell(CLOSE, seeds=[5, 6, 7, 8, 9])),
        (cell(BASE), cell((0.937, 0.857, 0.917, 0.878, 0.898))),
        (cell(BASE[:4]), cell(CLOSE[:4])),
        (cell(BASE), cell(CLOSE, diverged=[None, 2, None, None, None])),
    ],
)
def test_others_are_not(base: dict[str, Any], new: dict[str, Any]) -> None:
    assert not paired(base, new)


def test_whether_cells_are_paired_no_swap_changes() -> None:
    values = np.random.default_rng(0).normal(0.9, 0.01, 10)
    swapped = [np.where(np.tile(swap[:5], 2) == 1, np.roll(values, 5), values) for swap in swaps(5)]
    assert np.ptp([correlation(v) for v in swapped]) < 1e-12
    assert correlation(np.array([0.8, 0.9, 0.7, 0.81, 0.91, 0.71])) == pytest.approx(1)
    assert correlation(np.full(6, 0.9)) == 0
    assert deviation_within(np.array([0.8, 0.9, 0.81, 0.93])) == pytest.approx(
        100 * np.std([0.01, 0.03], ddof=1)
    )


def test_pairs_find_a_drop_that_is_small_beside_the_spread_between_seeds() -> None:
    lower = tuple(a - 0.01 - i / 5000 for i, a in enumerate(BASE))
    (found,) = compare(run(cell(BASE)), run(cell(lower))).cells
    assert (found.test, found.labelings, found.verdict) == ("pairs", 32, "regressed")
    assert found.p == pytest.approx(1 / 32)
    (unpaired,) = compare(run(cell(BASE)), run(cell(lower, seeds=[5, 6, 7, 8, 9]))).cells
    assert unpaired.test == "labelings"
    assert unpaired.verdict == "undecided"

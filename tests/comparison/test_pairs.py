"""Pairs that share their start: when they are pairs, and what that gains."""

from typing import Any

import numpy as np
import pytest

from benchmarks.comparison import power
from benchmarks.comparison.pairs import correlation, credited_deviation, deviation_within, share_start
from benchmarks.comparison.relabel import Trainings, swaps
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import MoreSeeds
from benchmarks.results.run import from_dict
from tests.support.gate_runs import compare
from tests.support.run_factory import cell, run

BASE = (0.88, 0.92, 0.86, 0.94, 0.9)
CLOSE = (0.878, 0.917, 0.857, 0.937, 0.898)


def side(accuracies: tuple[float, ...], first: float = 0.3, **changes: Any) -> dict[str, Any]:
    epochs = [{"val_accuracy": [first + i / 100, a], "seconds": [1.0, 1.0]} for i, a in enumerate(accuracies)]
    return cell(accuracies, **({"history": epochs, "epochs": 2} | changes))


def paired(base: dict[str, Any], new: dict[str, Any]) -> bool:
    samples = [Sample.of(from_dict(run(one), "r.json").cells["lenet-mnist"]) for one in (base, new)]
    return share_start(*samples)


def test_equal_seeds_that_start_and_end_alike_are_pairs() -> None:
    assert paired(side(BASE), side(CLOSE))
    assert paired(side(BASE), side(CLOSE[::-1], seeds=[4, 3, 2, 1, 0], history=side(CLOSE)["history"][::-1]))


@pytest.mark.parametrize(
    ("base", "new"),
    [
        (side(BASE), side(CLOSE, seeds=[5, 6, 7, 8, 9])),
        (side(BASE), side(CLOSE, first=0.303)),  # three images apart after the first epoch
        (side(BASE), side((0.937, 0.857, 0.917, 0.878, 0.898))),
        (side(BASE[:4]), side(CLOSE[:4])),
        (side(BASE), side(CLOSE, diverged=[None, 2, None, None, None])),
        (side(BASE), cell(CLOSE)),
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
    (found,) = compare(run(side(BASE)), run(side(lower))).cells
    assert (found.test, found.labelings, found.verdict) == ("pairs", 32, "regressed")
    assert found.p == pytest.approx(1 / 32)
    (unpaired,) = compare(run(side(BASE)), run(side(lower, first=0.4))).cells
    assert unpaired.test == "labelings"
    assert unpaired.verdict == "undecided"


def test_two_images_after_the_first_epoch_are_still_the_same_start() -> None:
    assert paired(side(BASE), side(CLOSE, first=0.302))
    assert not paired(side(BASE), side(CLOSE, first=0.3021))


def test_most_of_the_pairs_have_to_start_alike() -> None:
    def shifted(count: int) -> dict[str, Any]:
        made = side(CLOSE)
        for epochs in made["history"][:count]:
            epochs["val_accuracy"][0] += 0.1
        return made

    six, close = (*BASE, 0.91), (*CLOSE, 0.908)
    assert paired(side(BASE), shifted(2))
    assert not paired(side(BASE), shifted(3))
    half = side(close)
    for epochs in half["history"][:3]:
        epochs["val_accuracy"][0] += 0.1
    assert not paired(side(six), half), "half of them are not most"


def test_the_correlation_is_that_of_variances_between_and_within() -> None:
    base, new = np.array([0.8, 0.9, 0.7, 0.85]), np.array([0.82, 0.9, 0.71, 0.81])
    between, within = np.var((base + new) / 2), np.var(np.abs(base - new)) / 4
    assert correlation(np.concatenate([base, new])) == pytest.approx((between - within) / (between + within))
    apart = np.array([0.5, 0.5, 0.4, 0.6]), np.array([0.5, 0.5, 0.6, 0.4])
    assert correlation(np.concatenate(apart)) == pytest.approx(-1)


def test_a_seed_without_first_epochs_tells_nothing() -> None:
    one = side(BASE)
    one["history"][0]["val_accuracy"][0] = None
    assert paired(one, side(CLOSE)), "four of five still start alike"
    for epochs in one["history"]:
        epochs["val_accuracy"][0] = None
    assert not paired(one, side(CLOSE))


@pytest.mark.parametrize(
    ("images", "accuracy", "least"),
    [(1_000, 0.5, 0.2237), (1_000, 0.999, 0.1), (10_000, 0.9, 0.0424), (10_000, 0.9999, 0.01)],
)
def test_equal_differences_do_not_prove_that_there_is_no_noise(
    images: int, accuracy: float, least: float
) -> None:
    """At least one image counts, and the least deviation that the score divides by."""
    unit = accuracy * (1 - accuracy) / images
    equal = Trainings(np.full(10, accuracy), np.ones(10, np.bool_), 5, unit, paired=True)
    assert credited_deviation(equal, images) == pytest.approx(least, abs=1e-3)
    apart = np.r_[np.full(5, accuracy), accuracy - np.array([0, 0.02, 0, 0, 0])]
    wide = Trainings(apart, np.ones(10, np.bool_), 5, unit, paired=True)
    assert credited_deviation(wide, images) == pytest.approx(deviation_within(apart))


def test_pairs_of_equal_accuracies_see_no_less_than_the_test_can_find() -> None:
    # One image of one seed moved by an epoch in between, so that the seeds are not simply identical.
    moved = side(BASE)
    for epochs in moved["history"]:
        epochs["val_accuracy"][0] += 0.001
    (found,) = compare(run(side(BASE)), run(moved), max_drop=0.5).cells
    assert (found.test, found.verdict) == ("pairs", "unchanged")
    within = 100 * np.sqrt(0.02 * (0.9 * 1000 + 1) / 1002 * (1 - (0.9 * 1000 + 1) / 1002) / 1000)
    assert found.detectable_pp == pytest.approx(power.sees_in_pairs(5, within, cells=1, alpha=0.05))
    assert found.detectable_pp == pytest.approx(0.48, abs=0.02)
    assert power.sees_in_pairs(5, within, cells=20, alpha=0.04) == pytest.approx(1.28, abs=0.02)
    (blind,) = compare(run(side(BASE)), run(moved), max_drop=0.2).cells
    assert (blind.verdict, blind.drop_pp) == ("undecided", 0.0)


def test_undecided_pairs_say_how_many_more_pairs_decide() -> None:
    noisy = tuple(a + step / 1000 for a, step in zip(BASE, (4, -3, 5, -6, 0), strict=True))
    (found,) = compare(run(side(BASE)), run(side(noisy)), max_drop=0.5).cells
    assert (found.test, found.verdict) == ("pairs", "undecided")
    more = found.to_see
    assert more is not None
    assert more.base == more.new > 0
    known = power.upper_limit(deviation_within(np.array([*BASE, *noisy])), 4)
    assert power.pairs_needed(known, 0.5, cells=1, alpha=0.05) == 5 + more.new


def test_more_pairs_are_none_where_enough_are_there_or_nobody_trains_as_many() -> None:
    assert power.more_pairs(20, 0.1, 1.0, cells=20, alpha=0.04) == MoreSeeds(0, 0)
    assert power.more_pairs(5, 100.0, 0.1, cells=20, alpha=0.04) is None
    assert power.more_pairs(5, 1.0, 0.0, cells=20, alpha=0.04) is None


def test_pairs_with_too_few_labelings_are_judged_unpaired() -> None:
    """Of five pairs there are 32 labellings; the first of two looks takes 40, and ten seeds have 252 without pairs."""
    base, new = run(side(BASE)), run(side(tuple(value - 0.2 for value in CLOSE)))
    (paired,), (free,) = compare(base, new).cells, compare(base, new, looks=2).cells
    assert (paired.test, paired.labelings, paired.verdict) == ("pairs", 32, "regressed")
    assert (free.test, free.labelings, free.verdict) == ("labelings", 252, "regressed")


def test_pairs_that_are_judged_unpaired_need_a_few_more_pairs_not_hundreds_of_seeds() -> None:
    (found,) = compare(run(side(BASE)), run(side(CLOSE)), looks=2).cells
    assert (found.test, found.verdict) == ("labelings", "undecided")
    assert found.to_see is not None
    assert 0 < found.to_see.base == found.to_see.new < 5


@pytest.mark.parametrize(("base", "new"), [(4, 4), (2, 2), (10, 5), (5, 7)])
def test_where_shared_seeds_stay_close_the_seeds_are_asked_for_that_make_pairs_of_all(
    base: int, new: int
) -> None:
    """Unpaired, a cell of this spread would need dozens of seeds on both sides."""
    old, now = (BASE + CLOSE)[:base], (CLOSE + BASE)[:new]
    (found,) = compare(run(side(old)), run(side(now)), max_drop=1.0).cells
    assert (found.test, found.verdict) == ("labelings", "undecided")
    more = found.to_see
    assert more is not None
    assert base + more.base == new + more.new <= max(base, new, 9)


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": [5, 6, 7, 8]},
        {"seeds": [0, 1, 2, 4]},  # no further seeds of both sides leave both with the same
        {"first": 0.303},
        {"diverged": [None, None, None, 2]},
    ],
)
def test_other_seeds_are_asked_for_as_free_ones(changes: dict[str, Any]) -> None:
    (found,) = compare(run(side(BASE)), run(side(CLOSE[:4], **changes)), max_drop=1.0).cells
    assert found.to_see is not None
    assert found.to_see.total > 20

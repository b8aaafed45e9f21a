"""Shares of a data set."""

import numpy as np
import pytest

from datasets import Dataset


def made(counts: tuple[int, ...]) -> Dataset:
    """Make a data set whose images tell their own position."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10, dtype=np.uint8), counts))
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    names = tuple("abcdefghij")
    return Dataset("made", images, labels, images, labels, names, "synthetic", "", False, "0" * 16)


def test_a_share_keeps_class_shares_and_order() -> None:
    whole = made((20, 10, 10, 10, 10, 10, 10, 10, 10, 20))
    share = whole.subset(36, 13)
    assert np.bincount(share.y_train).tolist() == [6, 3, 3, 3, 3, 3, 3, 3, 3, 6]
    # 13/120 of 20 is 2.17, of 10 is 1.08: 12 whole ones, and the rest by the largest remainder.
    assert np.bincount(share.y_test).tolist() == [3, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    positions = share.x_train[:, 0, 0, 0].astype(int)
    assert (np.diff(positions) > 0).all()
    np.testing.assert_array_equal(share.y_train, whole.y_train[positions])
    for kind in range(10):
        taken = positions[share.y_train == kind]
        np.testing.assert_array_equal(taken, np.flatnonzero(whole.y_train == kind)[: len(taken)])


def test_a_share_is_the_same_at_every_call_and_has_its_own_fingerprint() -> None:
    whole = made((12,) * 10)
    share = whole.subset(50, 20)
    assert share.fingerprint == whole.subset(50, 20).fingerprint
    assert len({share.fingerprint, whole.fingerprint, whole.subset(50, 21).fingerprint}) == 3
    assert whole.subset(120, 120) is whole


def test_shares_with_the_same_test_images_say_so_whatever_they_train_on() -> None:
    whole = made((12,) * 10)
    few, many, other = whole.subset(50, 20), whole.subset(60, 20), whole.subset(50, 21)
    assert few.test_fingerprint == many.test_fingerprint != other.test_fingerprint
    assert few.train_fingerprint == other.train_fingerprint != many.train_fingerprint
    assert few.fingerprint != many.fingerprint


@pytest.mark.parametrize(("train", "test"), [(0, 5), (5, 0), (121, 5), (5, 121)])
def test_a_share_is_neither_empty_nor_larger_than_the_whole(train: int, test: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to 120"):
        made((12,) * 10).subset(train, test)

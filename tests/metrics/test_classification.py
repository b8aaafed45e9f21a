"""Confusion counts, packed answers, and numbers as JSON has them."""

import base64
import json
import math

import numpy as np
import pytest

from benchmarks.metrics import classification


def test_confusion_counts_rows_of_true_classes() -> None:
    labels = np.array([0, 0, 1, 2, 2, 2], np.uint8)
    answers = np.array([0, 1, 1, 0, 2, 2], np.uint8)
    assert classification.confusion(labels, answers, 3) == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_confusion_of_many_classes_does_not_overflow_bytes() -> None:
    labels = np.array([25], np.uint8)
    counts = np.array(classification.confusion(labels, labels, 26))
    assert counts.shape == (26, 26)
    assert counts[25, 25] == counts.sum() == 1


def test_confusion_is_plain_json() -> None:
    counts = classification.confusion(np.zeros(2, np.uint8), np.ones(2, np.uint8), 10)
    assert json.loads(json.dumps(counts)) == counts


@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_packed_bits_can_be_read_again(count: int) -> None:
    right = np.random.default_rng(count).random(count) < 0.7
    bits = np.unpackbits(np.frombuffer(base64.b64decode(classification.packed(right)), np.uint8), count=count)
    np.testing.assert_array_equal(bits.astype(bool), right)


def test_packed_bits_begin_with_the_first_image() -> None:
    assert classification.packed(np.array([True] + [False] * 7)) == base64.b64encode(b"\x80").decode()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_becomes_null(value: float) -> None:
    assert classification.finite_or_none(value) is None


def test_numpy_numbers_become_plain() -> None:
    assert type(classification.finite_or_none(np.float64(0.5))) is float
    assert classification.finite_or_none(np.float64(0.5)) == 0.5

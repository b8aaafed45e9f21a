"""The measures' values against hand-computed figures and brute-force formulas, and what a declaration has to say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.metrics.measures import (
    ACCURACY,
    BRIER,
    CALIBRATION,
    CROSS_ENTROPY,
    FURTHER,
    MEASURES,
    TOP5,
    Measure,
    measured,
    taken,
)  # fmt: skip
from benchmarks.metrics.outputs import Outputs
from benchmarks.report.format import FORMATS
from benchmarks.results.schema import CellResult


def outputs(probabilities: list[list[float]], labels: list[int]) -> Outputs:
    """Outputs whose softmax has these probabilities."""
    return Outputs(np.log(np.array(probabilities)), np.array(labels, np.uint8))


def drawn(images: int, classes: int, seed: int = 0) -> Outputs:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (images, classes)).astype(np.float32)
    return Outputs.of(logits, rng.integers(0, classes, images).astype(np.uint8))


def value(measure: Measure, of: Outputs) -> float:
    assert measure.compute is not None
    return measure.compute(of)


def softmax(logits: NDArray[np.float64]) -> list[list[float]]:
    rows = []
    for row in logits.tolist():
        powers = [math.exp(x - max(row)) for x in row]
        rows.append([power / math.fsum(powers) for power in powers])
    return rows


def test_by_hand() -> None:
    found = outputs([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]], [0, 1, 1, 0])
    assert value(ACCURACY, found) == 0.75
    assert value(CROSS_ENTROPY, found) == pytest.approx(-math.log(0.8 * 0.4 * 0.7 * 0.9) / 4)
    # Four images are four bins: |0.8 - 1|, |0.6 - 0|, |0.7 - 1|, |0.9 - 1|.
    assert value(CALIBRATION, found) == pytest.approx((0.2 + 0.6 + 0.3 + 0.1) / 4)
    # Each class adds the same in a problem of two.
    assert value(BRIER, found) == pytest.approx(2 * (0.2**2 + 0.6**2 + 0.3**2 + 0.1**2) / 4)


def test_calibration_bins_hold_equally_many_images() -> None:
    """30 images in 15 bins of two: of each pair, one is right with the confidence 0.75, one wrong."""
    found = outputs([[0.75, 0.25]] * 30, [0, 1] * 15)
    assert value(CALIBRATION, found) == pytest.approx(0.25)
    # In one order of the test set the first bins hold the right answers alone.
    apart = outputs([[0.75, 0.25]] * 30, [0] * 15 + [1] * 15)
    assert value(CALIBRATION, apart) == pytest.approx((14 * 0.25 + 2 * 0.25 + 14 * 0.75) / 30)


@pytest.mark.parametrize(("images", "classes"), [(7, 2), (103, 10), (250, 26)])
def test_against_brute_force(images: int, classes: int) -> None:
    found = drawn(images, classes)
    p, y = softmax(found.logits), found.labels.tolist()
    confidence = [max(row) for row in p]
    right = [row.index(max(row)) == label for row, label in zip(p, y, strict=True)]
    ranked = sorted(range(images), key=lambda i: confidence[i])
    bins, start = min(15, images), 0
    gap = 0.0
    for number in range(bins):
        size = images // bins + (number < images % bins)
        inside = ranked[start : start + size]
        start += size
        gap += abs(sum(confidence[i] for i in inside) - sum(right[i] for i in inside)) / images
    brier = sum((q - (k == label)) ** 2 for row, label in zip(p, y, strict=True) for k, q in enumerate(row))
    top = sum(sum(q > row[label] for q in row) < 5 for row, label in zip(p, y, strict=True))
    assert value(CALIBRATION, found) == pytest.approx(gap, rel=1e-9)
    assert value(BRIER, found) == pytest.approx(brier / images, rel=1e-9)
    assert value(TOP5, found) == pytest.approx(top / images)
    assert value(ACCURACY, found) == sum(right) / images


def test_top_5_breaks_ties_as_the_first_place_does() -> None:
    flat = Outputs(np.zeros((20, 20)), np.arange(20, dtype=np.uint8))
    assert value(TOP5, flat) == 5 / 20
    assert value(ACCURACY, flat) == 1 / 20


@given(st.integers(2, 30), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_every_value_is_in_its_range(classes: int, images: int, seed: int) -> None:
    found = drawn(images, classes, seed)
    for measure in MEASURES:
        if measure.compute is not None:
            measure.check(value(measure, found))


def test_top_5_needs_20_classes_and_broken_outputs_have_no_figure() -> None:
    assert set(measured(drawn(30, 19))) == {"ece", "brier"}
    assert set(measured(drawn(30, 20))) == {"ece", "brier", "top5"}
    second = drawn(40, 19)
    assert measured(drawn(30, 19), second)["second_test"] == value(ACCURACY, second)
    broken = Outputs(np.array([[np.nan, 1.0], [0.0, 1.0]]), np.array([0, 1], np.uint8))
    assert measured(broken) == {"ece": None, "brier": None}


@pytest.mark.parametrize("output", [math.nan, math.inf, -math.inf])
def test_an_output_that_is_not_finite_is_no_error_but_an_endless_loss(output: float) -> None:
    broken = Outputs(np.array([[output, 1.0], [0.0, 1.0]]), np.array([0, 1], np.uint8))
    assert not math.isfinite(value(CROSS_ENTROPY, broken))
    assert not broken.finite


def test_what_a_training_is_evaluated_with() -> None:
    def keys(*given: object, **named: object) -> list[str]:
        return [measure.key for measure in taken(*given, **named)]  # type: ignore[arg-type]

    assert keys(10, False) == ["ece", "brier"]
    assert keys(20, False) == ["ece", "brier", "top5"]
    assert keys(10, True) == ["ece", "brier", "second_test"]
    assert keys(10, False, on_demand=("robustness",)) == ["ece", "brier", "robustness"]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_declaration_says_how_it_is_saved_and_shown(measure: Measure) -> None:
    assert measure.key in CellResult.__struct_fields__
    assert measure.about.endswith(".")
    assert measure.format in FORMATS or format(0.5, measure.format)
    with pytest.raises(ValueError, match=measure.key):
        measure.check(measure.high + 1 if math.isfinite(measure.high) else -1)


def test_names_and_keys_are_distinct() -> None:
    assert (
        len({measure.key for measure in MEASURES})
        == len({measure.name for measure in MEASURES})
        == len(MEASURES)
    )
    assert {measure.key for measure in FURTHER} == {"ece", "brier", "top5", "robustness", "second_test"}

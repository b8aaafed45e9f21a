"""What is said of cells wherever they are shown."""

from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.report.grid import accuracy, far_below, synthetic_warning
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run

MADE = cell(data_source="synthetic")


def _warning(*runs: dict[str, Any]) -> str:
    return synthetic_warning([one for data in runs for one in from_dict(data, "run.json").cells.values()])


def test_generated_images_are_warned_of_by_data_set() -> None:
    assert _warning(run(cell())) == ""
    said = "the images of MNIST are generated and say nothing about the real ones."
    assert _warning(run(MADE, cell(dataset="svhn"))) == f"Synthetic data: {said}"
    assert _warning(run(MADE), run(cell())) == f"Synthetic data: where marked “synthetic”, {said}"


@pytest.mark.parametrize(
    ("means", "far"), [((0.99, 0.99, 0.985), []), ((0.99, 0.99, 0.98, 0.2), [0.2]), ((0.9, 0.88, 0.5), [0.5])]
)
def test_a_little_below_several_that_are_level_is_not_far_below(
    means: Sequence[float], far: list[float]
) -> None:
    cells = [cell([a], architecture=f"a{i}") for i, a in enumerate(means)]
    assert [accuracy(one) for one in far_below([*from_dict(run(*cells), "r").cells.values()])] == far

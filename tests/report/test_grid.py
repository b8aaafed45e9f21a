"""What is said of cells wherever they are shown."""

from typing import Any

from benchmarks.report.grid import synthetic_warning
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

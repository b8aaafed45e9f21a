"""The grid: every architecture trains on every data set, and must reach its floor.

    pytest benchmarks/ --benchmark-autosave

A case is a cell, `test_training[lenet-mnist]`; its rounds are the seeds. What pytest-benchmark times is training alone.
"""

from __future__ import annotations

from itertools import tee
from typing import TYPE_CHECKING

import pytest

from benchmarks.plugin import summary, timer

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.plugin.session import CellRun


@pytest.mark.benchmark(timer=timer.training_seconds)
def test_training(cell_run: CellRun, benchmark: BenchmarkFixture, pytestconfig: pytest.Config) -> None:
    benchmark.group = cell_run.plan.cell.dataset
    timed, results = tee(cell_run.results)
    timer.time_seeds(benchmark, (result.seconds for result in timed), rounds=len(cell_run.plan.jobs))
    cell = cell_run.finish(results)
    benchmark.extra_info.update(cell.to_json())
    # The gate judges floors beside the rest: in a grid of 100 trainings one misses its floor by chance. No assert, which `python -O` skips.
    if cell.seeds_below_floor and not pytestconfig.getoption("accuracy_compare"):
        pytest.fail(summary.floor_message(cell, cell_run.plan.settings), pytrace=False)

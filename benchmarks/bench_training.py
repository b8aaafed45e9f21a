"""The grid: every architecture trains on every data set, and must reach its floor.

    pytest benchmarks/ --benchmark-autosave

A case is a cell, ``test_training[lenet-mnist]``; its rounds are the seeds. What pytest-benchmark times is training alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.execution.extra_info import below_floor, floor_message
from benchmarks.execution.job import CellFailed
from benchmarks.plugin import timer

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.execution.run_job import CellRun


@pytest.mark.benchmark(timer=timer.training_seconds)
def test_training(cell_run: CellRun, benchmark: BenchmarkFixture) -> None:
    benchmark.group = cell_run.cell.dataset
    try:
        benchmark.pedantic(
            cell_run.train_next_seed, rounds=len(cell_run.settings.seeds), iterations=1, warmup_rounds=0
        )
        info = cell_run.finish()
    except CellFailed as failure:
        pytest.fail(str(failure), pytrace=False)
    benchmark.extra_info.update(info)
    assert not below_floor(info), floor_message(info, cell_run.settings)

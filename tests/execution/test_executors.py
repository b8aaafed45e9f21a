"""Who runs jobs: what is stored is not run again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.execution.executors import InProcess, Results, Resuming
from benchmarks.execution.job import Job, JobFailed, OnEvent
from benchmarks.execution.run_job import JobRunner
from benchmarks.execution.store import ResumeStore
from tests.support.small_project import ignore
from tests.support.stored_seeds import finished, job


class Recording:
    """An executor that makes results up, and remembers which seeds it was given and whether it came to its end."""

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.ended = False

    def run(self, jobs: Sequence[Job], on_event: OnEvent) -> Results:
        try:
            for job in jobs:
                self.seeds.append(job.seed)
                yield finished(job.seed)
        finally:
            self.ended = True


def test_only_what_is_not_stored_is_run_and_results_keep_their_order(tmp_path: Path) -> None:
    store, executor = ResumeStore(tmp_path), Recording()
    store.save(job(1), finished(1, loss=0.5))
    results = list(Resuming(executor, store).run([job(0), job(1), job(2)], ignore))
    assert results == [finished(0), finished(1, loss=0.5), finished(2)]
    assert executor.seeds == [0, 2]
    assert executor.ended


def test_where_all_is_stored_nothing_starts(tmp_path: Path) -> None:
    store = ResumeStore(tmp_path)
    store.save(job(0), finished(0))
    not_started = InProcess(JobRunner())  # a job would have it load images that do not fit its key
    assert list(Resuming(not_started, store).run([job(0)], ignore)) == [finished(0)]


def test_closing_the_results_ends_the_run(tmp_path: Path) -> None:
    executor = Recording()
    results = Resuming(executor, ResumeStore(tmp_path)).run([job(0), job(1)], ignore)
    next(results)
    results.close()
    assert executor.ended
    assert executor.seeds == [0]


def test_other_images_than_planned_are_not_trained_on() -> None:
    with pytest.raises(JobFailed, match="lenet-mnist seed 0: its images have changed"):
        list(InProcess(JobRunner()).run([job(data="0" * 16)], ignore))

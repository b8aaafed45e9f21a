"""Running jobs through one interface: what is stored is not run again, and nothing runs for nobody."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import models
from benchmarks.execution.executors import Handle, Status, results_of, submit_missing
from benchmarks.execution.job import Job, JobFailed, OnEvent
from benchmarks.execution.local import Local
from benchmarks.execution.run_job import JobRunner
from benchmarks.execution.store import ResumeStore
from benchmarks.results.seed_result import SeedResult
from tests.support.small_project import TINY, ignore, small_settings, train
from tests.support.stored_seeds import finished, job


@dataclass
class Recorded:
    """A handle that makes a result up."""

    seed: int
    waited: bool = False
    cancelled: bool = False

    def result(self) -> SeedResult:
        self.waited = True
        if self.seed < 0:
            raise JobFailed("made up")
        return finished(self.seed)

    def cancel(self) -> None:
        self.cancelled = not self.waited


class Recording:
    """An executor that remembers its handles."""

    concurrent = False

    def __init__(self) -> None:
        self.handles: list[Recorded] = []

    def submit(self, job: Job, on_event: OnEvent) -> Handle:
        self.handles.append(Recorded(job.seed))
        return self.handles[-1]

    def status(self) -> Status:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_only_what_is_not_stored_is_run_and_results_keep_their_order(tmp_path: Path) -> None:
    notices: list[str] = []
    store, executor = ResumeStore(tmp_path, notices.append), Recording()
    store.save(job(1), finished(1, loss=0.5))
    store.save(job(1, **{"version of keras": "3.9"}), finished(1))
    handles = submit_missing(executor, store, [job(0), job(1), job(2)], ignore)
    assert list(results_of(handles)) == [finished(0), finished(1, loss=0.5), finished(2)]
    assert [handle.seed for handle in executor.handles] == [0, 2]
    assert notices == []  # what no longer fits is not missed


def test_where_all_is_stored_nothing_starts(tmp_path: Path) -> None:
    store = ResumeStore(tmp_path)
    store.save(job(0), finished(0))
    not_started = Local(JobRunner())  # a job would have it load images that do not fit its key
    assert list(results_of(submit_missing(not_started, store, [job(0)], ignore))) == [finished(0)]


def test_closing_the_results_cancels_what_has_not_finished() -> None:
    executor = Recording()
    results = results_of(submit_missing(executor, None, [job(0), job(1)], ignore))
    next(results)
    results.close()
    assert [handle.cancelled for handle in executor.handles] == [False, True]


def test_a_failed_job_cancels_the_others_of_its_cell() -> None:
    handles = [Recorded(0), Recorded(-1), Recorded(2)]
    with pytest.raises(JobFailed, match="made up"):
        list(results_of(handles))
    assert [handle.cancelled for handle in handles] == [False, False, True]


def test_other_images_than_planned_are_not_trained_on() -> None:
    handle = Local(JobRunner()).submit(job(data="0" * 16), ignore)
    with pytest.raises(JobFailed, match="lenet-mnist seed 0: its images have changed"):
        handle.result()


def test_a_job_whose_architecture_cannot_be_trained_says_only_why(
    engine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise models.BadArchitecture("models/lenet.py: what to change")

    monkeypatch.setattr(models, "build", build)
    untraced = replace(TINY, default=replace(TINY.default, batch_size=33))
    with pytest.raises(JobFailed, match=r"^lenet-mnist seed 0: models/lenet\.py: what to change$"):
        train(small_settings(untraced))

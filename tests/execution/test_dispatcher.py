"""The driver's queue, against workers that are made up: order, window, lost workers, refusals, cancelling."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from benchmarks.engine.loop import ProgressEvent
from benchmarks.execution import checkpoint_file, messages, store
from benchmarks.execution.dispatcher import ENDED, STARTED, Dispatcher, Event, Lost
from benchmarks.execution.executors import results_of
from benchmarks.execution.job import Job, JobFailed
from benchmarks.execution.sealed_file import StoredWorkRefused
from benchmarks.execution.store import ResumeStore
from tests.support.small_project import ignore
from tests.support.stored_seeds import checkpoint, finished, job

HALF = ProgressEvent(
    epoch=1, epochs=2, step=5, steps=10, loss=float("nan"), accuracy=0.5, images_per_second=1.0
)


def result(job: Job) -> bytes:
    return messages.encode(messages.Finished(store.encode(job, finished(job.seed))))


def succeeds(job: Job) -> list[Event]:
    return [STARTED, messages.encode(messages.Progressed(HALF)), result(job), ENDED]


class MadeUp:
    """Workers that follow a script: per job, the events of its first start, of its second, and so on; then it succeeds."""

    restarts = 3

    def __init__(self, slots: int = 1, window: int = 1, machines: int = 1) -> None:
        self.slots, self.window, self.machines = slots, window, machines
        self.scripts: dict[str, list[list[Event]]] = {}
        self.started: list[str] = []
        self.checkpoints: list[bytes | None] = []
        self.cancelled: list[int] = []
        self.excluded_from: list[str | None] = []
        self.closed = False
        self.most = 0
        self._running: dict[int, list[Event]] = {}

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        ticket = len(self.started)
        self.started.append(job.name)
        self.checkpoints.append(checkpoint)
        script = self.scripts.get(job.name, [])
        self._running[ticket] = list(script.pop(0)) if script else succeeds(job)
        self.most = max(self.most, len(self._running))
        return ticket

    def poll(self, timeout: float) -> Iterator[tuple[int, Event]]:
        for ticket, events in list(self._running.items()):
            event = events.pop(0)
            if not events:
                self._running.pop(ticket, None)
            yield ticket, event

    def cancel(self, ticket: int) -> None:
        self.cancelled.append(ticket)
        self._running.pop(ticket, None)

    def exclude(self, ticket: int, dataset: str | None = None) -> bool:
        self.machines -= 1
        self.excluded_from.append(dataset)
        return self.machines > 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def notices() -> list[str]:
    return []


def dispatcher(workers: MadeUp, folder: Path, notices: list[str], *, resume: bool = False) -> Dispatcher:
    return Dispatcher(workers, ResumeStore(folder, notices.append), resume=resume, notify=notices.append)


def costing(seconds: Sequence[float]) -> list[Job]:
    return [dataclasses.replace(job(seed), expected_seconds=cost) for seed, cost in enumerate(seconds)]


def test_the_longest_jobs_start_first_and_results_come_in_any_order(
    tmp_path: Path, notices: list[str]
) -> None:
    workers = MadeUp()
    driver = dispatcher(workers, tmp_path, notices)
    handles = [driver.submit(one, ignore) for one in costing([1, 3, 2, 3])]
    assert [found.seed for found in results_of(handles)] == [0, 1, 2, 3]
    assert workers.started == [f"lenet-mnist seed {seed}" for seed in (1, 3, 2, 0)]
    assert notices == []


def test_no_more_jobs_are_handed_over_than_the_window_holds(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp(slots=2, window=4)
    driver = dispatcher(workers, tmp_path, notices)
    handles = [driver.submit(one, ignore) for one in costing([1] * 20)]
    assert len(list(results_of(handles))) == 20
    assert workers.most == 4


@pytest.mark.parametrize(
    ("slots", "window", "several"), [(0, 2, True), (1, 2, True), (1, 1, False), (2, 2, True)]
)
def test_several_jobs_at_a_time_are_those_of_the_window(
    tmp_path: Path, notices: list[str], slots: int, window: int, several: bool
) -> None:
    """Slots change: a cluster has none before it is connected, and one core when the others have died."""
    assert dispatcher(MadeUp(slots, window), tmp_path, notices).concurrent == several


def test_cancelling_after_the_end_is_allowed(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp(window=2)
    workers.scripts[job(1).name] = [[STARTED, *[messages.encode(messages.Progressed(HALF))] * 99]]
    driver = dispatcher(workers, tmp_path, notices)
    first, second = (driver.submit(one, ignore) for one in costing([2, 1]))
    first.result()
    assert driver.status().running == 1
    driver.close()
    second.cancel()


def test_each_finished_seed_is_stored_at_once(tmp_path: Path, notices: list[str]) -> None:
    driver = dispatcher(MadeUp(), tmp_path, notices)
    first, second = (driver.submit(one, ignore) for one in costing([2, 1]))
    first.result()
    assert ResumeStore(tmp_path).result(job(0)) == finished(0)
    assert ResumeStore(tmp_path).result(job(1)) is None
    second.result()


def test_a_lost_worker_s_job_starts_again_from_its_checkpoint(tmp_path: Path, notices: list[str]) -> None:
    one = dataclasses.replace(job(), checkpoints=True)
    state = checkpoint_file.encode(one, checkpoint())
    workers = MadeUp()
    workers.scripts[one.name] = [
        [STARTED, messages.encode(messages.CheckpointTaken(state)), Lost("its node died")]
    ]
    driver = dispatcher(workers, tmp_path, notices)
    assert driver.submit(one, ignore).result() == finished(0)
    assert workers.checkpoints == [None, state]
    assert notices == [
        "lenet-mnist seed 0: its node died; it starts again from its last checkpoint (restart 1 of 3)"
    ]


@pytest.mark.parametrize("resume", [True, False])
def test_an_earlier_run_s_checkpoint_is_used_with_resume_alone(
    tmp_path: Path, notices: list[str], resume: bool
) -> None:
    one = dataclasses.replace(job(), checkpoints=True)
    ResumeStore(tmp_path).save_checkpoint(one, checkpoint())
    workers = MadeUp()
    dispatcher(workers, tmp_path, notices, resume=resume).submit(one, ignore).result()
    assert (workers.checkpoints != [None]) == resume


def test_a_job_restarts_three_times_at_most(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, Lost("its node died")]] * 4
    driver = dispatcher(workers, tmp_path, notices)
    with pytest.raises(JobFailed, match="lenet-mnist seed 0: its node died; gave up after 3 restarts"):
        driver.submit(job(), ignore).result()
    assert len(workers.started) == 4
    assert len(notices) == 3


def test_a_job_that_had_not_begun_may_be_lost_more_often(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[Lost("its node died", counts=False)]] * 9
    assert dispatcher(workers, tmp_path, notices).submit(job(), ignore).result() == finished(0)
    assert notices == []


def test_a_job_that_fails_by_itself_does_not_start_again(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, messages.encode(messages.Failed("no such layer")), ENDED]]
    with pytest.raises(JobFailed, match="no such layer"):
        dispatcher(workers, tmp_path, notices).submit(job(), ignore).result()
    assert len(workers.started) == 1


def test_a_refused_worker_s_job_runs_elsewhere(tmp_path: Path, notices: list[str]) -> None:
    refusal = messages.encode(messages.Refused("version of keras: 3.15 -> 3.14"))
    workers = MadeUp(machines=2)
    workers.scripts[job().name] = [[STARTED, refusal, ENDED]]
    assert dispatcher(workers, tmp_path, notices).submit(job(), ignore).result() == finished(0)
    assert notices == ["a worker was excluded: version of keras: 3.15 -> 3.14"]
    assert workers.excluded_from == [None]


def test_a_worker_without_a_data_set_is_refused_its_jobs_alone(tmp_path: Path, notices: list[str]) -> None:
    refusal = messages.encode(messages.Refused("node-b: its images cannot be loaded", images=True))
    workers = MadeUp(machines=2)
    workers.scripts[job().name] = [[STARTED, refusal, ENDED]]
    assert dispatcher(workers, tmp_path, notices).submit(job(), ignore).result() == finished(0)
    assert notices == ["a worker was excluded from mnist: node-b: its images cannot be loaded"]
    assert workers.excluded_from == ["mnist"]


def test_without_a_worker_as_the_driver_is_the_job_fails(tmp_path: Path, notices: list[str]) -> None:
    refusal = messages.encode(messages.Refused("version of keras: 3.15 -> 3.14"))
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, refusal, ENDED]]
    with pytest.raises(JobFailed, match=r"no worker matches the driver: .* 3.15 -> 3.14"):
        dispatcher(workers, tmp_path, notices).submit(job(), ignore).result()
    assert notices == []  # the failure says it


def _other_seed() -> bytes:
    return messages.encode(messages.Finished(store.encode(job(7), finished(7))))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xc1",
        b"x" * 10_000,
        msgspec.msgpack.encode({"type": "finished", "content": b"not sealed"}),
        msgspec.msgpack.encode({"type": "finished", "content": 7}),
        msgspec.msgpack.encode({"type": "shutdown"}),
        msgspec.msgpack.encode({"type": "notified", "text": "x" * 200_000}),
        msgspec.msgpack.encode({"type": "progressed", "event": {"step": 1}}),
        msgspec.msgpack.encode(
            {"type": "progressed", "event": dataclasses.asdict(HALF) | {"step": 3, "steps": 0}}
        ),
        msgspec.msgpack.encode({"type": "checkpoint", "content": b"PK\x03\x04"}),
        _other_seed(),
    ],
)
def test_an_answer_that_is_none_is_refused(tmp_path: Path, notices: list[str], answer: bytes) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, answer, ENDED]]
    with pytest.raises(JobFailed, match="a worker's answer was refused"):
        dispatcher(workers, tmp_path, notices).submit(job(), ignore).result()
    assert workers.cancelled == [0]
    assert not list(tmp_path.rglob("*.*"))


def test_what_is_larger_than_any_result_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_RESULT_BYTES", 10)
    with pytest.raises(StoredWorkRefused, match="lenet-mnist seed 0"):
        messages.decode(result(job()), job().name)


def test_a_worker_that_ends_without_a_result_is_reported(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, ENDED]]
    with pytest.raises(JobFailed, match="without a result"):
        dispatcher(workers, tmp_path, notices).submit(job(), ignore).result()


def test_a_worker_that_dies_after_its_result_does_not_matter(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    workers.scripts[job().name] = [[STARTED, result(job()), Lost("its node died")]]
    driver = dispatcher(workers, tmp_path, notices)
    assert driver.submit(job(), ignore).result() == finished(0)
    assert driver.submit(job(1), ignore).result() == finished(1)
    assert notices == []


def test_what_a_worker_sends_after_its_result_does_not_count(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    failure = messages.encode(messages.Failed("too late"))
    workers.scripts[job().name] = [[STARTED, result(job()), failure, b"nonsense", ENDED]]
    driver = dispatcher(workers, tmp_path, notices)
    first = driver.submit(job(), ignore)
    driver.submit(job(1), ignore).result()
    assert first.result() == finished(0)
    assert driver.status().done == 2


def test_a_cancelled_job_stops_or_does_not_start(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp(window=2)
    driver = dispatcher(workers, tmp_path, notices)
    workers.scripts["lenet-mnist seed 1"] = [[STARTED] * 1000]
    short, endless, waiting = (driver.submit(one, ignore) for one in costing([3, 2, 1]))
    short.result()
    assert driver.status().running == 1
    endless.cancel()
    waiting.cancel()
    assert workers.cancelled == [1]
    status = driver.status()
    assert (status.waiting, status.running, status.done) == (0, 0, 1)
    assert driver.submit(job(9), ignore).result() == finished(9)
    assert "lenet-mnist seed 2" not in workers.started
    for one in (endless, waiting):
        with pytest.raises(JobFailed, match="it was cancelled"):
            one.result()


def test_the_status_counts_jobs_and_tells_the_time_left(
    tmp_path: Path, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("benchmarks.execution.dispatcher.time.monotonic", lambda: now[0])
    workers = MadeUp(slots=3, window=2)
    half = messages.encode(messages.Progressed(HALF))
    workers.scripts[job().name] = [[STARTED, half, Lost("its node died", counts=False)], [STARTED] * 99]
    driver = dispatcher(workers, tmp_path, notices)
    assert driver.status().seconds_left is None
    seen = []

    def on_event(job: Job, event: ProgressEvent) -> None:
        now[0] = 106.0
        seen.append(driver.status())

    _, *others = [driver.submit(one, on_event) for one in costing([40, 10, 10])]
    list(results_of(others))
    # Half of 40 is done in 6 s; 20 + 10 + 10 are left.
    assert dataclasses.astuple(seen[0]) == (3, 1, 2, 0, 12.0)
    # The worker of the 40 was lost, and its half with it; 10 + 10 are done.
    assert dataclasses.astuple(driver.status()) == (3, 0, 1, 2, 12.0)


def test_closing_ends_the_workers(tmp_path: Path, notices: list[str]) -> None:
    workers = MadeUp()
    driver = dispatcher(workers, tmp_path, notices)
    driver.submit(job(), ignore)
    driver.close()
    driver.close()
    assert workers.closed
    assert workers.started == []

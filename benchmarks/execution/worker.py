"""A job in a worker: another process, here or on another machine, that sends what happens to the driver, which stores it."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from benchmarks.engine.interface import DEFAULT_THREADS, Threads
from benchmarks.engine.loop import Checkpoint, ProgressEvent
from benchmarks.execution import checkpoint_file, messages, store
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.environment import host, versions
from benchmarks.execution.job import Job, JobFailed, NoWorkers
from benchmarks.execution.resume_key import describe_differences
from benchmarks.execution.run_job import JobRunner
from benchmarks.execution.sealed_file import StoredWorkRefused
from benchmarks.results.differences import differences
from benchmarks.results.seed_result import SeedResult
from datasets import DataError

Send = Callable[[bytes], None]

_OF_IMAGES = {"data", "train_images", "test_images", "second_test"}
"""The parts of a resume key that depend on the images."""


@dataclass(frozen=True)
class Conditions:
    """How a job is trained: the threads are the same in a whole run, the rest follows the machines that there are when it starts."""

    threads: Threads = DEFAULT_THREADS
    parallel: bool = False
    """Whether several jobs run at a time on a machine, which makes times incomparable."""
    checkpoint_rate: float = math.inf
    """Bytes of checkpoints per second that a job may send on average."""
    elsewhere: bool = False
    """Whether jobs may run on other machines than the driver's, so that each result names its machine."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Version of the driver's Python; a worker with another one is refused."""


@dataclass(frozen=True)
class Order:
    """What a worker is given."""

    job: Job
    conditions: Conditions
    checkpoint: bytes | None = None
    """Where the training continues; None starts it."""


class Outbox:
    """Takes the place of the store in a worker: it sends finished seeds to the driver."""

    def __init__(self, order: Order, send: Send) -> None:
        self._order = order
        self._send = send
        self._sent_at = time.monotonic()

    def notify(self, text: str) -> None:
        """Send a notice."""
        self._send(messages.encode(messages.Notified(text)))

    def progress(self, job: Job, event: ProgressEvent) -> None:
        """Send an event of the training."""
        self._send(messages.encode(messages.Progressed(event)))

    def save(self, job: Job, result: SeedResult) -> None:
        """Send a finished seed."""
        if self._order.conditions.elsewhere:
            result = msgspec.structs.replace(result, machine={**host(), **result.machine})
        self._send(messages.encode(messages.Finished(store.encode(job, result))))

    def save_checkpoint(self, job: Job, checkpoint: Checkpoint) -> None:
        """Send a partly trained seed, unless the last one was sent too recently for its size."""
        size = checkpoint.state.weights.nbytes + checkpoint.state.optimizer_state.nbytes
        if time.monotonic() - self._sent_at < size / self._order.conditions.checkpoint_rate:
            return
        content = checkpoint_file.encode(job, checkpoint)
        self._send(messages.encode(messages.CheckpointTaken(content)))
        self._sent_at = time.monotonic()

    def checkpoint(self, job: Job) -> Checkpoint | None:
        """Return the state that came with the order."""
        content = self._order.checkpoint
        if content is None:
            return None
        try:
            return checkpoint_file.decode(content, f"{job.name}: its checkpoint", job)
        except StoredWorkRefused as error:
            self.notify(f"{error}; trained again")
            return None


def run(order: Order, send: Send, data: CellData) -> None:
    """Run a job if this process has the driver's code, versions and images, and send what happens.

    Args:
        order: The job.
        send: Called with messages; the last one is the result, a failure or a refusal.
        data: Where this process holds the images.
    """
    job, outbox = order.job, Outbox(order, send)
    if refused := mismatch(order, data):
        send(messages.encode(refused))
        return
    conditions = order.conditions
    runner = JobRunner(
        data,
        store=outbox,
        resume=True,
        threads=conditions.threads,
        parallel=conditions.parallel,
        notify=outbox.notify,
    )
    try:
        runner.run(job, outbox.progress)
    except (JobFailed, NoWorkers) as failure:
        send(messages.encode(messages.Failed(str(failure))))


def mismatch(order: Order, data: CellData) -> messages.Refused | None:
    """Say how the Python, libraries, their settings, code or images of this process differ from the driver's; None where they do not."""
    job, driver, host_name = order.job, dict(order.conditions.versions), platform.node()
    try:
        images = data.load(job.cell, job.selection)
    except DataError as error:
        return messages.Refused(f"{host_name}: its images cannot be loaded: {error}", images=True)
    try:
        current = job.spec.resume_key(images)
    except ImportError as error:
        return messages.Refused(f"{host_name}: it cannot train: {error}")
    here = versions(job.spec.engine)
    of_versions = describe_differences(driver, {name: here.get(name, "none") for name in driver})
    of_key = describe_differences(job.resume_key, current)
    if not (of_versions or of_key):
        return None
    reason = "; ".join(filter(None, (of_versions, of_key)))
    fields = {found.field for found in differences(job.resume_key, current)}
    return messages.Refused(f"{host_name}: {reason}", images=not of_versions and fields <= _OF_IMAGES)

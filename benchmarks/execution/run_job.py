"""One job in this process: load its images, build its program, train its seed, count its costs."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from benchmarks.engine.backend import load_engine
from benchmarks.engine.interface import DEFAULT_THREADS, Engine, Threads
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.environment import machine, versions
from benchmarks.execution.job import Job, JobFailed, NoWorkers, OnEvent, second_test_parts
from benchmarks.metrics import classification, corruptions
from benchmarks.metrics.measures import ROBUSTNESS, measured
from benchmarks.metrics.outputs import Outputs
from benchmarks.results.seed_result import History, SeedResult
from models import BadArchitecture

if TYPE_CHECKING:
    from benchmarks.engine.interface import DeviceData, Program
    from benchmarks.engine.loop import Checkpoint, Training
    from datasets import Dataset


class Store(Protocol):
    """Where a job's work goes and comes from: `store.ResumeStore`, or `worker.Outbox`."""

    def save(self, job: Job, result: SeedResult) -> None:
        """Keep a finished seed."""
        ...

    def save_checkpoint(self, job: Job, checkpoint: Checkpoint) -> None:
        """Keep a partly trained seed."""
        ...

    def checkpoint(self, job: Job) -> Checkpoint | None:
        """Return the last state of a partly trained seed."""
        ...


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise Ctrl-C afresh: TensorFlow rewrites the traceback as it passes, and pytest fails on lines without a number."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None


@dataclass(frozen=True)
class _Prepared:
    """What the trainings of one cell share."""

    job: Job
    """The first of them."""
    data: Dataset
    device_data: DeviceData
    program: Program
    phase_seconds: dict[str, float]


_LIBRARIES = {"tensorflow": "TensorFlow", "jax": "JAX"}
"""How the engines' libraries are spelled."""
_LONGEST_REASON = 400
"""Characters of an import's error that are shown: TensorFlow's begins with a traceback, and ends with the reason."""


class JobRunner:
    """Runs jobs in this process, and shares what several of them need: programs among all, images within one data set."""

    def __init__(
        self,
        data: CellData | None = None,
        *,
        store: Store | None = None,
        resume: bool = False,
        threads: Threads = DEFAULT_THREADS,
        parallel: bool = False,
        notify: Callable[[str], None] = print,
        announce: Callable[[str], None] = lambda phase: None,
    ) -> None:
        """Prepare nothing yet: the framework starts with the first job.

        Args:
            data: Where the images are, if others in this process need them too.
            store: Where finished and partly trained seeds are kept; None keeps none.
            resume: Whether partly trained seeds are continued.
            threads: Threads of the framework.
            parallel: Whether other cells are trained concurrently, which makes times incomparable.
            notify: Is called with each notice.
            announce: Is called with each phase that begins, such as `tracing lenet`.
        """
        self._data = data or CellData()
        self._store = store
        self._resume = resume
        self._threads = threads
        self._parallel = parallel
        self._notify = notify
        self._announce = announce
        self._started: set[str] = set()
        self._prepared: _Prepared | None = None

    @_interruptible()
    def run(self, job: Job, on_event: OnEvent) -> SeedResult:
        """Train one seed and store it.

        Raises:
            JobFailed: The images differ from those that the job was planned with, or the architecture's file is wrong.
            NoWorkers: The framework cannot be imported.
        """
        from benchmarks.engine.loop import train

        prepared = self._prepare(job)
        store = self._store
        checkpoints = store if job.checkpoints else None
        training = train(
            prepared.program,
            prepared.device_data,
            job.spec.recipe,
            job.seed,
            on_progress=partial(on_event, job),
            checkpoint=self._checkpoint(checkpoints, job, prepared.program),
            save_checkpoint=None if checkpoints is None else partial(checkpoints.save_checkpoint, job),
        )
        result = self._result(job, training, prepared)
        if store is not None:
            store.save(job, result)
        return result

    def _prepare(self, job: Job) -> _Prepared:
        """Prepare what the jobs of one cell share, and measure the time it takes."""
        data = self._data.load(job.cell, job.selection)
        second_test = second_test_parts(data).get("second_test")
        if data.fingerprint != job.resume_key["data"] or second_test != job.resume_key.get("second_test"):
            raise JobFailed(f"{job.name}: its images have changed since the run began; start a new run")
        last = self._prepared
        if last is not None and last.data is data and dataclasses.replace(last.job, seed=job.seed) == job:
            return last
        self._prepared = None
        engine, importing = self._start(job.spec.engine)
        device_data = self._data.on_device(data, engine, job.spec.recipe.pixels)
        self._announce(f"tracing {job.cell.architecture}")
        start_time = time.perf_counter()
        shape = (data.x_train.shape[1], data.x_train.shape[2], data.x_train.shape[3])
        try:
            program, fresh = engine.program_for(
                job.cell.architecture, shape, job.spec.recipe, job.spec.precision, len(data.class_names)
            )
        except BadArchitecture as error:
            raise JobFailed(f"{job.name}: {error}") from error
        build, trace = time.perf_counter() - start_time, 0.0
        if fresh:
            build, trace = program.setup.build, program.setup.trace
        phase_seconds = {
            "import": importing,
            "data": self._data.seconds,
            "build": build,
            "trace": trace + program.prepare(device_data, _further(job, data)),
        }
        self._prepared = _Prepared(job, data, device_data, program, phase_seconds)
        return self._prepared

    def _start(self, name: str) -> tuple[Engine, float]:
        """Return a started engine, and the seconds its start took: 0 where it was running."""
        engine = load_engine(name)
        if name in self._started:
            return engine, 0.0
        library = _LIBRARIES.get(name, name)
        self._announce(f"importing {library}")
        try:
            with self._data.memory.framework():
                seconds = engine.start(self._threads)
        except Exception as error:  # libraries that do not fit together raise anything as they are imported
            installed = versions(name)
            found = ", ".join(f"{one} {installed[one]}" for one in engine.LIBRARIES if one in installed)
            reason = " ".join(str(error).split())[-_LONGEST_REASON:]
            raise NoWorkers(
                f"{library} cannot start, so nothing can be trained: {type(error).__name__}: {reason} (installed: {found}); "
                f"python -c 'import {name}, keras' may show where"
            ) from error
        self._started.add(name)
        return engine, seconds

    def _checkpoint(self, store: Store | None, job: Job, program: Program) -> Checkpoint | None:
        """Return the state in which a partly trained seed is continued, if there is one that fits the program."""
        checkpoint = store.checkpoint(job) if store is not None and self._resume else None
        if checkpoint is not None and not program.fits(checkpoint.state):
            self._notify(f"{job.name}: the stored state does not fit; training starts over")
            return None
        return checkpoint

    def _result(self, job: Job, training: Training, prepared: _Prepared) -> SeedResult:
        data, program = prepared.data, prepared.program
        labels = np.asarray(data.y_test)
        trainable, non_trainable = program.parameters
        kind, since = training.divergence or (None, None)
        predictions = training.outputs.predictions
        counts = classification.confusion(labels, predictions, len(data.class_names))
        start_time = time.perf_counter()
        measures = dict(measured(training.outputs, _on_second_test(prepared)))
        corrupted: dict[str, tuple[float, ...]] = {}
        if ROBUSTNESS.name in job.spec.measures:
            corrupted = _corrupted(prepared) if training.outputs.finite else {}
            measures[ROBUSTNESS.key] = corruptions.mean_accuracy(corrupted) if corrupted else None
        measuring = time.perf_counter() - start_time
        return SeedResult(
            seed=training.seed,
            history=_history(training),
            diverged=since,
            divergence=kind,
            frozen=training.frozen,
            weights_sha256=training.weights_sha256,
            correct=classification.packed(predictions == labels),
            confusion=tuple(map(tuple, counts)),
            test_images=len(labels),
            measures=measures,
            corrupted=corrupted,
            params_trainable=trainable,
            params_non_trainable=non_trainable,
            flops_per_image=2 * program.multiply_adds,
            eval_seconds=math.fsum(epoch.evaluation_seconds for epoch in training.history) + measuring,
            phase_seconds=prepared.phase_seconds,
            peak_memory_mib=self._data.memory.mib(),
            peak_memory_bound=self._data.memory.upper_bound,
            parallel=self._parallel,
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=machine(prepared.job.spec.engine),
        )


def _further(job: Job, data: Dataset) -> set[int]:
    """Return how many images the network answers at once, besides the test images."""
    corrupted = corruptions.sizes(len(data.x_test)) if ROBUSTNESS.name in job.spec.measures else set()
    return corrupted if data.second_test is None else corrupted | {len(data.second_test.x)}


def _on_second_test(prepared: _Prepared) -> Outputs | None:
    """Return the outputs of the network that was just trained on the second test set, if the data have one."""
    if (second := prepared.data.second_test) is None:
        return None
    return Outputs.of(prepared.program.logits(second.x, prepared.device_data.normalization), second.y)


def _corrupted(prepared: _Prepared) -> dict[str, tuple[float, ...]]:
    """Return the accuracy of the network that was just trained on corrupted test images."""
    program, data = prepared.program, prepared.data
    normalization = prepared.device_data.normalization
    return corruptions.accuracy_by_corruption(
        data.x_test, data.y_test, lambda images: program.logits(images, normalization)
    )


def _history(training: Training) -> History:
    return History(
        loss=tuple(classification.finite_or_none(epoch.loss) for epoch in training.history),
        accuracy=tuple(classification.finite_or_none(epoch.accuracy) for epoch in training.history),
        val_loss=tuple(classification.finite_or_none(epoch.val_loss) for epoch in training.history),
        val_accuracy=tuple(classification.finite_or_none(epoch.val_accuracy) for epoch in training.history),
        seconds=tuple(epoch.seconds for epoch in training.history),
        epoch=tuple(epoch.number for epoch in training.history),
        steps=tuple(epoch.steps for epoch in training.history),
    )

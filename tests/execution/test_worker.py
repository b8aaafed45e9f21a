"""What a worker makes of a job: messages, and refusals where it is not as the driver is."""

import dataclasses
import platform
from types import ModuleType

import pytest

from benchmarks.execution import checkpoint_file, messages, store
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.environment import versions
from benchmarks.execution.job import Job, TrainingSpec
from benchmarks.execution.messages import Message
from benchmarks.execution.worker import Conditions, Order, run
from tests.support import small_project as grids

DRIVER = Conditions(versions={"python": versions("tensorflow")["python"]})


@pytest.fixture(scope="module")
def job() -> Job:
    return grids.plan().jobs[0]


def sent(job: Job, conditions: Conditions = DRIVER, checkpoint: bytes | None = None) -> list[Message]:
    """Run a job as a worker does, and return its messages."""
    found: list[bytes] = []
    run(Order(job, conditions, checkpoint), found.append, CellData())
    return [messages.decode(content, job.name) for content in found]


def reason(found: list[Message], *, images: bool = False) -> str:
    (message,) = found
    assert isinstance(message, messages.Refused)
    assert message.images == images
    return message.reason


def test_another_python_is_refused_with_both_named(job: Job) -> None:
    said = reason(sent(job, Conditions(versions={"python": "2.7.18"})))
    assert said == f"{platform.node()}: python: 2.7.18 -> {versions('tensorflow')['python']}"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("version of keras", "3.0.0", "version of keras: 3.0.0 -> 3."),
        ("code in models/lenet.py", "0" * 16, "code in models/lenet.py has changed"),
        ("data", "0" * 16, f"data: {'0' * 16} -> "),
    ],
)
def test_other_libraries_code_or_images_are_refused_before_training(
    job: Job, field: str, value: str, expected: str
) -> None:
    changed = dataclasses.replace(job, resume_key={**job.resume_key, field: value})
    assert f"{platform.node()}: {expected}" in reason(sent(changed), images=field == "data")


def test_images_that_are_not_there_are_refused(job: Job) -> None:
    changed = dataclasses.replace(job, selection=dataclasses.replace(job.selection, dataset="nowhere"))
    assert "its images cannot be loaded" in reason(sent(changed), images=True)


def test_a_framework_that_is_not_installed_is_refused(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*parts: object, **more: object) -> dict[str, str]:
        raise ModuleNotFoundError("tensorflow: no version is known")

    monkeypatch.setattr(TrainingSpec, "resume_key", missing)
    assert reason(sent(job)) == f"{platform.node()}: it cannot train: tensorflow: no version is known"


def test_a_job_sends_its_progress_its_checkpoints_and_its_result(engine: ModuleType, job: Job) -> None:
    found = sent(job)
    kinds = [type(message).__name__ for message in found]
    assert kinds.count("CheckpointTaken") == 3
    assert kinds[-1] == "Finished"
    assert {"Progressed", "CheckpointTaken", "Finished"} == set(kinds)
    *_, checkpoint = (m.content for m in found if isinstance(m, messages.CheckpointTaken))
    (result,) = (store.decode(m.content, "x", job) for m in found if isinstance(m, messages.Finished))
    assert "node" not in result.machine

    continued = sent(job, checkpoint=checkpoint)
    steps = [m.event.step for m in continued if isinstance(m, messages.Progressed)]
    assert min(steps) > 15  # three of four epochs of five steps were behind it
    (again,) = (store.decode(m.content, "x", job) for m in continued if isinstance(m, messages.Finished))
    assert again.weights_sha256 == result.weights_sha256


def test_a_damaged_checkpoint_is_reported_and_the_training_starts_again(engine: ModuleType, job: Job) -> None:
    found = sent(job, checkpoint=checkpoint_file.KIND.encode())
    assert any(isinstance(m, messages.Notified) and "trained again" in m.text for m in found)
    assert isinstance(found[-1], messages.Finished)


def test_checkpoints_are_sent_no_more_often_than_the_rate_allows(engine: ModuleType, job: Job) -> None:
    found = sent(job, dataclasses.replace(DRIVER, checkpoint_rate=1.0))
    assert not any(isinstance(message, messages.CheckpointTaken) for message in found)


def test_elsewhere_each_seed_names_its_machine(engine: ModuleType, job: Job) -> None:
    found = sent(job, dataclasses.replace(DRIVER, elsewhere=True))
    (result,) = (store.decode(m.content, "x", job) for m in found if isinstance(m, messages.Finished))
    planned = grids.plan()
    cell = planned.result([result])
    assert cell.machine[0]["node"] == result.machine["node"]
    assert cell.machine[0].keys() >= {"cores", "device", "intra_op_threads"}
    cpu = result.machine["cpu"]
    assert isinstance(cpu, dict)
    assert "flags" not in cpu

"""Runs that are interrupted and resumed, in this process and by killing real ones."""

import dataclasses
import json
import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.comparison import compare
from benchmarks.engine.loop import ProgressEvent
from benchmarks.execution.job import Job, OnEvent
from benchmarks.execution.store import ResumeStore
from benchmarks.experiment.cell import Cell
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import load_run
from benchmarks.results.schema import CellResult
from tests.support import small_project as grids

SEEDS = 2


@pytest.fixture
def told() -> list[str]:
    return []


Train = Callable[..., CellResult]


@pytest.fixture
def train(engine: ModuleType, tmp_path: Path, told: list[str]) -> Train:
    """Train LeNet on MNIST's stand-in, with a store in the test's folder."""
    return partial(grids.train, folder=tmp_path, notify=told.append)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the seeds of `tiny` are stored."""
    return ResumeStore(tmp_path).folder(grids.plan().jobs[0])


class Interrupted(BaseException):
    """As Ctrl-C is."""


def interrupt_after(steps: int) -> OnEvent:
    def on_event(job: Job, event: ProgressEvent) -> None:
        if event.step >= steps:
            raise Interrupted

    return on_event


def never(job: Job, event: ProgressEvent) -> None:
    raise AssertionError(f"{job.name} is trained again")


def outcome(cell: CellResult) -> dict[str, object]:
    return grids.outcome(json.loads(json.dumps(cell.to_json())))


def test_finished_seeds_are_reused_and_saved_alike(train: Train) -> None:
    settings = grids.small_settings(seeds=SEEDS)
    first = train(settings)
    assert train(settings, on_event=never) == first
    assert len(first.measured_at) == SEEDS


def test_without_resume_all_is_trained_again(train: Train) -> None:
    train()
    seen: list[Job] = []
    train(resume=False, on_event=lambda job, event: seen.append(job))
    assert {job.seed for job in seen} == {0}


def test_more_seeds_train_only_what_is_missing(train: Train) -> None:
    first = train()
    seen: list[Job] = []
    more = train(grids.small_settings(seeds=SEEDS), on_event=lambda job, event: seen.append(job))
    assert {job.seed for job in seen} == {1}
    assert more.weights_sha256[0] == first.weights_sha256[0]


def test_a_partly_trained_seed_goes_on_to_the_same_bits(train: Train, folder: Path, told: list[str]) -> None:
    whole = train(resume=False)
    for path in list(folder.iterdir()):
        path.unlink()
    with pytest.raises(Interrupted):
        train(on_event=interrupt_after(13))  # in the third of four epochs of five steps
    seen: list[int] = []
    assert outcome(train(on_event=lambda job, event: seen.append(event.step))) == outcome(whole)
    assert min(seen) > 10  # two epochs are behind it
    assert [path.suffix for path in folder.iterdir()] == [".training"]
    assert told == []


def test_a_checkpoint_is_not_used_without_resume(train: Train) -> None:
    with pytest.raises(Interrupted):
        train(on_event=interrupt_after(13))
    seen: list[int] = []
    train(resume=False, on_event=lambda job, event: seen.append(event.step))
    assert min(seen) <= 5


def test_quick_protocols_store_no_partly_trained_seeds(train: Train, folder: Path) -> None:
    with pytest.raises(Interrupted):
        train(
            grids.small_settings(dataclasses.replace(grids.TINY, checkpoints=False)),
            on_event=interrupt_after(13),
        )
    assert not folder.exists()


def test_a_damaged_checkpoint_is_named_and_the_seed_starts_again(
    train: Train, folder: Path, told: list[str]
) -> None:
    whole = train(resume=False)
    (folder / "seed-0.training").unlink()
    with pytest.raises(Interrupted):
        train(on_event=interrupt_after(13))
    path = folder / "seed-0.checkpoint"
    path.write_bytes(path.read_bytes()[:-1])
    assert outcome(train()) == outcome(whole)
    assert [str(path) in message for message in told] == [True]


def test_a_changed_recipe_says_what_differs_and_trains(train: Train, told: list[str]) -> None:
    train()
    recipe = dataclasses.replace(grids.TINY.default, epochs=2, learning_rate=0.01)
    changed = train(grids.small_settings(dataclasses.replace(grids.TINY, default=recipe)))
    assert len(changed.history[0].seconds) == 2
    assert len(told) == 1
    assert "recipe.learning_rate: 0.001 -> 0.01" in told[0]
    assert "recipe.epochs: 4 -> 2" in told[0]


def test_other_data_are_reported_as_a_difference(train: Train, told: list[str]) -> None:
    train()
    train(grids.small_settings(dataclasses.replace(grids.TINY, train=150)))
    assert len(told) == 1
    assert "train_images: 160 -> 150" in told[0]


def test_a_clock_that_jumps_does_not_move_the_figures(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = iter(range(10**9, 0, -86_400))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    begin = time.perf_counter()
    cell = train()
    assert 0 < cell.train_seconds < time.perf_counter() - begin
    assert all(second > 0 for history in cell.history for second in history.seconds)


# A cell stores three checkpoints and a training for each of its seeds.
CELLS = "lenet-mnist", "lenet-fashion_mnist"
EVENTS = len(CELLS) * SEEDS * grids.TINY.default.epochs
GRID = ["--arch", "lenet", "--dataset", "mnist,fashion_mnist", "--seeds", str(SEEDS), "--resume"]
SAVE = ["--benchmark-json", "run.json", "--benchmark-autosave"]


def _stored(project: Path) -> dict[str, bytes]:
    """Finished seeds on disk."""
    root = project / ".benchmarks" / "resume"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.glob("*/*/*.training")}


def _progress(project: Path) -> int:
    """How far a run has come, as counted by what is on disk: a partly trained seed counts one, whole ones count their epochs."""
    names = [path.suffix for path in (project / ".benchmarks" / "resume").glob("*/*/*")]
    return grids.TINY.default.epochs * names.count(".training") + names.count(".checkpoint")


def _kill_at(project: Path, point: int, delay: float) -> int:
    """Run, kill once so much is on disk, and give the exit status."""
    process = grids.start(project, *GRID, *SAVE)
    while process.poll() is None and _progress(project) < point:
        time.sleep(0.02)
    time.sleep(delay)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    return process.returncode


_STOPS_ITSELF = """
import os
import signal

# Started in the background by a script it would ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
_save = ResumeStore.save_checkpoint


def _save_and_stop(self, job, checkpoint):
    _save(self, job, checkpoint)
    if os.environ.get("STOP_IN") == job.cell.id:
        os.kill(os.getpid(), int(os.environ["STOP_WITH"]))


ResumeStore.save_checkpoint = _save_and_stop
"""


def _stop_in(project: Path, cell: str, how: signal.Signals) -> tuple[int, str]:
    """Run with this signal right after that cell's next checkpoint: from outside the moment is missed on a busy machine."""
    return grids.run(project, *GRID, *SAVE, STOP_IN=cell, STOP_WITH=str(int(how)))


def _kill_and_resume(project: Path, points: list[int], seed: int) -> int:
    """Kill a run again and again at these points, then let it end; how many kills hit it alive."""
    rng, kills = random.Random(seed), 0  # noqa: S311 - no secret
    kept = _stored(project)
    for point in sorted(points):
        kills += _kill_at(project, point, rng.uniform(0, 0.2)) == -signal.SIGKILL
        now = _stored(project)
        assert now.items() >= kept.items(), "a finished seed was lost or trained again"
        kept = now
    status, output = grids.run(project, *GRID, *SAVE)
    assert status == 0, output
    assert _stored(project).items() >= kept.items()
    assert "not reused" not in output
    assert "trained again" not in output.replace("not trained again", "")
    return kills


@pytest.fixture
def uninterrupted(engine: ModuleType) -> dict[str, dict[str, object]]:
    """What both cells come to, trained in this process without a break."""
    settings = grids.small_settings(seeds=SEEDS)
    return {
        f"lenet-{name}": outcome(grids.train(settings, Cell("lenet", name)))
        for name in ("mnist", "fashion_mnist")
    }


@pytest.mark.end_to_end
def test_stopped_by_ctrl_c_a_scheduler_and_kill_nothing_is_lost(
    tmp_path: Path, uninterrupted: dict[str, dict[str, object]]
) -> None:
    project = grids.copy_project(tmp_path / "project")
    with (project / "benchmarks" / "execution" / "store.py").open("a") as file:
        file.write(_STOPS_ITSELF)
    kept: dict[str, bytes] = {}
    for how in (signal.SIGINT, signal.SIGTERM):
        status, output = _stop_in(project, CELLS[1], how)
        assert status == pytest.ExitCode.INTERRUPTED, output
        (saved,) = (project / ".benchmarks").glob("*/*.json")
        assert saved.name.startswith("partial_"), output
        part = load_run(saved)
        assert part.partial
        assert set(part.cells) == {CELLS[0]}
        with pytest.raises(RunRefused, match="partial run and no baseline"):
            compare(part, part)
        assert _stored(project).items() >= kept.items()
        kept = _stored(project)
        saved.unlink()
    status, output = _stop_in(project, CELLS[1], signal.SIGKILL)
    assert status == -signal.SIGKILL, output
    assert _stored(project).items() >= kept.items()
    _kill_and_resume(project, [], seed=0)
    found = {cell: grids.outcome(info) for cell, info in grids.infos(project / "run.json").items()}
    assert found == uninterrupted
    assert tuple(found) == CELLS
    assert not load_run(project / "run.json").partial
    assert len(list((project / ".benchmarks").glob("*/0001_*.json"))) == 1


@pytest.mark.slow
def test_killed_at_forty_random_points_nothing_is_lost(
    tmp_path: Path, uninterrupted: dict[str, dict[str, object]]
) -> None:
    """Ten runs, each killed at four random points."""
    rng = random.Random(5)  # noqa: S311 - no secret
    kills = 0
    for number in range(10):
        project = grids.copy_project(tmp_path / f"killed-{number}")
        kills += _kill_and_resume(project, [rng.randrange(EVENTS) for _ in range(4)], seed=number)
        found = {cell: grids.outcome(info) for cell, info in grids.infos(project / "run.json").items()}
        assert found == uninterrupted
    print(f"{kills} kills hit a living run")
    assert kills >= 30

"""Runs that are interrupted and taken up again, in this process and by killing real ones."""

import dataclasses
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.comparison.gate import judge
from benchmarks.engine.loop import ProgressEvent
from benchmarks.execution.checkpoint_file import Finished
from benchmarks.execution.run_job import CellRun, Conduct, Workshop
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.settings import Settings
from benchmarks.plugin import timer
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import load
from tests.support import small_project as grids

SEEDS = 2


@pytest.fixture
def told() -> list[str]:
    return []


Open = Callable[..., CellRun]


@pytest.fixture
def prepared(engine: ModuleType, tmp_path: Path, told: list[str]) -> Open:
    """Prepare LeNet on MNIST's stand-in, with a store in the test's folder."""

    def prepare(settings: Settings | None = None, *, resume: bool = True, **conduct: object) -> CellRun:
        how = Conduct(store=tmp_path, resume=resume, tell=told.append)
        settings = settings or grids.settings()
        return Workshop(settings, dataclasses.replace(how, **conduct)).prepare(grids.LENET)  # type: ignore[arg-type]

    return prepare


def forbidden(seed: int) -> Finished:
    raise AssertionError(f"seed {seed} is trained again")


class Interrupted(BaseException):
    """As Ctrl-C is."""


def interrupt_after(steps: int) -> Callable[[Cell, int, ProgressEvent], None]:
    def watch(cell: Cell, seed: int, moment: ProgressEvent) -> None:
        if moment.step >= steps:
            raise Interrupted

    return watch


def test_finished_seeds_are_replayed_and_saved_alike(prepared: Open) -> None:
    settings = grids.settings(seeds=SEEDS)
    first = prepared(settings).finish()
    run = prepared(settings)
    assert run.missing == []
    run.train = forbidden
    before = timer.training_seconds()
    assert run.finish() == first
    assert timer.training_seconds() - before == pytest.approx(first["train_seconds"])
    assert len(first["measured_at"]) == SEEDS


def test_without_resume_all_is_trained_anew(prepared: Open) -> None:
    prepared().finish()
    assert prepared(resume=False).missing == [0]


def test_more_seeds_train_only_what_is_missing(prepared: Open) -> None:
    first = prepared().finish()
    run = prepared(grids.settings(seeds=SEEDS))
    assert run.missing == [1]
    assert run.finish()["weights_sha256"][0] == first["weights_sha256"][0]


def test_a_half_finished_seed_goes_on_to_the_same_bits(prepared: Open, told: list[str]) -> None:
    whole = prepared(resume=False).finish()
    for path in list(prepared().shelf.folder.iterdir()):  # type: ignore[union-attr]
        path.unlink()
    with pytest.raises(Interrupted):
        prepared(watch=interrupt_after(25)).finish()  # in the third of four epochs of ten steps
    seen: list[int] = []
    run = prepared(watch=lambda cell, seed, moment: seen.append(moment.step))
    assert grids.outcome(run.finish()) == grids.outcome(whole)
    assert min(seen) > 20  # two epochs are behind it
    assert [path.suffix for path in run.shelf.folder.iterdir()] == [".training"]  # type: ignore[union-attr]
    assert told == []


def test_a_checkpoint_is_not_taken_up_without_resume(prepared: Open) -> None:
    with pytest.raises(Interrupted):
        prepared(watch=interrupt_after(25)).finish()
    seen: list[int] = []
    prepared(resume=False, watch=lambda cell, seed, moment: seen.append(moment.step)).finish()
    assert min(seen) <= 10


def test_quick_protocols_store_no_half_finished_seeds(prepared: Open) -> None:
    settings = grids.settings(dataclasses.replace(grids.TINY, checkpoints=False))
    with pytest.raises(Interrupted):
        prepared(settings, watch=interrupt_after(25)).finish()
    assert not prepared(settings).shelf.folder.exists()  # type: ignore[union-attr]


def test_a_damaged_checkpoint_is_named_and_the_seed_begins_anew(prepared: Open, told: list[str]) -> None:
    whole = prepared(resume=False).finish()
    folder = prepared().shelf.folder  # type: ignore[union-attr]
    (folder / "seed-0.training").unlink()
    with pytest.raises(Interrupted):
        prepared(watch=interrupt_after(25)).finish()
    path = folder / "seed-0.checkpoint"
    path.write_bytes(path.read_bytes()[:-1])
    assert grids.outcome(prepared().finish()) == grids.outcome(whole)
    assert [str(path) in message for message in told] == [True]


def test_a_changed_recipe_says_what_differs_and_trains(prepared: Open, told: list[str]) -> None:
    prepared().finish()
    recipe = dataclasses.replace(grids.TINY.default, epochs=2, learning_rate=0.01)
    run = prepared(grids.settings(dataclasses.replace(grids.TINY, default=recipe)))
    assert run.missing == [0]
    assert len(told) == 1
    assert "recipe.learning_rate: 0.001 -> 0.01" in told[0]
    assert "recipe.epochs: 4 -> 2" in told[0]


def test_other_data_say_what_differs(prepared: Open, told: list[str]) -> None:
    prepared().finish()
    prepared(grids.settings(dataclasses.replace(grids.TINY, train=300)))
    assert len(told) == 1
    assert "train_images: 320 -> 300" in told[0]


def test_a_clock_that_jumps_does_not_move_the_figures(
    prepared: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = iter(range(10**9, 0, -86_400))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    begin = time.perf_counter()
    info = prepared().finish()
    assert 0 < info["train_seconds"] < time.perf_counter() - begin
    assert all(second > 0 for history in info["history"] for second in history["seconds"])


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
    """How far a run has come, as counted by what is on disk: half a seed counts one, whole ones count their epochs."""
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
_keep = Shelf.keep_checkpoint


def _keep_and_stop(self, seed, checkpoint):
    _keep(self, seed, checkpoint)
    if os.environ.get("STOP_IN") == self.folder.parent.name:
        os.kill(os.getpid(), int(os.environ["STOP_WITH"]))


Shelf.keep_checkpoint = _keep_and_stop
"""


def _stop_in(project: Path, cell: str, how: signal.Signals) -> tuple[int, str]:
    """Run with this signal right after that cell's next checkpoint: from outside the moment is missed on a busy machine."""
    return grids.run(project, *GRID, *SAVE, STOP_IN=cell, STOP_WITH=str(int(how)))


def _kill_and_take_up(project: Path, points: list[int], seed: int) -> int:
    """Kill a run again and again at these points, then let it end; how many kills hit it alive."""
    dice, kills = random.Random(seed), 0  # noqa: S311 - no secret
    kept = _stored(project)
    for point in sorted(points):
        kills += _kill_at(project, point, dice.uniform(0, 0.2)) == -signal.SIGKILL
        now = _stored(project)
        assert now.items() >= kept.items(), "a finished seed was lost or trained again"
        kept = now
    status, output = grids.run(project, *GRID, *SAVE)
    assert status == 0, output
    assert _stored(project).items() >= kept.items()
    assert "not taken up" not in output
    assert "trained again" not in output
    return kills


@pytest.fixture
def uninterrupted(engine: ModuleType) -> dict[str, dict[str, object]]:
    """What both cells come to, trained in this process without a break."""
    settings = grids.settings(seeds=SEEDS)
    workshop = Workshop(settings, Conduct())
    return {
        f"lenet-{name}": grids.outcome(workshop.prepare(Cell("lenet", name)).finish())
        for name in ("mnist", "fashion_mnist")
    }


def test_stopped_by_ctrl_c_and_kill_nothing_is_lost(
    tmp_path: Path, uninterrupted: dict[str, dict[str, object]]
) -> None:
    project = grids.copy_project(tmp_path / "project")
    with (project / "benchmarks" / "checkpoints.py").open("a") as file:
        file.write(_STOPS_ITSELF)
    status, output = _stop_in(project, CELLS[1], signal.SIGINT)
    assert status == pytest.ExitCode.INTERRUPTED, output
    saved = list((project / ".benchmarks").glob("*/*.json"))
    assert [path.name.startswith("partial_") for path in saved] == [True], output
    part = load(saved[0])
    assert part.partial
    assert set(part.cells) == {CELLS[0]}
    with pytest.raises(RunRefused, match="partial run and no baseline"):
        judge(part, part)
    kept = _stored(project)
    status, output = _stop_in(project, CELLS[1], signal.SIGKILL)
    assert status == -signal.SIGKILL, output
    assert _stored(project).items() >= kept.items()
    _kill_and_take_up(project, [], seed=0)
    found = {cell: grids.outcome(info) for cell, info in grids.infos(project / "run.json").items()}
    assert found == uninterrupted
    assert tuple(found) == CELLS
    assert not load(project / "run.json").partial
    assert len(list((project / ".benchmarks").glob("*/0001_*.json"))) == 1


@pytest.mark.slow
def test_killed_at_forty_random_points_nothing_is_lost(
    tmp_path: Path, uninterrupted: dict[str, dict[str, object]]
) -> None:
    """Ten runs, each killed at four random points."""
    dice = random.Random(5)  # noqa: S311 - no secret
    kills = 0
    for number in range(10):
        project = grids.copy_project(tmp_path / f"killed-{number}")
        kills += _kill_and_take_up(project, [dice.randrange(EVENTS) for _ in range(4)], seed=number)
        found = {cell: grids.outcome(info) for cell, info in grids.infos(project / "run.json").items()}
        assert found == uninterrupted
    print(f"{kills} kills hit a living run")
    assert kills >= 30

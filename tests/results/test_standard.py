"""What a cell is held to comes from its pinned seeds, whichever file has them."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.experiment.floors import floor_of, least_floor
from benchmarks.results.baselines import PinnedGroup, pin
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict, load_run
from benchmarks.results.standard import Standard, standard
from tests.support.run_factory import cell, run

QUICK = PinnedGroup("quick", "real", "float32", "tensorflow")
SEEDS = (0.90, 0.91, 0.92, 0.91, 0.90)


def pinned(folder: Path, *accuracies: float, **facts: Any) -> Path:
    """Pin a run of `lenet-mnist` alone."""
    (path,) = pin(from_dict(run(cell(accuracies, **facts)), "r"), folder, allow_failed=True)
    return path


def test_to_pin_a_run_sets_the_floor_of_the_next(tmp_path: Path) -> None:
    path = pinned(tmp_path, *SEEDS, floor=0.2)
    floor = floor_of(SEEDS)
    assert floor is not None
    assert standard(QUICK, "lenet-mnist", 10, tmp_path) == Standard(floor, died=0, pinned=5)
    (old,) = load_run(path).cells.values()
    assert (old.floor, old.verdict) == (floor, "passed")
    path = pinned(tmp_path, *(a - 0.1 for a in SEEDS), floor=floor)
    lower = standard(QUICK, "lenet-mnist", 10, tmp_path).floor
    assert lower == pytest.approx(floor - 0.1)
    path.write_text(path.read_text().replace('"floor": ', '"early versions": '))
    assert standard(QUICK, "lenet-mnist", 10, tmp_path).floor == lower


def test_dead_seeds_set_a_death_rate_and_no_floor(tmp_path: Path) -> None:
    pinned(tmp_path, *SEEDS, 0.1, diverged=[None] * 5 + [1])
    held_to = standard(QUICK, "lenet-mnist", 10, tmp_path)
    assert held_to == Standard(floor_of(SEEDS), died=1, pinned=6)
    assert (held_to.deaths_allowed(1), held_to.deaths_allowed(0)) == (1, 0)
    pinned(tmp_path, 0.1, 0.1, diverged=[1, 1])
    assert standard(QUICK, "lenet-mnist", 10, tmp_path) == Standard(least_floor(10), died=2, pinned=2)


def test_a_living_seed_that_learned_nothing_leaves_no_floor_to_assert(tmp_path: Path) -> None:
    path = pinned(tmp_path, *SEEDS, 0.08, 0.1, floor=0.15, diverged=[None] * 6 + [1])
    assert standard(QUICK, "lenet-mnist", 10, tmp_path) == Standard(None, died=1, pinned=7)
    (old,) = load_run(path).cells.values()
    assert (old.floor, old.verdict) == (None, None)


def test_other_setups_have_floors_of_their_own_or_those_of_the_reference(tmp_path: Path) -> None:
    pinned(tmp_path, *SEEDS)
    jax = QUICK._replace(backend="jax")
    for group in (jax, QUICK._replace(precision="bfloat16")):
        assert standard(group, "lenet-mnist", 10, tmp_path).floor == floor_of(SEEDS)
    pinned(tmp_path, 0.8, 0.8, backend="jax")
    assert standard(jax, "lenet-mnist", 10, tmp_path).floor == floor_of([0.8, 0.8])
    assert standard(QUICK, "lenet-mnist", 10, tmp_path).floor == floor_of(SEEDS)


@pytest.mark.parametrize("classes", [2, 10, 26])
def test_what_is_not_pinned_has_the_lowest_floor_of_its_classes(tmp_path: Path, classes: int) -> None:
    assert standard(QUICK, "lenet-mnist", classes, tmp_path) == Standard(least_floor(classes))
    pinned(tmp_path, *SEEDS)
    for other in (QUICK._replace(source="synthetic"), QUICK._replace(protocol="study")):
        assert standard(other, "lenet-mnist", classes, tmp_path) == Standard(least_floor(classes))
    assert standard(QUICK, "vgg-mnist", classes, tmp_path) == Standard(least_floor(classes))


def test_the_number_of_classes_is_pinned_where_it_is_not_ten(tmp_path: Path) -> None:
    letters = [chr(ord("a") + i) for i in range(26)]
    path = pinned(tmp_path, 0.07, 0.08, class_names=letters)
    (old,) = load_run(path).cells.values()
    assert (old.classes, old.floor) == (26, least_floor(26))
    assert load_run(pinned(tmp_path, *SEEDS, class_names=letters[:10])).cells["lenet-mnist"].class_names == ()


def test_a_pinned_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = pinned(tmp_path, *SEEDS)
    path.write_text(path.read_text().replace('"floor": ', '"floor": 7'))
    with pytest.raises(RunRefused, match=r"quick-real.json.*floor"):
        standard(QUICK, "lenet-mnist", 10, tmp_path)

"""What cells are expected to cost, and how a grid is divided by that."""

import itertools
import statistics
import sys
from dataclasses import replace

import pytest

import datasets
import models
from benchmarks.execution import schedule
from benchmarks.execution.schedule import (
    JAX_ON_A_PROCESSOR,
    JAX_SETUP_SECONDS,
    SETUP_SECONDS,
    Shard,
    announcement,
    divide,
    expected_seconds,
    longest_first,
)
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings


def grid(protocol: str = "quick") -> Settings:
    return Settings(PROTOCOLS[protocol], models.names(), datasets.names())


@pytest.mark.parametrize(
    ("protocol", "parts"),
    [("quick", 21), *((protocol, parts) for protocol in PROTOCOLS for parts in (1, 2, 3, 7))],
)
def test_shards_are_the_grid_each_cell_once(protocol: str, parts: int) -> None:
    settings = grid(protocol)
    shards = [Shard(i, parts).cells(settings.cells(), settings) for i in range(1, parts + 1)]
    assert sorted(cell.id for cell in itertools.chain(*shards)) == sorted(
        cell.id for cell in settings.cells()
    )


@pytest.mark.parametrize(("parts", "expected"), [(1, [25]), (2, [14, 11]), (3, [7, 9, 9])])
def test_the_costliest_cell_left_goes_to_the_shard_with_the_least_work(
    monkeypatch: pytest.MonkeyPatch, parts: int, expected: list[float]
) -> None:
    costs = {"mnist": 3.0, "svhn": 7.0, "cifar10": 5.0, "cifar100": 4.0, "kmnist": 6.0}
    monkeypatch.setattr(schedule, "expected_seconds", lambda cell, settings: costs[cell.dataset])
    shards = divide([Cell("lenet", name) for name in costs], parts, grid())
    assert [sum(costs[cell.dataset] for cell in shard) for shard in shards] == expected


def test_shards_on_jax_are_the_same_on_machines_with_and_without_a_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = replace(grid(), backend="jax")
    monkeypatch.delitem(sys.modules, "jax", raising=False)  # as before anything trains
    found = []
    for platforms in ("cpu", "cuda,cpu"):
        monkeypatch.setenv("JAX_PLATFORMS", platforms)
        found.append(divide(settings.cells(), 2, settings))
    assert found[0] == found[1]


def test_a_shard_keeps_the_order_of_the_grid() -> None:
    cells = grid().cells()
    mine = Shard(2, 4).cells(cells, grid())
    assert mine == [cell for cell in cells if cell in mine]


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/0", "-1/4", "1/4/4", "", "1/9999999999"])
def test_no_shard_is_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="expected I/N"):
        Shard.parse(text)


def test_costs_follow_epochs_images_and_seeds() -> None:
    cell = Cell("vgg", "cifar10")
    quick, study = (expected_seconds(cell, grid(protocol)) for protocol in ("quick", "study"))
    assert study > 20 * quick


def test_costs_follow_the_size_of_the_images_and_the_backend() -> None:
    settings = grid()  # as many images of every data set
    of_32, of_28 = (expected_seconds(Cell("vgg", name), settings) for name in ("cifar10", "mnist"))
    training = of_32 - SETUP_SECONDS["vgg"]
    assert of_28 - SETUP_SECONDS["vgg"] == pytest.approx(training * (28 / 32) ** 2)
    on_jax = expected_seconds(Cell("vgg", "cifar10"), replace(settings, backend="jax"))
    assert on_jax - JAX_SETUP_SECONDS == pytest.approx(training / JAX_ON_A_PROCESSOR)


def test_an_unknown_architecture_costs_as_much_as_the_median_one() -> None:
    settings = grid("study")
    known = [expected_seconds(Cell(name, "cifar10"), settings) for name in models.names()]
    unknown = expected_seconds(Cell("unheard_of", "cifar10"), settings)
    assert unknown == pytest.approx(statistics.median(known), rel=0.1)


def test_a_grid_on_jax_says_beforehand_what_it_takes_on_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(grid(), backend="jax")
    monkeypatch.delitem(sys.modules, "jax", raising=False)  # as before anything trains
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    said = announcement(settings.cells(), settings)
    assert said is not None
    assert f"these {len(settings.cells())} cells will take very roughly" in said
    assert announcement(grid().cells(), grid()) is None
    monkeypatch.setenv("JAX_PLATFORMS", "cuda,cpu")
    assert announcement(settings.cells(), settings) is None


def test_workers_begin_with_the_longest_and_keep_programs_together() -> None:
    settings = grid()
    order = longest_first(settings.cells(), settings)
    assert sorted(cell.id for cell in order) == sorted(cell.id for cell in settings.cells())
    costs = [expected_seconds(cell, settings) for cell in order]
    assert costs[0] == max(costs)
    assert costs[-1] < costs[0] / 2
    programs = [(cell.architecture, datasets.spec(cell.dataset).shape) for cell in order]
    assert len(list(itertools.groupby(programs))) == len(set(programs))

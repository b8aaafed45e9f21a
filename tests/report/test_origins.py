"""The commands that a report gives to train a cell again."""

import shlex
from typing import Any

from benchmarks.report import origins
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.side_by_side import Alternative
from benchmarks.report.groups import group
from benchmarks.report.views import alternatives as view
from benchmarks.results.run import from_dict
from benchmarks.results.schema import CellResult
from tests.support.run_factory import cell, run


def test_a_command_from_a_run_cannot_do_anything_else() -> None:
    bad = from_dict(run(cell(protocol="quick; rm -rf ~ $(x)", precision="`y`")), "r").cells["lenet-mnist"]
    words = shlex.split(origins.command(bad))
    assert words[:4] == [
        "pytest",
        "benchmarks/bench_training.py::test_training[lenet-mnist]",
        "--protocol",
        "quick; rm -rf ~ $(x)",
    ]
    assert words[-6:] == ["--precision", "`y`", "--seed", "0", "--seeds", "5"]


def test_numbers_of_seeds_are_compared_as_numbers() -> None:
    cells = [cell([0.9] * n, architecture=a) for n, a in ((10, "lenet"), (9, "vgg"))]
    (found,) = group([from_dict(run(*cells), "r")])
    assert origins.measured_on(found)[0].startswith("2 cells, n = 9 to 10, 2026-01-02, on ")


def test_days_that_no_run_tells_are_left_out() -> None:
    told, untold = cell(measured_at=["2026-01-03T00:00:00"] * 5), cell(architecture="vgg")
    (found,) = group([from_dict(run(told, untold, datetime=""), "r")])
    assert origins.days(found.origins.values()) == "2026-01-03"
    assert view.described([Alternative("r", found, "dot")]).rows[-1].entries[1].value == "2026-01-03"
    said = origins.measured_on(found)
    assert said[0].startswith("2 cells, n = 5, 2026-01-03, on ")
    (none,) = group([from_dict(run(untold, datetime=""), "r")])
    assert origins.measured_on(none)[0].startswith("1 cell, n = 5, undated, on ")


def test_seeds_with_a_gap_take_one_command_each() -> None:
    info = cell([0.9, 0.9, 0.9], seeds=[7, 3, 4], data_verified=False)
    first, second = origins.command(from_dict(run(info), "r").cells["lenet-mnist"]).splitlines()
    assert first.endswith("--data real --accept-copies --seed 3 --seeds 2")
    assert second.endswith("--seed 7 --seeds 1")


def test_images_of_ones_own_are_named_with_a_placeholder_for_their_folder() -> None:
    own = cell(
        dataset="pets", data_verified=None, data_origin="own images: /home/me/pets; LANCZOS to 32 x 32"
    )
    mine = from_dict(run(own, cell()), "r").cells
    assert "--own-data pets=DIR --seed 0 --seeds 5" in origins.command(mine["lenet-pets"])
    assert "--own-data" not in origins.command(mine["lenet-mnist"])
    both = run_facts.command(list(mine.values()), 5)
    assert "--data real --own-data pets=DIR --dataset pets,mnist --arch lenet" in both
    assert "/home/me" not in both


def test_a_grid_with_holes_is_trained_as_whole_ones() -> None:
    whole = [(a, d) for a in ("vgg", "resnet20v1") for d in ("mnist", "cifar10")]
    pairs = [*whole, ("cct", "cifar10"), ("linear", "cifar10")]
    cells = list(from_dict(run(*(cell(architecture=a, dataset=d) for a, d in pairs)), "r").cells.values())
    line = run_facts.command(cells, 5)
    assert "\n" not in line, "a step is one line on the terminal"
    assert line.split("; ") == [
        f"pytest benchmarks/ --protocol quick --data real --dataset {d} --arch {a} --seeds 5 --benchmark-autosave"
        for d, a in (("mnist,cifar10", "vgg,resnet20v1"), ("cifar10", "cct,linear"))
    ]
    judged = run_facts.command(cells, 5, baseline="pinned")
    assert "; " not in judged, "one run is judged"
    assert judged.count("::test_training[") == 6
    assert run_facts.command(cells[:3], 5).count("::test_training[") == 3, "few cells are named"


def test_cells_that_were_not_trained_alike_are_commands_of_their_own() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"precision": "mixed_bfloat16"}, {"backend": "jax"}, {"data_source": "synthetic"}, {"set_fields": {"epochs": "3"}},
    ]  # fmt: skip
    cells = [CellResult.from_json(cell(**change), "test") for change in changes]
    alone = [run_facts.command([one], 5) for one in cells]
    assert len(set(alone)) == len(changes)
    assert run_facts.command(cells, 5) == "; ".join(alone)

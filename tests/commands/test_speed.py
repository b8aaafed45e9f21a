"""The tables of measured speeds."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands import speed
from benchmarks.commands.main import main
from benchmarks.paths import PROJECT
from benchmarks.report.writers import markdown


def _training(architecture: str, suite: list[float], **ratios: float) -> dict[str, Any]:
    return {
        "architecture": architecture, "shape": [32, 32, 3], "precision": "float32", "batch_size": 128,
        "multiply_adds": 50_000_000, "images_per_second": {"suite": suite}, "ratios": ratios,
    }  # fmt: skip


INFOS = [
    _training("vgg", [300.0, 310.0, 290.0], keras=2.0, torch=1.5, **{"torch-compile": 1.25}),
    _training("zoo", [1.0]),
    _training("alexnet", [1.0]),
    _training("lenet", [9000.0, 9100.0, 8900.0], keras=8.0),
    {"precision": "float32", "flops_per_second": 1e11},
    {"architecture": "vgg", "shape": [32, 32, 3], "batch_size": 1, "images_per_second": 200.0},
    {"architecture": "vgg", "shape": [32, 32, 3], "batch_size": 128, "images_per_second": 1234.0},
]


def test_the_headings_are_those_of_the_page_on_performance() -> None:
    training, _ = speed.tables([_training("vgg", [300.0], jax=1.5), *INFOS[4:]])
    page = (PROJECT / "docs/performance.md").read_text(encoding="utf-8").replace("`", "")
    heads = [column.title for column in training.columns if column.title]
    assert [head for head in heads if head not in page] == []


def test_training_is_shown_beside_the_best_of_each_side() -> None:
    training, inference = (markdown.render_tables([table]) for table in speed.tables(INFOS))
    assert "matrix product here does 100 GFLOP/s" in training
    # 6 x 50e6 multiply-adds x 300 images/s of 1e11; PyTorch's better form is what counts.
    assert "| vgg | 300 (290 to 310) | 2.00 |  | 1.25 | 0.90 |" in training
    assert training.index("| lenet |") < training.index("| vgg |") < training.index("| alexnet |")
    assert training.index("| alexnet |") < training.index("| zoo |")
    assert "| geometric mean |  | 4.00 |  | 1.25 |  |" in training
    assert "| vgg | 5.00 ms | 1,234 |" in inference


def test_the_command_reads_files_and_refuses_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speeds, other = tmp_path / "speeds.json", tmp_path / "other.json"
    speeds.write_text(json.dumps({"benchmarks": [{"extra_info": info} for info in INFOS]}))
    other.write_text(json.dumps({"benchmarks": [{"extra_info": {"accuracy": 0.5}}]}))
    assert main(["speed", str(speeds)]) == 0
    assert "| vgg | 300" in capsys.readouterr().out
    assert main(["speed", str(speeds), str(other)]) == 2
    assert "holds no speeds" in capsys.readouterr().err


def _save(path: Path, processor: str, infos: list[dict[str, Any]]) -> str:
    entries = [{"extra_info": info} for info in infos]
    path.write_text(
        json.dumps({"machine_info": {"cpu": {"brand_raw": processor}}, "benchmarks": entries}),
        encoding="utf-8",
    )
    return str(path)


def test_each_machine_has_its_own_tables_by_its_own_matrix_product(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faster = [INFOS[0], INFOS[4] | {"flops_per_second": 2e11}, INFOS[6] | {"images_per_second": 4321.0}]
    old, new = (
        _save(tmp_path / "old.json", "Old CPU", INFOS),
        _save(tmp_path / "new.json", "New CPU", faster),
    )
    assert main(["speed", old, new]) == 0
    before, after = capsys.readouterr().out.split("100 GFLOP/s (Old CPU)")[1].split("200 GFLOP/s (New CPU)")
    assert "| vgg | 300 (290 to 310) | 2.00 |  | 1.25 | 0.90 |" in before
    assert "| vgg | 300 (290 to 310) | 2.00 |  | 1.25 | 0.45 |" in after
    assert ("1,234" in before, "4,321" in before, "4,321" in after) == (True, False, True)


@pytest.mark.parametrize(
    ("info", "case"), [(INFOS[3], "lenet 32x32x3 float32"), (INFOS[5], "vgg 32x32x3 batch 1")]
)
def test_what_was_measured_twice_on_a_machine_is_refused(
    info: dict[str, Any], case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once, twice = (
        _save(tmp_path / "once.json", "CPU", INFOS),
        _save(tmp_path / "twice.json", "CPU", [INFOS[4], info]),
    )
    assert main(["speed", once, twice]) == 2
    assert f"{twice}: {case} is in an earlier file of the same machine, too" in capsys.readouterr().err


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"benchmarks": None},
        {"benchmarks": [{"extra_info": None}]},
        {"benchmarks": [{"extra_info": {"ratios": {}, "precision": "float32"}}]},
        {"benchmarks": [{"extra_info": INFOS[3] | {"images_per_second": 0.0}}]},
        {"benchmarks": [{"extra_info": INFOS[3] | {"images_per_second": {"suite": ["many"]}}}]},
    ],
    ids=repr,
)
def test_what_the_speed_benchmarks_do_not_write_is_refused_by_name(
    data: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "speeds.json"
    path.write_text(json.dumps(data))
    assert main(["speed", str(path)]) == 2
    assert f"{path}: not as the speed benchmarks write it" in capsys.readouterr().err

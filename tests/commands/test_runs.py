"""`python -m benchmarks pin` and `floors`; `merge` is tested beside its rules, `track` beside its forms."""

from pathlib import Path

import pytest

from benchmarks.commands.main import main
from tests.support.command_line import call
from tests.support.run_factory import cell, run, save


def test_pin_then_compare_with_it(base: Path, worse: Path, tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    assert call("pin", base, "--into", pins).returncode == 0
    assert call("compare", pins / "quick-real.json", base).returncode == 0
    assert call("compare", pins / "quick-real.json", worse).returncode == 1


def test_pin_refuses_synthetic_data_unless_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(save(tmp_path / "run.json", run(cell(data_source="synthetic"))))
    assert main(["pin", path, "--into", str(tmp_path)]) == 2
    assert "--synthetic" in capsys.readouterr().err
    assert main(["pin", path, "--into", str(tmp_path), "--synthetic"]) == 0


def test_pin_says_which_cells_lose_seeds_and_which_are_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = tmp_path / "pins"
    both = save(tmp_path / "both.json", run(cell([0.9, 0.91, 0.92]), cell([0.9], architecture="vgg")))
    fewer = save(tmp_path / "fewer.json", run(cell([0.9])))
    said = []
    for path in (both, both, fewer):
        assert main(["pin", str(path), "--into", str(pins)]) == 0
        said.append(capsys.readouterr().out)
    file = pins / "quick-real.json"
    assert said[0] == f"pinned {file}; commit it\n"
    assert said[1] == f"pinned {file}; review the diff and commit it\n"
    assert "fewer seeds than before: lenet-mnist (1 instead of 3); `merge`" in said[2]
    assert "not pinned any more: vgg-mnist" in said[2]


@pytest.mark.parametrize("name", ["pin", "track"])
def test_a_missing_run_is_status_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--bencher", "out.json"] if name == "track" else []
    assert main([name, "nowhere.json", *options]) == 2
    assert "no such file" in capsys.readouterr().err


def test_one_file_for_two_trackers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = save(tmp_path / "run.json", run(cell())), tmp_path / "out.json"
    assert main(["track", str(path), "--github", str(out), "--bencher", str(out)]) == 2
    assert "named by --github and by --bencher" in capsys.readouterr().err
    assert not out.exists()


def test_floors_follow_from_a_runs_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "run.json", run(cell([0.9] * 5), cell([0.93], architecture="vgg")))
    assert main(["floors", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{'lenet-mnist':<26} 0.87   mean 0.900, sd 0.000, n 5",
        f"{'vgg-mnist':<26} 0.83   mean 0.930, n 1",
    ]

"""`python -m benchmarks pin`; `merge` is tested beside its rules, `track` beside its forms."""

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

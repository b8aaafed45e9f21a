"""The command line as a whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.commands import main as command_line
from tests.support.command_line import ROOT, call


def test_an_unknown_command_is_status_2() -> None:
    result = call("compere")
    assert result.returncode == 2
    assert "compare" in result.stderr


def test_help_imports_no_numpy() -> None:
    code = "import sys; import benchmarks.__main__; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "False"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for name, (add_arguments, _) in command_line.COMMANDS.items():
        assert name in out
        assert (add_arguments.__doc__ or "").split()[0] in out


def test_models_and_data_sets_are_found_from_another_folder(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if p not in ('', {str(ROOT)!r})]\n"
        f"import importlib.util as u; s = u.spec_from_file_location('benchmarks', {str(ROOT / 'benchmarks/__init__.py')!r})\n"
        "sys.modules['benchmarks'] = u.module_from_spec(s); s.loader.exec_module(sys.modules['benchmarks'])\n"
        "from benchmarks.commands.main import main; sys.exit(main(['data', '--dataset', 'nothing']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 2
    assert "--dataset nothing: unknown; available: cifar10" in done.stderr


def test_without_a_checkout_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "PROJECT", tmp_path)
    assert command_line.main(["data"]) == 2
    assert "pip install -e ." in capsys.readouterr().err

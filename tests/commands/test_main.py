"""The command line as a whole."""

import subprocess
import sys

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

"""The command line as a whole."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.commands import main as command_line
from tests.support.command_line import ROOT, python
from tests.support.surroundings import environment


def test_help_imports_no_numpy() -> None:
    code = "import sys; import benchmarks.__main__; print('numpy' in sys.modules)"
    done = python(code)
    assert done.stdout.strip() == "False"


def test_comparing_and_reporting_load_no_training_framework(tmp_path: Path, base: Path, worse: Path) -> None:
    commands = [
        ["compare", str(base), str(worse)],
        ["report", str(worse), "--baseline", str(base), "--markdown", str(tmp_path / "page.md")],
        ["floors", str(base)],
    ]
    code = (
        "import sys; from benchmarks.commands.main import main\n"
        f"statuses = [main(command) for command in {commands}]\n"
        "loaded = {'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)\n"
        "assert (statuses, loaded) == ([1, 0, 0], set()), (statuses, loaded)\n"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["", *command_line.COMMANDS])
def test_help_fits_a_terminal_of_80_columns(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        command_line.main([*command.split(), "--help"])
    _usage, _, shown = capsys.readouterr().out.partition("\n\n")  # argparse breaks no alternatives
    assert [line for line in shown.splitlines() if len(line.replace(str(ROOT), "")) > 80] == []


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for name, command in command_line.COMMANDS.items():
        assert name in out
        assert (command.add_arguments.__doc__ or "").split()[0] in out


def test_every_example_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, command in command_line.COMMANDS.items():
        monkeypatch.setitem(command_line.COMMANDS, name, command._replace(run=lambda args: 7))
        assert shlex.split(command.example)[0] == name
        assert command_line.main(shlex.split(command.example)) == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("compere", "compere: unknown command; did you mean compare?"),
        ("zzz", "zzz: unknown command; expected one of report, "),
        ("report 1 --htlm=x", "report: unknown: --htlm=x; did you mean --html?"),
        ("report 1 --foo", "report: unknown: --foo (python -m benchmarks report --help)"),
        ("compare a b --alpha x", "compare: argument --alpha: invalid float value: 'x'"),
        ("report", "report: the following arguments are required: RUN"),
        ("report no.json", "report: no.json: no such file; expected a saved run's file"),
        ("pin pinned", "pin: pinned: several pinned files, where one run is expected; name one of "),
        ("profile lenot", "ARCH lenot: unknown; did you mean lenet?"),
        ("profile lenet --shape 28", "--shape 28: expected HEIGHTxWIDTHxCHANNELS, such as 28x28x1"),
        (
            "profile squeezenet --shape 8x8x1",
            "--shape 8x8x1: squeezenet takes images of 17x17 pixels or more",
        ),
        ("profile lenet --shape 0x5x3", "--shape 0x5x3: expected HEIGHTxWIDTHxCHANNELS"),
        ("tune lenot mnist", "ARCH lenot: unknown; did you mean lenet? Expected one of "),
        ("tune lenet mnits", "DATASET mnits: unknown; did you mean mnist? Expected one of "),
        ("tune lenet mnist --protocol best", "--protocol best: unknown; expected one of quick"),
        ("tune lenet mnist --seeds 0", "expected at least 1"),
        ("tune lenet mnist --settle -1", "expected 0 or more"),
        ("tune lenet mnist --data synthetic --images 40 --hold-out 20 --settle 1", "lenet has no batch norm"),
    ],
)
def test_errors_are_one_line_and_status_2(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: object = command_line.main(words.split())
    except SystemExit as ended:
        status = ended.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_without_a_command_the_help_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(f"\n  {name} " in err for name in command_line.COMMANDS)


def test_what_the_system_refuses_is_said_of_the_file(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["pin", str(base), "--into", str(base)]) == 2
    assert capsys.readouterr().err.endswith(f"pin: {base}: File exists\n")


def test_output_that_is_closed_is_no_error(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)  # as Python has it after `>&-`
    assert command_line.main(["floors", str(base)]) == 0


def test_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--version"])
    assert ended.value.code == 0
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert capsys.readouterr().out.startswith(f"cnn-benchmarks {version} (Python 3.")


def test_an_engine_that_cannot_start_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(args: object) -> int:
        raise ModuleNotFoundError("No module named 'tensorflow'")

    params = command_line.COMMANDS["params"]
    monkeypatch.setitem(command_line.COMMANDS, "params", params._replace(run=missing))
    assert command_line.main(["params"]) == 2
    assert capsys.readouterr().err.endswith("params: No module named 'tensorflow'\n")
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert command_line.main(["params", "--arch", "lenet"]) == 2
    assert "KERAS_BACKEND torch: unknown; expected one of tensorflow, jax" in capsys.readouterr().err


def test_an_ascii_terminal_and_a_reader_that_leaves_are_no_errors() -> None:
    command = [sys.executable, "-m", "benchmarks", "report", "pinned"]
    env = environment(PYTHONIOENCODING="ascii")
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        shown = b"".join(process.stdout.readline() for _ in range(30)).decode("ascii")
        process.stdout.close()
        assert re.search(r"0\.\d{4} ~0\.\d{4}", shown)
        assert '"quick" uses 1,000 test images' in shown
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_shell_that_asks_gets_completions(tmp_path: Path) -> None:
    pytest.importorskip("argcomplete", reason="an optional extra: pip install -e '.[completion]'")
    answer = tmp_path / "answer"
    line = "cnn-benchmarks comp"
    env = os.environ | {
        "_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "benchmarks"], cwd=ROOT, env=env, check=True)
    assert answer.read_text().strip() == "compare"


def test_models_and_data_sets_are_found_from_another_folder(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if p not in ('', {str(ROOT)!r})]\n"
        f"import importlib.util as u; s = u.spec_from_file_location('benchmarks', {str(ROOT / 'benchmarks/__init__.py')!r})\n"
        "sys.modules['benchmarks'] = u.module_from_spec(s); s.loader.exec_module(sys.modules['benchmarks'])\n"
        "from benchmarks.commands.main import main; sys.exit(main(['data', '--dataset', 'nothing']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 2
    assert "--dataset nothing: unknown; expected one of " in done.stderr


def test_without_a_checkout_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "PROJECT", tmp_path)
    assert command_line.main(["data"]) == 2
    assert "pip install -e ." in capsys.readouterr().err

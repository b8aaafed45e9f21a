"""`python -m benchmarks` as users and CI call it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.commands.main import main
from benchmarks.results.baselines import baseline_for
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, from_dict, machine_id
from tests.support.run_factory import STEADY, cell, run, save

ROOT = Path(__file__).parents[2]


def call(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-m", "benchmarks", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, env=os.environ | (env or {}),
    )  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return save(tmp_path / machine_id() / "0001_base.json", run())


@pytest.fixture
def worse(tmp_path: Path) -> Path:
    cells = [entry["extra_info"] for entry in run()["benchmarks"]]
    cells[0] |= {"accuracies": [a - 0.1 for a in STEADY], "seeds": [5, 6, 7, 8, 9]}
    return save(tmp_path / machine_id() / "0002_worse.json", run(*cells))


def test_compare_by_number_file_and_status(base: Path, worse: Path, tmp_path: Path) -> None:
    good = call("compare", base, base)
    assert (good.returncode, good.stderr) == (0, "")
    assert "this comparison cannot fail" in good.stdout
    assert call("compare", "1", "0002", "--storage", tmp_path).returncode == 1


def test_compare_writes_json_and_markdown(base: Path, worse: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# earlier step\n")
    result = call(
        "compare", base, worse, "--json", tmp_path / "out.json", "--markdown", summary,
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )  # fmt: skip
    assert result.returncode == 1
    assert "FAILS lenet-mnist: accuracy dropped by 10.00 points" in result.stdout
    assert json.loads((tmp_path / "out.json").read_text())["status"] == 1
    assert summary.read_text().startswith("# earlier step\n### ")


def test_markdown_elsewhere_is_written_anew(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    path = tmp_path / "gate.md"
    path.write_text("old")
    assert main(["compare", str(base), str(base), "--markdown", str(path)]) == 0
    assert "old" not in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "BASE"], "takes two runs"),
        (["compare", "BASE", "nowhere.json"], "no such file"),
        (["compare", "BASE", "BASE", "--alpha", "2"], "alpha is 2.0"),
        (["compare", "BASE", "BASE", "--max-drop", "-1"], "max-drop is -1.0"),
        (["compare", "BASE", "--history", "."], "--history takes a folder alone"),
        (["compare", "BASE", "BASE", "--json", "/nowhere/out.json"], "/nowhere/out.json"),
        (["compare", "--history", "/nowhere"], "no saved run"),
        (["pin", "nowhere.json"], "no such file"),
    ],
)
def test_a_wrong_call_is_status_2_and_says_why(
    arguments: list[str], message: str, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(base) if a == "BASE" else a for a in arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_command_is_status_2() -> None:
    result = call("compere")
    assert result.returncode == 2
    assert "compare" in result.stderr


def test_pin_then_compare_with_it(base: Path, worse: Path, tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    assert call("pin", base, "--into", pins).returncode == 0
    assert call("compare", pins / "quick-real.json", base).returncode == 0
    assert call("compare", pins / "quick-real.json", worse).returncode == 1


def test_pin_refuses_stand_ins_unless_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(save(tmp_path / "run.json", run(cell(data_source="synthetic"))))
    assert main(["pin", path, "--into", str(tmp_path)]) == 2
    assert "--synthetic" in capsys.readouterr().err
    assert main(["pin", path, "--into", str(tmp_path), "--synthetic"]) == 0


def test_history(base: Path, tmp_path: Path) -> None:
    result = call("compare", "--history", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "1 runs, 4 cells, 0 steps" in result.stdout


def test_comparing_imports_nothing_heavy(base: Path) -> None:
    # Time depends on the machine; what is imported does not.
    code = (
        "import sys; from benchmarks.commands.main import main; main(sys.argv[1:]);"
        "print(*(m for m in ('tensorflow', 'keras', 'scipy.stats', 'scipy.optimize', 'pytest', 'matplotlib') "
        "if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, "compare", str(base), str(base)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stderr.strip()) == (0, "")


def test_help_imports_no_numpy() -> None:
    code = "import sys; import benchmarks.__main__; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "False"


def test_pinned_means_the_files_of_the_checkout(tmp_path: Path) -> None:
    new = from_dict(run(), "new")
    with pytest.raises(RunRefused, match="nothing is pinned"):
        baseline_for("pinned", replace_protocol(new, "never_pinned"))
    path = save(tmp_path / machine_id() / "0004_x.json", run())
    assert baseline_for("4", new, tmp_path).name == str(path)


def replace_protocol(new: Run, protocol: str) -> Run:
    cells = {name: replace(one, protocol=protocol) for name, one in new.cells.items()}
    return replace(new, cells=cells)

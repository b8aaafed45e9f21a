"""`python -m benchmarks compare` as users and CI call it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import msgspec
import pytest

from benchmarks.commands.main import main
from benchmarks.experiment.protocols import PROTOCOLS, Protocol
from benchmarks.results.baselines import baseline_for
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import machine_id
from benchmarks.results.run import Run, from_dict
from tests.support.command_line import ROOT, call
from tests.support.run_factory import STEADY, cell, run, save
from tests.support.surroundings import environment


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


@pytest.mark.parametrize(
    ("names", "unbuffered"), [("BASE NEW", ""), ("--storage RUNS", "1"), ("--history HISTORY", "1")]
)
def test_a_reader_that_leaves_changes_neither_the_status_nor_the_files(
    base: Path, worse: Path, tmp_path: Path, names: str, unbuffered: str
) -> None:
    """As in `compare ... | head -1`, where a shell with pipefail takes the status for an answer."""
    for day in range(24):
        saved = run(cell([0.9 if day < 12 else 0.8]), datetime=f"2026-01-{day + 1:02}T00:00:00")
        save(tmp_path / "history" / f"{day:02}.json", saved)
    files = {"BASE": base, "NEW": worse, "RUNS": tmp_path, "HISTORY": tmp_path / "history"}
    words = [str(files.get(word, word)) for word in names.split()]
    out = tmp_path / "out.json"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks", "compare", *words, "--json", str(out)],
        cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, env=environment(PYTHONUNBUFFERED=unbuffered),
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
    assert out.exists()


def test_a_step_summary_that_cannot_be_written_is_named(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert main(["compare", str(base), str(base), "--markdown", str(tmp_path)]) == 2
    assert f"{tmp_path}: cannot be written: Is a directory" in capsys.readouterr().err


def test_one_file_for_both_forms_is_refused(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, same = tmp_path / "out", tmp_path / "runs" / ".." / "out"
    (tmp_path / "runs").mkdir()
    assert main(["compare", str(base), str(base), "--json", str(out), "--markdown", str(same)]) == 2
    assert "named by --json and by --markdown; expected a file for each" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "BASE", "NEW", "--json", "NEW"),
        ("compare", "BASE", "NEW", "--markdown", "BASE"),
        ("compare", "BASE", "BASE", "--confirm", "NEW", "--json", "NEW"),
        ("compare", "1", "2", "--storage", "RUNS", "--json", "NEW"),
        ("compare", "--storage", "RUNS", "--markdown", "NEW"),
        ("compare", "--history", "RUNS", "--json", "NEW"),
        ("report", "NEW", "--baseline", "BASE", "--html", "BASE"),
        ("report", "NEW", "--csv", "NEW"),
        ("report", "RUNS", "--csv", "NEW"),
        ("track", "2", "--storage", "RUNS", "--github", "NEW"),
        ("results", "--output", "NEW"),
    ],
)
def test_no_command_writes_over_a_saved_run(
    base: Path, worse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str]
) -> None:
    files = {"BASE": base, "NEW": worse, "RUNS": tmp_path}
    before = {file: file.read_bytes() for file in (base, worse)}
    assert main([str(files.get(word, word)) for word in words]) == 2
    said = capsys.readouterr().err
    assert f"{files[words[-1]]}: is a saved run, and {words[-2]} would replace it; name another file" in said
    assert {file: file.read_bytes() for file in (base, worse)} == before


def test_the_smallest_drop_that_counts_is_the_protocols_own(
    base: Path, worse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = replace(PROTOCOLS["quick"], max_drop=20.0)
    monkeypatch.setitem(cast("dict[str, Protocol]", PROTOCOLS), "quick", quick)
    assert main(["compare", str(base), str(worse)]) != 1
    assert main(["compare", str(base), str(worse), "--max-drop", "0.5"]) == 1


def test_markdown_elsewhere_is_overwritten(
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
        (["compare", "BASE"], "expected BASE and NEW"),
        (["compare", "BASE", "nowhere.json"], "no such file"),
        (["compare", "BASE", "BASE", "--alpha", "2"], "alpha is 2.0"),
        (["compare", "BASE", "BASE", "--max-drop", "-1"], "max-drop is -1.0"),
        (["compare", "BASE", "--history", "."], "BASE: cannot be combined with --history, which judges"),
        (
            [
                "compare",
                "--history",
                ".",
                "--confirm",
                "no",
                "--strict",
                "--alpha",
                "0.05",
                "--looks",
                "9",
                "--allow-partial",
            ],
            "--confirm, --allow-partial, --alpha, --strict, --looks: cannot be combined with --history",
        ),
        (["compare", "--history", ".", "--across-backends"], "takes only --max-drop and --json; leave out"),
        (["compare", "BASE", "BASE", "--json", "/nowhere/out.json"], "/nowhere/out.json"),
        (["compare", "--history", "/nowhere"], "/nowhere: no such folder"),
    ],
)
def test_a_wrong_call_is_status_2_and_says_why(
    arguments: list[str], message: str, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(base) if a == "BASE" else a for a in arguments]) == 2
    assert message in capsys.readouterr().err


def test_history(base: Path, tmp_path: Path) -> None:
    result = call("compare", "--history", tmp_path)
    assert (result.returncode, result.stderr) == (2, "")
    assert "1 run, 4 cells, 0 steps\nno cell has 4 runs of one setup" in result.stdout
    for i in range(3):
        shutil.copy(base, tmp_path / f"{i}.json")
    result = call("compare", "--history", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("4 runs, 4 cells, 0 steps\n")


def test_history_says_under_which_protocol_a_cell_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(24):
        saved = run(cell([0.8 if i > 12 and i % 2 else 0.9], protocol=("quick", "study")[i % 2]))
        save(tmp_path / f"{i:02}.json", saved | {"datetime": f"2026-01-{i + 1:02}T00:00:00"})
    assert main(["compare", "--history", str(tmp_path)]) == 1
    (step,) = [line.split() for line in capsys.readouterr().out.splitlines() if "accuracy" in line]
    assert step[:5] == ["lenet-mnist", "study", "accuracy", "90.00%", "80.00%"]


def test_history_names_the_versions_that_changed_with_a_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in range(20):
        versions = {"tensorflow": ("2.20.0", "2.21.0")[day >= 12], "numpy": ("2.3.5", "2.4.0")[day >= 5]}
        level = (0.9, 0.87)[day >= 12] + 0.001 * (day % 3)
        saved = run(cell([level], versions=[versions]), datetime=f"2026-01-{day + 1:02}T00:00:00")
        save(tmp_path / f"{day:04}_run.json", saved)
    assert main(["compare", "--history", str(tmp_path), "--json", str(tmp_path / "steps.txt")]) == 1
    assert "0012_run.json, unlike the run before it: tensorflow 2.20.0 → 2.21.0\n" in capsys.readouterr().out
    (step,) = json.loads((tmp_path / "steps.txt").read_text())["steps"]
    assert step["versions"] == ["tensorflow 2.20.0 -> 2.21.0"]


def test_history_names_the_cells_that_dropped_first_and_every_step_in_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in range(20):
        level = (0.9, 0.87)[day >= 12] + 0.001 * (day % 3)
        saved = run(cell([level]), datetime=f"2026-01-{day + 1:02}T00:00:00")
        save(tmp_path / f"{day:04}_run.json", saved)
    (tmp_path / "broken.json").write_text("{")
    assert main(["compare", "--history", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "DROPPED lenet-mnist: its current level is below the one before"
    assert "broken.json" in lines[2]
    (step,) = [line.split() for line in lines if "0012_run.json" in line]
    assert step[:5] == ["lenet-mnist", "quick", "accuracy", "90.10%", "87.10%"]


def test_comparing_imports_nothing_heavy(base: Path) -> None:
    # Time depends on the machine; what is imported does not.
    code = (
        "import sys; from benchmarks.commands.main import main; main(sys.argv[1:]);"
        "print(*(m for m in ('tensorflow', 'keras', 'scipy.stats', 'scipy.optimize', 'pytest', 'vl_convert') "
        "if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, "compare", str(base), str(base)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stderr.strip()) == (0, "")


def test_pinned_means_the_files_of_the_checkout(tmp_path: Path) -> None:
    new = from_dict(run(), "new")
    with pytest.raises(RunRefused, match="nothing is pinned"):
        baseline_for("pinned", replace_protocol(new, "never_pinned"))
    path = save(tmp_path / machine_id() / "0004_x.json", run())
    assert baseline_for("4", new, tmp_path).name == str(path)


def replace_protocol(new: Run, protocol: str) -> Run:
    cells = {name: msgspec.structs.replace(one, protocol=protocol) for name, one in new.cells.items()}
    return replace(new, cells=cells)


def test_without_names_the_last_two_saved_runs_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / machine_id()
    low = run(cell([accuracy - 0.2 for accuracy in STEADY]))
    for name, saved in (("0002_a", low), ("0009_b", low), ("0010_c", run(cell()))):
        save(folder / f"{name}.json", saved)
    save(folder / "partial_d.json", low)
    speed = run() | {"benchmarks": [{"name": "test_speed", "extra_info": {"contender": "suite"}}]}
    save(folder / "0011_speed.json", speed)  # not of the grid
    assert main(["compare", "--storage", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{folder / '0009_b.json'} and {folder / '0010_c.json'}, the last two saved runs" in out
    assert "improved" in out
    for path in folder.glob("00*_[ab].json"):
        path.unlink()
    assert main(["compare", "--storage", str(tmp_path)]) == 2
    assert "found 1 of 2 numbered runs of the grid" in capsys.readouterr().err


def test_names_of_cells_that_may_lack_can_have_blanks(base: Path, tmp_path: Path) -> None:
    cells = [entry["extra_info"] for entry in run()["benchmarks"]]
    new = save(tmp_path / "new.json", run(*cells[2:]))
    names = ", ".join(f"{c['architecture']}-{c['dataset']}" for c in cells[:2])
    assert main(["compare", str(base), str(new)]) != 0
    assert main(["compare", str(base), str(new), "--allow-missing", names]) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "unselectd",
            "unselectd: unknown; did you mean unselected? Expected one of unselected, lenet-mnist,",
        ),
        ("vgg-mnist, lenet-minst", "lenet-minst: unknown; did you mean lenet-mnist? Expected one of"),
        ("lenet-svhn,lenet-mnist", "lenet-svhn: unknown"),
        (
            "resnet",
            "resnet: unknown; expected one of unselected, lenet-mnist, lenet-cifar10, vgg-mnist, vgg-cifar10",
        ),
    ],
)
@pytest.mark.parametrize("command", ["compare BASE BASE", "report BASE --baseline BASE"])
def test_names_of_cells_that_may_lack_are_the_baselines(
    base: Path, capsys: pytest.CaptureFixture[str], command: str, typed: str, said: str
) -> None:
    assert main([*command.replace("BASE", str(base)).split(), "--allow-missing", typed]) == 2
    assert f"--allow-missing {said}" in capsys.readouterr().err

"""`python -m benchmarks report` without a form: the tables, here."""

import csv
import os
from pathlib import Path

import pytest

from benchmarks.commands import main as command_line
from tests.support import run_factory


def test_a_run_alone_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_factory.save(tmp_path / "run.json", run_factory.run())
    assert command_line.main(["report", str(run)]) == 0
    out = capsys.readouterr().out
    assert "== quick, real data" in out
    assert "Accuracy on the test images" in out
    assert "0.9000 ±0.0020" in out


def test_runs_are_found_by_number_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_factory.save(tmp_path / "runs" / "some-machine" / "0003_x.json", run_factory.run())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert command_line.main(["report", "3", "--storage", str(tmp_path / "runs")]) == 0
    assert "lenet" in capsys.readouterr().out
    assert command_line.main(["report", "3"]) == 2
    assert "--benchmark-autosave" in capsys.readouterr().err


def test_pinned_names_every_pinned_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["report", "pinned"]) == 0
    out = capsys.readouterr().out
    for label in ("study, real data", "tuned, real data", "quick, real data", "quick, synthetic data"):
        assert f"== {label}" in out


def test_a_page_judges_as_compare_is_asked_to(tmp_path: Path) -> None:
    lower = [a - 0.02 for a in run_factory.STEADY]
    base = run_factory.save(tmp_path / "base.json", run_factory.run(run_factory.cell()))
    new = run_factory.save(
        tmp_path / "new.json", run_factory.run(run_factory.cell(lower, seeds=[5, 6, 7, 8, 9]))
    )
    heads = []
    for drop in ("0.5", "5"):
        page = tmp_path / f"{drop}.html"
        command = ["report", str(new), "--baseline", str(base), "--max-drop", drop, "--html", str(page)]
        assert command_line.main(command) == 0
        heads.append("Failed: exit status 1" in page.read_text())
    assert heads == [True, False]


def test_every_form_of_text_begins_with_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lower = [a - 0.1 for a in run_factory.STEADY]
    base = run_factory.save(tmp_path / "base.json", run_factory.run(run_factory.cell()))
    changed = run_factory.run(run_factory.cell(lower, seeds=[5, 6, 7, 8, 9], floor=0.5))
    new = run_factory.save(tmp_path / "new.json", changed)
    study = run_factory.save(tmp_path / "study.json", run_factory.run(run_factory.cell(protocol="study")))
    out = tmp_path / "r.md"
    for words, said in (
        ([str(new)], "lenet on MNIST: 80.00 % correct"),
        ([str(new), "--baseline", str(base)], "Accuracy gate: lenet on MNIST lost 10.0 points"),
        ([str(base), str(study)], "No two protocols rank architectures on the same data set"),
    ):
        assert command_line.main(["report", *words]) == 0
        assert capsys.readouterr().out.startswith(f"{said}\n")
        assert command_line.main(["report", *words, "--markdown", str(out)]) == 0
        assert out.read_text().startswith(f"## {said}\n")
        capsys.readouterr()


def test_csv_has_the_trainings_of_every_run(tmp_path: Path) -> None:
    paths = [
        run_factory.save(tmp_path / f"{n}.json", run_factory.run(run_factory.cell([n]))) for n in (0.25, 0.75)
    ]
    out = tmp_path / "out.csv"
    assert command_line.main(["report", *map(str, paths), "--csv", str(out)]) == 0
    with out.open(newline="") as file:
        rows = [(row["accuracy"], row["run"]) for row in csv.DictReader(file)]
    assert rows == [(n, f"{tmp_path.name}/{n}.json") for n in ("0.25", "0.75")]


def test_one_file_for_two_forms_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run_factory.save(tmp_path / "run.json", run_factory.run(run_factory.cell()))
    out = str(tmp_path / "r.txt")
    assert command_line.main(["report", str(path), "--markdown", out, "--csv", out]) == 2
    assert f"{out}: named by --markdown and by --csv; expected a file for each" in capsys.readouterr().err
    assert not Path(out).exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--strict", "--looks", "2", "--allow-missing", "x"], "--strict, --allow-missing, --looks: need --baseline REF"),
        (["--max-drop", "0"], "--max-drop: need --baseline REF"),
        (["--csv", "OUT", "--baseline", "pinned"], "--baseline: needs --html, --markdown or --latex"),
    ],
)  # fmt: skip
def test_options_of_a_judgement_that_is_not_made_or_not_shown_are_refused(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = run_factory.save(tmp_path / "run.json", run_factory.run()), tmp_path / "out.csv"
    words = [str(out) if word == "OUT" else word for word in options]
    assert command_line.main(["report", str(path), *words]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_texts_leave_out_what_is_no_run_in_a_folder_and_refuse_one_without_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "speed.json").write_text('{"benchmarks": []}')
    for form in ("markdown", "csv", "latex"):
        words = ["report", str(tmp_path / "runs"), f"--{form}", str(tmp_path / form)]
        assert command_line.main(words) == 2
        assert "no saved run in it" in capsys.readouterr().err
        assert not (tmp_path / form).exists()
    run_factory.save(tmp_path / "runs" / "run.json", run_factory.run())
    assert command_line.main(words) == 0
    assert "speed.json: none of its 0 benchmarks is a cell" in capsys.readouterr().out


def test_markdown_says_once_for_each_protocol_where_its_tables_were_measured(tmp_path: Path) -> None:
    paths = [
        run_factory.save(tmp_path / f"{name}.json", run_factory.run(run_factory.cell(protocol=name)))
        for name in ("study", "tuned")
    ]
    out = tmp_path / "out.md"
    assert command_line.main(["report", *map(str, paths), "--markdown", str(out)]) == 0
    _, *protocols = out.read_text().split("## Results (")
    assert [text[:5] for text in protocols] == ["study", "tuned"]
    for text in protocols:
        first, *others = text.split("**Training time in seconds")
        assert "- 1 cell, n = 5, 2026-01-02, on " in first
        assert len(others) == 1
        assert ", 2026-01-02, on " not in others[0]


def test_a_folder_whose_only_run_is_broken_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").mkdir()
    whole = run_factory.save(tmp_path / "runs" / "0001_x.json", run_factory.run())
    whole.write_text(whole.read_text()[:-20])
    assert command_line.main(["report", str(tmp_path / "runs")]) == 2
    said = f"{tmp_path / 'runs'}: no saved run in it that can be read: {whole}: invalid or truncated JSON"
    assert said in capsys.readouterr().err
    run_factory.save(tmp_path / "runs" / "0002_x.json", run_factory.run())
    assert command_line.main(["report", str(tmp_path / "runs")]) == 0
    assert f"left out: {whole}: invalid or truncated JSON" in capsys.readouterr().out


def test_help_says_that_a_report_gates_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["report", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "as compare does; whatever it finds, the exit status is 0" in said


@pytest.mark.parametrize("command", ["report RUN --markdown", "merge RUN MORE -o", "track RUN --github"])
def test_what_is_no_file_is_written_to_and_not_replaced(command: str, tmp_path: Path) -> None:
    """A link such as /dev/stdout, and the pipe that it leads to."""
    runs = {}
    for name, seed in (("RUN", 0), ("MORE", 5)):
        saved = run_factory.run(run_factory.cell([0.9], seeds=[seed]))
        saved["suite"] |= {"settings": {}, "code": "c0de"}
        runs[name] = str(run_factory.save(tmp_path / f"{name}.json", saved))
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # a pipe holds 64 KiB
    try:
        assert command_line.main([*(runs.get(word, word) for word in command.split()), str(link)]) == 0
        assert b"lenet" in os.read(reader, 1 << 20)
    finally:
        os.close(reader)
    assert link.is_symlink()
    assert pipe.is_fifo()


def test_a_file_behind_a_link_is_replaced_and_the_link_is_not(tmp_path: Path) -> None:
    run, file = run_factory.save(tmp_path / "run.json", run_factory.run()), tmp_path / "kept" / "report.md"
    file.parent.mkdir()
    (tmp_path / "report.md").symlink_to(file)
    assert command_line.main(["report", str(run), "--markdown", str(tmp_path / "report.md")]) == 0
    assert (tmp_path / "report.md").is_symlink()
    assert "lenet" in file.read_text()

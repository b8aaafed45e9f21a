"""What is printed at the end, and of a cell that has failed."""

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.experiment.cell import Cell
from benchmarks.plugin import summary
from benchmarks.plugin.gate import Judgement
from benchmarks.report.table import Section
from benchmarks.results.run import from_dict
from datasets import mnist
from tests.support.run_factory import cell, run
from tests.support.suite_runs import TRAINED, Place


def ended(*, unfinished: Sequence[str] = (), **changes: Any) -> Any:
    """A session with one finished cell."""
    return SimpleNamespace(
        results=list(from_dict(run(cell(**changes)), "run.json").cells.values()),
        unfinished=lambda: list(unfinished),
        interrupted=bool(unfinished),
        without_images={},
        reused={},
        cell=Cell.parse,
        machines=[],
        notices=[],
        shard=None,
        judgement=None,
    )


def test_a_missed_floor_fails_with_a_rerun_command(
    trained: subprocess.CompletedProcess[str], cells: dict[str, dict[str, Any]]
) -> None:
    assert trained.returncode == 1
    assert "1 failed, 1 passed" in trained.stdout
    for line in (
        "lenet-cifar10: accuracy below its floor of 0.9900",
        f"seed 5: {cells['cifar10']['accuracies'][0]:.4f}",
        f"seed 6: {cells['cifar10']['accuracies'][1]:.4f}",
        "protocol quick, synthetic data (stand-in), float32",
    ):
        assert line in trained.stdout
    assert "def test_training" not in trained.stdout, "the suite's own code says nothing about the network"


@pytest.mark.parametrize(("floor", "lowest"), [(0.58, True), (0.9, False)])
def test_a_missed_floor_that_is_the_lowest_is_called_so(floor: float, lowest: bool) -> None:
    settings: Any = SimpleNamespace(own_data=(), accept_copies=False, data_dir=None)
    (missed,) = ended(
        accuracies=[0.5] * 5, floor=floor, class_names=["cat", "dog"], divergence=[None] * 5
    ).results
    first = summary.floor_message(missed, settings).splitlines()[0]
    assert ("the lowest for 2 classes; guessing gives 0.5000" in first) == lowest


def test_the_command_it_names_runs_that_cell_alone(
    place: Place, trained: subprocess.CompletedProcess[str]
) -> None:
    (command,) = set(re.findall(r"rerun this cell: (.*)", trained.stdout))
    program, *arguments = shlex.split(command)
    assert program == "pytest"
    alone = place.run(*arguments, "--resume")
    assert alone.returncode == 1
    assert "1 failed in" in alone.stdout
    assert "lenet-mnist" not in alone.stdout


def test_a_log_has_the_three_tables_and_no_chatter(trained: subprocess.CompletedProcess[str]) -> None:
    out = trained.stdout
    for title in ("Accuracy on the test images", "Parameters (", "Training time in seconds"):
        assert title in out
    assert "(synthetic)" in out
    assert "mnist: SYNTHETIC data, not the real images" in out
    assert "below their floor (LOW): lenet-cifar10" in out
    assert "\x1b" not in out
    assert "epoch 1/2" not in out
    assert "warning" not in out.lower()
    assert re.fullmatch(r"\s*Saved benchmark data in: \S+\s*", trained.stderr)


def test_synthetic_data_for_missing_data_come_with_a_warning(place: Place, trained: object) -> None:
    done = place.run(
        *("benchmarks/bench_training.py::test_training[lenet-mnist]", "--seed", "5", "--resume"), data="auto"
    )
    assert done.returncode == 0, done.stdout
    said = "mnist: SYNTHETIC data, not the real images: none are on this machine; download not allowed, as"
    assert [line.startswith(said) for line in done.stdout.splitlines()].count(True) == 1
    assert done.stdout.index(said) < done.stdout.index("lenet-mnist  test acc")
    assert " ".join(done.stdout.split()).count(f"{said} BENCH_OFFLINE is set") == 2  # at once, and at the end


def test_a_log_says_what_the_first_seconds_are_for(trained: subprocess.CompletedProcess[str]) -> None:
    lines = trained.stdout.splitlines()
    begun = [line.rstrip(".") for line in lines if "importing TensorFlow" in line or "tracing lenet" in line]
    assert begun == ["[1/2]  lenet-mnist  importing TensorFlow", "[1/2]  lenet-mnist  tracing lenet"]


def test_cells_are_in_pytest_benchmarks_table_only_if_it_is_asked_for(
    place: Place, trained: subprocess.CompletedProcess[str]
) -> None:
    assert "Legend:" not in trained.stdout
    asked = place.run(*TRAINED, "--resume", "--dataset", "mnist", "--benchmark-columns=min,rounds")
    assert "Legend:" in asked.stdout
    assert "2 seeds of 1 cell reused from earlier runs, not trained again" in asked.stdout


def test_the_last_line_names_the_file_and_two_commands(
    place: Place, trained: subprocess.CompletedProcess[str]
) -> None:
    def last(text: str) -> str:
        return [line for line in text.splitlines() if not line.startswith("TENSORFLOW")][-1]

    file = str(place.folder / "run.json")
    said = last(trained.stdout)
    assert said.startswith(f"saved {file}; next: ")
    first, second = said.partition("next: ")[2].split("  or  ")
    for command, words in (
        (first, ["report", file]),
        (second, ["compare", "pinned", file, "--allow-missing", "unselected"]),
    ):
        assert shlex.split(command)[-len(words) :] == words
    unsaved = place.run(*TRAINED, "--resume", "--dataset", "mnist")
    assert (
        last(unsaved.stdout)
        == "not saved; repeat with --resume --benchmark-autosave to save the run without training again"
    )


def on_stand_ins(*names: str, data: str = "synthetic") -> Any:
    """A session whose cells were trained on synthetic images."""
    results = [
        SimpleNamespace(dataset=name, data_source="synthetic", accepted_copies=False) for name in names
    ]
    return SimpleNamespace(results=results, settings=SimpleNamespace(data=data))


def test_synthetic_images_that_were_not_asked_for_come_with_a_remedy() -> None:
    asked, unasked = (
        summary.data_notes(on_stand_ins("mnist", "cifar10", data=data)) for data in ("synthetic", "auto")
    )
    assert asked == []
    assert unasked == [
        "to train on real images of mnist, cifar10: python -m benchmarks data --fetch --dataset mnist,cifar10,"
        " or --data-dir DIR with the folder that has them"
    ]


def test_no_remedy_is_named_for_a_data_set_without_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "SPEC", replace(mnist.SPEC, layouts=()))
    assert summary.data_notes(on_stand_ins("mnist", data="auto")) == []


def test_the_last_line_is_short_where_a_number_finds_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = ended()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(python))

    def saved(folder: str) -> str:
        file = tmp_path / folder / "0007_abc.json"
        file.parent.mkdir(parents=True)
        file.touch()
        return summary.next_steps(session, file).partition("next: ")[2]

    command = f"{Path('.venv', 'bin', 'python')} -m benchmarks"

    def advised(run: str) -> str:
        return f"{command} report {run}  or  {command} compare pinned {run} --allow-missing unselected"

    assert saved(".benchmarks/Linux") == advised("0007")
    elsewhere = str(Path("elsewhere", "0007_abc.json"))
    assert saved("elsewhere") == advised(elsewhere)
    ambiguous = str(Path(".benchmarks", "Darwin", "0007_abc.json"))
    assert saved(".benchmarks/Darwin") == advised(ambiguous)
    monkeypatch.setenv("PATH", str(python.parent))
    assert summary.next_steps(session, tmp_path / ambiguous).partition("next: ")[2].startswith("python -m")


def test_a_folder_with_a_blank_is_quoted() -> None:
    session = ended()
    first, second = (
        summary.next_steps(session, Path("/my runs/run.json")).partition("next: ")[2].split("  or  ")
    )
    assert shlex.split(first)[-2:] == ["report", "/my runs/run.json"]
    last = ["compare", "pinned", "/my runs/run.json", "--allow-missing", "unselected"]
    assert shlex.split(second)[-5:] == last


def test_a_judged_run_is_shown_beside_its_baseline() -> None:
    session = ended()
    session.judgement = Judgement(Section(""), 0, "no regression found", ("--baseline", "/my runs/base.json"))
    command = summary.next_steps(session, Path("/runs/run.json")).partition("next: ")[2]
    words = [
        "report",
        "/runs/run.json",
        "--baseline",
        "/my runs/base.json",
        "--html",
        "report.html",
    ]
    assert shlex.split(command)[-6:] == words
    session.judgement = Judgement(Section(""), 2, "cannot be compared")
    assert "compare pinned" in summary.next_steps(session, Path("/runs/run.json"))


@pytest.mark.parametrize("terminal", [True, False])
def test_the_judgement_is_as_wide_as_the_terminal_and_a_log_has_whole_sentences(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class File(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    session, sentence = ended(), "word " * 50 + "end"
    session.results, session.judgement = [], Judgement(Section("", [sentence]), 2, "")
    writer = SimpleNamespace(_file=File(), hasmarkup=False)
    config: Any = SimpleNamespace(get_verbosity=lambda: -1, get_terminal_writer=lambda: writer)
    reporter = SimpleNamespace(section=lambda *_: None)
    summary.write(session, reporter, config)
    lines = writer._file.getvalue().splitlines()
    assert max(map(len, lines)) == (79 if terminal else len(sentence))
    assert " ".join(lines) == sentence


def test_an_exploration_is_compared_with_no_baseline() -> None:
    said = summary.next_steps(ended(set_fields={"epochs": "5"}), Path("/runs/run.json"))
    assert shlex.split(said.partition("next: ")[2])[-2:] == ["report", "/runs/run.json"]
    assert "compare" not in said


def test_what_nobody_pinned_is_compared_with_no_baseline() -> None:
    session = ended(dataset="my_images")
    assert "compare" not in summary.next_steps(session, Path("/runs/run.json"))
    session.results += ended().results
    assert "compare pinned" in summary.next_steps(session, Path("/runs/run.json"))


def test_a_shard_is_to_be_merged_before_it_is_compared() -> None:
    session = ended()
    session.shard, session.missing = "1/4", lambda: ["vgg-mnist"]
    said = summary.next_steps(session, Path("/runs/shard-1.json"))
    assert said.startswith("saved /runs/shard-1.json; next, when all shards have run: ")
    assert said.endswith("-m benchmarks merge /runs/shard-1.json OTHER-SHARDS -o grid.json")
    session.missing = list
    assert "compare" in summary.next_steps(session, Path("/runs/shard-1.json")), (
        "one shard of one is the grid"
    )


def test_an_interrupted_run_is_to_be_resumed_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ended(unfinished=[f"vgg-d{i}" for i in range(18)])
    advice = "the same command with --resume continues the run"
    assert summary.next_steps(session, Path("/runs/partial.json")) == f"saved /runs/partial.json; {advice}"
    assert summary.next_steps(session, None) == f"not saved; {advice}"
    monkeypatch.setattr(summary, "data_notes", lambda session: [])
    (note,) = summary.notes(session)
    assert note.endswith(": 18 of 19 cells did not finish: vgg-d0, vgg-d1, vgg-d2 and 15 more")
    session.results = []
    assert summary.next_steps(session, None) == f"no cell finished; {advice}"
    session.interrupted = False  # such as of --collect-only
    assert not summary.next_steps(session, None)


def test_what_would_fail_again_for_want_of_images_is_not_advised() -> None:
    session = ended(unfinished=["lenet-mnist", "vgg-mnist"])
    session.without_images = {"lenet-mnist": "Accept them with --accept-copies."}
    assert summary.next_steps(session, None).endswith(
        "--resume continues the run"
    )  # vgg-mnist was interrupted
    session.without_images["vgg-mnist"] = "Accept them with --accept-copies."
    assert summary.next_steps(session, None) == (
        "not saved; images of mnist could not be loaded. Accept them with --accept-copies."
    )
    session.unfinished = lambda: ["lenet-mnist", "vgg-mnist", "vgg-svhn"]
    session.without_images["vgg-svhn"] = "Download them."
    assert summary.next_steps(session, None).endswith("\nimages of svhn could not be loaded. Download them.")


def test_seeds_that_were_stored_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "data_notes", lambda session: [])
    session = ended()
    assert summary.notes(session) == []
    session.reused = {"lenet-mnist": 1}
    assert summary.notes(session) == ["1 seed of 1 cell reused from earlier runs, not trained again"]
    session.reused["vgg-mnist"] = 2
    assert summary.notes(session) == ["3 seeds of 2 cells reused from earlier runs, not trained again"]

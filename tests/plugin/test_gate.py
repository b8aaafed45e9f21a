"""`--accuracy-compare` and `--benchmark-compare`: what is refused at once, what is judged, and what is flagged."""

import copy
import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest._io import TerminalWriter
from pytest_benchmark import hookspec

from benchmarks.comparison import gate
from benchmarks.comparison.verdict import GateSettings
from benchmarks.execution import environment
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.local import Local
from benchmarks.execution.run_job import JobRunner
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.paths import PROJECT
from benchmarks.plugin import gate as plugin_gate
from benchmarks.plugin import options
from benchmarks.plugin.controller import Controller
from benchmarks.plugin.gate import Judgement
from benchmarks.plugin.session import SESSION, Session
from benchmarks.report import gate_text
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.table import Section
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, from_dict, load_run
from tests.support import run_factory as saved_runs
from tests.support.suite_runs import TRAINED, Place
from tests.support.typed_options import config

SETTINGS = GateSettings()


def test_a_reference_that_cannot_be_a_baseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="nothing"):
        plugin_gate.check(str(tmp_path / "nothing.json"), tmp_path)
    explored = saved_runs.run(saved_runs.cell(set_fields={"epochs": "5"}))
    partial = saved_runs.run(saved_runs.cell())
    partial["suite"]["partial"] = True
    for run, why in (
        (explored, "an exploration cannot be a baseline"),
        (partial, "is a partial run and no baseline"),
    ):
        path = str(saved_runs.save(tmp_path / "run.json", run))
        with pytest.raises(RunRefused, match=why):
            plugin_gate.check(path, tmp_path)
        judged = plugin_gate.judge(from_dict(saved_runs.run(), "this run"), path, tmp_path, SETTINGS)
        assert why in judged.outcome  # as after the training


def test_the_judgement_matches_the_compare_command(tmp_path: Path) -> None:
    base = saved_runs.save(
        tmp_path / "base.json", saved_runs.run(saved_runs.cell([0.95, 0.951, 0.949, 0.95, 0.952]))
    )
    new = saved_runs.run(saved_runs.cell([0.80, 0.801, 0.799, 0.80, 0.802]))
    ended = from_dict(new, "this run")
    judged = plugin_gate.judge(ended, str(base), tmp_path, SETTINGS)
    old = load_run(base)
    found = Comparison(old, ended, gate.judge(old, ended, SETTINGS))
    assert (judged.section, judged.status) == (gate_text.section(found), 1)
    assert judged.outcome == "REGRESSION: 1 regressed"


def test_the_report_is_advised_with_the_settings_of_the_judgement(tmp_path: Path) -> None:
    base = saved_runs.save(tmp_path / "0003_base.json", saved_runs.run())
    part = from_dict(saved_runs.run(saved_runs.cell()), "this run")
    whole = from_dict(saved_runs.run(), "this run")
    for new, settings, words in (
        (whole, GateSettings(1.0), ()),
        (part, GateSettings(1.0, allow_missing=("unselected",)), ("--allow-missing", "unselected")),
        (whole, GateSettings(2.5, 0.01, strict=True), ("--max-drop", "2.5", "--alpha", "0.01", "--strict")),
    ):
        again = plugin_gate.judge(new, "3", tmp_path, settings).again
        assert again == ("--baseline", str(base), *words)


def test_a_run_without_a_baseline_is_not_a_pass(tmp_path: Path) -> None:
    new = from_dict(saved_runs.run(saved_runs.cell([0.95])), "this run")
    judged = plugin_gate.judge(new, str(tmp_path / "gone.json"), tmp_path, SETTINGS)
    assert (judged.status, judged.again) == (2, ())
    assert "cannot be compared" in judged.section.title


def test_a_run_without_a_cell_is_not_a_pass(tmp_path: Path) -> None:
    judged = plugin_gate.judge(Run("this run", {}), "pinned", tmp_path, SETTINGS)
    assert (judged.section.title, judged.status) == ("accuracy cannot be compared: no cell finished", 2)


def test_cells_that_nothing_compares_are_named_before_they_train(tmp_path: Path) -> None:
    settings = Settings(PROTOCOLS["quick"], ("lenet", "vgg"), ("mnist",), data="synthetic")
    cells = [cell.id for cell in settings.cells()]
    assert plugin_gate.incomparable("pinned", tmp_path, settings, cells) is None
    recipe = settings.recipe(settings.cells()[0]).parts()
    other = saved_runs.cell(recipe=recipe | {"learning_rate": 0.5}, data_source="synthetic")
    saved = saved_runs.run(other)
    base = str(saved_runs.save(tmp_path / "base.json", saved))
    said = plugin_gate.incomparable(base, tmp_path, settings, cells)
    assert said is not None
    assert (
        f"cannot compare lenet-mnist: recipe.learning_rate 0.5 -> {recipe['learning_rate']}; floors" in said
    )
    said = plugin_gate.incomparable(base, tmp_path, replace(settings, data="real"), cells)
    assert said is not None
    assert "data_source synthetic -> real" in said
    said = plugin_gate.incomparable(base, tmp_path, replace(settings, data="auto"), cells)
    assert said is not None
    assert "data_source" not in said
    longer = replace(settings, protocol=PROTOCOLS["study"])
    said = plugin_gate.incomparable(base, tmp_path, longer, cells)
    assert said is not None
    assert "protocol quick -> study" in said


def test_strictness_matches_the_compare_command(pytestconfig: pytest.Config) -> None:
    new = from_dict(saved_runs.run(), "this run")
    for arguments, strict in ((), False), (("--accuracy-strict",), True):
        found = options.gate_settings(config(pytestconfig, "--accuracy-compare=pinned", *arguments), new)
        assert found == GateSettings(max_drop=1.0, strict=strict, allow_missing=("unselected",))  # of quick


@pytest.mark.parametrize(
    ("ended", "slower", "judged", "status", "said"),
    [
        (0, [], 0, 0, "accuracy gate: found (exit status 0)"),
        (0, [], 1, 1, "accuracy gate: found (exit status 1)"),
        (0, [], 2, 2, "accuracy gate: found (exit status 2)"),
        (1, [], 0, 1, "accuracy gate: found (gate's status 0; exit status 1)"),
        (1, [], 2, 1, "accuracy gate: found (gate's status 2; exit status 1)"),
        (0, ["lenet-mnist"], 0, 1, "accuracy gate: found (gate's status 0; exit status 1)"),
        (0, ["lenet-mnist"], 2, 1, "accuracy gate: found (gate's status 2; exit status 1)"),
        (pytest.ExitCode.INTERRUPTED, [], 0, 2, ""),
    ],
)
def test_the_gate_fails_a_run_that_passed_and_passes_none_that_failed(
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    ended: int,
    slower: list[str],
    judged: int,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(plugin_gate, "judge", lambda *_: Judgement(Section(""), judged, "found"))
    monkeypatch.setattr(environment, "machine", lambda backend: {})
    facts: dict[str, Any] = {
        f"pytest_benchmark_generate_{name}_info": lambda config: {} for name in ("machine", "commit")
    }
    output = io.StringIO()
    typed = config(pytestconfig, "--accuracy-compare=pinned")
    typed.stash, typed.hook = pytest.Stash(), SimpleNamespace(**facts)
    typed.stash[SESSION] = Session(options.settings(typed), Local(JobRunner()), CellData(), print)
    typed._benchmarksession = SimpleNamespace(
        benchmarks=[], save=None, autosave=None, json=None, storage=None, performance_regressions=slower
    )
    typed.pluginmanager = SimpleNamespace(has_plugin=lambda name: True)
    typed.get_terminal_writer, typed.get_verbosity = lambda: TerminalWriter(output), lambda: 0
    manager = pytest.PytestPluginManager()
    manager.register(Controller(typed))
    session = SimpleNamespace(config=typed, exitstatus=ended)
    manager.hook.pytest_sessionfinish(session=session, exitstatus=ended)
    manager.hook.pytest_unconfigure(config=typed)
    assert (session.exitstatus, output.getvalue().strip()) == (status, said)


def test_a_run_is_of_the_suites_commit_with_which_it_began(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # which may be another checkout
    commits = {PROJECT: ["began", "committed since"]}
    typed = config(pytestconfig)
    manager = pytest.PytestPluginManager()
    manager.add_hookspecs(hookspec)
    manager.register(
        SimpleNamespace(
            pytest_benchmark_generate_commit_info=lambda config: {"id": commits[Path.cwd()].pop(0)}
        )
    )
    typed.hook = manager.hook
    typed._benchmarksession = SimpleNamespace(storage=None, compare_fail=None)
    manager.register(Controller(typed))
    manager.hook.pytest_sessionstart(session=None)
    assert manager.hook.pytest_benchmark_generate_commit_info(config=typed) == {"id": "began"}
    assert Path.cwd() == tmp_path


def test_times_of_another_machine_and_of_cells_side_by_side_are_flagged() -> None:
    saved = saved_runs.run(saved_runs.cell(parallel=True))
    here = {"threads": 4, "cpu": {"brand_raw": "Other CPU", "count": 2}, "node": "elsewhere"}
    new = from_dict(saved_runs.run(saved_runs.cell(), machine_info=here), "this run")
    (line,) = plugin_gate.flag_times([saved], new)
    assert "not comparable with the run of 2026-01-02T03:04:05" in line
    assert "cpu.brand_raw Some CPU -> Other CPU" in line
    assert "threads 2 -> 4" in line
    assert "the run of 2026-01-02T03:04:05 was timed while other cells trained concurrently" in line
    assert "node" not in line


def test_times_of_the_same_machine_are_not_flagged() -> None:
    saved = saved_runs.run(saved_runs.cell())
    assert plugin_gate.flag_times([saved], from_dict(saved, "this run")) == []


def test_times_of_another_backend_are_flagged_with_its_name() -> None:
    saved = saved_runs.run(saved_runs.cell())
    new = from_dict(saved_runs.run(saved_runs.cell(backend="jax")), "this run")
    (line,) = plugin_gate.flag_times([saved], new)
    assert line.endswith("2026-01-02T03:04:05: backend tensorflow -> jax")


def test_a_damaged_run_to_compare_times_with_is_named() -> None:
    saved, new = saved_runs.run(saved_runs.cell()), from_dict(saved_runs.run(), "this run")
    saved["benchmarks"][0]["extra_info"] = None
    (line,) = plugin_gate.flag_times([saved], new)
    assert "times are not compared: the run of" in line
    assert "none of its 1 benchmarks is a cell" in line


# --- as people run it ---


@pytest.fixture(scope="module")
def other_machine_run(place: Place, saved: dict[str, Any]) -> Path:
    """The same run with other seeds, from another machine."""
    other = copy.deepcopy(saved)
    other["machine_info"]["cpu"]["brand_raw"] = "Another CPU"
    for entry in other["benchmarks"]:
        entry["extra_info"]["seeds"] = [105, 106]
    path = place.folder / "elsewhere.json"
    path.write_text(json.dumps(other))
    return path


def test_a_gate_that_is_too_weak_is_no_pass(place: Place, other_machine_run: Path) -> None:
    run = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "--seeds", "2", "--seed", "5", "--resume")
    done = place.run(
        *run, "--accuracy-compare", str(other_machine_run), "-q"
    )  # quiet, but never without the reason
    assert done.returncode == 2, done.stdout
    assert "OPEN lenet on MNIST cannot be judged with 2 seeds against 2" in done.stdout
    last = [line for line in done.stdout.splitlines() if not line.startswith("TENSORFLOW")][-1]
    assert (
        last == "accuracy gate: NOT DECIDED, this is not a pass: 1 not requested, 1 undecided (exit status 2)"
    )


@pytest.mark.end_to_end
def test_a_judged_run_leaves_floors_to_the_gate(place: Place, other_machine_run: Path) -> None:
    alone = place.run(*TRAINED, "--resume")
    assert (alone.returncode, "1 failed, 1 passed" in alone.stdout) == (1, True), alone.stdout
    judged = place.run(*TRAINED, "--resume", "--accuracy-compare", str(other_machine_run))
    assert (judged.returncode, "2 passed" in judged.stdout) == (2, True), judged.stdout


def test_times_of_another_machine_are_compared_and_flagged(place: Place, other_machine_run: Path) -> None:
    done = place.run(
        *TRAINED, "--resume", f"--benchmark-compare={other_machine_run}", "--benchmark-compare-fail=mean:50%"
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "not comparable with the run of" in done.stdout
    assert "cpu.brand_raw Another CPU ->" in done.stdout
    assert "machine_info is different" not in done.stdout + done.stderr


@pytest.mark.end_to_end
def test_slower_times_fail_a_session_that_ends_as_others_do(place: Place, saved: dict[str, Any]) -> None:
    faster = copy.deepcopy(saved)
    for entry in faster["benchmarks"]:
        entry["stats"]["mean"] /= 10
    path = place.folder / "faster.json"
    path.write_text(json.dumps(faster))
    options = f"--benchmark-compare={path} --benchmark-compare-fail=mean:50%"
    cell = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "--seeds", "2", "--seed", "5", "--resume")
    for words, settings in (options.split(), ""), ((), options):  # as typed, and as a CI system sets them
        done = place.run(*cell, *words, env={"PYTEST_ADDOPTS": settings})
        assert (done.returncode, "1 passed in" in done.stdout) == (1, True), done.stdout + done.stderr
        assert "Performance has regressed:" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_no_run_to_compare_times_with_is_reported_and_does_not_gate(place: Place, trained: object) -> None:
    run = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "--seed", "5", "--resume")
    told = place.run(*run, "--benchmark-compare=0099")
    assert told.returncode == 0, told.stdout
    assert "Can't compare. No benchmark files" in told.stdout + told.stderr
    refused = place.run(*run, "--benchmark-compare=0099", "--benchmark-compare-fail=mean:50%")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "there is no run to compare with" in refused.stderr


def test_a_list_of_cells_is_not_judged(place: Place) -> None:
    words = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "--collect-only")
    listed = place.run(*words, "--accuracy-compare", "pinned")
    assert (listed.returncode, "cannot be compared" in listed.stdout) == (0, False)

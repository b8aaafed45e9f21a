"""``--accuracy-compare``: what it refuses at once, and that its judgement is the command's."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.comparison import gate
from benchmarks.plugin import gate as plugin_gate
from benchmarks.plugin import options
from benchmarks.report.views import gate as gate_view
from benchmarks.report.writers import terminal
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict, load
from tests.support import run_factory as saved_runs

SETTINGS = gate.Settings()


def test_a_reference_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="nothing"):
        plugin_gate.check(str(tmp_path / "nothing.json"), tmp_path)


def test_the_judgement_is_that_of_the_command(tmp_path: Path) -> None:
    base = saved_runs.save(
        tmp_path / "base.json", saved_runs.run(saved_runs.cell([0.95, 0.951, 0.949, 0.95, 0.952]))
    )
    new = saved_runs.run(saved_runs.cell([0.80, 0.801, 0.799, 0.80, 0.802]))
    infos = [entry["extra_info"] for entry in new["benchmarks"]]
    text, status = plugin_gate.judge(
        infos, new.get("suite", {}), new["machine_info"], str(base), tmp_path, SETTINGS
    )
    report = gate.judge(load(base), from_dict(new, "this run"), SETTINGS)
    assert (text, status) == (terminal.render(gate_view.section(report)), 1)


def test_a_run_without_a_baseline_is_not_a_pass(tmp_path: Path) -> None:
    new = saved_runs.run(saved_runs.cell([0.95]))
    infos = [entry["extra_info"] for entry in new["benchmarks"]]
    missing = str(tmp_path / "gone.json")
    text, status = plugin_gate.judge(
        infos, new.get("suite", {}), new["machine_info"], missing, tmp_path, SETTINGS
    )
    assert status == 2
    assert "cannot be compared" in text


def test_strictness_is_that_of_the_command(pytestconfig: pytest.Config) -> None:
    for arguments, strict in ((), False), (("--accuracy-strict",), True):
        given, _ = pytestconfig._parser.parse_known_and_unknown_args(
            ["--accuracy-compare=pinned", *arguments]
        )
        found = options.gate_settings(SimpleNamespace(getoption=vars(given).__getitem__))  # type: ignore[arg-type]
        assert found == gate.Settings(strict=strict)


def test_times_of_another_machine_and_of_cells_side_by_side_are_flagged() -> None:
    saved = saved_runs.run(saved_runs.cell(parallel=True))
    here = {"threads": 4, "cpu": {"brand_raw": "Other CPU", "count": 2}, "node": "elsewhere"}
    (line,) = plugin_gate.flag_times([saved], [saved_runs.cell()], here)
    assert "not comparable with the run of 2026-01-02T03:04:05" in line
    assert "cpu.brand_raw Some CPU -> Other CPU" in line
    assert "threads 2 -> 4" in line
    assert "the run of 2026-01-02T03:04:05 was timed with other cells beside it" in line
    assert "node" not in line


def test_times_of_the_same_machine_are_not_flagged() -> None:
    saved = saved_runs.run(saved_runs.cell())
    assert plugin_gate.flag_times([saved], [saved_runs.cell()], saved["machine_info"]) == []

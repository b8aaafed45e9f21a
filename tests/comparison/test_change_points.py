"""Steps over many saved runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.comparison import change_points
from benchmarks.results.parsing import RunRefused
from tests.support.run_factory import cell, run, save

START = datetime(2026, 1, 1, tzinfo=UTC)


def saved(folder: Path, day: int, accuracy: float, **changes: Any) -> Path:
    """One run of one cell, named against the order of its time."""
    values = [accuracy + d for d in (-0.002, 0.0, 0.002)]
    data = run(cell(values, **changes), datetime=(START + timedelta(days=day)).isoformat())
    return save(folder / f"{9999 - day:04}_run.json", data)


def noisy(levels: list[float]) -> list[float]:
    return list(np.asarray(levels) + np.random.default_rng(0).normal(0, 0.002, len(levels)))


def test_the_first_run_of_a_step_is_named(tmp_path: Path) -> None:
    paths = [saved(tmp_path, day, a) for day, a in enumerate(noisy([0.9] * 12 + [0.87] * 8))]
    trend = change_points.scan(tmp_path)
    (step,) = trend.steps
    assert (step.what, step.run, step.runs_before, step.runs_after) == ("accuracy", str(paths[12]), 12, 8)
    assert (step.cell, step.datetime) == ("lenet-mnist", (START + timedelta(days=12)).isoformat())
    assert step.before == pytest.approx(0.9, abs=0.002)
    assert step.after == pytest.approx(0.87, abs=0.002)
    assert (trend.dropped, trend.status) == (("lenet-mnist",), 1)
    assert json.loads(change_points.as_json(trend))["status"] == 1


def test_a_recovered_drop_and_a_gain_are_steps_and_pass(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 10 + [0.85] * 10 + [0.9] * 10)):
        saved(tmp_path, day, a)
    trend = change_points.scan(tmp_path)
    assert [float(s.after) for s in trend.steps] == pytest.approx([0.85, 0.9], abs=0.003)
    assert [(s.runs_before, s.runs_after) for s in trend.steps] == [(10, 10), (10, 10)]
    assert trend.status == 0


def test_a_quiet_history_and_a_single_odd_run_have_no_step(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 10 + [0.7] + [0.9] * 10)):
        saved(tmp_path, day, a)
    assert change_points.scan(tmp_path).steps == ()


def test_times_without_a_zone_are_universal(tmp_path: Path) -> None:
    for day in range(4):
        path = saved(tmp_path, day, 0.9, params_total=150_742 + (day >= 2))
        if day % 2 == 0:
            path.write_text(path.read_text().replace("+00:00", ""))
    (step,) = change_points.scan(tmp_path).steps
    assert step.datetime == (START + timedelta(days=2)).isoformat()


def test_a_changed_parameter_count_is_exact(tmp_path: Path) -> None:
    for day in range(4):
        saved(tmp_path, day, 0.9, params_total=150_742 + (day >= 2))
    (step,) = change_points.scan(tmp_path).steps
    assert (step.what, step.before, step.after) == ("params_total", "150742", "150743")
    assert step.run.endswith("9997_run.json")
    assert step.cell == "lenet-mnist"


def test_a_changed_recipe_starts_a_new_series_and_is_no_drop(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 8 + [0.6] * 8)):
        saved(tmp_path, day, a, fingerprint="old" if day < 8 else "new")
    trend = change_points.scan(tmp_path)
    assert [(s.what, s.before, s.after) for s in trend.steps] == [("fingerprint", "old", "new")]
    assert trend.status == 0


def test_partial_and_broken_runs_are_left_out_and_named(tmp_path: Path) -> None:
    saved(tmp_path, 0, 0.9)
    partial = run(cell([0.1] * 3))
    partial["suite"]["partial"] = True
    save(tmp_path / "0001_partial.json", partial)
    (tmp_path / "0002_broken.json").write_text("{")
    save(tmp_path / "0003_undated.json", run(datetime="yesterday"))
    trend = change_points.scan(tmp_path)
    assert trend.runs == 1
    for name, reason in zip(("0001_partial", "0002_broken", "0003_undated"), trend.skipped, strict=True):
        assert name in reason


def test_nothing_to_look_at_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="no saved run"):
        change_points.scan(tmp_path)
    (tmp_path / "0002_broken.json").write_text("{")
    assert change_points.scan(tmp_path).status == 2


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_short_series(n: int) -> None:
    assert change_points.segment_starts([0.9] * n, [1e-6] * n) == [0]


def test_segments_in_noise() -> None:
    rng = np.random.default_rng(3)
    clean = sum(
        len(change_points.segment_starts(list(rng.normal(0.9, 0.01, 60)), [1e-5] * 60)) > 1
        for _ in range(200)
    )
    assert clean <= 4
    truth = np.repeat([0.9, 0.86, 0.88], 20)
    assert change_points.segment_starts(list(truth + rng.normal(0, 0.004, 60)), [1e-5] * 60) == [
        0, pytest.approx(20, abs=1), pytest.approx(40, abs=2),
    ]  # fmt: skip


def test_a_long_history_is_quick() -> None:
    values = list(np.random.default_rng(0).normal(0.9, 0.01, 1000) - np.repeat([0, 0.02], 500))
    assert change_points.segment_starts(values, [1e-5] * 1000) == [0, pytest.approx(500, abs=5)]

"""Steps over many saved runs."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.comparison import change_points
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict
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


def fallen(by: float, *protocols: str, **limit: float) -> bool:
    """Whether a step down is more than counts; the cell had these protocols, and fell under the last one."""
    runs = [
        run(cell(protocol=name), datetime=(START + timedelta(days=day)).isoformat())
        for day, name in enumerate(protocols)
    ]
    entries = [change_points.entry(from_dict(one, "r.json")) for one in runs]
    setup = entries[-1].points["lenet-mnist"].setup
    step = change_points.ChangePoint("lenet-mnist", setup, "accuracy", "r.json", "", 0.9, 0.9 - by, 5, 5)
    return change_points.drops(entries[::-1], {"lenet-mnist": [step]}, **limit) == [step]


def test_a_last_drop_has_to_be_larger_than_counts() -> None:
    assert fallen(0.0501, "quick", max_drop=5)
    assert not fallen(0.0499, "quick", max_drop=5)
    assert not fallen(0.005, "quick", max_drop=0.5)  # 0.9 - 0.895 is a little more in binary fractions


def test_its_own_protocol_says_what_counts() -> None:
    limit = PROTOCOLS["quick"].max_drop
    assert limit != PROTOCOLS["study"].max_drop == 0.5
    assert fallen(0.0051, "quick", "study")
    assert not fallen(0.0051, "study", "quick")
    assert fallen(limit / 100 + 0.0001, "study", "quick")


def test_the_limit_that_is_asked_for_decides(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 12 + [0.87] * 8)):
        saved(tmp_path, day, a)
    trend = change_points.scan(tmp_path, max_drop=4)
    assert (len(trend.steps), trend.dropped, trend.status) == (1, (), 0)
    assert change_points.scan(tmp_path, max_drop=2).status == 1


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


def test_changes_are_in_order_of_time_and_no_changed_count_hides_a_drop(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 10 + [0.8] * 10)):
        zone = timezone(timedelta(hours=(0, 14, -12)[day % 3]))  # so that the text of times does not sort
        path = saved(tmp_path, day, a, params_total=1 + (day >= 5) + (day >= 15))
        when = (START + timedelta(days=day)).isoformat()
        path.write_text(
            path.read_text().replace(when, datetime.fromisoformat(when).astimezone(zone).isoformat())
        )
    trend = change_points.scan(tmp_path)
    assert [step.what for step in trend.steps] == ["params_total", "accuracy", "params_total"]
    assert [step.datetime[8:10] for step in trend.steps] == ["06", "11", "16"]
    assert trend.dropped == ("lenet-mnist",)


def test_a_changed_recipe_starts_a_new_series_and_is_no_drop(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 8 + [0.6] * 8)):
        saved(tmp_path, day, a, fingerprint="old" if day < 8 else "new")
    trend = change_points.scan(tmp_path)
    assert [(s.what, s.before, s.after) for s in trend.steps] == [("fingerprint", "old", "new")]
    assert trend.status == 0


OTHERS: dict[str, dict[str, Any]] = {
    "protocol": {"protocol": "study", "epochs": 20, "fingerprint": "s" * 16},
    "source": {"data_source": "synthetic", "data_fingerprint": "s" * 16},
    "backend": {"backend": "jax"},
    "recipe": {"fingerprint": "s" * 16},
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("falls", ["both", "one"])
def test_runs_of_one_setup_are_one_series_whatever_runs_lie_between_them(
    other: str, falls: str, tmp_path: Path
) -> None:
    for day, a in enumerate(noisy([0.9] * 12 + [0.8] * 8)):
        saved(tmp_path, 2 * day, a)
        saved(tmp_path, 2 * day + 1, a + 0.05 if falls == "both" else 0.95, **OTHERS[other])
    trend = change_points.scan(tmp_path)
    moved = [step for step in trend.steps if step.what == "accuracy"]
    assert len(moved) == (2 if falls == "both" else 1)
    assert all((step.runs_before, step.runs_after, step.is_drop) == (12, 8, True) for step in moved)
    assert moved[0].setup["fingerprint"] == "f" * 16
    # The other setup begins once, and does not begin again with each of its runs.
    begun = [(s.what, s.runs_before, s.runs_after) for s in trend.steps if s.what != "accuracy"]
    assert begun == [(what, 1, 20) for what in OTHERS[other]]
    assert (trend.dropped, trend.status) == (("lenet-mnist",), 1)


def test_a_new_recipe_is_set_against_the_one_that_it_replaces(tmp_path: Path) -> None:
    for day in range(8):
        protocol, recipe = ("quick", "study")[day % 2], "old" if day < 4 else "new"
        saved(tmp_path, day, 0.9, protocol=protocol, fingerprint=f"{protocol} {recipe}")
    found = [(s.setup["protocol"], s.what, s.before, s.after) for s in change_points.scan(tmp_path).steps]
    assert found[2:] == [
        ("quick", "fingerprint", "quick old", "quick new"),
        ("study", "fingerprint", "study old", "study new"),
    ]


def test_counts_are_compared_within_a_setup(tmp_path: Path) -> None:
    for day in range(8):
        jax = day % 2
        saved(tmp_path, day, 0.9, backend=("tensorflow", "jax")[jax], flops_per_image=100 + jax + (day >= 4))
    flops = [s for s in change_points.scan(tmp_path).steps if s.what == "flops_per_image"]
    assert [(s.setup["backend"], s.before, s.after) for s in flops[1:]] == [
        ("tensorflow", "100", "101"), ("jax", "101", "102"),
    ]  # fmt: skip


def test_a_drop_under_a_recipe_that_was_replaced_does_not_count(tmp_path: Path) -> None:
    for day, a in enumerate(noisy([0.9] * 8 + [0.8] * 8)):
        saved(tmp_path, day, a)
    saved(tmp_path, 16, 0.8, protocol="study")
    assert change_points.scan(tmp_path).status == 1  # another protocol replaces nothing
    saved(tmp_path, 17, 0.9, fingerprint="new")
    assert change_points.scan(tmp_path).status == 0
    saved(tmp_path, 18, 0.8)
    assert change_points.scan(tmp_path).status == 1  # the old recipe is used again


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
    said = r"^\S+: no saved run \(\*\.json\) in it; save some with --benchmark-autosave$"
    with pytest.raises(RunRefused, match=said):
        change_points.scan(tmp_path)
    (tmp_path / "0002_broken.json").write_text("{")
    assert change_points.scan(tmp_path).status == 2


def test_a_time_that_is_before_all_others_in_universal_time_is_refused() -> None:
    with pytest.raises(RunRefused, match=r"'datetime' is '0001-01-01T00:00:00\+14:00', expected ISO 8601"):
        change_points.entry(from_dict(run(datetime="0001-01-01T00:00:00+14:00"), "r.json"))


def test_a_history_too_short_to_show_a_drop_is_no_pass(tmp_path: Path) -> None:
    statuses = []
    for day, protocol in enumerate(("quick", "quick", "study", "quick", "quick")):
        level = 0.1 if day == 4 else 0.9
        save(
            tmp_path / f"{day}.json",
            run(cell([level] * 5, protocol=protocol), datetime=f"2026-01-0{day + 1}"),
        )
        statuses.append(change_points.scan(tmp_path).status)
    assert statuses == [2, 2, 2, 2, 1]


def history(
    *runs: tuple[list[int], list[float]], dead: float | None = None
) -> list[change_points.ChangePoint]:
    """Find the steps of a history of runs, each given as its seeds and their accuracies; those of `dead` diverged."""
    entries = [
        change_points.entry(
            from_dict(
                run(
                    cell(values, seeds=seeds, diverged=[1 if v == dead else None for v in values]),
                    datetime=(START + timedelta(days=day)).isoformat(),
                ),
                f"{day}.json",
            )
        )
        for day, (seeds, values) in enumerate(runs)
    ]
    return change_points.change_points(entries)["lenet-mnist"]


FIRST, OTHER = [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]
LOW, HIGH = [0.88, 0.89, 0.9, 0.91, 0.92], [0.89, 0.9, 0.91, 0.92, 0.93]


def test_other_seeds_that_are_repeated_are_no_step() -> None:
    """Two runs repeat each other bit for bit, and so do two of other seeds: without noise, any difference is a step."""
    assert history((FIRST, HIGH), (FIRST, HIGH), (OTHER, LOW), (OTHER, LOW)) == []
    assert history(([0], [0.9]), ([0], [0.9]), ([1], [0.8]), ([1], [0.8])) == []


def test_a_step_of_the_same_seeds_needs_no_noise() -> None:
    (step,) = history((FIRST, HIGH), (FIRST, HIGH), (FIRST, LOW), (FIRST, LOW))
    assert (step.run, step.what) == ("2.json", "accuracy")


def test_a_step_that_other_seeds_do_not_explain_is_named() -> None:
    far = [value - 0.1 for value in LOW]
    (step,) = history((FIRST, HIGH), (FIRST, HIGH), (OTHER, far), (OTHER, far))
    assert (step.run, step.runs_before, step.runs_after) == ("2.json", 2, 2)
    single = [([seed], [0.9 + 0.001 * seed - 0.1 * (seed > 5)]) for seed in range(12)]
    (step,) = history(*single)
    assert step.run == "6.json"


def test_a_step_that_seeds_explain_leaves_the_next_one() -> None:
    """The same seeds fall later on; the level before is that of both sets of seeds."""
    far = [value - 0.1 for value in LOW]
    (step,) = history((FIRST, HIGH), (FIRST, HIGH), (OTHER, LOW), (OTHER, LOW), (OTHER, far), (OTHER, far))
    assert (step.run, step.runs_before, step.runs_after) == ("4.json", 4, 2)


@pytest.mark.parametrize("odd", [0.7, 0.1])
def test_an_odd_night_hides_no_step_of_nights_with_a_seed_each(odd: float) -> None:
    """No seed is trained twice, so the noise between nights is that between seeds, and a single odd night is taken out."""
    before = [0.9, 0.903, 0.898, 0.901, odd, 0.899, 0.902, 0.897, 0.9, 0.901]
    nights = [([seed], [value]) for seed, value in enumerate([*before, *(0.85 + v / 100 for v in before)])]
    (step,) = history(*nights)
    assert step.run == "10.json"
    assert step.is_drop


def test_a_dead_seed_hides_no_step_of_the_living() -> None:
    high, low = [0.9, 0.901, 0.899, 0.902, 0.1], [0.6, 0.601, 0.599, 0.602, 0.6]
    (step,) = history(*[(FIRST, high)] * 4, *[(OTHER, low)] * 4, dead=0.1)
    assert step.run == "4.json"


def test_repeats_that_differ_by_rounding_count_once() -> None:
    """Ten runs of five seeds tell of five seeds: 0.9 points between the means of five and five say nothing if seeds scatter by 1.6."""
    nights = [(FIRST, [value + 0.0001 * (7 * day % 10) for value in HIGH]) for day in range(10)]
    others = [(OTHER, [value + 0.001 + 0.0001 * (7 * day % 10) for value in LOW]) for day in range(10)]
    assert history(*nights, *others) == []


def test_a_step_of_the_seeds_that_both_levels_have_is_named() -> None:
    """Five seeds fall by as much as they scatter in the run that adds five others."""
    later = [value - 0.01 for value in HIGH] + LOW
    (step,) = history(*[(FIRST, HIGH)] * 6, *[(FIRST + OTHER, later)] * 6)
    assert step.run == "6.json"

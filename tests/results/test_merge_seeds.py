"""More seeds of the same cells, put together: what is united, what each seed keeps, and what is refused."""

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from benchmarks.results import merge_seeds
from benchmarks.results.baselines import PinnedGroup, pin
from benchmarks.results.merge import merge, write
from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.run import from_dict, load_run
from benchmarks.results.standard import Standard, standard
from tests.support import run_factory

Data = dict[str, Any]
SUITE = {
    "settings": {"protocol": "quick", "precision": "float32", "data": "auto"},
    "code": "c0de",
    "versions": {"tensorflow": "2.21.0"},
}


def part(first: int, *accuracies: float, cpu: str = "Some CPU", day: int = 1, **changes: Any) -> Data:
    """A run of lenet-mnist with these seeds."""
    seeds = list(range(first, first + len(accuracies)))
    digests = [f"{seed:064}" for seed in seeds]
    cell = run_factory.cell(accuracies, seeds=seeds, weights_sha256=digests, **changes)
    machine = {"cpu": {"brand_raw": cpu, "count": 2}}
    data = run_factory.run(cell, machine_info=machine, datetime=f"2026-01-0{day}T00:00:00+00:00")
    data["suite"] |= SUITE
    data["commit_info"] = {"id": f"commit{day}"}
    return data


@pytest.fixture
def merged(tmp_path: Path) -> Callable[..., Any]:
    def merged(*runs: Data) -> Any:
        paths = [run_factory.save(tmp_path / f"part-{i}.json", run) for i, run in enumerate(runs, 1)]
        write(merge(paths), tmp_path / "merged.json")
        return load_run(tmp_path / "merged.json")

    return merged


def test_names_that_had_a_file_in_every_run_are_kept(merged: Callable[..., Any]) -> None:
    one, two, three = (part(first, 0.9) for first in range(3))
    one["suite"] |= {"architectures": ["lenet", "vgg"], "datasets": ["mnist"]}
    two["suite"] |= {"architectures": ["alexnet", "lenet"]}
    run = merged(one, two, three)
    assert (run.architectures, run.datasets) == (("lenet",), ("mnist",))


KNOWN: Data = {
    "recipe": {"rate": 0.1}, "train_fingerprint": "a" * 16, "test_fingerprint": "t" * 16, "class_names": ("cat", "dog"),
    "epochs": 3, "train_images": 300, "flops_per_image": 1_000_000, "study_accuracy": 0.99, "resolution": 0.0,
    "data_origin": "copies", "data_verified": False,
}  # fmt: skip
"""What early runs do not say of a cell."""


def test_what_a_run_knows_of_a_cell_survives_beside_one_that_lacks_it(merged: Callable[..., Any]) -> None:
    """In whichever order they are named."""
    lacking: Data = dict.fromkeys(KNOWN)
    known, unknown = part(2, 0.92, **KNOWN), part(0, 0.90, **lacking)
    cell = merged(known, unknown).cells["lenet-mnist"]
    assert {name: getattr(cell, name) for name in KNOWN} == KNOWN
    assert merged(unknown, known).cells["lenet-mnist"] == cell
    assert pinned_form(cell)["test_fingerprint"] == "t" * 16


@pytest.mark.parametrize(
    ("measure", "of"), [("robustness", "robustness_definition"), ("second_test", "second_test_set")]
)
def test_what_a_measure_is_of_is_said_where_all_seeds_have_it(
    merged: Callable[..., Any], measure: str, of: str
) -> None:
    """In whichever order the runs are named."""
    with_it: Data = {measure: [0.5], of: "1"}
    one, two, without = part(0, 0.9, **with_it), part(1, 0.9, **with_it), part(2, 0.9)
    assert getattr(merged(one, two).cells["lenet-mnist"], of) == "1"
    for parts in ((one, without), (without, one)):
        cell = merged(*parts).cells["lenet-mnist"]
        assert (getattr(cell, measure), getattr(cell, of)) == ((), None)


def test_costs_are_the_sums_of_all_runs_or_unknown(merged: Callable[..., Any]) -> None:
    """In whichever order they are named."""
    one, two = (
        part(
            seed,
            0.9,
            setup_seconds=3 * s,
            eval_seconds=s,
            phase_seconds={"build": s, "trace": 2 * s, "evaluation": s},
        )
        for seed, s in enumerate((1.0, 0.5))
    )
    unknown = part(2, 0.9)
    for parts in ((one, two), (two, one)):
        cell = merged(*parts).cells["lenet-mnist"]
        assert cell.phase_seconds == {"build": 1.5, "trace": 3.0, "evaluation": 1.5}
        assert (cell.setup_seconds, cell.eval_seconds) == (4.5, 1.5)
    for parts in ((one, unknown), (unknown, one)):
        cell = merged(*parts).cells["lenet-mnist"]
        assert (cell.setup_seconds, cell.eval_seconds, cell.phase_seconds) == (None, None, {})


def test_of_memory_the_run_with_the_first_seed_counts_and_times_compare_only_if_all_do(
    merged: Callable[..., Any],
) -> None:
    """In whichever order they are named: machines differ in it, and one that trained a cell's later seeds would make it look larger."""
    small = part(1, 0.9, peak_memory_mib=300.0, peak_memory_bound=True, parallel=True)
    large = part(2, 0.9, peak_memory_mib=600.0, peak_memory_bound=False)
    again = part(1, 0.9, peak_memory_mib=200.0, peak_memory_bound=False)
    for parts in permutations((small, large, part(0, 0.9), again)):
        cell = merged(*parts).cells["lenet-mnist"]
        assert (cell.peak_memory_mib, cell.peak_memory_bound, cell.parallel) == (300.0, True, True)


def test_the_smallest_drop_that_a_part_has_to_see_is_kept(merged: Callable[..., Any]) -> None:
    strict, lax = part(0, 0.9, resolution=0.4), part(1, 0.9, resolution=1.5)
    for parts in ((strict, lax), (lax, strict)):
        assert merged(*parts).cells["lenet-mnist"].resolution == 0.4


@pytest.mark.parametrize(("name", "value"), [("precision", "mixed_bfloat16"), ("protocol", "study")])
def test_seeds_of_runs_with_other_settings_are_refused_by_name(
    merged: Callable[..., Any], name: str, value: str
) -> None:
    other = part(0, 0.90)
    other["suite"] = other["suite"] | {"settings": SUITE["settings"] | {name: value, "seeds": [0]}}  # type: ignore[operator]
    with pytest.raises(RunRefused, match=rf"settings.{name}: \w+ in .*part-1.json, {value} in .*part-2.json"):
        merged(part(2, 0.92), other)


def test_seeds_are_merged_in_order_and_each_keeps_its_conditions(merged: Callable[..., Any]) -> None:
    run = merged(part(2, 0.92, 0.93, cpu="Other CPU", day=2), part(0, 0.90, 0.91))
    cell = run.cells["lenet-mnist"]
    assert cell.seeds == (0, 1, 2, 3)
    assert cell.accuracies == (0.90, 0.91, 0.92, 0.93)
    assert [one["cpu.brand_raw"] for one in cell.machine] == ["Some CPU"] * 2 + ["Other CPU"] * 2
    assert cell.commit == ("commit1", "commit1", "commit2", "commit2")
    assert run.commit is None
    assert [day[:10] for day in cell.measured_at] == ["2026-01-01"] * 2 + ["2026-01-02"] * 2
    assert run.machine_of(cell)["cpu.brand_raw"] == "Some CPU | Other CPU"
    assert not run.partial


def test_seeds_of_one_commit_say_so_once(merged: Callable[..., Any]) -> None:
    run = merged(part(2, 0.92), part(0, 0.90, 0.91))
    assert (run.commit, run.cells["lenet-mnist"].commit) == ("commit1", ())


def test_seeds_added_to_a_baseline_leave_it_its_uncommitted_changes(
    merged: Callable[..., Any], tmp_path: Path
) -> None:
    first = part(0, 0.90, 0.91)
    first["commit_info"]["dirty"] = True
    (path,) = pin(from_dict(first, "r"), tmp_path)
    assert merged(json.loads(path.read_text()), part(2, 0.92)).dirty


def test_a_cell_that_one_run_holds_keeps_its_day(merged: Callable[..., Any]) -> None:
    other = part(0, 0.8, day=3, architecture="vgg")
    other["benchmarks"] += part(1, 0.91)["benchmarks"]
    run = merged(part(0, 0.9, day=1), part(2, 0.92, day=2), other)
    assert run.date_of(run.cells["vgg-mnist"])[:10] == "2026-01-03"
    first = part(0, 0.8, day=1, architecture="vgg")
    first["benchmarks"] += part(1, 0.91)["benchmarks"]
    run = merged(first, part(0, 0.9, day=2))
    assert run.date_of(run.cells["vgg-mnist"])[:10] == "2026-01-01"


def test_devices_of_the_seeds_are_joined(merged: Callable[..., Any]) -> None:
    run = merged(part(2, 0.92, device="A GPU", backend="jax"), part(0, 0.90, device="CPU", backend="jax"))
    assert (run.cells["lenet-mnist"].backend, run.cells["lenet-mnist"].device) == ("jax", "A GPU | CPU")


def test_the_same_training_twice_is_kept_once(merged: Callable[..., Any]) -> None:
    assert merged(part(0, 0.90, 0.91), part(1, 0.91, 0.92)).cells["lenet-mnist"].seeds == (0, 1, 2)


@pytest.mark.parametrize("field", ["accuracies", "losses", "diverged"])
def test_without_digests_the_figures_must_be_equal(merged: Callable[..., Any], field: str) -> None:
    one, two = part(0, 0.9, 0.8), part(0, 0.9)
    for data in (one, two):
        del data["benchmarks"][0]["extra_info"]["weights_sha256"]
    two["benchmarks"][0]["extra_info"][field] = [0.5] if field != "diverged" else [1]
    with pytest.raises(RunRefused, match=f"seed 0 .* {field}"):
        merged(one, two)


def test_a_floor_that_one_of_the_seeds_missed_is_missed(merged: Callable[..., Any]) -> None:
    assert merged(part(0, 0.9), part(1, 0.7)).cells["lenet-mnist"].verdict == "failed"


@pytest.mark.parametrize("last", [0.8, 0.93])
def test_where_the_runs_disagree_the_floor_of_today_decides(merged: Callable[..., Any], last: float) -> None:
    """In whichever order they are named."""
    today = standard(PinnedGroup("quick", "real", "float32", "tensorflow"), "lenet-mnist", 10).floor
    parts = part(0, 0.9, floor=last), part(1, 0.7, floor=0.6)
    for order in (parts, parts[::-1]):
        cell = merged(*order).cells["lenet-mnist"]
        assert (cell.floor, cell.seeds_below_floor, cell.verdict) == (today, [1], "failed")
    assert merged(part(0, 0.9, floor=last), part(1, 0.95, floor=last)).cells["lenet-mnist"].floor == last


def test_a_floor_beside_none_is_todays_and_counts_the_classes(merged: Callable[..., Any]) -> None:
    own: Data = {"dataset": "pets", "data_verified": None}
    parts = part(0, 0.9, **own, floor=0.2), part(1, 0.5, **own, floor=None, class_names=["cat", "dog"])
    cell = merged(*parts).cells["lenet-pets"]
    assert (cell.floor, cell.seeds_below_floor, cell.verdict) == (0.58, [1], "failed")


def test_several_floors_of_a_protocol_that_is_not_known_are_refused(merged: Callable[..., Any]) -> None:
    ours, other = (part(i, 0.9, protocol="ours", floor=floor) for i, floor in enumerate((0.5, None)))
    with pytest.raises(
        RunRefused, match=r"several floors \(0.5 in .*1.json, none in .*2.json\).*'ours' is not known"
    ):
        merged(ours, other)
    assert merged(ours, part(1, 0.9, protocol="ours", floor=0.5)).cells["lenet-mnist"].floor == 0.5


DYING: Data = {"architecture": "vgg", "protocol": "study", "floor": 0.5}
"""A cell two of whose three pinned seeds died."""


def dying(first: int, *accuracies: float, allowed: int, **changes: Any) -> Data:
    """A run of a cell some of whose seeds may die; those below the floor did."""
    since = [1 if accuracy < DYING["floor"] else None for accuracy in accuracies]
    return part(first, *accuracies, **DYING | {"diverged": since, "deaths_allowed": allowed} | changes)


ONE_IN_TWENTY = Standard(DYING["floor"], died=1, pinned=20)


@pytest.fixture
def one_in_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of twenty pinned seeds of the dying cell died."""
    monkeypatch.setattr(merge_seeds, "standard", lambda *_: ONE_IN_TWENTY)


@pytest.mark.usefixtures("one_in_twenty")
def test_merged_seeds_may_die_as_often_as_their_number_lets_expect(merged: Callable[..., Any]) -> None:
    allowed = ONE_IN_TWENTY.deaths_allowed
    assert (allowed(1), allowed(4)) == (1, 2)  # the last part allows too few, all parts together too many
    for third, verdict in ((0.9, "passed"), (0.1, "failed")):
        parts = [dying(seed, accuracy, allowed=1) for seed, accuracy in enumerate((0.1, 0.1, third, 0.9))]
        cell = merged(*parts).cells["vgg-mnist"]
        assert (cell.deaths_allowed, cell.verdict) == (2, verdict)


@pytest.mark.usefixtures("one_in_twenty")
def test_parts_that_were_held_to_another_death_rate_allow_what_they_allowed(
    merged: Callable[..., Any],
) -> None:
    """In whichever order they are named."""
    strict, lax = dying(0, 0.1, 0.9, allowed=0), dying(2, 0.9, 0.9, allowed=2)
    for parts in ((strict, lax), (lax, strict)):
        cell = merged(*parts).cells["vgg-mnist"]
        assert (cell.deaths_allowed, cell.verdict) == (2, "passed")
    cell = merged(strict, dying(2, 0.9, allowed=0)).cells["vgg-mnist"]
    assert (cell.deaths_allowed, cell.verdict) == (0, "failed")


@pytest.mark.parametrize("name", ["diverged", "frozen"])
def test_what_happened_to_a_seed_is_kept_beside_a_run_that_does_not_tell(
    merged: Callable[..., Any], name: str
) -> None:
    told: Data = {name: [1]}
    untold: Data = {name: []}
    known, unknown = part(0, 0.1, **told), part(1, 0.9, **untold)
    for parts in ((known, unknown), (unknown, known)):
        assert getattr(merged(*parts).cells["lenet-mnist"], name) == (1, None)


def test_a_run_that_lost_a_cell_is_not_completed_by_another(
    merged: Callable[..., Any], tmp_path: Path
) -> None:
    whole, lacking = part(0, 0.9), part(1, 0.91)
    other = run_factory.cell((0.8,), architecture="vgg", seeds=[0])
    whole["benchmarks"].append(run_factory.run(other)["benchmarks"][0])
    for data in (whole, lacking):
        data["suite"]["expected"] = ["lenet-mnist", "vgg-mnist"]
    with pytest.raises(RunRefused, match=r"part-2\.json lost vgg-mnist: .* fewer seeds than were asked for"):
        merged(whole, lacking)
    paths = [run_factory.save(tmp_path / f"{n}.json", data) for n, data in enumerate((whole, lacking))]
    assert merge(paths, allow_partial=True)["suite"]["partial"]


def test_seeds_that_asked_for_other_images_and_got_the_same_are_merged(merged: Callable[..., Any]) -> None:
    """As the command does that a comparison suggests: it names the images that the run with `--data auto` got."""
    found, named = (part(seed, 0.9, data_source="synthetic") for seed in range(2))
    named["suite"] = named["suite"] | {"settings": SUITE["settings"] | {"data": "synthetic"}}  # type: ignore[operator]
    assert merged(found, named).cells["lenet-mnist"].seeds == (0, 1)


def test_more_seeds_than_can_be_read_again_are_not_merged(merged: Callable[..., Any]) -> None:
    with pytest.raises(RunRefused, match="lenet-mnist: 2,001 seeds; expected at most 2,000, leave runs out"):
        merged(part(0, *[0.9] * 1001), part(1001, *[0.9] * 1000))

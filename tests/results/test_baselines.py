"""Pinned baselines: compact, reviewable, and hard to pin by mistake."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.comparison import compare
from benchmarks.results.baselines import pin, pinned_for
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict, load_run
from benchmarks.results.seed_result import answers_digest
from tests.support.run_factory import GRID, STEADY, bits, cell, run


def test_a_pinned_run_reads_back_and_is_unchanged(tmp_path: Path) -> None:
    recipe = {"optimizer": "adam", "rates": [0.1, 0.2], "epochs": 3}
    new = from_dict(run(*(cell(architecture=a, dataset=d, recipe=recipe) for a, d in GRID)), "new.json")
    (path,) = pin(new, tmp_path)
    assert load_run(path).cells["vgg-mnist"].recipe_text == new.cells["vgg-mnist"].recipe_text
    assert path.name == "quick-real.json"
    base = load_run(path)
    assert base.pinned
    assert base.cells.keys() == new.cells.keys()
    report = compare(pinned_for(new, tmp_path), new)
    assert (report.status, report.compared) == (0, 4)


def test_a_pinned_file_is_compact_stable_and_keeps_no_secrets(tmp_path: Path) -> None:
    data = run(
        cell(architecture="vgg", correct=[bits(round(1000 * a)) for a in STEADY]),
        cell(data_origin="/home/user/data"),
    )
    (path,) = pin(from_dict(data, "/home/user/run.json"), tmp_path)
    text = path.read_text()
    for secret in ("secret-host", "/home", "user", bits(900)):
        assert secret not in text
    rows = [line for line in text.splitlines() if '"architecture"' in line]
    assert [json.loads(row.rstrip(","))["architecture"] for row in rows] == ["lenet", "vgg"]
    assert str(list(STEADY)) in text
    data["benchmarks"].reverse()
    pin(from_dict(data, "again"), tmp_path)
    assert path.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["quick-real.json"]


def test_doubtful_runs_are_pinned_only_when_allowed(tmp_path: Path) -> None:
    failed = from_dict(run(cell(floor=0.95)), "r.json")
    synthetic = from_dict(run(cell(data_source="synthetic")), "r.json")
    partial, narrowed = (run() for _ in range(2))
    partial["suite"]["partial"] = narrowed["suite"]["narrowed"] = True
    for bad, flag in (
        (failed, "allow_failed"),
        (synthetic, "synthetic"),
        (from_dict(partial, "r.json"), "allow_partial"),
        (from_dict(narrowed, "r.json"), "allow_partial"),
    ):
        with pytest.raises(RunRefused, match=f"r.json.*--{flag.replace('_', '-')}"):
            pin(bad, tmp_path)
        assert not list(tmp_path.iterdir())
        assert pin(bad, tmp_path, **{flag: True})
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.parametrize(("living", "verdict"), [(0.9, "passed"), (0.05, None)])
def test_a_pinned_cell_is_allowed_its_own_deaths(tmp_path: Path, living: float, verdict: str | None) -> None:
    measured = cell([living, 0.1], diverged=[None, 1]) | {"floor": 0.8}
    (path,) = pin(from_dict(run(measured), "r"), tmp_path, allow_failed=True)
    read = load_run(path).cells["lenet-mnist"]
    assert (read.deaths_allowed, read.verdict) == (1, verdict)


def test_what_could_not_be_read_again_is_not_pinned(tmp_path: Path) -> None:
    (path,) = pin(from_dict(run(cell()), "r"), tmp_path)
    before = path.read_text()
    broken = from_dict(run(cell()), "r")
    broken = replace(broken, cells={n: structs.replace(c, resolution=800.0) for n, c in broken.cells.items()})
    with pytest.raises(RunRefused, match=r"lenet-mnist.*resolution.*800"):
        pin(broken, tmp_path)
    assert path.read_text() == before


def test_a_partial_pin_stays_known_as_partial(tmp_path: Path) -> None:
    data = run()
    data["suite"]["partial"] = True
    new = from_dict(data, "r.json")
    pin(new, tmp_path, allow_partial=True)
    with pytest.raises(RunRefused, match="partial run and no baseline"):
        compare(pinned_for(new, tmp_path), new)


def test_a_narrowed_run_replaces_its_own_cells_and_leaves_the_others(tmp_path: Path) -> None:
    pin(from_dict(run(), "whole"), tmp_path)
    part = run(cell([0.5] * 5, floor=0.4))
    part["suite"]["narrowed"] = True
    (path,) = pin(from_dict(part, "part"), tmp_path, allow_partial=True)
    cells = load_run(path).cells
    assert len(cells) == 4
    assert cells["lenet-mnist"].accuracies == (0.5,) * 5
    assert cells["vgg-mnist"].accuracies == STEADY
    assert not load_run(path).partial


@pytest.mark.parametrize(("section", "doubt"), [("suite", "partial"), ("commit_info", "dirty")])
def test_cells_kept_of_a_doubtful_file_leave_it_doubtful(tmp_path: Path, section: str, doubt: str) -> None:
    old, part, whole = run(), run(cell()), run()
    old[section][doubt] = part["suite"]["narrowed"] = whole["suite"]["narrowed"] = True
    (path,) = pin(from_dict(old, "old"), tmp_path, allow_partial=True)
    pin(from_dict(part, "part"), tmp_path, allow_partial=True)
    assert getattr(load_run(path), doubt)
    pin(from_dict(whole, "whole"), tmp_path, allow_partial=True)  # nothing of the old one is left
    assert not getattr(load_run(path), doubt)


def test_epochs_and_seconds_are_kept_and_a_single_seed_keeps_its_bits(tmp_path: Path) -> None:
    history = [{"val_accuracy": [None, 0.9], "seconds": [1.23456, 2.0], "loss": [1.0, 2.0]}]
    facts = {"train_images": 60_000, "peak_memory_mib": 512.5, "parallel": True, "seed_seconds": [3.23456]}
    new = from_dict(run(cell([0.9], history=history, correct=[bits(900)], **facts)), "r")
    (path,) = pin(new, tmp_path)
    (old,) = load_run(path).cells.values()
    assert (old.history[0].val_accuracy, old.history[0].seconds) == ((None, 0.9), (1.235, 2.0))
    assert old.correct == (bits(900),)
    assert (old.train_images, old.peak_memory_mib, old.parallel) == (60_000, 512.5, True)
    assert old.seed_seconds == (3.235,)


def test_cells_pinned_before_keep_the_machine_and_commit_that_they_were_measured_on(tmp_path: Path) -> None:
    first, part, again = run(), run(cell()), run(cell(architecture="vgg"))
    first["suite"]["versions"] = {"tensorflow": "1.0"}
    for data in (part, again):
        data["suite"]["narrowed"] = True
        data["machine_info"]["cpu"]["brand_raw"] = "Other CPU"
    for data, commit in ((first, "aaa"), (part, "bbb"), (again, "bbb")):
        data["commit_info"] = {"id": commit}
        (path,) = pin(from_dict(data, "r"), tmp_path, allow_partial=True)
    found = load_run(path)
    cells = found.cells
    assert found.machine["cpu.brand_raw"] == "Other CPU"
    for name in ("lenet-cifar10", "vgg-cifar10"):
        assert found.machine_of(cells[name])["cpu.brand_raw"] == "Some CPU"
        assert found.versions_of(cells[name]) == {"tensorflow": "1.0"}
        assert cells[name].commit == ("aaa",) * 5
    assert found.commit == "bbb"
    for name in ("lenet-mnist", "vgg-mnist"):
        assert (cells[name].machine, cells[name].versions, cells[name].commit) == ((), (), ())


def test_a_baseline_says_that_its_code_had_uncommitted_changes(tmp_path: Path) -> None:
    data = run(cell())
    assert not load_run(*pin(from_dict(data, "r"), tmp_path)).dirty
    data["commit_info"]["dirty"] = True
    (path,) = pin(from_dict(data, "r"), tmp_path)
    assert load_run(path).dirty
    assert pinned_for(from_dict(run(cell()), "new"), tmp_path).dirty


def test_cells_pinned_before_keep_the_day_of_their_training(tmp_path: Path) -> None:
    undated = run(cell(), datetime="2026-01-02T03:04:05+00:00")  # by a suite that did not note it
    days = ("2026-01-03T01:00:00+00:00", "2026-01-04T01:00:00+00:00")
    dated = run(
        cell([0.9, 0.8], architecture="vgg", measured_at=list(days)), datetime="2026-01-09T00:00:00+00:00"
    )
    for data in (undated, dated):
        data["suite"]["narrowed"] = True
        (path,) = pin(from_dict(data, "r"), tmp_path, allow_partial=True)
    found = load_run(path)
    assert found.datetime.startswith("2026-01-09")
    assert found.cells["vgg-mnist"].measured_at == days
    assert found.date_of(found.cells["vgg-mnist"]) == days[1]
    assert found.date_of(found.cells["lenet-mnist"]) == "2026-01-02T03:04:05+00:00"


def test_every_protocol_source_and_precision_has_its_file(tmp_path: Path) -> None:
    mixed = run(
        cell(), cell(architecture="vgg", data_source="synthetic"),
        cell(architecture="squeezenet", precision="mixed_bfloat16"),
    )  # fmt: skip
    written = pin(from_dict(mixed, "r"), tmp_path, synthetic=True)
    names = ["quick-real-mixed_bfloat16.json", "quick-real.json", "quick-synthetic.json"]
    assert sorted(path.name for path in written) == names


def test_a_mixed_run_meets_the_pins_of_its_data_sources(tmp_path: Path) -> None:
    real = run(*(cell(architecture=a, dataset="mnist") for a, _ in GRID[::2]))
    stand_in = run(
        *(
            cell(architecture=a, dataset=d, data_source="synthetic")
            for a in ("lenet", "vgg")
            for d in ("mnist", "svhn")
        )
    )
    pin(from_dict(real, "real"), tmp_path)
    pin(from_dict(stand_in, "stand-in"), tmp_path, synthetic=True)
    new = from_dict(
        run(
            *(cell(architecture=a, dataset="mnist") for a in ("lenet", "vgg")),
            cell(dataset="svhn", data_source="synthetic"),
        ),
        "new",
    )
    verdicts = {c.cell: c.verdict for c in compare(pinned_for(new, tmp_path), new).cells}
    assert verdicts == {
        "lenet-mnist": "unchanged", "vgg-mnist": "unchanged", "lenet-svhn": "unchanged",
        "vgg-svhn": "missing",
    }  # fmt: skip


def test_cells_from_several_pinned_files_keep_their_own_conditions(tmp_path: Path) -> None:
    # One cell is pinned on both: the run's is on generated images.
    real = run(cell(), cell(dataset="svhn"))
    stand_in = run(cell(dataset="svhn", data_source="synthetic"))
    for data, year, commit, cpu in ((real, 2025, "aaa", "Some CPU"), (stand_in, 2026, "bbb", "Other CPU")):
        data |= {"datetime": f"{year}-01-01T00:00:00+00:00", "commit_info": {"id": commit}}
        data["machine_info"]["cpu"]["brand_raw"] = cpu
        data["suite"]["versions"] = {"tensorflow": f"{year}.0"}
        pin(from_dict(data, "r"), tmp_path, synthetic=True)
    both = run(cell(), cell(dataset="svhn", data_source="synthetic"))
    base = pinned_for(from_dict(both, "new"), tmp_path)
    for name, year, commit, cpu in (
        ("lenet-mnist", 2025, "aaa", "Some CPU"),
        ("lenet-svhn", 2026, "bbb", "Other CPU"),
    ):
        found = base.cells[name]
        assert base.machine_of(found)["cpu.brand_raw"] == cpu
        assert base.versions_of(found) == {"tensorflow": f"{year}.0"}
        assert base.date_of(found).startswith(str(year))
        assert set(found.commit) == {commit}
    assert (base.commit, base.datetime[:4]) == (None, "2026")
    assert base.machine["cpu.brand_raw"] == "Some CPU | Other CPU"


def test_a_backend_has_its_own_pins_and_can_be_held_against_tensorflows(tmp_path: Path) -> None:
    pin(from_dict(run(cell(dataset="mnist")), "tensorflow"), tmp_path)
    on_jax = from_dict(run(cell(dataset="mnist", backend="jax", device="CPU")), "jax")
    with pytest.raises(RunRefused, match=r"quick-real-jax\.json"):
        pinned_for(on_jax, tmp_path)
    assert pinned_for(on_jax, tmp_path, backend="tensorflow").cells["lenet-mnist"].backend == "tensorflow"
    (path,) = pin(on_jax, tmp_path)
    assert path.name == "quick-real-jax.json"
    assert pinned_for(on_jax, tmp_path).cells["lenet-mnist"].backend == "jax"


def test_a_run_of_two_protocols_meets_the_pins_of_each(tmp_path: Path) -> None:
    both = [cell(dataset="mnist", protocol=protocol) for protocol in ("quick", "tuned")]
    for one in both:
        pin(from_dict(run(one), "r"), tmp_path)
    new = from_dict(run(cell(architecture="vgg", dataset="mnist"), both[1]), "new")
    assert pinned_for(new, tmp_path).cells["lenet-mnist"].protocol == "tuned"


def test_nothing_pinned_is_an_error_that_says_how(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match=r"quick-real\.json.*python -m benchmarks pin RUN"):
        pinned_for(from_dict(run(), "new"), tmp_path)


def test_a_protocol_cannot_name_a_path(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="cannot be part of a pinned file's name"):
        pin(from_dict(run(cell(protocol="../../evil")), "r"), tmp_path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = pin(from_dict(run(), "r"), tmp_path)
    before = path.read_text()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        pin(from_dict(run(cell([0.1] * 5, floor=0.1)), "r"), tmp_path)
    assert path.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["quick-real.json"]


def test_digests_of_weights_and_answers_are_kept(tmp_path: Path) -> None:
    weights, answers = [f"{i:064x}" for i in range(5)], [bits(round(1000 * a)) for a in STEADY]
    new = from_dict(run(cell(weights_sha256=weights, correct=answers)), "r")
    (path,) = pin(new, tmp_path)
    (old,) = load_run(path).cells.values()
    assert old.weights_sha256 == tuple(digest[:32] for digest in weights)
    assert old.correct_sha256 == tuple(answers_digest(one) for one in answers)
    assert old.correct == ()
    assert compare(pinned_for(new, tmp_path), new).status == 0
    swapped = [*answers[:3], answers[4], answers[3]]
    accuracies = [*STEADY[:3], STEADY[4], STEADY[3]]
    changed = from_dict(run(cell(accuracies, weights_sha256=weights, correct=swapped)), "r")
    (verdict,) = compare(pinned_for(changed, tmp_path), changed).cells
    assert verdict.verdict == "changed"


def test_an_exploration_is_no_baseline(tmp_path: Path) -> None:
    explored = from_dict(run(cell(set_fields={"epochs": "5"}, floor=None)), "r.json")
    with pytest.raises(RunRefused, match=r"r.json: an exploration .* lenet-mnist \(quick with epochs=5\)"):
        pin(explored, tmp_path, allow_failed=True, allow_partial=True, synthetic=True)
    assert not list(tmp_path.iterdir())
    plain = from_dict(run(cell()), "plain.json")
    with pytest.raises(RunRefused, match=r"r\.json: an exploration cannot be a baseline"):
        compare(explored, plain)
    (verdict,) = compare(plain, explored).cells
    assert verdict.verdict == "incomparable"
    assert any("quick with epochs=5" in note for note in verdict.notes)


def test_further_measures_are_pinned_and_read_back(tmp_path: Path) -> None:
    given = cell([0.9], seed_seconds=[1.0], ece=[0.01234567], brier=[0.5], robustness=[None], robustness_definition="1", frozen=[2],
                 peak_memory_mib=600.0, peak_memory_bound=True)  # fmt: skip
    (path,) = pin(from_dict(run(given), "r.json"), tmp_path)
    found = load_run(path).cells["lenet-mnist"]
    assert (found.ece, found.brier, found.robustness) == ((0.012346,), (0.5,), (None,))
    assert (found.robustness_definition, found.frozen, found.peak_memory_bound) == ("1", (2,), True)

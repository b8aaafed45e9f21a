"""Saved runs in a notebook: arrays, data frames, and what importing costs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.comparison import compare
from benchmarks.metrics.measures import FURTHER
from benchmarks.results import load_run, load_runs
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, from_dict
from tests.support import run_factory
from tests.support.run_factory import bits, cell, save

ROOT = Path(__file__).parents[2]
HISTORY = [
    {"val_accuracy": [0.5, 0.7], "seconds": [1.0, 2.0], "loss": [2.0, 1.0], "accuracy": [0.4, 0.6]},
    {"val_accuracy": [0.6], "seconds": [1.5]},
]


@pytest.fixture
def run() -> Run:
    full = cell(
        [0.7, 0.6], losses=[1.0, None], seeds=[3, 5], seed_seconds=[3.0, 1.5], history=HISTORY, epochs=None,
        correct=[bits(700), bits(600)], confusion=[[[350, 150], [150, 350]], [[300, 200], [200, 300]]],
        class_names=["a", "b"], diverged=[None, None],
    )  # fmt: skip
    return from_dict(run_factory.run(full, cell([0.9], dataset="cifar10")), "run.json")


def test_a_cells_arrays_have_seeds_first(run: Run) -> None:
    arrays = run.cells["lenet-mnist"].arrays
    assert arrays.seeds.tolist() == [3, 5]
    np.testing.assert_array_equal(arrays.losses, [1.0, np.nan])
    np.testing.assert_array_equal(arrays.histories["val_accuracy"], [[0.5, 0.7], [0.6, np.nan]])
    np.testing.assert_array_equal(arrays.histories["loss"], [[2.0, 1.0], [np.nan, np.nan]])
    assert arrays.right is not None
    assert arrays.right.shape == (2, run_factory.IMAGES)
    np.testing.assert_allclose(arrays.right.mean(axis=1), arrays.accuracies)
    assert arrays.confusion is not None
    np.testing.assert_allclose(np.trace(arrays.confusion, axis1=1, axis2=2) / 1000, arrays.accuracies)
    pinned = run.cells["lenet-cifar10"].arrays
    assert pinned.right is None
    assert pinned.confusion is None
    assert pinned.histories["seconds"].shape == (1, 0)


def test_a_run_is_one_row_per_cell_and_seed(run: Run) -> None:
    pytest.importorskip("pandas", reason="an optional extra: pip install -e '.[pandas]'")
    frame = run.to_pandas()
    assert frame.index.names == ["architecture", "dataset", "seed"]
    assert [*frame.index] == [("lenet", "mnist", 3), ("lenet", "mnist", 5), ("lenet", "cifar10", 0)]
    assert frame["accuracy"].tolist() == [0.7, 0.6, 0.9]
    assert frame.loc[("lenet", "mnist", 5), "seconds"] == 1.5
    assert np.isnan(frame.loc[("lenet", "mnist", 5), "loss"])
    assert set(frame["protocol"]) == {"quick"}
    assert set(frame["backend"]) == {"tensorflow"}
    assert set(frame["explored"]) == {""}
    assert {measure.key for measure in FURTHER} <= set(frame.columns)


def test_no_cells_are_an_empty_frame_with_the_columns(run: Run) -> None:
    pytest.importorskip("pandas", reason="an optional extra: pip install -e '.[pandas]'")
    none = replace(run, cells={})
    for empty, full in ((none.to_pandas(), run.to_pandas()), (none.histories(), run.histories())):
        assert len(empty) == 0
        assert (empty.index.names, [*empty.columns]) == (full.index.names, [*full.columns])


def test_seconds_and_dates_that_one_seed_lacks_go_to_no_other() -> None:
    pytest.importorskip("pandas", reason="an optional extra: pip install -e '.[pandas]'")
    gaps = cell(
        [0.7, 0.6, 0.5], seed_seconds=[None, 2.0, 3.0], measured_at=[None, "2026-01-02", "2026-01-03"]
    )
    run = from_dict(run_factory.run(gaps), "run.json")
    frame = run.to_pandas()
    assert frame["seconds"].isna().all()
    assert frame["measured_at"].isna().all()
    np.testing.assert_array_equal(run.cells["lenet-mnist"].arrays.seconds, [np.nan] * 3)


def test_one_date_is_that_of_all_seeds() -> None:
    pytest.importorskip("pandas", reason="an optional extra: pip install -e '.[pandas]'")
    run = from_dict(run_factory.run(cell([0.7, 0.6], measured_at=["2026-01-02"])), "run.json")
    assert run.to_pandas()["measured_at"].tolist() == ["2026-01-02"] * 2


def test_histories_are_one_row_per_epoch(run: Run) -> None:
    pytest.importorskip("pandas", reason="an optional extra: pip install -e '.[pandas]'")
    frame = run.histories()
    assert frame.index.names == ["architecture", "dataset", "seed", "epoch"]
    assert frame["val_accuracy"].tolist() == [0.5, 0.7, 0.6]
    assert [*frame.index][2] == ("lenet", "mnist", 5, 1)
    assert np.isnan(frame["loss"].iloc[2])


def test_without_pandas_its_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for make in (run.to_pandas, run.histories):
        with pytest.raises(ImportError, match=r"pip install -e '\.\[pandas\]'"):
            make()


def test_runs_are_loaded_by_file_number_folder_and_as_pinned(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    path = save(storage / "machine" / "0002_x.json", run_factory.run())
    assert load_run("0002", storage).name == load_run(path).name == str(path)
    (storage / "machine" / "notes.json").write_text("{}")
    with pytest.warns(UserWarning, match=r"left out: .*notes\.json"):
        assert len(load_runs(storage)) == 1
    with pytest.raises(RunRefused, match=r"notes\.json"):
        load_runs(storage / "machine" / "notes.json")
    with pytest.raises(RunRefused, match=r"load_runs\('pinned'\)"):
        load_run("pinned")
    pinned = load_runs("pinned")
    assert len(pinned) >= 6
    assert all(one.pinned for one in pinned)


def test_two_loaded_runs_are_compared(run: Run) -> None:
    verdicts = {found.cell: found.verdict for found in compare(run, run).cells}
    # Of the second cell one seed is known by its last accuracy alone: that proves nothing.
    assert verdicts == {"lenet-mnist": "unchanged", "lenet-cifar10": "undecided"}


def test_the_imports_of_a_notebook_are_quick_and_load_no_framework() -> None:
    code = (
        "import time; t = time.process_time()\n"
        "from benchmarks.results import load_run, load_runs\n"
        "from benchmarks.comparison import compare\n"
        "import sys; print(time.process_time() - t)\n"
        "print({'tensorflow', 'keras', 'jax', 'torch', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    seconds = []
    for _ in range(3):  # a busy machine slows one of them
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        spent, heavy = done.stdout.splitlines()
        assert heavy == "set()"
        seconds.append(float(spent))
    assert min(seconds) < 0.3

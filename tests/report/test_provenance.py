"""Where figures and images came from, as the page says it."""

from pathlib import Path

from benchmarks.report.collection import collect
from benchmarks.report.views import provenance
from tests.support.published_runs import read, texts
from tests.support.run_factory import cell, run, save


def test_a_commit_that_lacks_what_was_run_is_not_shown_alone() -> None:
    commit = "0123456789" * 4
    for dirty, said in ((False, commit), (True, f"{commit} (with uncommitted changes)")):
        saved = read(run(commit_info={"id": commit, "dirty": dirty}))
        assert dict(provenance.facts(saved))["Commit"] == [said]


def test_the_list_of_runs_names_the_last_folder_of_each_alone(tmp_path: Path) -> None:
    files = [str(save(tmp_path / "runs" / f"{i}.json", run())) for i in range(2)]
    names = [row.entries[0].value for row in provenance.runs(collect(files)).rows]
    assert names == ["runs/1.json", "runs/0.json"]


def test_own_images_are_not_called_official_files() -> None:
    sources = {"mnist": True, "cifar10": False, "leaves": None}
    saved = read(run(*(cell(dataset=name, data_verified=verified) for name, verified in sources.items())))
    files = {row[0]: row[2] for row in texts(provenance.data(list(saved.cells.values())))}
    assert files == {
        "MNIST": "official files, checksums verified",
        "CIFAR-10": "accepted copies: checksums are not official",
        "leaves": "your own: no official checksums",
    }

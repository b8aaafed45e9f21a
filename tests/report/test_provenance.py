"""Where the images came from, as the page says it."""

from benchmarks.report.views import provenance
from tests.support.published_runs import read, texts
from tests.support.run_factory import cell, run


def test_a_commit_that_lacks_what_was_run_is_not_shown_alone() -> None:
    commit = "0123456789" * 4
    for dirty, said in ((False, commit), (True, f"{commit} (with uncommitted changes)")):
        saved = read(run(commit_info={"id": commit, "dirty": dirty}))
        assert dict(provenance.facts(saved))["Commit"] == [said]


def test_own_images_are_not_called_official_files() -> None:
    sources = {"mnist": True, "cifar10": False, "leaves": None}
    saved = read(run(*(cell(dataset=name, data_verified=verified) for name, verified in sources.items())))
    files = {row[0]: row[2] for row in texts(provenance.data(list(saved.cells.values())))}
    assert files == {
        "MNIST": "official files, checksums verified",
        "CIFAR-10": "accepted copies: checksums are not official",
        "leaves": "your own: no official checksums",
    }

"""Which cells may be compared, and what is said of their data."""

from itertools import combinations

from benchmarks.experiment import published
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import group
from benchmarks.report.origins import measured_on
from tests.support.published_runs import PUBLISHED, entry, findings, grid, measured, read
from tests.support.run_factory import run


def test_sources_protocols_and_precisions_are_never_mixed() -> None:
    good, bad = grid(), grid(dict.fromkeys(PUBLISHED, (0.2,)), data_source="synthetic")
    tuned = grid(dict.fromkeys(PUBLISHED, (0.3,)), protocol="tuned")
    mixed = grid(dict.fromkeys(PUBLISHED, (0.4,)), precision="mixed_bfloat16")
    found = group([read(data) for data in (bad, tuned, mixed, good)], {})
    assert [g.label for g in found] == [
        "study, real data", "study, real data, mixed_bfloat16", "tuned, real data",
        "study, synthetic data",
    ]  # fmt: skip
    together = findings([read(data) for data in (bad, good, tuned)])
    assert together[:4] == findings([read(good)])
    assert together[4:] == [*findings([read(tuned)]), *findings([read(bad)])]


def test_copies_are_named_by_what_is_known_of_them() -> None:
    known = {("cifar10", "real"): measured("cifar10", 1.0, note="JPEG copies")}
    cells = [
        entry("lenet", "cifar10", [0.6], data_verified=False),
        entry("lenet", "mnist", [0.9], data_verified=False),
        entry("lenet", "svhn", [0.9]),
    ]
    (found,) = group([read(run(*cells))], known)
    assert list(map(found.title, found.datasets)) == ["MNIST (copy)", "CIFAR-10 (JPEG copies)", "SVHN"]
    assert "MNIST (copy), CIFAR-10 (JPEG copies)" in found.notes_on_data[0]
    cells[0]["data_fingerprint"] = "other copies"
    (found,) = group([read(run(*cells))], known)
    assert found.title("cifar10") == "CIFAR-10 (copy)"


def test_generated_images_are_no_copies() -> None:
    made = entry("lenet", "mnist", [0.9], data_source="synthetic", data_verified=False)
    (found,) = group([read(run(made))], {})
    assert found.title("mnist") == "MNIST (synthetic)"


def test_the_newest_of_several_runs_counts_and_that_is_said() -> None:
    old, new = grid(), grid(dict.fromkeys(PUBLISHED, (0.5,)))
    new["datetime"] = "2026-02-03T00:00:00+00:00"
    (found,) = group([read(new), read(old)], {})
    assert {accuracy(c) for c in found.cells.values()} == {0.5}
    assert "the newest counts" in found.notes[0]
    assert "2026-02-03" in measured_on(found)[0]


def test_a_cell_that_was_trained_on_several_days_names_the_first_and_the_last() -> None:
    days = ["2026-02-05T10:00:00+00:00", "2026-02-03T10:00:00+00:00"]
    (found,) = group([read(run(entry("lenet", "mnist", [0.9, 0.8], measured_at=days)))], {})
    assert measured_on(found)[0].startswith("1 cell, n = 2, 2026-02-03 to 2026-02-05, on ")


def test_a_block_has_as_many_data_sets_as_are_wanted_before_it_has_more_pairs() -> None:
    both = [(a, d) for a in ("lenet", "vgg") for d in ("cifar10", "svhn")]
    all_ = [(a, d) for a in published.ARCHITECTURES for d in ("mnist", "fashion_mnist")]
    (found,) = group([read(grid(dict.fromkeys([*all_, *both], (0.9,))))])
    assert found.block() == (list(published.ARCHITECTURES), ["mnist", "fashion_mnist"])
    assert found.block(3) == (["lenet", "vgg"], list(published.DATASETS))


def test_a_block_may_lie_on_what_only_three_or_more_share() -> None:
    names, shared = ("cct", "lenet", "linear", "vgg"), ("mnist", "svhn")
    pairs = {(a, d): (0.9,) for a in names for d in shared}
    for i, two in enumerate(
        combinations(names, 2)
    ):  # each two share one more, so two alone share six pairs, all four eight
        pairs |= {(a, f"own{i}"): (0.9,) for a in two}
    (found,) = group([read(grid(pairs))])
    assert found.block() == (["lenet", "vgg", "cct", "linear"], ["mnist", "svhn"])

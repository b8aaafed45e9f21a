"""SQ2, characteristics of data sets beside results: correlations where they can be had, warnings where they cannot."""

from benchmarks.experiment import published
from benchmarks.report.findings.dataset_influence import section as influences
from benchmarks.report.groups import group
from tests.support.published_runs import entry, grid, measured, read, row, texts
from tests.support.run_factory import run


def test_sq2_correlates_and_warns() -> None:
    known = {(d, "real"): measured(d, i + 1) for i, d in enumerate(published.DATASETS)}
    falling = {(a, d): (0.9 - i / 10,) for i, d in enumerate(published.DATASETS) for a in ("lenet", "vgg")}
    falling[("vgg", "mnist")] = (0.75,)
    (found,) = group([read(grid(falling))], known)
    section = influences(found)
    plain = section.tables[1]
    assert row(plain, "entropy") == ["entropy (bits)", "−1.00", "−0.80"]
    assert row(plain, "linear classifier")[1] == "+1.00"
    assert not [r for r in texts(plain) if r[0] == "classes"], "the same everywhere"
    words = " ".join(section.paragraphs)
    assert "4 data sets prove nothing" in words
    assert "p = 0.08, so no correlation here can be significant" in words
    assert "other files" not in words


def test_sq2_takes_means_over_those_that_ran_everywhere() -> None:
    known = {(d, "real"): measured(d, i + 1) for i, d in enumerate(published.DATASETS)}
    both = {
        (a, d): (x,)
        for a in ("lenet", "vgg")
        for d, x in zip(published.DATASETS, (0.9, 0.7, 0.8, 0.6), strict=True)
    }
    both[("vgg", "svhn")] = (0.5,)
    (found,) = group([read(grid(both))], known)
    (dead,) = group([read(grid(both | {("squeezenet", "mnist"): (0.1,)}))], known)
    led = [influences(g).tables[2] for g in (found, dead)]
    assert led[0].rows == led[1].rows, "a cell more does not change what the others lead by"
    assert row(led[0], "entropy") == ["entropy (bits)", "+0.77", "−0.77"]
    alone = {key: v for key, v in both.items() if key not in (("vgg", "mnist"), ("vgg", "svhn"))}
    (found,) = group([read(grid(alone))], known)
    assert len(influences(found).tables) == 2, "one architecture leads nobody"


def test_sq2_does_not_correlate_networks_that_learned_nothing() -> None:
    known = {(d, "real"): measured(d, i + 1) for i, d in enumerate(published.DATASETS)}
    cells = [entry("lenet", d, [0.9 - i / 10]) for i, d in enumerate(published.DATASETS)]
    dead = [
        entry("vgg", d, [0.1 - i / 100], diverged=[1], divergence=["dead"], verdict="failed")
        for i, d in enumerate(published.DATASETS)
    ]
    (found,) = group([read(run(*cells, *dead))], known)
    tables = influences(found).tables
    assert row(tables[1], "entropy") == ["entropy (bits)", "−1.00"]
    assert len(tables) == 2, "one architecture that learned leads nobody"


def test_sq2_has_no_table_of_correlations_without_an_architecture_on_three_data_sets() -> None:
    known = {(d, "real"): measured(d, i + 1) for i, d in enumerate(published.DATASETS)}
    pairs = (("lenet", "mnist"), ("lenet", "svhn"), ("vgg", "cifar10"))
    (found,) = group([read(grid(dict.fromkeys(pairs, (0.9,))))], known)
    section = influences(found)
    assert [table.key for table in section.tables] == ["measures"]
    assert section.paragraphs[-1].endswith("on which an architecture learned; the most here: 2.")


def test_sq2_names_what_was_not_measured_or_measured_on_other_files() -> None:
    known = {
        ("mnist", "real"): measured("mnist", 1.0, fingerprints=("other",)),
        ("svhn", "synthetic"): measured("svhn", 1.0),
    }
    (found,) = group([read(grid())], known)
    words = " ".join(influences(found).paragraphs)
    assert "Not measured yet: fashion_mnist, cifar10 and svhn" in words
    assert "Measured on other files than these runs trained on: mnist" in words
    assert "the most here: 1." in words

"""SQ2, characteristics of data sets beside results: correlations if available, warnings if not."""

from benchmarks.comparison.ranks import least_p
from benchmarks.experiment import published
from benchmarks.report.findings.dataset_influence import ENOUGH
from benchmarks.report.findings.dataset_influence import section as influences
from benchmarks.report.findings.pairwise import ALPHA
from benchmarks.report.groups import group
from tests.support.published_runs import entry, grid, measured, read, row, texts
from tests.support.run_factory import run

FIVE = (*published.DATASETS, "kmnist")
KNOWN = {(d, "real"): measured(d, i + 1) for i, d in enumerate(FIVE)}


def test_sq2_correlates_and_warns() -> None:
    falling = {(a, d): (0.9 - i / 10,) for i, d in enumerate(FIVE) for a in ("lenet", "vgg")}
    falling[("vgg", "mnist")] = (0.75,)
    (found,) = group([read(grid(falling))], KNOWN)
    section = influences(found)
    plain = section.tables[1]
    assert row(plain, "entropy") == ["entropy (bits)", "−1.00", "−0.90"]
    assert row(plain, "linear classifier")[1] == "+1.00"
    assert not [r for r in texts(plain) if r[0] == "classes"], "the same everywhere"
    words = " ".join(section.paragraphs)
    assert "5 data sets prove nothing" in words
    assert "A perfect rank correlation over 5 has p = 0.017 before any correction" in words
    assert "other files" not in words


def test_sq2_takes_means_over_those_that_ran_everywhere() -> None:
    values = zip(FIVE, (0.9, 0.7, 0.8, 0.6, 0.5), strict=True)
    both = {(a, d): (x,) for d, x in values for a in ("lenet", "vgg")}
    both["vgg", "kmnist"] = (0.4,)
    (found,) = group([read(grid(both))], KNOWN)
    (dead,) = group([read(grid(both | {("squeezenet", "mnist"): (0.1,)}))], KNOWN)
    led = [influences(g).tables[2] for g in (found, dead)]
    assert led[0].rows == led[1].rows, "a cell more does not change what the others lead by"
    assert row(led[0], "entropy") == ["entropy (bits)", "+0.71", "−0.71"]
    alone = {key: v for key, v in both.items() if key != ("vgg", "mnist")}
    (found,) = group([read(grid(alone))], KNOWN)
    assert len(influences(found).tables) == 2, "one architecture leads nobody"


def test_sq2_does_not_correlate_networks_that_learned_nothing() -> None:
    cells = [entry("lenet", d, [0.9 - i / 10]) for i, d in enumerate(FIVE)]
    dead = [entry("vgg", d, [0.1 - i / 100], diverged=[1], divergence=["dead"]) for i, d in enumerate(FIVE)]
    (found,) = group([read(run(*cells, *dead))], KNOWN)
    tables = influences(found).tables
    assert row(tables[1], "entropy") == ["entropy (bits)", "−1.00"]
    assert len(tables) == 2, "one architecture that learned leads nobody"


def test_sq2_shows_no_correlation_that_could_not_be_significant() -> None:
    assert least_p(ENOUGH) <= ALPHA < least_p(ENOUGH - 1)
    four = {(a, d): (0.9 - i / 10,) for i, d in enumerate(FIVE) for a in ("lenet", "vgg")}
    del four["lenet", "mnist"], four["vgg", "svhn"]
    (found,) = group([read(grid(four))], KNOWN)
    section = influences(found)
    assert [table.key for table in section.tables] == ["characteristics"]
    (said,) = section.paragraphs
    assert "the most here: 4. Even a perfect rank correlation over 4 has p = 0.08" in said


def test_sq2_names_what_was_not_measured_or_measured_on_other_files() -> None:
    known = {
        ("mnist", "real"): measured("mnist", 1.0, fingerprints=("other",)),
        ("svhn", "synthetic"): measured("svhn", 1.0),
    }
    (found,) = group([read(grid())], known)
    words = " ".join(influences(found).paragraphs)
    assert "Not measured yet: Fashion-MNIST, CIFAR-10 and SVHN" in words
    assert "Measured on files that these runs did not use: MNIST" in words
    assert "learned; the most here: 1." in words


def test_only_what_the_command_can_measure_is_advised_to_be_measured() -> None:
    pets = entry("lenet", "pets", [0.9], data_verified=None)
    (found,) = group([read(run(entry("lenet", "kmnist", [0.9]), pets))], {})
    words = " ".join(influences(found).paragraphs)
    assert (
        "Not measured yet: KMNIST (python -m benchmarks characteristics --data real --dataset kmnist)."
        in words
    )
    assert "Your own images are not measured: pets." in words
    (found,) = group([read(run(pets))], {})
    assert "characteristics --" not in " ".join(influences(found).paragraphs)

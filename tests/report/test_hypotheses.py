"""The study's conclusions, judged on runs whose answers are known."""

import re
from typing import Any

import pytest

from benchmarks.experiment import published
from benchmarks.report.findings.hypotheses import Judgement, every, judge
from benchmarks.report.groups import group
from benchmarks.results.run import Run
from tests.support.published_runs import PUBLISHED, Figures, around, entry, findings, grid, read, row, text
from tests.support.run_factory import run

HOLDING = (
    "No single architecture is best",
    "LeNet is the simplest",
    "VGG is good on grey",
    "ResNet20v1 is better on digits",
    "ResNet20v2 is not always better",
    "ResNet20v2 is far better",
    "ResNet20v2 is the steadiest",
    "SqueezeNet is slow",
)


def verdicts(run: Run) -> dict[str, Judgement]:
    (found,) = group([run], {})
    return {name: j for name, j in zip(HOLDING, judge(found), strict=True) if j.claim.startswith(name)}


@pytest.mark.parametrize("figures", [PUBLISHED, around(PUBLISHED)], ids=["published", "five seeds"])
def test_the_studys_own_figures_bear_out_its_conclusions(figures: Figures) -> None:
    found = verdicts(read(grid(figures)))
    assert {name: j.verdict for name, j in found.items()} == dict.fromkeys(HOLDING, "holds")


def changed(**cells: float) -> Figures:
    """The study's figures with other ones for `vgg_cifar10` and the like, and five seeds."""
    new = {(a, d): (cells.get(f"{a}_{d}", v),) for (a, d), v in published.ACCURACY.items()}
    return around(new)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("VGG is good", changed(vgg_cifar10=0.76, vgg_svhn=0.90)),
        ("VGG is good", changed(vgg_mnist=0.90)),
        ("ResNet20v1 is better on digits", changed(resnet20v1_mnist=0.55)),
        ("ResNet20v2 is not always", changed(resnet20v2_mnist=0.95, resnet20v2_cifar10=0.80)),
        ("ResNet20v2 is far better", changed(resnet20v1_fashion_mnist=0.80)),
        ("ResNet20v2 is the steadiest", changed(resnet20v2_mnist=0.70)),
        ("SqueezeNet is slow", changed(squeezenet_cifar10=0.85)),
        ("No single", changed(**{f"vgg_{d}": 0.999 for d in published.DATASETS})),
    ],
)
def test_other_figures_refute_them(name: str, figures: Figures) -> None:
    (judgement,) = [j for key, j in verdicts(read(grid(figures))).items() if key.startswith(name)]
    assert judgement.verdict == "does not hold"


def test_a_slow_or_large_lenet_is_not_simple_and_one_timed_concurrently_is_not_known_as_fast() -> None:
    def verdict(**changes: Any) -> str:
        cells = [entry(a, d, v, **(changes if a == "lenet" else {})) for (a, d), v in PUBLISHED.items()]
        return verdicts(read(run(*cells)))["LeNet is the simplest"].verdict

    assert verdict(params_total=10**7) == "does not hold"
    assert verdict(seed_seconds=[9e4]) == "does not hold"
    assert verdict(parallel=True) == "undecided"


def test_lenet_is_not_known_as_fastest_while_a_rivals_time_is_not_known() -> None:
    def verdict(lenet: float) -> str:
        untimed: dict[str, dict[str, Any]] = {
            "vgg": {"parallel": True},
            "lenet": {"seed_seconds": lambda v: [lenet] * len(v)},
        }
        cells = [entry(a, d, v, **untimed.get(a, {})) for (a, d), v in around(PUBLISHED).items()]
        return verdicts(read(run(*cells)))["LeNet is the simplest"].verdict

    assert verdict(1.0) == "undecided"
    assert verdict(9e4) == "does not hold"


def test_only_conclusions_from_cells_with_one_seed_are_not_concluded() -> None:
    figures = {**around(PUBLISHED), ("resnet20v1", "fashion_mnist"): PUBLISHED["resnet20v1", "fashion_mnist"]}
    found = {name: j.conclusion for name, j in verdicts(read(grid(figures))).items()}
    assert found["ResNet20v2 is far better"] == "n = 1, not concluded (holds for the models trained here)"
    five = {**around(PUBLISHED), ("vgg", "svhn"): PUBLISHED["vgg", "svhn"]}
    told = {name: j.conclusion for name, j in verdicts(read(grid(five))).items()}
    assert told["VGG is good on grey"].startswith("n = 1, not concluded")
    pairs = ("ResNet20v1 is better on digits", "ResNet20v2 is not always better", "ResNet20v2 is far better")
    assert {told[name] for name in pairs} == {"holds"}
    words = text(findings([read(grid(five))]))
    assert "(1 cell here has one seed)" in words
    assert "left out here" not in words
    newer = read(grid({**five, ("cct", "mnist"): (0.9,)}))
    assert "Only the study's five architectures are judged: cct is left out. Times are" in text(
        findings([newer])
    )


@pytest.mark.parametrize(
    ("name", "architecture"), [("LeNet is the simplest", "lenet"), ("SqueezeNet is slow", "squeezenet")]
)
def test_a_time_that_compares_with_no_others_is_not_given(name: str, architecture: str) -> None:
    cells = [entry(a, d, v, parallel=a == architecture) for (a, d), v in PUBLISHED.items()]
    figures = verdicts(read(run(*cells)))[name].figures
    assert [f"no comparable time of {architecture}" in f for f in figures] == [True] * len(published.DATASETS)


def test_each_conclusion_stands_once_with_its_verdict_figures_and_rule() -> None:
    data = read(grid(around(PUBLISHED)))
    section = next(s for s in findings([data]) if "conclusions" in s.title)
    (table,) = section.tables
    gain = verdicts(data)["ResNet20v2 is far better"].figures
    assert row(table, "ResNet20v2 is far better") == [
        "ResNet20v2 is far better than ResNet20v1 on Fashion-MNIST", "holds", *gain,
        "by more than 10.00 points; the study has 25",
    ]  # fmt: skip
    assert re.fullmatch(r"Fashion-MNIST: \+2\d\.\d\d points", gain[0])
    words = text([section])
    assert [words.count(name) for name in HOLDING] == [1] * len(HOLDING)


def test_too_little_is_not_enough_for_a_conclusion() -> None:
    two = {key: v for key, v in PUBLISHED.items() if key[0] in ("lenet", "vgg") and key[1] == "mnist"}
    assert {j.verdict for j in verdicts(read(grid(two))).values()} == {"undecided"}
    noisy = around(PUBLISHED, n=2, sd=0.2)
    assert verdicts(read(grid(noisy)))["VGG is good on grey"].verdict == "undecided"


def test_conclusions_say_which_trainings_diverged() -> None:
    cells = [
        entry(a, d, v, **({"diverged": [1]} if (a, d) in (("vgg", "svhn"), ("vgg", "mnist")) else {}))
        for (a, d), v in PUBLISHED.items()
    ]

    def said(run: Run) -> list[str]:
        return [w for s in findings([run]) for w in s.paragraphs if w.startswith("Trainings diverged")]

    (found,) = said(read(run(*cells)))
    assert found.startswith(
        "Trainings diverged in vgg on MNIST (1 of 1; rate 0.03 to 1.00) and vgg on SVHN (1 of 1; rate 0.03 to 1.00): "
    )
    assert not said(read(grid(PUBLISHED)))


@pytest.mark.parametrize(
    ("truths", "expected"),
    [([True, True], True), ([True, None], None), ([None, False], False), ([], None)],
)
def test_a_conclusion_is_as_certain_as_its_statements(
    truths: list[bool | None], expected: bool | None
) -> None:
    assert every(truths) is expected


def test_synthetic_data_prove_no_conclusion_and_are_named_in_every_heading() -> None:
    sections = findings([read(grid(data_source="synthetic"))])
    assert "about real images: synthetic data cannot test them" in text(sections)
    assert all("synthetic" in section.title for section in sections)
    assert all("synthetic" in table.title for section in sections for table in section.tables)
    assert "holds" not in text([s for s in sections if "conclusions" in s.title])

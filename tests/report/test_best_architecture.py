"""Which architecture is best, and whether the runner-up is significantly worse."""

from typing import Any

import numpy as np
from scipy import stats

from benchmarks.report.findings.pairwise import against_the_best
from benchmarks.report.groups import group
from tests.support.published_runs import entry, findings, grid, read, row
from tests.support.run_factory import STEADY, bits, cell, run


def test_sq1_names_the_best_and_whether_the_next_is_worse() -> None:
    figures = {
        ("lenet", "mnist"): [0.990, 0.991, 0.989], ("vgg", "mnist"): [0.980, 0.981, 0.982],
        ("squeezenet", "mnist"): [0.9895, 0.9905, 0.9885],
        ("lenet", "svhn"): [0.9, 0.9, 0.9],
    }  # fmt: skip
    section = findings([read(grid(figures))])[0]
    (table,) = section.tables
    best = row(table, "MNIST")
    assert best[1] == "lenet"
    assert best[4:6] == ["squeezenet", "0.05"]
    assert best[7] == "not shown"
    expected = stats.t.interval(0.95, 2, 0.990, stats.sem([0.990, 0.991, 0.989]))
    assert best[2] == f"{expected[0]:.4f}..{expected[1]:.4f}"
    assert "Not significantly behind the best: squeezenet." in section.paragraphs[0]
    assert "only lenet ran" in section.paragraphs[1]


def test_sq1_names_a_later_one_that_is_not_shown_to_be_worse() -> None:
    figures = {
        ("lenet", "mnist"): [0.990, 0.991, 0.989], ("vgg", "mnist"): [0.900, 0.901, 0.902],
        ("squeezenet", "mnist"): [0.6, 0.8, 0.99],
    }  # fmt: skip
    (words,) = findings([read(grid(figures))])[0].paragraphs
    assert "vgg, 8.90 points behind, is significantly worse (Welch, p < 0.001). " in words
    assert words.endswith("Not significantly behind the best: squeezenet.")


def test_sq1_tells_nothing_of_an_architecture_whose_seeds_died() -> None:
    cells = [
        entry("lenet", "mnist", [0.98, 0.97, 0.99]),
        entry("squeezenet", "mnist", [0.97, 0.98, 0.98]),
        entry("vgg", "mnist", [0.1, 0.99, 0.1], diverged=[1, None, 1], divergence=["dead", None, "dead"]),
    ]
    (words,) = findings([read(run(*cells))])[0].paragraphs
    assert words.endswith(
        "Not significantly behind the best: squeezenet. Undecided, as seeds died: vgg (2 of 3)."
    )


def test_one_test_is_one_test() -> None:
    (table,) = findings([read(grid({("lenet", "mnist"): STEADY, ("vgg", "mnist"): STEADY}))])[0].tables
    assert "Holm's correction over the one test of this section" in table.notes[1]


def test_one_seed_speaks_of_models_only() -> None:
    def pair(**changes: Any) -> dict[str, Any]:
        return run(*(cell([a], architecture=n, correct=[bits(int(1000 * a))], **changes)
                     for n, a in (("lenet", 0.9), ("vgg", 0.88))))  # fmt: skip

    # All images that VGG has right LeNet has too, and 20 more: McNemar's p is 2 / 2^20.
    section = findings([read(pair())])[0]
    assert "is the worse model (McNemar, p < 0.001)" in section.paragraphs[0]
    assert "says nothing about other seeds" in section.paragraphs[0]
    assert row(section.tables[0], "MNIST")[7] == "models only"


def test_equal_seeds_are_paired_only_where_they_are_shown_to_go_together() -> None:
    generator = np.random.default_rng(0)
    shared = generator.normal(0, 0.01, 6)

    def tests(together: bool) -> set[str]:
        cells = [
            entry(a, d, [0.8 + i / 100 + float(s) for s in (shared if together else generator.normal(0, 0.01, 6))
                         + generator.normal(0, 0.001, 6)])
            for d in ("mnist", "svhn") for i, a in enumerate(("lenet", "vgg", "squeezenet"))
        ]  # fmt: skip
        (found,) = group([read(run(*cells))], {})
        return {comparison.test for rivals in against_the_best(found).values() for comparison in rivals}

    assert tests(together=True) == {"paired t"}
    assert tests(together=False) == {"Welch"}


def test_many_equal_architectures_give_a_worse_runner_up_seldom() -> None:
    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(200):
        data = run(*(entry(f"net{i}", "mnist", generator.normal(0.9, 0.01, 5).tolist()) for i in range(5)))
        (found,) = group([read(data)], {})
        wrong += against_the_best(found)["mnist"][0].significant
    assert wrong <= 10  # 5% would be 10; the nearest rival is the last that Holm lets through

"""Which architecture is best, and whether the next one is really worse."""

from typing import Any

import numpy as np
import pytest
from msgspec import structs
from scipy import stats

from benchmarks.report.findings.contests import compare, contests
from benchmarks.report.groups import group
from tests.support.published_runs import entry, findings, grid, read, row
from tests.support.run_factory import bits, cell, run


def test_sq1_names_the_best_and_whether_the_next_is_worse() -> None:
    figures = {
        ("lenet", "mnist"): [0.990, 0.991, 0.989], ("vgg", "mnist"): [0.980, 0.981, 0.982],
        ("squeezenet", "mnist"): [0.9895, 0.9905, 0.9885],
        ("lenet", "svhn"): [0.9, 0.9, 0.9],
    }  # fmt: skip
    section = findings([read(grid(figures))])[0]
    (table,) = section.tables
    best = row(table, "mnist")
    assert best[1] == "lenet"
    assert best[4:6] == ["squeezenet", "0.05"]
    assert best[7] == "not shown"
    expected = stats.t.interval(0.95, 2, 0.990, stats.sem([0.990, 0.991, 0.989]))
    assert best[2] == f"{expected[0]:.4f}..{expected[1]:.4f}"
    assert "Not told apart from the best: squeezenet." in section.paragraphs[0]
    assert "only lenet ran" in section.paragraphs[1]


def test_one_seed_speaks_of_models_only() -> None:
    def pair(**changes: Any) -> dict[str, Any]:
        return run(*(cell([a], architecture=n, correct=[bits(int(1000 * a))], **changes)
                     for n, a in (("lenet", 0.9), ("vgg", 0.88))))  # fmt: skip

    # All images that VGG has right LeNet has too, and 20 more: McNemar's p is 2 / 2^20.
    section = findings([read(pair())])[0]
    assert "is the worse model (McNemar, p < 0.001)" in section.paragraphs[0]
    assert "nothing is said of other seeds" in section.paragraphs[0]
    assert row(section.tables[0], "mnist")[7] == "this model is"
    # Without bits, or on other images, twenty of a thousand are within the noise of two samples.
    (lenet, vgg) = read(pair()).cells.values()
    for other in (structs.replace(vgg, correct=()), structs.replace(vgg, data_fingerprint="else")):
        _, test, p = compare(lenet, other)
        assert test == "binomial"
        # scipy's z test of two shares; ours counts one image more each way.
        z = 0.02 / np.sqrt(0.9 * 0.1 / 1000 + 0.88 * 0.12 / 1000)
        assert p == pytest.approx(2 * stats.norm.sf(z), abs=0.01)


def test_welch_and_prediction_agree_with_scipy() -> None:
    a, b = [0.91, 0.93, 0.92, 0.94], [0.90, 0.89, 0.91]
    one, two, single = (read(run(cell(x))).cells["lenet-mnist"] for x in (a, b, [0.95]))
    difference, test, p = compare(one, two)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert test == "Welch"
    assert p == pytest.approx(expected.pvalue)
    assert difference.interval() == pytest.approx(tuple(expected.confidence_interval()))
    t = (np.mean(a) - 0.95) / (np.std(a, ddof=1) * np.sqrt(1 + 1 / 4))
    _, test, p = compare(one, single)
    assert test == "prediction"
    assert p == pytest.approx(2 * stats.t.sf(abs(t), 3))


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
        return {contest.test for rivals in contests(found).values() for contest in rivals}

    assert tests(together=True) == {"paired t"}
    assert tests(together=False) == {"Welch"}


def test_many_equal_architectures_give_a_worse_runner_up_seldom() -> None:
    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(200):
        data = run(*(entry(f"net{i}", "mnist", generator.normal(0.9, 0.01, 5).tolist()) for i in range(5)))
        (found,) = group([read(data)], {})
        wrong += contests(found)["mnist"][0].decided
    assert wrong <= 10  # 5% would be 10; the nearest rival is the last that Holm lets through

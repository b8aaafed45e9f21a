"""Findings on runs whose answers are known: the words follow from the numbers."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from scipy import stats

from benchmarks.experiment import published
from benchmarks.report.blocks import Section
from benchmarks.report.findings.best_architecture import findings
from benchmarks.report.findings.contests import compare, contests
from benchmarks.report.findings.generalization import front
from benchmarks.report.findings.hypotheses import Judgement, every, judge
from benchmarks.report.findings.time_to_accuracy import reached
from benchmarks.report.groups import accuracy, group
from benchmarks.results.run import History, Run
from tests.support.published_runs import PUBLISHED, Figures, entry, grid, measured, read, row
from tests.support.run_factory import bits, cell, run

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


def around(figures: Figures, n: int = 5, sd: float = 0.002) -> Figures:
    """Seeds that scatter about these figures."""
    generator = np.random.default_rng(0)
    return {
        key: [min(1.0, max(0.0, (values[0] or 0) + e)) for e in generator.normal(0, sd, n).tolist()]
        for key, values in figures.items()
    }


def verdicts(run: Run) -> dict[str, Judgement]:
    (found,) = group([run], {})
    return {name: j for name, j in zip(HOLDING, judge(found), strict=True) if j.claim.startswith(name)}


def text(sections: Sequence[Section]) -> str:
    tables = [t for s in sections for t in s.tables]
    words = [w for s in sections for w in (s.title, *s.paragraphs)]
    return "\n".join([*words, *(str(t) for t in tables)])


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


def test_a_slow_or_large_lenet_is_not_simple_and_one_timed_in_company_is_not_known_as_fast() -> None:
    def verdict(**changes: Any) -> str:
        cells = [entry(a, d, v, **(changes if a == "lenet" else {})) for (a, d), v in PUBLISHED.items()]
        return verdicts(read(run(*cells)))["LeNet is the simplest"].verdict

    assert verdict(params_total=10**7) == "does not hold"
    assert verdict(seed_seconds=[9e4]) == "does not hold"
    assert verdict(parallel=True) == "cannot be said"


@pytest.mark.parametrize(
    ("name", "architecture"), [("LeNet is the simplest", "lenet"), ("SqueezeNet is slow", "squeezenet")]
)
def test_a_time_that_compares_with_no_others_is_not_given(name: str, architecture: str) -> None:
    cells = [entry(a, d, v, parallel=a == architecture) for (a, d), v in PUBLISHED.items()]
    figures = verdicts(read(run(*cells)))[name].figures
    assert ["no comparable time" in f for f in figures] == [True] * len(published.DATASETS)


def test_too_little_is_not_enough_for_a_conclusion() -> None:
    two = {key: v for key, v in PUBLISHED.items() if key[0] in ("lenet", "vgg") and key[1] == "mnist"}
    assert {j.verdict for j in verdicts(read(grid(two))).values()} == {"cannot be said"}
    noisy = around(PUBLISHED, n=2, sd=0.2)
    assert verdicts(read(grid(noisy)))["VGG is good on grey"].verdict == "cannot be said"


def test_conclusions_say_which_trainings_diverged() -> None:
    cells = [
        entry(a, d, v, **({"diverged": [1]} if (a, d) in (("vgg", "svhn"), ("vgg", "mnist")) else {}))
        for (a, d), v in PUBLISHED.items()
    ]

    def said(run: Run) -> list[str]:
        return [w for s in findings([run]) for w in s.paragraphs if w.startswith("Trainings diverged")]

    (found,) = said(read(run(*cells)))
    assert found.startswith("Trainings diverged in vgg on mnist (1 of 1) and vgg on svhn (1 of 1): ")
    assert not said(read(grid(PUBLISHED)))


@pytest.mark.parametrize(
    ("truths", "expected"),
    [([True, True], True), ([True, None], None), ([None, False], False), ([], None)],
)
def test_a_conclusion_is_as_certain_as_its_statements(
    truths: list[bool | None], expected: bool | None
) -> None:
    assert every(truths) is expected


def test_stand_ins_prove_no_conclusion_and_are_named_in_every_heading() -> None:
    sections = findings([read(grid(data_source="synthetic"))])
    assert "about real images; on stand-ins nothing is claimed" in text(sections)
    assert all("synthetic" in section.title for section in sections)
    assert all("synthetic" in table.title for section in sections for table in section.tables)
    assert "holds" not in text([s for s in sections if "conclusions" in s.title])


def test_sources_protocols_and_precisions_are_never_mixed() -> None:
    good, bad = grid(), grid(dict.fromkeys(PUBLISHED, (0.2,)), data_source="synthetic")
    tuned = grid(dict.fromkeys(PUBLISHED, (0.3,)), protocol="tuned")
    mixed = grid(dict.fromkeys(PUBLISHED, (0.4,)), precision="mixed_bfloat16")
    found = group([read(data) for data in (bad, tuned, mixed, good)], {})
    assert [g.label for g in found] == [
        "study, real data", "study, real data, mixed_bfloat16", "tuned, real data",
        "study, synthetic stand-ins",
    ]  # fmt: skip
    together = findings([read(data) for data in (bad, good, tuned)])
    assert together[:5] == findings([read(good)])
    assert together[5:] == [*findings([read(tuned)]), *findings([read(bad)])]


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


def test_diverged_seeds_count_as_guessing() -> None:
    data = run(
        entry("vgg", "svhn", [0.067, None, 0.9], diverged=[3, 2, None]), entry("lenet", "svhn", [0.8] * 3)
    )
    run_ = read(data)
    assert accuracy(run_.cells["vgg-svhn"]) == pytest.approx((0.067 + 0.1 + 0.9) / 3)
    table = next(t for s in findings([run_]) for t in s.tables if t.title.startswith("Fronts"))
    assert str(row(table, "svhn")[1]).startswith("lenet")
    other = read(grid({**PUBLISHED, ("vgg", "svhn"): (None,)}))
    steadiness = next(t for s in findings([other]) for t in s.tables if t.title.startswith("Steadiness"))
    assert row(steadiness, "vgg")[-1] == "1 of 4"


def test_sq3_ranks_tests_and_says_what_cannot_be_seen() -> None:
    order = {
        (a, d): (0.9 - i / 20,) for d in published.DATASETS for i, a in enumerate(published.ARCHITECTURES)
    }
    section = next(s for s in findings([read(grid(order))]) if s.title.startswith("SQ3"))
    words = " ".join(section.paragraphs)
    assert "lenet 1.00, vgg 2.00, resnet20v1 3.00, resnet20v2 4.00, squeezenet 5.00" in words
    assert "chi-squared 16.00 with 4 degrees of freedom (p = 0.003), p < 0.001" in words
    assert "more than 3.05 apart" in words
    assert "squeezenet behind lenet" in words
    assert "lenet is best on all 4 data sets, told apart from every other on 4" in words
    assert "Smallest worst case: lenet, never more than 0.00 points" in words
    few = {key: v for key, v in order.items() if key[1] in ("mnist", "svhn")}
    assert "With 2 data sets none can be" in text(findings([read(grid(few))]))
    one = {key: v for key, v in order.items() if key[1] == "mnist"}
    assert "5 ran on 1" in text(findings([read(grid(one))]))


def test_a_grid_with_holes_is_ranked_where_it_is_whole() -> None:
    holes = {key: v for key, v in PUBLISHED.items() if key not in (("vgg", "svhn"), ("lenet", "svhn"))}
    words = text(findings([read(grid(holes))]))
    assert "Left out of the ranks, as not every pair ran: lenet and vgg." in words
    assert "vgg (mnist and fashion_mnist)" in words


def test_nobody_is_best_where_no_other_ran() -> None:
    alone = {key: v for key, v in PUBLISHED.items() if key[0] in ("lenet", "vgg") and key[1] != "svhn"}
    sections = findings([read(grid(alone | {("lenet", "svhn"): (0.99,)}))])
    table = next(t for s in sections for t in s.tables if t.title.startswith("Steadiness"))
    assert row(table, "lenet")[2:5] == ["1", "2.84 on fashion_mnist", "1.32"]
    assert "No architecture is best everywhere: lenet (cifar10) and vgg (mnist and fashion_mnist)." in text(
        sections
    )


def test_a_front_has_those_whom_nobody_beats() -> None:
    cells = [
        read(run(cell([a], architecture=name))).cells[f"{name}-mnist"]
        for name, a in (("cheap", 0.7), ("dear", 0.9), ("beaten", 0.6), ("same", 0.7), ("untimed", 1.0))
    ]
    cost = {"cheap-mnist": 1.0, "dear-mnist": 5.0, "beaten-mnist": 3.0, "same-mnist": 2.0}
    assert [c.architecture for c in front(cells, cost)] == ["cheap", "dear"]


def test_copies_are_named_by_what_is_known_of_them() -> None:
    known = {("cifar10", "real"): measured("cifar10", 1.0, note="JPEG copies")}
    cells = [
        entry("lenet", "cifar10", [0.6], data_verified=False),
        entry("lenet", "mnist", [0.9], data_verified=False),
        entry("lenet", "svhn", [0.9]),
    ]
    (found,) = group([read(run(*cells))], known)
    assert list(map(found.title, found.datasets)) == ["mnist (copy)", "cifar10 (JPEG copies)", "svhn"]
    assert "mnist (copy), cifar10 (JPEG copies)" in found.notes_on_data[0]
    cells[0]["data_fingerprint"] = "other copies"
    (found,) = group([read(run(*cells))], known)
    assert found.title("cifar10") == "cifar10 (copy)"


def test_the_newest_of_several_runs_counts_and_that_is_said() -> None:
    old, new = grid(), grid(dict.fromkeys(PUBLISHED, (0.5,)))
    new["datetime"] = "2026-02-03T00:00:00+00:00"
    (found,) = group([read(new), read(old)], {})
    assert {accuracy(c) for c in found.cells.values()} == {0.5}
    assert "the newest counts" in found.notes[0]
    assert "2026-02-03" in found.provenance()[0]


def test_time_to_the_studys_accuracy() -> None:
    def history(*values: float | None) -> dict[str, list[float | None]]:
        return {"val_accuracy": [*values], "seconds": [2.0] * len(values)}

    target = published.ACCURACY["lenet", "mnist"]
    data = run(
        entry("lenet", "mnist", [0.99] * 3, history=[
            history(0.5, target, 0.99), history(0.5, None, target), history(0.1, 0.1, 0.1),
        ]),
        entry("vgg", "mnist", [0.9], history=[history(0.5, 0.9)]),
        entry("mine", "mnist", [0.9], history=[history(0.5, 0.9)]),
    )  # fmt: skip
    section = findings([read(data)])[-1]
    (table,) = section.tables
    assert row(table, "lenet") == [
        "lenet on mnist", "0.9834", "2 of 3", "2.5 (2..3)", "5.00 (4.00..6.00)", "2.00",
    ]  # fmt: skip
    assert row(table, "vgg")[2:5] == ["0 of 1", None, None]
    assert len(table.rows) == 2
    assert "1 of 2 cells reached" in section.paragraphs[0]
    assert "Never reached by vgg-mnist." in section.paragraphs


def test_reached_counts_the_epoch_and_its_seconds() -> None:
    history = History(val_accuracy=(0.2, None, 0.8, 0.9), seconds=(1.0, 2.0, 4.0, 8.0))
    assert reached(history, 0.8) == (3, 7.0)
    assert reached(history, 0.95) is None


def test_any_architectures_and_data_sets_are_answered() -> None:
    data = run(*(entry(a, d, [0.5 + i / 10, 0.52 + i / 10])
                 for i, a in enumerate(("alpha", "beta", "gamma")) for d in ("one", "two", "three")))  # fmt: skip
    words = text(findings([read(data)]))
    assert "gamma is best on all 3 data sets" in words
    assert "Not measured yet: one, three and two" in words
    assert "too few cells ran" in words
    assert findings([read(run(cell()))])


def test_findings_need_neither_tensorflow_nor_scipys_slow_parts() -> None:
    code = (
        "import sys; from tests.support.published_runs import *; from benchmarks.report.findings.best_architecture import findings;"
        "assert len(findings([read(grid())])) == 5;"
        "print(*(m for m in ('tensorflow', 'keras', 'scipy.stats', 'scipy.optimize', 'matplotlib', 'pytest') "
        "if m in sys.modules))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr

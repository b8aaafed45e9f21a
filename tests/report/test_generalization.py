"""Whether an architecture works well in general: ranks, worst cases, spread."""

import pytest

from benchmarks.experiment import published
from benchmarks.report.grid import accuracy
from tests.support.published_runs import PUBLISHED, entry, findings, grid, read, row, text, texts
from tests.support.run_factory import run


def test_diverged_seeds_count_as_guessing() -> None:
    data = run(
        entry("vgg", "svhn", [0.067, None, 0.9], diverged=[3, 2, None]), entry("lenet", "svhn", [0.8] * 3)
    )
    run_ = read(data)
    assert accuracy(run_.cells["vgg-svhn"]) == pytest.approx((0.1 + 0.1 + 0.9) / 3)
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
    assert "lenet is best on all 4 data sets, significantly ahead on 4" in words
    assert "Smallest worst case: lenet, never more than 0.00 points" in words
    few = {key: v for key, v in order.items() if key[1] in ("mnist", "svhn")}
    assert "With 2 data sets none can: the ranks of 5 architectures are at most 4 apart." in (
        words := text(findings([read(grid(few))]))
    )
    assert "lenet is best on both data sets, significantly ahead on 2" in words
    one = {key: v for key, v in order.items() if key[1] == "mnist"}
    assert "on the same two data sets or more; here 5 share one." in text(findings([read(grid(one))]))


def test_a_grid_with_holes_is_ranked_where_it_is_whole() -> None:
    holes = {key: v for key, v in PUBLISHED.items() if key not in (("vgg", "svhn"), ("lenet", "svhn"))}
    words = text(findings([read(grid(holes))]))
    assert "Left out of the ranks, as not every pair ran: svhn." in words
    assert "vgg (MNIST and Fashion-MNIST)" in words
    more = {
        **PUBLISHED,
        ("cct", "cifar10"): (0.7,),
        ("cifarnet", "cifar10"): (0.9,),
        ("lenet", "cats"): (0.6,),
    }
    words = text(findings([read(grid(more))]))
    assert "Mean ranks over 4 data sets" in words
    assert "Left out of the ranks, as not every pair ran: cct, cifarnet and cats." in words


def test_two_architectures_that_share_no_data_set_are_not_ranked() -> None:
    apart = {("lenet", "mnist"): (0.9,), ("vgg", "cifar10"): (0.8,)}
    assert "two data sets or more; here no two share any." in text(findings([read(grid(apart))]))
    alone = {("lenet", d): (0.9,) for d in ("mnist", "svhn", "cifar10")}
    assert "two data sets or more; here no two share any." in text(findings([read(grid(alone))]))


def test_two_architectures_have_one_degree_of_freedom() -> None:
    two = {(a, d): (x,) for a, x in (("lenet", 0.9), ("vgg", 0.8)) for d in ("mnist", "svhn")}
    assert "with 1 degree of freedom (" in text(findings([read(grid(two))]))


def test_an_architecture_alone_is_not_best() -> None:
    alone = {key: v for key, v in PUBLISHED.items() if key[0] in ("lenet", "vgg") and key[1] != "svhn"}
    sections = findings([read(grid(alone | {("lenet", "svhn"): (0.99,)}))])
    table = next(t for s in sections for t in s.tables if t.title.startswith("Steadiness"))
    assert row(table, "lenet")[2:5] == ["1", "2.84 on Fashion-MNIST", "1.32"]
    assert "The best differs by data set: lenet (CIFAR-10) and vgg (MNIST and Fashion-MNIST)." in text(
        sections
    )


def test_an_architecture_that_nobody_ran_beside_is_not_in_the_table_of_steadiness() -> None:
    both = {(a, d): (x,) for a, x in (("lenet", 0.9), ("vgg", 0.8)) for d in ("mnist", "svhn")}
    sections = findings([read(grid({**both, ("solo", "cats"): (0.7,)}))])
    table = next(t for s in sections for t in s.tables if t.title.startswith("Steadiness"))
    assert [found[0] for found in texts(table)] == ["lenet", "vgg"]

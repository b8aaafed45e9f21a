"""SQ1: who comes first on each data set, by which test, and where it is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.commands.main import main
from benchmarks.report.collection import collect
from benchmarks.report.findings import side_by_side
from benchmarks.report.findings.pairwise import against_the_best
from benchmarks.report.findings.rankings import Ranking, first_places, how_tested, ranking_title, rankings
from benchmarks.report.groups import group
from benchmarks.report.table import Table
from benchmarks.report.views import alternatives, boards
from tests.support.full_grid import collection, page_of
from tests.support.published_runs import entry, grid, read
from tests.support.run_factory import STEADY, bits, cell, run, save


def ranked(data: dict[str, Any]) -> list[Ranking]:
    (found,) = group([read(data)], {})
    return rankings(found)


def test_a_place_says_who_may_be_as_good_as_the_first_by_which_test() -> None:
    figures = {
        ("lenet", "mnist"): [0.990, 0.991, 0.989], ("vgg", "mnist"): [0.980, 0.981, 0.982],
        ("squeezenet", "mnist"): [0.9895, 0.9905, 0.9885, 0.9895], ("lenet", "svhn"): [0.9, 0.9, 0.9],
    }  # fmt: skip
    mnist, svhn = ranked(grid(figures))
    said = "Open between lenet and squeezenet: squeezenet is 0.05 points behind (Welch, n = 3 and 4, p = 0."
    assert mnist.sentence.startswith(said)
    assert [mnist.rank(place) for place in mnist.places] == ["1=", "1=", "3"]
    assert svhn.sentence == "Only lenet ran, 90.00 %: nothing to compare."


def test_a_later_one_that_is_not_shown_to_be_worse_leaves_the_first_place_open() -> None:
    figures = {
        ("lenet", "mnist"): [0.990, 0.991, 0.989], ("vgg", "mnist"): [0.900, 0.901, 0.902],
        ("squeezenet", "mnist"): [0.6, 0.8, 0.99],
    }  # fmt: skip
    (ranking,) = ranked(grid(figures))
    assert ranking.sentence.startswith("Open between lenet and squeezenet: squeezenet is 19.33 points behind")
    assert [ranking.rank(place) for place in ranking.places] == ["1=", "2", "1="]


def test_nothing_is_told_of_an_architecture_whose_seeds_died() -> None:
    died = entry("vgg", "mnist", [0.1, 0.99, 0.1], diverged=[1, None, 1], divergence=["dead", None, "dead"])
    best = entry("lenet", "mnist", [0.98, 0.97, 0.99])
    (open_,) = ranked(run(best, entry("squeezenet", "mnist", [0.97, 0.98, 0.98]), died))
    assert open_.sentence.startswith("Open between lenet and squeezenet: squeezenet is 0.33 points behind")
    assert open_.sentence.endswith("). Undecided, as seeds died: vgg (2 of 3).")
    (ahead,) = ranked(run(best, entry("squeezenet", "mnist", [0.31, 0.32, 0.33]), died))
    assert ahead.sentence == (
        "lenet has the highest accuracy: 66.00 points ahead of squeezenet (Welch, n = 3, p < 0.001). "
        "Undecided, as seeds died: vgg (2 of 3)."
    )


def test_holms_correction_counts_the_tests_of_all_data_sets() -> None:
    one = {(name, "mnist"): STEADY for name in ("lenet", "vgg")}
    (said,) = how_tested(ranked(grid(one)))
    assert said.endswith("two-sided at 5% (Holm over 1 test).")
    more = {(name, "svhn"): STEADY for name in ("lenet", "vgg", "squeezenet")}
    (said,) = how_tested(ranked(grid(one | more)))
    assert said.endswith("two-sided at 5% (Holm over 3 tests).")
    assert how_tested(ranked(grid({("lenet", "mnist"): STEADY}))) == []


def test_one_seed_speaks_of_models_only() -> None:
    # All images that VGG has right LeNet has too, and 20 more: McNemar's p is 2 / 2^20.
    pair = (
        cell([a], architecture=n, correct=[bits(int(1000 * a))]) for n, a in (("lenet", 0.9), ("vgg", 0.88))
    )
    found = ranked(run(*pair))
    assert (
        found[0].sentence
        == "lenet is the better model: 2.00 points ahead of vgg (McNemar, n = 1, p < 0.001)."
    )
    assert "another seed might give another order" in how_tested(found)[1]


def test_a_winner_of_one_seed_is_named_as_such_whatever_the_others_have() -> None:
    far = {("vgg", "mnist"): [0.70, 0.71, 0.72]}
    single = ranked(grid({("lenet", "mnist"): [0.99], **far}))
    assert first_places(single) == "lenet (one seed) is first on MNIST"
    assert ranking_title(single) == "lenet (one seed) is first on MNIST"
    second = ranked(grid({("lenet", "mnist"): [0.98, 0.985, 0.99], ("vgg", "mnist"): [0.7]}))
    assert first_places(second) == "lenet is first on MNIST"


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_the_first_question_is_answered_once_under_its_name(form: str, tmp_path: Path) -> None:
    path, out = save(tmp_path / "run.json", grid()), tmp_path / "out"
    assert main(["report", str(path), f"--{form}", str(out)]) == 0
    text = out.read_text()
    _, answered = text.split("SQ1. Which architecture works best for a data set? (study, real data)")
    sq1, *_ = answered.split("Results (study, real data)")
    for said in ("Fashion-MNIST: vgg is the better model", "Holm over 16 tests", "another seed might"):
        assert sq1.count(said) == text.count(said) == 1
    assert "SQ2. Which characteristics" in answered


def test_the_page_names_the_first_question_beside_the_others() -> None:
    page = page_of(collection(grid()))
    questions = page[page.index('id="questions"') :]
    named = questions.index("<h3>SQ1. Which architecture works best for a data set?</h3>")
    assert named < questions.index("<h3>SQ2.") < questions.index("<h3>SQ3.")
    assert "The rankings above answer it" in questions
    assert page.index('id="ranking"') < page.index('id="questions"')


def test_the_page_of_protocols_says_which_of_several_runs_counts(tmp_path: Path) -> None:
    for number, protocol in enumerate(("study", "study", "tuned"), 1):
        save(tmp_path / f"{number:04}_x.json", grid(protocol=protocol))
    page = page_of(collect([str(tmp_path)], tmp_path))
    said = "study, real data: Where several runs (up to 2) hold a cell, the newest counts."
    assert page.count(said) == 1


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


def test_holms_tests_are_counted_by_group() -> None:
    pair = [cell(STEADY), cell([a - 0.1 for a in STEADY], architecture="vgg")]
    real = [*pair, cell([0.5] * 5, architecture="cct")]
    made = [one | {"dataset": "svhn", "data_source": "synthetic"} for one in pair]
    assert "First places: Holm over 2 tests." in page_of(collection(run(*real)))
    said = "First places: Holm over 2 and 1 tests."
    assert said in page_of(collection(run(*real, *made)))


def test_a_missed_floor_is_set_off_before_a_first_place_and_one_alone_is_not_first() -> None:
    tied = [cell(floor=0.99), cell(architecture="vgg")]
    saved = read(run(*tied, cell(dataset="svhn")))
    both, alone = rankings(group([saved], {})[0])
    for ranking, marks in ((both, {"lenet": "bad", "vgg": "best"}), (alone, {"lenet": ""})):
        assert {row.architecture: row.entries[3].emphasis for row in boards.board(ranking).rows} == marks
    _, found = side_by_side.alternatives([saved, read(run(*tied))])
    shown, lone = (panel.content for panel in alternatives.panels(found, "run"))
    assert isinstance(shown, Table)
    assert isinstance(lone, Table)
    assert {row.architecture: row.entries[2].emphasis for row in shown.rows} == {
        "lenet": "bad",
        "vgg": "best",
    }
    assert lone.rows[0].entries[2].emphasis == ""

"""The first words of a report: rules that hold for any run, however few or many cells it has."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.commands.main import main
from benchmarks.report.findings.rankings import rankings
from benchmarks.report.groups import group
from benchmarks.report.writers import latex, markdown, terminal
from benchmarks.results.run import from_dict
from tests.support.full_grid import SMALL, answer, collection, grid, page_of
from tests.support.run_factory import STEADY, bits, cell, run, save

LOW = (0.85, 0.86, 0.84, 0.85, 0.85)


def whole(*cells: Mapping[str, Any]) -> str:
    """The page and all text of these cells; both have to be made without an error."""
    data = run(*cells)
    found = answer(data).section()
    texts = [terminal.render(found), markdown.render([found]), latex.render([found])]
    return "\n".join([page_of(collection(data)), *texts])


def test_one_cell() -> None:
    found = answer(run(cell([0.9])))
    assert (found.state, found.headline) == ("pass", "lenet on MNIST: 90.00 % correct")
    assert found.sure == ["The cell ran with one seed. Its ± covers the draw of the test images only."]
    assert "1 of 2 cells ran with one seed. Its ±" in str(answer(run(cell([0.9]), cell(dataset="svhn"))).sure)
    (step,) = found.steps
    assert step.text.startswith("Run 2 more seeds (n = 3)")
    assert step.command.endswith("--dataset mnist --arch lenet --seeds 3 --resume --benchmark-autosave")
    text = whole(cell([0.9]))
    for said in ("Only lenet ran, 90.00 %: nothing to compare.", "This run holds no history", "no confusion matrices; to train one seed",
                 "does not say which images were right"):  # fmt: skip
        assert said in text


def test_one_architecture_on_several_data_sets() -> None:
    found = answer(run(*(cell(dataset=d) for d in ("mnist", "cifar10"))))
    assert found.headline == "Both cells passed; only lenet ran, so nothing is compared"
    assert found.steps[0].command == "python -m benchmarks pin run.json"


def test_synthetic_images_are_warned_of_once_in_the_answer() -> None:
    made, real = cell(data_source="synthetic"), cell(dataset="svhn")
    for cells, data in (
        ([made], "Data: synthetic"),
        ([made, real], "Data: synthetic and real; MNIST synthetic"),
    ):
        paragraphs = answer(run(*cells)).section().paragraphs
        (said,) = [text for text in paragraphs if "the real" in text]
        assert said.startswith("Synthetic data: the images of MNIST are generated")
        assert data in paragraphs


def test_one_seed_makes_a_model_first_not_an_architecture() -> None:
    right = {0.9: bits(900), 0.8: bits(800)}
    pair = [cell([x], architecture=a, correct=[right[x]]) for a, x in (("lenet", 0.9), ("vgg", 0.8))]
    assert answer(run(*pair)).headline == "Both cells passed; lenet (one seed) is first on MNIST"
    turned = [
        cell([x], architecture=a, dataset="svhn", correct=[right[x]])
        for a, x in (("lenet", 0.8), ("vgg", 0.9))
    ]
    several = answer(run(*pair, *turned)).headline
    assert several.endswith(
        "first place is decided on both data sets: lenet (one seed) and vgg (one seed) win"
    )


def test_first_place_is_decided_open_or_both() -> None:
    ahead = run(
        *(
            cell(v, architecture=a, dataset=d)
            for a, v in (("lenet", STEADY), ("vgg", LOW))
            for d in ("mnist", "svhn")
        )
    )
    assert answer(ahead).headline == "All 4 cells passed; lenet is first on both data sets"
    level = [a - 0.0005 for a in (0.9, 0.898, 0.902, 0.899, 0.901)]
    tie = run(*(cell(v, architecture=a) for a, v in (("lenet", STEADY), ("vgg", level))))
    assert answer(tie).headline == "Both cells passed; first place is open on MNIST"
    for datasets, where in ((("mnist", "svhn"), "both"), (("mnist", "svhn", "cifar10"), "all 3")):
        values = (("lenet", STEADY), ("vgg", level))
        ties = run(*(cell(v, architecture=a, dataset=d) for a, v in values for d in datasets))
        assert answer(ties).headline.endswith(f"first place is open on {where} data sets")
    cells = [*(cell(v, architecture=a) for a, v in (("lenet", STEADY), ("vgg", LOW)))]
    cells += [*(cell(v, architecture=a, dataset="svhn") for a, v in (("lenet", STEADY), ("vgg", level)))]
    assert answer(run(*cells)).headline == "All 4 cells passed; first place is open on 1 of 2 data sets"


def test_where_seeds_died_an_architecture_is_undecided_and_not_first() -> None:
    """Dead seeds spread so widely that hardly a test tells 0.46 from 0.9."""
    died = {"diverged": [1, 1, 1, None, None], "divergence": ["dead"] * 3 + [None] * 2, "deaths_allowed": 3}
    often = cell([0.1, 0.1, 0.1, 0.99, 0.99], architecture="vgg", **died)
    alone = run(cell(STEADY), often)
    assert answer(alone).headline == "Both cells passed; first place is open on MNIST"
    (ranking,) = rankings(group([from_dict(alone, "run.json")])[0])
    assert [ranking.rank(place) for place in ranking.places] == ["1", "?"]
    assert ranking.leaders == ["lenet"]
    assert ranking.sentence.startswith(
        "lenet has the highest accuracy: 44.40 points ahead of vgg (Welch, n = 5, p = 0."
    )
    assert ranking.sentence.endswith("). Undecided, as seeds died: vgg (3 of 5).")
    level = cell([a - 0.0005 for a in STEADY], architecture="resnet20v1")
    (ranking,) = rankings(group([from_dict(run(cell(STEADY), level, often), "run.json")])[0])
    assert [ranking.rank(place) for place in ranking.places] == ["1=", "1=", "?"]
    assert ranking.sentence.startswith("Open between lenet and resnet20v1: resnet20v1 is 0.05 points behind")
    assert ranking.line.endswith("? ■ vgg 45.60. Undecided, as seeds died: vgg (3 of 5).")
    assert "Undecided, as seeds died: vgg (3 of 5)." in whole(cell(STEADY), often)


def test_failed_dead_and_diverged_cells_come_first() -> None:
    dead = cell([0.1, 0.1], architecture="vgg", diverged=[1, 1], divergence=["dead", "dead"])
    found = answer(run(cell(), dead))
    assert (found.state, found.headline) == ("fail", "vgg on MNIST stayed at chance")
    assert found.label == "Failed: 1 cell below its floor"
    assert found.steps[0].text.startswith("See whether another seed lives (about 2 s in sequence)")
    assert "--arch vgg --seed 2 --seeds 1" in found.steps[0].command
    assert (
        "Trainings diverged in vgg on MNIST (2 of 2; rate 0.16 to 1.00): they count as guessing."
        in found.sure
    )
    low = [cell([0.7], architecture=a, dataset=d) for a in ("lenet", "vgg") for d in ("mnist", "svhn")]
    assert answer(run(*low)).headline == "4 of 4 cells failed: lenet on MNIST, lenet on SVHN and 2 more"
    partly = cell([0.9, None, 0.91], diverged=[None, 2, None])
    assert "3 trainings, 1 diverged" in whole(partly)


@pytest.mark.parametrize("classes", [2, 100])
def test_data_sets_of_other_numbers_of_classes(classes: int) -> None:
    images = 20 * classes
    right = images // 2
    matrix = [[0] * classes for _ in range(classes)]
    for image in range(images):
        true = image % classes
        matrix[true][true if image < right else (true + 1) % classes] += 1
    names = [f"class {i}" for i in range(classes)]
    cells = [
        cell([0.5], architecture=a, dataset="folder", test_images=images, correct=[bits(right, images)], confusion=[matrix],
             class_names=names, floor=0.4)
        for a in ("lenet", "mine")
    ]  # fmt: skip
    page = whole(*cells)
    assert "worst pair: class 0 taken for class 1, 50%" in page
    assert f"missed by every model: {right:,} of {images:,} on folder" in page


def test_an_interrupted_run_is_no_pass_and_says_what_is_missing() -> None:
    data = run(cell())
    data["suite"]["expected"] = ["lenet-mnist", "vgg-mnist"]
    found = answer(data)
    assert (found.state, found.label) == ("warn", "Incomplete: 1 cell missing")
    data["suite"]["partial"] = True
    (step,) = answer(data).steps
    assert "vgg-mnist is missing: repeat the command with --resume." in step.text


def test_a_partial_run_is_no_pass_though_it_has_every_cell() -> None:
    data = run(*(cell(dataset=d) for d in ("mnist", "svhn")))
    data["suite"]["partial"] = True
    found = answer(data)
    assert (found.state, found.label) == ("warn", "Incomplete: a partial run")
    assert found.headline.startswith("2 cells passed; the run is partial; ")


def test_without_floors_other_backends_and_unknown_machines() -> None:
    found = answer(run(cell(floor=None, precision="mixed_bfloat16", backend="jax")))
    assert (found.state, found.label) == ("none", "No floor was asserted")
    assert "mixed_bfloat16" in found.facts[0].text
    single = answer(run(cell([0.9], floor=None, precision="mixed_bfloat16")))
    assert "--precision mixed_bfloat16" in single.steps[0].command
    jax = answer(run(cell([0.9], backend="jax")))
    assert "float32 on jax" in jax.facts[0].text
    assert "--dataset mnist --arch lenet --backend jax" in jax.steps[0].command
    explored = answer(run(cell(set_fields={"epochs": "5"}, floor=None)))
    assert explored.facts[0].strong == "quick with epochs=5"
    assert not any("pin" in step.command for step in explored.steps)  # an exploration is never a baseline
    data = run(cell(), machine_info={}, commit_info={})
    assert "unknown processor" in page_of(collection(data))


def test_markdown_of_one_run_begins_with_the_same_answer(tmp_path: Path) -> None:
    data = grid(3, **SMALL)
    path = save(tmp_path / "0001_x.json", data)
    assert (
        main(["report", str(path), "--markdown", str(tmp_path / "r.md"), "--html", str(tmp_path / "r.html")])
        == 0
    )
    found = answer(data)
    text = (tmp_path / "r.md").read_text()
    assert text.startswith(f"## {found.headline}\n")
    assert found.headline in (tmp_path / "r.html").read_text()
    assert "python -m benchmarks pin 0001" in text
    assert "## SQ1. Which architecture works best for a data set? (quick, real data)" in text


def test_an_excused_dead_cell_is_named_and_did_not_pass() -> None:
    dead = cell(
        [0.1, 0.1], architecture="vgg", diverged=[1, 1], divergence=["dead", "dead"], deaths_allowed=2
    )
    found = answer(run(cell(), cell(dataset="svhn"), dead))
    assert (found.state, found.label) == ("pass", "Passed: 2 of 3 cells reached their floor; 1 died")
    assert "2 of 3 cells passed; every seed of vgg on MNIST died, as in the pinned run; " in found.headline
    bare = answer(run(cell(), cell(dataset="svhn", floor=None)))
    assert bare.label == "Passed: 1 of 2 cells reached its floor; 1 has no floor"
    assert bare.headline.startswith("1 of 2 cells passed; ")
    alone = answer(run(dead))
    assert (alone.state, alone.label) == ("none", "No floor could be asserted: every seed died")


def every_kind() -> dict[str, list[dict[str, Any]]]:
    def classes(n: int) -> list[dict[str, Any]]:
        """Half of the images of each class are taken for the next class."""
        one = np.eye(n, dtype=int)
        matrix = (10 * one + 10 * np.roll(one, 1, axis=1)).tolist()
        given: dict[str, Any] = {
            "dataset": "folder",
            "test_images": 20 * n,
            "confusion": [matrix],
            "floor": 0.4,
        }
        return [
            cell([0.5], architecture=a, correct=[bits(10 * n, 20 * n)], **given) for a in ("lenet", "mine")
        ]

    dead = cell([0.1, 0.1], architecture="vgg", diverged=[1, 1], divergence=["dead", "dead"])
    return {
        "one cell": [cell([0.9])],
        "one architecture": [cell(), cell(dataset="svhn")],
        "two classes": classes(2),
        "hundred classes": classes(100),
        "dead": [cell(), dead],
        "excused": [dead | {"deaths_allowed": 2}],
        "jax": [cell(backend="jax")],
        "many": [cell([0.5 + 0.002 * i, 0.51], architecture=f"net{i}", dataset=f"data{j}") for i in range(20) for j in range(10)],
    }  # fmt: skip


@pytest.mark.parametrize("kind", every_kind())
def test_the_other_two_pages_hold_for_any_run_too(kind: str) -> None:
    cells = every_kind()[kind]
    new = from_dict(run(*cells), "new.json")
    against = page_of(collection(run(*cells)), from_dict(run(*cells), "base.json"))
    assert "exit status" in against
    study = from_dict(run(*(one | {"protocol": "study"} for one in cells)), "study.json")
    saved = collection(run(*cells))
    both = page_of(type(saved)((*saved.summaries, *saved.summaries), (), (new, study)))
    assert "The same networks under two protocols" in both
    for page in (against, both):
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))

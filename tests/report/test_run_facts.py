"""What is said of a run's data: the balance of its test images."""

from typing import Any

from benchmarks.report import end_of_run
from benchmarks.report.findings import one_run
from benchmarks.report.writers import terminal
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run


def imbalances(*cells: dict[str, Any]) -> list[str]:
    """Return what the answer of a run of these cells says of balance."""
    return [
        text for text in one_run.answer(from_dict(run(*cells), "run.json"), []).sure if "imbalanced" in text
    ]


def imbalanced(architecture: str, *rows: list[int]) -> dict[str, Any]:
    """A cell of one seed that answered so; rows are true classes."""
    images, right = sum(map(sum, rows)), sum(row[i] for i, row in enumerate(rows))
    return cell(
        [right / images], architecture=architecture, dataset="pets", data_verified=None, test_images=images, floor=0.41,
        class_names=["cat", "dog", "newt"][: len(rows)], confusion=[[*rows]],
    )  # fmt: skip


def test_accuracy_on_imbalanced_test_images_is_set_beside_the_largest_class() -> None:
    lenet, linear = (
        imbalanced("lenet", [85, 1, 0], [10, 0, 0], [4, 0, 0]),
        imbalanced("linear", [84, 1, 1], [0, 8, 2], [2, 0, 2]),
    )
    told = imbalances(lenet, linear)
    assert told == [
        "The test images of pets are imbalanced: always answering cat would be right for 86.00%, at least as often as lenet. "
        "Balanced accuracy (mean over classes, in %): lenet 32.95, linear 75.89."
    ]
    read = from_dict(run(lenet, linear), "run.json")
    assert told[0] in terminal.render(end_of_run.section([*read.cells.values()]))
    assert "at least as often" not in imbalances(linear)[0]


def test_equal_classes_need_no_word_on_balance() -> None:
    assert not imbalances(imbalanced("lenet", [40, 15], [1, 44]))

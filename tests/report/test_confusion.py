"""Confusion matrices as tables: what heads their columns and rows."""

from benchmarks.report.views import confusion
from tests.support.published_runs import read
from tests.support.run_factory import cell, run


def heads(*names: str) -> tuple[list[str], list[object]]:
    """The columns' headings and the rows' of a matrix of these classes."""
    n = len(names)
    counts = [[1000 // n * (i == j) for j in range(n)] for i in range(n)]
    info = cell([1.0], class_names=list(names), confusion=[counts], test_images=1000 // n * n)
    table = confusion.matrix(read(run(info)).cells["lenet-mnist"])
    return [column.title for column in table.columns[1:]], [row.entries[0].value for row in table.rows]


def test_columns_have_the_first_letters_of_their_classes() -> None:
    assert heads("airplane", "bird") == (["airp", "bird"], ["airplane", "bird"])


def test_classes_that_begin_alike_are_numbered() -> None:
    assert heads("leaf_dry", "leaf_wet") == (["1", "2"], ["1 leaf_dry", "2 leaf_wet"])

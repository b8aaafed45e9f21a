"""The table of all cells."""

from benchmarks.report.groups import group
from benchmarks.report.views import overview
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run


def test_a_cell_that_has_the_lowest_floor_says_so() -> None:
    cells = [
        cell([0.9] * 3, architecture=name, floor=floor) for name, floor in (("linear", 0.15), ("lenet", 0.87))
    ]
    saved = from_dict(run(*cells), "run.json")
    table = overview.everything(group([saved])[0].grid, ())
    place = [column.short for column in table.columns].index("Above floor, pt")
    said = {row.architecture: [tag.text for tag in row.entries[place].tags] for row in table.rows}
    assert said == {"linear": ["lowest floor"], "lenet": []}
    assert overview.LOWEST_NOTE in table.notes

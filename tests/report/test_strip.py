"""The scales of small pictures, and what stands beyond them."""

from itertools import pairwise

from benchmarks.report.findings.rankings import rankings
from benchmarks.report.groups import group
from benchmarks.report.strip import Scale
from benchmarks.report.views import boards
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run


def test_numbers_on_a_narrow_scale_never_touch() -> None:
    for low, high in ((0.9915, 0.9963), (0.1, 0.9), (0.89, 0.911), (0.99995, 0.99999), (0.0, 1.0)):
        axis = Scale.around((low, high), 98).axis("%", most=2, factor=100)
        assert axis.ticks[-1].text.endswith("%")
        for a, b in pairwise(axis.ticks):
            assert b.x - a.x > 6 * (len(a.text) + len(b.text)) / 2


def marks(levels: dict[str, float]) -> dict[str, list[str]]:
    """What a board draws of each architecture."""
    cells = [cell([level, level + 0.002, level + 0.004], architecture=a) for a, level in levels.items()]
    ((ranking,),) = (rankings(found) for found in group([from_dict(run(*cells), "r")]))
    table = boards.board(ranking)
    return {
        str(name.value): [item.kind for item in drawn.strip.items if item.kind != "seed"]
        for _, name, drawn, *_ in (line.entries for line in table.rows)
        if drawn.strip is not None
    }


def test_what_lies_far_below_the_others_is_an_arrow_and_leaves_them_room() -> None:
    near = {"vgg": 0.95, "resnet20v1": 0.94, "lenet": 0.92}
    assert set(map(tuple, marks(near).values())) == {("interval", "mark")}
    drawn = marks(near | {"linear": 0.5})
    assert drawn.pop("linear") == ["left"]
    assert set(map(tuple, drawn.values())) == {("interval", "mark")}
    assert marks({"vgg": 0.95, "linear": 0.5})["linear"] == ["interval", "mark"], "of two neither is the rule"


def test_no_arrow_points_beyond_what_an_accuracy_can_be() -> None:
    assert set(map(tuple, marks({"vgg": 0.996, "lenet": 0.99}).values())) == {("interval", "mark")}

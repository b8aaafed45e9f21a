"""What a gate may be set to, and what it may then spend."""

import math
from typing import Any

import pytest

from benchmarks.comparison import compare
from benchmarks.comparison.verdict import GateSettings
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run


@pytest.mark.parametrize(
    ("named", "drop"), [(["quick"], 1.0), (["study"], 0.5), (["quick", "study"], 0.5), (["of old"], 0.5)]
)
def test_the_protocols_of_a_run_say_which_drop_counts_unless_one_is_asked_for(
    named: list[str], drop: float
) -> None:
    cells = [cell(architecture=f"net{i}", protocol=name) for i, name in enumerate(named)]
    new = from_dict(run(*cells), "new.json")
    assert GateSettings.for_run(new, looks=2) == GateSettings(drop, looks=2)
    assert GateSettings.for_run(new, 0.0) == GateSettings(0.0)
    assert compare(new, new).settings == GateSettings(drop)


@pytest.mark.parametrize(
    "accepted", [{"max_drop": 0}, {"max_drop": 100}, {"alpha": 1e-9}, {"alpha": 0.99}, {"looks": 2}]
)
def test_the_ends_of_the_ranges_are_accepted(accepted: dict[str, Any]) -> None:
    GateSettings(**accepted)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ({"max_drop": -0.1}, "max-drop is -0.1, expected percentage points, 0..100"),
        ({"max_drop": 100.5}, "max-drop is 100.5"),
        ({"max_drop": math.nan}, "max-drop is nan"),
        ({"alpha": 0.0}, "alpha is 0.0, expected an error rate between 0 and 1"),
        ({"alpha": 1.0}, "alpha is 1.0"),
        ({"looks": 0}, "looks is 0, expected 1 or 2"),
        ({"looks": 3}, "looks is 3"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(refused: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GateSettings(**refused)


def test_a_lone_cell_spends_all_of_alpha_and_two_leave_the_grid_its_fifth() -> None:
    settings = GateSettings()
    assert [settings.alpha_of_cells(cells) for cells in (1, 2, 20)] == pytest.approx([0.05, 0.04, 0.04])
    assert settings.alpha_of_grid == pytest.approx(0.01)
    assert GateSettings(looks=2).alpha_of_cells(2) == pytest.approx(0.02)

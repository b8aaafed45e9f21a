"""What a gate may be set to."""

from typing import Any

import pytest

from benchmarks.comparison.verdict import GateSettings


@pytest.mark.parametrize("accepted", [{"max_drop": 0}, {"max_drop": 100}, {"alpha": 0.99}, {"looks": 2}])
def test_the_ends_of_the_ranges_are_accepted(accepted: dict[str, Any]) -> None:
    GateSettings(**accepted)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ({"max_drop": -0.1}, "max-drop is -0.1, expected percentage points, 0..100"),
        ({"max_drop": 100.5}, "max-drop is 100.5"),
        ({"alpha": 0.0}, "alpha is 0.0, expected an error rate between 0 and 1"),
        ({"alpha": 1.0}, "alpha is 1.0"),
        ({"looks": 0}, "looks is 0, expected 1 or 2"),
        ({"looks": 3}, "looks is 3"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(refused: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GateSettings(**refused)

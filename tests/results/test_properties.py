"""Whatever JSON comes from outside, it becomes a typed run or one refusal that names the file; what was saved is read back exactly."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.run import Run, from_dict
from benchmarks.results.schema import CellResult
from tests.support import run_factory
from tests.support.hostile_json import JSON, places, replaced

WHOLE = run_factory.run(run_factory.cell(
    [0.5] * 5, recipe={"rate": 0.1}, history=[{"val_accuracy": [0.5], "seconds": [1.0]}] * 5, measured_at=["2026-01-01"] * 5
))  # fmt: skip


def read(data: Any) -> Run | None:
    """The run, or None where it was refused in words that name the file."""
    try:
        return from_dict(data, "from-outside.json")
    except RunRefused as refused:
        assert str(refused).startswith("from-outside.json: ")  # noqa: PT017
        return None


@given(JSON)
def test_arbitrary_json_is_refused_or_read(data: Any) -> None:
    assert read(data) is None


@settings(max_examples=300)
@given(place=st.sampled_from(places(WHOLE)), value=JSON)
def test_a_run_with_anything_anywhere_is_refused_or_read(place: tuple[Any, ...], value: Any) -> None:
    run = read(replaced(WHOLE, place, value))
    if run is not None:
        for cell in run.cells.values():
            json.dumps(cell.to_json(), allow_nan=False)
            json.dumps(pinned_form(cell), allow_nan=False)


SHARES = st.none() | st.floats(0, 1)


@given(
    accuracies=st.lists(SHARES, min_size=1, max_size=5),
    seconds=st.floats(0, 1e9),
    recipe=st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False) | st.none(), max_size=3),
)  # fmt: skip
def test_what_was_saved_is_read_back_exactly(
    accuracies: list[float | None], seconds: float, recipe: Any
) -> None:
    history = [{"val_accuracy": [a], "seconds": [seconds]} for a in accuracies]
    cell = run_factory.cell(accuracies, history=history, recipe=recipe)
    found = CellResult.from_json(json.loads(json.dumps(cell)), "x")
    assert found.accuracies == tuple(accuracies)
    assert CellResult.from_json(json.loads(json.dumps(found.to_json())), "x") == found

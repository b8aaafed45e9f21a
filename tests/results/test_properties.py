"""Whatever JSON comes from outside, it becomes a typed run or one refusal that names the file; what was saved is read back exactly."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.results.parsing import RunRefused
from benchmarks.results.pinned_form import pinned_form
from benchmarks.results.run import Run, from_dict
from benchmarks.results.schema import CellResult
from tests.support import run_factory

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)  # fmt: skip
WHOLE = run_factory.run(run_factory.cell(
    [0.5] * 5, recipe={"rate": 0.1}, history=[{"val_accuracy": [0.5], "seconds": [1.0]}] * 5, measured_at=["2026-01-01"] * 5
))  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON data, as the keys that lead there."""
    found = [path] if path else []
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


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
    data = at = copy.deepcopy(WHOLE)
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    run = read(data)
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

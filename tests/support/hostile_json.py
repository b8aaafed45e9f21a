"""Arbitrary JSON for property tests, and a value put into any place of valid data."""

import copy
from typing import Any

from hypothesis import strategies as st

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_SCALARS = st.none() | st.booleans() | st.integers() | _FINITE | st.text(max_size=20)
JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON data, as the keys that lead there."""
    found = [path] if path else []
    inner = (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list | tuple) else ()
    )
    for key, value in inner:
        found += places(value, (*path, key))
    return found


def replaced(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of the data with another value in one place."""
    if not place:
        return copy.deepcopy(value)
    changed = list(data) if isinstance(data, tuple) else copy.copy(data)
    changed[place[0]] = replaced(data[place[0]], place[1:], value)
    return changed

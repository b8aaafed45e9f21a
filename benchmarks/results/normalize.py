"""How saved cells of any version are brought into the schema's shape, before they are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.results.parsing import strings


def normalize(data: object) -> object:
    """Return a cell's JSON with lists that lack values, and nested facts, in the schema's shape."""
    if not isinstance(data, dict):
        return data
    return {name: _PREPARE[name](value) if name in _PREPARE else value for name, value in data.items()}


def _known(values: object) -> object:
    """Return a list without nulls."""
    return [value for value in values if value is not None] if isinstance(values, list) else values


def _all_or_none(values: object) -> object:
    """Return a list that lacks a value as one that holds none."""
    return [] if isinstance(values, list) and None in values else values


def _flat(values: object) -> object:
    return strings(values) if isinstance(values, Mapping) else values


def _histories(values: object) -> object:
    if not isinstance(values, list):
        return values
    given = [{} if value is None else value for value in values]
    kept = any(isinstance(value, dict) and value.get("seconds") for value in given)
    return given if kept or not all(isinstance(value, dict) for value in given) else []


_PREPARE: Mapping[str, Callable[[object], object]] = {
    "correct": _all_or_none,
    "confusion": _all_or_none,
    "weights_sha256": _all_or_none,
    "seed_seconds": _known,
    "measured_at": _known,
    "history": _histories,
    "versions": _flat,
    "machine": _flat,
}
"""How files of any version are brought into the schema's shape."""

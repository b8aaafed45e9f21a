"""How saved cells of any version are brought into the schema's shape, before they are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.results.parsing import strings


def normalize(data: object) -> object:
    """Return a cell's JSON with lists that lack values, and nested facts, in the schema's shape."""
    if not isinstance(data, dict):
        return data
    found = {name: _PREPARE[name](value) if name in _PREPARE else value for name, value in data.items()}
    seeds = len(data["seeds"]) if isinstance(data.get("seeds"), list) else 1
    if isinstance(code := data.get("code"), str):
        found["code"] = [code] * seeds
    return found | {name: _facts(data[name], seeds) for name in ("versions", "machine") if data.get(name)}


def _all_or_none(values: object) -> object:
    """Return a list that lacks a value as one that holds none."""
    return [] if isinstance(values, list) and None in values else values


def _facts(values: object, seeds: int) -> object:
    """Return flat facts per seed, from those of each or from those of all."""
    given = [values] * seeds if isinstance(values, dict) else values
    return (
        [strings(one) if isinstance(one, dict) else one for one in given]
        if isinstance(given, list)
        else given
    )


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
    "seed_seconds": _all_or_none,
    "measured_at": _all_or_none,
    "history": _histories,
}
"""What prepares a field's value, by field."""

"""Facts about the machines and versions behind results: those of many seeds joined into one, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SEPARATOR = " | "
_UNKNOWN = "unknown"


def joined(values: Iterable[str]) -> str:
    """Join values that differ, each once; joining joined values again adds only those that are new."""
    return _SEPARATOR.join(dict.fromkeys(part for value in values for part in value.split(_SEPARATOR)))


def in_words(value: str) -> str:
    """Write a value for readers, one of several machines as `2 or 4`."""
    return value.replace(_SEPARATOR, " or ")


def known_values(value: str | None) -> set[str]:
    """Split joined values; those of machines on which the fact is not known are left out."""
    return set() if value is None else set(value.split(_SEPARATOR)) - {_UNKNOWN}


def merge_facts(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge facts into one mapping; where they differ, join all values, so that no comparison mistakes them for one.

    Args:
        facts: Mappings, which may be nested; at least one.

    """
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(key for one in facts for key in one):
        values = [one.get(key) for one in facts]
        if all(value == values[0] for value in values):
            merged[key] = values[0]
        elif all(isinstance(value, dict) for value in values):
            merged[key] = merge_facts([value for value in values if isinstance(value, dict)])
        else:
            merged[key] = joined(_UNKNOWN if value is None else str(value) for value in values)
    return merged

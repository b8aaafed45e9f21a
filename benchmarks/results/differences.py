"""What differs between two flat mappings, field by field: recipes, machines, versions, resume keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.results.facts import in_words, known_values

_RECORDED_LATER = {"matmul_precision", "onednn", "xla_flags"}
"""Facts that older runs and pinned files do not hold."""


@dataclass(frozen=True)
class FieldDifference:
    """One field whose two values differ; None: that side does not have it."""

    field: str
    before: object
    after: object

    def __str__(self) -> str:
        """Say `field before -> after`."""
        return f"{self.field} {_written(self.before)} -> {_written(self.after)}"


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[FieldDifference]:
    """List the fields that differ: those of `before` in its order, then those that only `after` has."""
    return [
        FieldDifference(field, before.get(field), after.get(field))
        for field in dict.fromkeys([*before, *after])
        if before.get(field) != after.get(field)
    ]


def machine_differences(base: Mapping[str, str], new: Mapping[str, str]) -> list[FieldDifference]:
    """List, in alphabetical order, what times and rounding depend on and two machines do not share.

    What older runs do not record, and what only one of two backends has, counts only where both sides have it.

    Args:
        base: Of one cell of the first run (`Run.machine_of`).
        new: The same of the second run.
    """
    one_backend = base.get("backend") == new.get("backend")
    found = []
    for one in sorted(differences(base, new), key=lambda one: one.field):
        before, after = (known_values(facts.get(one.field)) for facts in (base, new))
        both = bool(before and after)
        if (both and before != after) if one.field in _RECORDED_LATER else (both or one_backend):
            found.append(one)
    return found


def _written(value: object) -> str:
    return "unknown" if value is None else in_words(str(value))

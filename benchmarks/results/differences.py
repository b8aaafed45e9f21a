"""What differs between two flat mappings, field by field: recipes, machines, versions, resume keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.conditions import in_words


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


def time_differences(
    base: Mapping[str, str], new: Mapping[str, str], concurrent: Sequence[str] = ()
) -> list[str]:
    """Say why times measured on two machines do not compare.

    Args:
        base: What times depend on, of the machine of the first run (`Run.machine_of`).
        new: The same of the second run.
        concurrent: Names of runs that trained several cells concurrently.

    Returns:
        One reason per entry; empty where times compare.

    """
    reasons = [str(d) for d in sorted(differences(base, new), key=lambda d: d.field)]
    return reasons + [f"{run} was timed while other cells trained concurrently" for run in concurrent]


def _written(value: object) -> str:
    return "unknown" if value is None else in_words(str(value))

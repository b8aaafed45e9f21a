"""What a saved run says of itself, in the entry `suite` beside pytest-benchmark's own: the only definition of its fields.

The table in docs/saved-runs.md is generated from the descriptions here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks.experiment.cell import Cell

AGREED = ("settings", "code", "versions", "expected")
"""Fields that every shard of a grid must have, and that must be equal in all of them."""


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """What was requested, with what it was trained, and what is missing."""

    protocol: str = ""
    """Name of the protocol."""
    settings: dict[str, Any] = {}
    """Protocol, precision, backend, data, seeds, further measures and changes of the recipe that were asked for."""
    code: str = ""
    """Hash of the source files that train, without comments and docstrings."""
    expected: tuple[str, ...] = ()
    """All cells that were requested."""
    here: tuple[str, ...] = ()
    """In a shard: the cells that it had to train; `expected` names those of all shards."""
    shard: str | None = None
    """`I/N`; null where the run is no shard."""
    partial: bool = False
    """Whether requested cells are missing. Such a run is autosaved as `partial_*.json`, without a run number."""
    narrowed: bool = False
    """Whether only a part of the grid was requested."""
    architectures: tuple[str, ...] = ()
    """All that had a file, requested or not, so that the gate can tell a cell whose file is gone from one that was not selected."""
    datasets: tuple[str, ...] = ()
    """The same of data sets."""
    versions: dict[str, Any] = {}
    """Versions of the libraries. Shards of one grid agree in them, in `settings`, `code` and `expected`."""
    merged: tuple[dict[str, Any], ...] = ()
    """In a merged run: each run's file, commit, machine and cells."""

    def __post_init__(self) -> None:
        """Refuse names that are no cell's id."""
        for name in ("expected", "here"):
            for cell in getattr(self, name):
                try:
                    Cell.parse(cell)
                except ValueError as error:
                    raise ValueError(f"{name!r}: {error}") from None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as it is saved."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        left_out = ({"here"} if self.shard is None else set()) | ({"merged"} if not self.merged else set())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
            if name not in left_out
        }

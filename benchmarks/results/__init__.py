"""What a saved run is: its schema, and how it is read, pinned, merged and written.

`comparison`, `execution`, `report`, `plugin` and `commands` import from here. This room imports no training framework. In a notebook:
`from benchmarks.results import load_run, load_runs`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.results.run import Run, load_run, load_runs

__all__ = ["Run", "load_run", "load_runs"]


def __getattr__(name: str) -> object:
    """Import lazily: the command line's help needs no NumPy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from benchmarks.results import run

    return getattr(run, name)

"""What a saved run is: its schema, how it is read, pinned, merged and written.

`comparison`, `execution`, `report`, `plugin` and `commands` import from here; no training framework is imported. In a notebook:
`from benchmarks.results import load_run`.
"""

from benchmarks.results.run import Run, load_run

__all__ = ["Run", "load_run"]

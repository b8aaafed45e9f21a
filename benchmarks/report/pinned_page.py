"""`docs/results.md`: the pinned runs' tables and findings. Nothing in it is written by hand, so none can drift."""

from pathlib import Path

from benchmarks.report.findings import best_architecture
from benchmarks.report.groups import group
from benchmarks.report.views import tables
from benchmarks.report.writers import markdown
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import load

_HEAD = """# Results

Written by `python -m benchmarks results` from the pinned runs in `benchmarks/baselines`; a test holds that it is as they are.
Do not edit it: pin another run, and write it anew.

Every protocol and data source stands for itself. `real` are the data sets that the names say, files that are not the official ones
are named as copies; `synthetic` are generated stand-ins, for which nothing is claimed. The conclusions' rules, the tests and the
measures of the data sets are in `benchmarks/report/findings` and `benchmarks/metrics/image_measures.py`.
"""


def page(folder: Path) -> str:
    """Make the page of all pinned files in `folder`. Raises RunRefused if there is none, or one is broken."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise RunRefused(f"{folder}: nothing is pinned; pin a run first: python -m benchmarks pin RUN")
    groups = group([load(path) for path in files])
    sections = [[tables.of_group(found), *best_architecture.of_group(found)] for found in groups]
    return "\n".join([_HEAD, *(markdown.render(part) for part in sections)])

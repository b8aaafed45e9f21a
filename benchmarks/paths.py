"""Where the project's own files are."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]
BASELINES = PROJECT / "benchmarks" / "baselines"
CHARACTERISTICS = PROJECT / "benchmarks" / "characteristics.json"
TEMPLATES = PROJECT / "benchmarks" / "report" / "writers" / "templates"
RESULTS_PAGE = PROJECT / "docs" / "results.md"

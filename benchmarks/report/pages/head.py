"""What stands above the parts of every page: when its cells were trained, a warning of synthetic images, the filter's data sets."""

from collections.abc import Sequence

from benchmarks.report import origins
from benchmarks.report.findings.rankings import Ranking
from benchmarks.report.format import join_words
from benchmarks.report.grid import display_name
from benchmarks.report.groups import Group


def trained(groups: Sequence[Group]) -> str:
    """Say when the cells were trained."""
    days = origins.days(where for one in groups for where in one.origins.values())
    return f"trained {days}" if days else ""


def banner(groups: Sequence[Group]) -> str:
    """Warn of synthetic images; empty where all are real."""
    made, real = (
        dict.fromkeys(
            name for one in groups if (one.source == "synthetic") == wanted for name in one.datasets
        )
        for wanted in (True, False)
    )
    if not made:
        return ""
    names = join_words([display_name(name) for name in made])
    where = " where marked “synthetic”" if made.keys() & real.keys() else ""
    return (
        f"Synthetic data: {names} measured on generated images{where}, which say nothing about the real ones."
    )


def datasets(found: Sequence[Ranking]) -> list[tuple[str, str]]:
    """Key and name of each data set, for the filter."""
    return [(name, display_name(name)) for name in dict.fromkeys(ranking.dataset for ranking in found)]

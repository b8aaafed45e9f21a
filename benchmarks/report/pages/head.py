"""What stands above the parts of every page: when its cells were trained and the filter's data sets."""

from collections.abc import Sequence

from benchmarks.report import origins
from benchmarks.report.findings.rankings import Ranking
from benchmarks.report.grid import display_name
from benchmarks.report.groups import Group


def trained(groups: Sequence[Group]) -> str:
    """Say when the cells were trained."""
    days = origins.days(where for one in groups for where in one.origins.values())
    return f"trained {days}" if days else ""


def datasets(rankings: Sequence[Ranking]) -> list[tuple[str, str]]:
    """Key and name of each data set, for the filter."""
    return [(name, display_name(name)) for name in dict.fromkeys(ranking.dataset for ranking in rankings)]

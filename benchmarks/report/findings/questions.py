"""The study's questions, answered from saved runs: rules in code, and sentences made from the numbers.

No outcome is assumed: any architectures and data sets may have run. Each protocol and data source is
its own group, named in every heading. SQ1 is answered by `rankings`.
"""

from benchmarks.report.findings import dataset_influence, generalization, hypotheses, time_to_accuracy
from benchmarks.report.groups import Group
from benchmarks.report.table import Section


def of_group(group: Group) -> list[Section]:
    """Answer SQ2 and SQ3, judge the study's conclusions and report the time to its accuracy."""
    return [
        dataset_influence.section(group),
        generalization.section(group),
        hypotheses.section(group),
        time_to_accuracy.section(group),
    ]

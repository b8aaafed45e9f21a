"""The study's questions, answered from saved runs: rules in code, and words that follow from the numbers.

Nothing here knows an outcome: any architectures and data sets may have run. Each protocol and data source is
a group of its own, named in every heading.
"""

from collections.abc import Sequence

from benchmarks.report import blocks
from benchmarks.report.findings import dataset_influence, generalization, hypotheses, time_to_accuracy
from benchmarks.report.findings.contests import ALPHA, OF_MODELS, Contest, contests
from benchmarks.report.format import INTERVALS, accurate, between, listed, p_value, points
from benchmarks.report.groups import Group, accuracy, group
from benchmarks.results.run import Run


def findings(runs: Sequence[Run]) -> list[blocks.Section]:
    """Answer SQ1 to SQ3, judge the study's conclusions and tell the time to its accuracy, a group at a time."""
    return [section for found in group(runs) for section in of_group(found)]


def of_group(found: Group) -> list[blocks.Section]:
    """Give one group's sections."""
    judged = contests(found)
    return [
        best_architectures(found, judged),
        dataset_influence.section(found),
        generalization.section(found, judged),
        hypotheses.section(found),
        time_to_accuracy.section(found),
    ]


def best_architectures(found: Group, judged: dict[str, list[Contest]]) -> blocks.Section:
    """SQ1: the best architecture of each data set, and whether the next one is really worse."""
    rows: list[list[str | None]] = []
    sentences = [*found.notes]
    for dataset in found.datasets:
        title, rivals = found.title(dataset), judged[dataset]
        best = max(found.of(dataset), key=accuracy)
        row: list[str | None] = [title, best.architecture, between(best), str(len(best.seeds))]
        if not rivals:
            sentences.append(f"{title}: only {best.architecture} ran, {accurate(best)}; nothing to compare.")
            rows.append([*row, None, None, None, None])
            continue
        second = rivals[0]
        sentences.append(_sentence(title, best.architecture, accurate(best), rivals))
        lead = points(second.difference.drop)
        rows.append([*row, second.other.architecture, lead, p_value(second.adjusted), _verdict(second)])
    tests = listed(sorted({contest.test for row in judged.values() for contest in row})) or "none"
    columns = ("data set", "best", "95% interval", "n", "runner-up", "behind by", "p (Holm)", "really worse")
    notes = [
        INTERVALS,
        "'Behind by' is in percentage points. The best is tested against every other architecture, "
        f"two-sided, with Holm's correction over all {sum(map(len, judged.values()))} tests of this section; "
        f"worse is said at {ALPHA:.0%}. Tests: {tests}.",
        *found.provenance(),
    ]
    if any(contest.test in OF_MODELS for row in judged.values() for contest in row):
        notes.append(
            "McNemar and binomial tests compare two trained models, one seed each: whether another seed "
            "would give the same order they do not know."
        )
    table = blocks.Table(f"The best architecture per data set ({found.label})", columns, rows, notes)
    return blocks.Section(
        f"SQ1. Which architecture works best for a data set? ({found.label})", sentences, [table]
    )


def _sentence(title: str, best: str, figure: str, rivals: Sequence[Contest]) -> str:
    second = rivals[0]
    lead = points(second.difference.drop)
    text = f"{title}: {best} is best with {figure}; {second.other.architecture}, {lead} points behind, "
    test = f"({second.test}, {p_value(second.adjusted)})"
    if not second.decided:
        level = [contest.other.architecture for contest in rivals if not contest.decided]
        return f"{text}is not shown to be worse {test}. Not told apart from the best: {listed(level)}."
    if second.test in OF_MODELS:
        return f"{text}is the worse model {test}; one seed each, so nothing is said of other seeds."
    return f"{text}is really worse {test}."


def _verdict(contest: Contest) -> str:
    if not contest.decided:
        return "not shown"
    return "this model is" if contest.test in OF_MODELS else "yes"

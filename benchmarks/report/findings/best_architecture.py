"""The study's questions, answered from saved runs: rules in code, and sentences made from the numbers.

No outcome is assumed: any architectures and data sets may have run. Each protocol and data source is
its own group, named in every heading.
"""

from collections.abc import Sequence

from benchmarks.report.findings import dataset_influence, generalization, hypotheses, time_to_accuracy
from benchmarks.report.findings.pairwise import (
    ALPHA,
    TESTS_OF_MODELS,
    PairwiseComparison,
    against_the_best,
    undecided,
)
from benchmarks.report.format import (
    INTERVALS,
    WHOLE_SCALE,
    accurate,
    between,
    count_all,
    join_words,
    p_value,
    points,
)
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Entry, Row, Section, Table, row


def of_group(found: Group) -> list[Section]:
    """Answer SQ1 to SQ3, judge the study's conclusions and report the time to its accuracy."""
    judged = against_the_best(found)
    return [
        best_architectures(found, judged),
        dataset_influence.section(found),
        generalization.section(found, judged),
        hypotheses.section(found),
        time_to_accuracy.section(found),
    ]


def best_architectures(found: Group, judged: dict[str, list[PairwiseComparison]]) -> Section:
    """SQ1: the best architecture of each data set, and whether the runner-up is significantly worse."""
    rows: list[Row] = []
    sentences = [*found.notes]
    for dataset in found.datasets:
        title, rivals = found.name(dataset), judged[dataset]
        best = max(found.of(dataset), key=accuracy)
        first = (title, best.architecture, Entry(accuracy(best), text=between(best)), len(best.seeds))
        if not rivals:
            sentences.append(f"{title}: only {best.architecture} ran, {accurate(best)}; nothing to compare.")
            rows.append(row(*first, None, None, None, None, dataset=dataset))
            continue
        second = rivals[0]
        sentences.append(_sentence(title, best.architecture, accurate(best), rivals))
        lead, p = second.difference.drop, second.adjusted
        rows.append(row(*first, second.other.architecture, lead, p, _verdict(second), dataset=dataset))
    tests = join_words(sorted({comparison.test for met in judged.values() for comparison in met})) or "none"
    number = sum(map(len, judged.values()))
    columns = (
        Column("data set"), Column("best"), Column("95% interval", format=".4f"), Column("n", format="d"),
        Column("runner-up"), Column("behind by", format="points"), Column("p (Holm)", format="p value"),
        Column("significantly worse"),
    )  # fmt: skip
    notes = [
        f"{INTERVALS} {WHOLE_SCALE}",
        "'Behind by' is in percentage points. The best is tested against every other architecture, "
        f"two-sided, with Holm's correction over {'the one test' if number == 1 else count_all(number, 'test')} of this section; "
        f"significance level {ALPHA:.0%}. Tests: {tests}.",
        *measured_on(found),
    ]
    if any(comparison.test in TESTS_OF_MODELS for met in judged.values() for comparison in met):
        notes.append(
            "McNemar and binomial tests compare two trained models, one seed each: another seed "
            "might give another order."
        )
    table = Table("best", f"The best architecture per data set ({found.label})", columns, rows, notes)
    return Section(f"SQ1. Which architecture works best for a data set? ({found.label})", sentences, [table])


def _sentence(title: str, best: str, figure: str, rivals: Sequence[PairwiseComparison]) -> str:
    second = rivals[0]
    test = f"({second.test}, {p_value(second.adjusted)})"
    if not second.significant:
        said = f"is not shown to be worse {test}"
    elif second.test in TESTS_OF_MODELS:
        said = f"is the worse model {test}; with one seed each, this says nothing about other seeds"
    else:
        said = f"is significantly worse {test}"
    text = f"{title}: {best} is best with {figure}; {second.other.architecture}, {points(second.difference.drop)} points behind, {said}."
    level = [rival.other.architecture for rival in rivals if rival.level]
    others = [f"Not significantly behind the best: {join_words(level)}."] if level else []
    return " ".join([text, *others, *undecided(rivals)])


def _verdict(comparison: PairwiseComparison) -> str:
    if not comparison.significant:
        return "not shown"
    return "models only" if comparison.test in TESTS_OF_MODELS else "yes"

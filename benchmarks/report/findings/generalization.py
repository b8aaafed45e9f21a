"""SQ3: does an architecture work well in general? Ranks, worst cases and spread."""

import math
from collections.abc import Mapping, Sequence

from benchmarks.comparison.ranks import Friedman, critical_difference, friedman
from benchmarks.comparison.significance import mean, standard_deviation
from benchmarks.experiment.names import in_order
from benchmarks.report.findings.pairwise import ALPHA, against_the_best
from benchmarks.report.format import count, count_all, join_words, p_value, points
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Entry, Row, Section, Table, row


def section(group: Group) -> Section:
    """Answer SQ3 for one group."""
    architectures, datasets = group.block()
    title = f"SQ3. Does an architecture work well in general? ({group.label})"
    if len(datasets) < 2:
        ran = f"here {len(architectures)} share one" if datasets else "here no two share any"
        text = f"Undecided: this needs two architectures that ran on the same two data sets or more; {ran}."
        return Section(title, [text])
    test = friedman([[accuracy(group.cells[a, d]) for a in architectures] for d in datasets])
    paragraphs = [_ranks(architectures, datasets, test), _general(group), *_steadiest(group)]
    if left := [name for name in (*group.architectures, *group.datasets)
                if name not in (*architectures, *datasets)]:  # fmt: skip
        paragraphs.append(f"Left out of the ranks, as not every pair ran: {join_words(left)}.")
    ranked = dict(zip(architectures, test.ranks, strict=True))
    return Section(title, paragraphs, [_reliability(group, ranked)])


def _gaps(group: Group, architecture: str) -> dict[str, float]:
    """How far an architecture is behind the best of each data set that others ran on too; shares, 0: it is the best."""
    return {
        d: max(map(accuracy, group.of(d))) - accuracy(group.cells[architecture, d])
        for d in group.contested
        if (architecture, d) in group.cells
    }


def _ranks(architectures: Sequence[str], datasets: Sequence[str], test: Friedman) -> str:
    k, n = len(architectures), len(datasets)
    ordered = sorted(zip(test.ranks, architectures, strict=True))
    ranks = ", ".join(f"{name} {rank:.2f}" for rank, name in ordered)
    text = (
        f"Mean ranks over {n} data sets (1 is best): {ranks}. Friedman's test: chi-squared {test.chi2:.2f} "
        f"with {count(k - 1, 'degree')} of freedom ({p_value(test.chi2_p)}), {p_value(test.p)} by permutation. "
    )
    limit = critical_difference(k, n, ALPHA)
    apart = [
        f"{b} behind {a}" for i, (x, a) in enumerate(ordered) for y, b in ordered[i + 1 :] if y - x > limit
    ]
    text += f"Ranks differ at {ALPHA:.0%} if they are more than {limit:.2f} apart (Nemenyi's critical difference): "
    text += f"{join_words(apart)}." if apart else "none do."
    if limit >= k - 1:
        text += f" With {n} data sets none can: the ranks of {k} architectures are at most {k - 1} apart."
    return text


def _general(group: Group) -> str:
    best = {d: max(group.of(d), key=accuracy).architecture for d in group.contested}
    winners = in_order(best.values(), group.architectures)
    if len(winners) == 1:
        compared = against_the_best(group)
        sure = sum(all(comparison.significant for comparison in compared[d]) for d in best)
        return f"{winners[0]} is best on {count_all(len(best), 'data set')}, significantly ahead on {sure}."
    parts = [f"{a} ({join_words([group.name(d) for d in best if best[d] == a])})" for a in winners]
    return f"The best differs by data set: {join_words(parts)}. SQ1 says whether that is more than chance."


def _steadiest(group: Group) -> list[str]:
    architectures, datasets = group.block()
    worst = {a: max(_gaps(group, a)[d] for d in datasets) for a in architectures}
    least = min(worst, key=lambda a: worst[a])
    return [
        f"Smallest worst case: {least}, never more than {points(worst[least])} points behind the best of a "
        "data set."
    ]


def _reliability(group: Group, ranks: Mapping[str, float]) -> Table:
    rows: list[Row] = []
    for a in group.architectures:
        if not (behind := _gaps(group, a)):
            continue  # nobody to be behind
        worst = max(behind, key=lambda d: behind[d])
        cells = [group.cells[a, d] for d in group.datasets if (a, d) in group.cells]
        spreads = [s for c in cells if (s := standard_deviation(list(c.values.values()))) is not None]
        died, seeds = sum(c.diverged_seeds for c in cells), sum(len(c.seeds) for c in cells)
        rows.append(
            row(
                a,
                ranks.get(a),
                sum(gap == 0 for gap in behind.values()),
                Entry(behind[worst], text=f"{points(behind[worst])} on {group.name(worst)}"),
                mean(list(behind.values())),
                math.sqrt(mean([s**2 for s in spreads])) if spreads else None,
                Entry(died, text=f"{died} of {seeds}"),
                architecture=a,
            )
        )
    notes = [
        "Points behind the best of a data set, where two architectures or more ran: the worst and the mean of "
        "all; seed sd: standard deviation over seeds in points, root mean square over data sets with two seeds "
        "or more; diverged: trainings whose loss was not finite or that gave one answer for every image. A "
        "training that left no model counts as guessing.",
        *measured_on(group),
    ]
    columns = (
        Column("architecture"), Column("mean rank", format=".2f"), Column("best on", format="d"),
        Column("worst case", format="points"), Column("mean behind", format="points"),
        Column("seed sd", format="points"), Column("diverged", format="d"),
    )  # fmt: skip
    return Table("steadiness", f"Steadiness ({group.label})", columns, rows, notes)

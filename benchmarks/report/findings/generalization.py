"""SQ3: does an architecture work well in general? Ranks, worst cases, spread, and who is on the fronts."""

import math
from collections.abc import Mapping, Sequence

from benchmarks.comparison import ranks
from benchmarks.comparison.ranks import Friedman, critical_difference, friedman
from benchmarks.comparison.significance import mean, standard_deviation
from benchmarks.report import blocks
from benchmarks.report.findings.contests import ALPHA, Contest
from benchmarks.report.format import listed, p_value, points, time
from benchmarks.report.groups import Group, accuracy, in_order
from benchmarks.results.run import Cell


def section(found: Group, judged: Mapping[str, Sequence[Contest]]) -> blocks.Section:
    """Answer SQ3 for one group."""
    architectures, datasets = found.block()
    title = f"SQ3. Does an architecture work well in general? ({found.label})"
    if len(architectures) < 2 or len(datasets) < 2:
        text = (
            "Cannot be said: it takes two architectures that ran on the same two data sets or more; "
            f"{len(architectures)} ran on {len(datasets)}."
        )
        return blocks.Section(title, [text], [_fronts(found)] if len(found.cells) > 1 else [])
    test = friedman([[accuracy(found.cells[a, d]) for a in architectures] for d in datasets])
    paragraphs = [_ranks(architectures, datasets, test), _general(found, judged), *_steadiest(found)]
    if left := [name for name in (*found.architectures, *found.datasets)
                if name not in (*architectures, *datasets)]:  # fmt: skip
        paragraphs.append(f"Left out of the ranks, as not every pair ran: {listed(left)}.")
    ranked = dict(zip(architectures, test.ranks, strict=True))
    return blocks.Section(title, paragraphs, [_reliability(found, ranked), _fronts(found)])


def gaps(found: Group, architecture: str) -> dict[str, float]:
    """How far an architecture is behind the best of each data set that others ran on too; shares, 0: it is the best."""
    return {
        d: max(map(accuracy, found.of(d))) - accuracy(found.cells[architecture, d])
        for d in found.contested
        if (architecture, d) in found.cells
    }


def front(cells: Sequence[Cell], cost: Mapping[str, float]) -> list[Cell]:
    """Cells that no other beats in accuracy and cost, the cheapest first.

    `cost` by cell id; cells without one are left out.
    """
    known = [cell for cell in cells if cell.id in cost]
    return [known[i] for i in ranks.front([(cost[cell.id], accuracy(cell)) for cell in known])]


def _ranks(architectures: Sequence[str], datasets: Sequence[str], test: Friedman) -> str:
    k, n = len(architectures), len(datasets)
    ordered = sorted(zip(test.ranks, architectures, strict=True))
    ranks = ", ".join(f"{name} {rank:.2f}" for rank, name in ordered)
    text = (
        f"Mean ranks over {n} data sets (1 is best): {ranks}. Friedman's test: chi-squared {test.chi2:.2f} "
        f"with {k - 1} degrees of freedom ({p_value(test.chi2_p)}), {p_value(test.p)} by random orders. "
    )
    limit = critical_difference(k, n, ALPHA)
    apart = [
        f"{b} behind {a}" for i, (x, a) in enumerate(ordered) for y, b in ordered[i + 1 :] if y - x > limit
    ]
    text += f"Ranks differ at {ALPHA:.0%} if they are more than {limit:.2f} apart (Nemenyi's critical difference): "
    text += f"{listed(apart)}." if apart else "none are."
    if limit >= k - 1:
        text += f" With {n} data sets none can be: ranks of {k} are at most {k - 1} apart."
    return text


def _general(found: Group, judged: Mapping[str, Sequence[Contest]]) -> str:
    best = {d: max(found.of(d), key=accuracy).architecture for d in found.contested}
    winners = in_order(best.values(), found.architectures)
    if len(winners) == 1:
        sure = sum(all(contest.decided for contest in judged[d]) for d in best)
        return f"{winners[0]} is best on all {len(best)} data sets, told apart from every other on {sure}."
    parts = [f"{a} ({listed([found.title(d) for d in best if best[d] == a])})" for a in winners]
    return f"No architecture is best everywhere: {listed(parts)}."


def _steadiest(found: Group) -> list[str]:
    architectures, datasets = found.block()
    worst = {a: max(gaps(found, a)[d] for d in datasets) for a in architectures}
    least = min(worst, key=lambda a: worst[a])
    return [
        f"Smallest worst case: {least}, never more than {points(worst[least])} points behind the best of a "
        "data set."
    ]


def _reliability(found: Group, ranks: Mapping[str, float]) -> blocks.Table:
    rows: list[list[str | None]] = []
    for a in found.architectures:
        behind = gaps(found, a)
        worst = max(behind, key=lambda d: behind[d])
        cells = [found.cells[a, d] for d in found.datasets if (a, d) in found.cells]
        spreads = [s for c in cells if (s := standard_deviation(list(c.values.values()))) is not None]
        spread = points(math.sqrt(mean([s**2 for s in spreads]))) if spreads else None
        rank = f"{ranks[a]:.2f}" if a in ranks else None
        seeds = sum(len(cell.seeds) for cell in cells)
        died = f"{sum(cell.diverged_seeds for cell in cells)} of {seeds}"
        first = str(sum(gap == 0 for gap in behind.values()))
        rows.append(
            [a, rank, first, f"{points(behind[worst])} on {found.title(worst)}",
             points(mean(list(behind.values()))), spread, died]
        )  # fmt: skip
    notes = [
        "Points behind the best of a data set, where two architectures or more ran: the worst and the mean of "
        "all; seed sd: standard deviation over seeds in points, root mean square over data sets with two seeds "
        "or more; diverged: trainings whose loss was not finite or that gave one answer for every image. A "
        "training without a model counts as guessing.",
        *found.provenance(),
    ]
    columns = ("architecture", "mean rank", "best on", "worst case", "mean behind", "seed sd", "diverged")
    return blocks.Table(f"Steadiness ({found.label})", columns, rows, notes)


def _fronts(found: Group) -> blocks.Table:
    rows: list[list[str | None]] = []
    for dataset in found.datasets:
        cells = found.of(dataset)
        timed = {c.id: s for c in cells if (s := found.seconds(c)) is not None}
        sizes = {c.id: float(c.params_total) for c in cells}
        quick, small = front(cells, timed), front(cells, sizes)
        rows.append(
            [found.title(dataset),
             ", ".join(f"{c.architecture} ({accuracy(c):.4f}, {time(timed[c.id])} s)" for c in quick) or None,
             ", ".join(f"{c.architecture} ({accuracy(c):.4f}, {c.params_total:,})" for c in small)]
        )  # fmt: skip
    notes = [
        "On a front stands who is not beaten in accuracy by anyone as quick, or as small. Seconds of training "
        "alone, mean over seeds; cells timed with others beside them, or on another machine than most of the data "
        "set's, are left out. Differences may be noise.",
        *found.provenance(),
    ]
    columns = ("data set", "accuracy against training time", "accuracy against parameters")
    return blocks.Table(f"Fronts ({found.label})", columns, rows, notes)

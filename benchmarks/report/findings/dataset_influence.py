"""SQ2: which characteristics of a data set go with an architecture's accuracy?"""

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmarks.comparison.ranks import least_p, spearman
from benchmarks.comparison.significance import mean
from benchmarks.report.format import join_words
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Entry, Row, Section, Table, row
from benchmarks.results.characteristics import PROPERTIES, Characteristics

ENOUGH = 5
"""Fewest data sets for a significant rank correlation: with fewer, no order is rare enough."""


def section(group: Group) -> Section:
    """Answer SQ2 for one group, as far as its data sets have been measured."""
    known = {d: m for d in group.datasets if (m := group.measured.get(d)) is not None}
    title = f"SQ2. Which characteristics make an architecture work well? ({group.label})"
    unknown = [d for d in group.datasets if d not in known]
    own = [d for d in unknown if any(cell.own_images for cell in group.of(d))]
    paragraphs = []
    if missing := [d for d in unknown if d not in own]:
        command = ["python", "-m", "benchmarks", "characteristics"]
        command += ["--data", group.source, "--dataset", ",".join(missing)]
        paragraphs.append(f"Not measured yet: {_named(group, missing)} ({shlex.join(command)}).")
    if own:
        paragraphs.append(f"Your own images are not measured: {_named(group, own)}.")
    if other := [group.name(d) for d in known if _other_images(group, known[d])]:
        paragraphs.append(f"Measured on files that these runs did not use: {join_words(other)}.")
    measured = characteristics([group], f"The data sets, measured ({group.label})")
    tables = [measured] if measured else []
    cells = {key: c for key, c in group.cells.items() if key[1] in known and not c.never_lived}
    learned = replace(group, cells=cells)  # one stuck at chance says nothing about the images
    ran = Counter(a for a, _ in cells)
    if not (several := [a for a in learned.architectures if ran[a] >= ENOUGH]):
        paragraphs.append(
            f"Undecided: a correlation needs {ENOUGH} or more measured data sets on which one architecture learned; the most here: "
            f"{max(ran.values(), default=0)}. Even a perfect rank correlation over {ENOUGH - 1} has p = {least_p(ENOUGH - 1):.2f}, so no "
            "correlation could be significant and none is shown."
        )
        return Section(title, paragraphs, tables)
    plain = _correlations(
        learned, known, "accuracy", several, learned.datasets, lambda a, d: accuracy(cells[a, d])
    )
    tables.append(plain)

    # Over holes, the mean would show which architectures are missing, not what is hard.
    architectures, datasets = learned.block(ENOUGH)

    def lead(architecture: str, dataset: str) -> float:
        return accuracy(cells[architecture, dataset]) - mean(
            [accuracy(cells[a, dataset]) for a in architectures]
        )

    if len(datasets) >= ENOUGH:
        what = "accuracy less the mean of these architectures on the data set"
        tables.append(_correlations(learned, known, what, architectures, datasets, lead))
    return Section(title, [*paragraphs, _warning(len(known)), *_strongest(plain)], tables)


def _named(group: Group, datasets: Sequence[str]) -> str:
    return join_words([group.name(d) for d in datasets])


def _other_images(group: Group, known: Characteristics) -> bool:
    """Only for real data: the fingerprint of synthetic images depends on how many were generated."""
    cells = group.of(known.dataset)
    return group.source == "real" and not {c.data_fingerprint for c in cells} <= set(known.fingerprints)


def _warning(n: int) -> str:
    return (
        f"{n} data sets prove nothing: there are many characteristics and few results, characteristics "
        "correlate with each other, and what makes a data set hard may not be measured. "
        f"A perfect rank correlation over {n} has p = {least_p(n):.2g} before any correction for the number of correlations."
    )


def _strongest(table: Table) -> list[str]:
    perfect = [
        f"{first.value} ({', '.join(names)})"
        for first, *rest in (found.entries for found in table.rows)
        if (names := [c.title for c, e in zip(table.columns[1:], rest, strict=True) if _perfect(e)])
    ]
    return (
        [
            f"In the same or the reverse order as accuracy on all data sets on which the architecture learned: {'; '.join(perfect)}."
        ]
        if perfect
        else []
    )


def _perfect(entry: Entry) -> bool:
    return isinstance(entry.value, float) and round(abs(entry.value), 2) == 1


def characteristics(groups: Sequence[Group], title: str) -> Table | None:
    """What was measured of the images of these groups' data sets, each once; None if nothing was."""
    known = {g.title(d): m for g in groups for d in g.datasets if (m := g.measured.get(d)) is not None}
    if not known:
        return None
    columns = [Column(""), *(Column(name, format="measure") for name in known)]
    rows = [row(label, *(getattr(m, key) for m in known.values())) for key, label in PROPERTIES.items()]
    notes = [
        "Balance: entropy of the class sizes, divided by that of equal ones. Entropy and contrast of an image's grey "
        "levels (bits; standard deviation divided by the full range), mean over training images. Intrinsic dimension: "
        "Levina and Bickel's maximum likelihood, 20 neighbours among 3,000 images. Linear classifier: test "
        "accuracy of a ridge regression on the pixels of up to 20,000 images. Measured with python -m "
        "benchmarks characteristics, on the whole data set or, if synthetic, 20,000 images."
    ]
    return Table("characteristics", title, columns, rows, notes)


def _correlations(
    learned: Group,
    known: Mapping[str, Characteristics],
    what: str,
    architectures: Sequence[str],
    datasets: Sequence[str],
    result: Callable[[str, str], float],
) -> Table:
    rows: list[Row] = []
    for key, label in PROPERTIES.items():
        correlations = []
        for a in architectures:
            own = [d for d in datasets if (a, d) in learned.cells]
            correlations.append(spearman([getattr(known[d], key) for d in own], [result(a, d) for d in own]))
        if any(rho is not None for rho in correlations):
            rows.append(row(label, *correlations))
    notes = [
        f"Spearman's rank correlation with {what}, over those of {len(datasets)} measured data sets on which "
        "a seed of the architecture learned something; characteristics that are the same everywhere are left out.",
        *measured_on(learned),
    ]
    columns = [Column(""), *(Column(a, format="+.2f") for a in architectures)]
    return Table("correlations", f"Correlation with {what} ({learned.label})", columns, rows, notes)

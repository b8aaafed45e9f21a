"""SQ2: which characteristics of a data set go with an architecture's accuracy?"""

from collections.abc import Callable, Sequence

from benchmarks.comparison.ranks import least_p, spearman
from benchmarks.comparison.significance import mean
from benchmarks.report.format import join_words
from benchmarks.report.grid import accuracy
from benchmarks.report.groups import Group
from benchmarks.report.origins import measured_on
from benchmarks.report.table import Column, Entry, Row, Section, Table, row
from benchmarks.results.characteristics import MEASURES, Characteristics


def section(found: Group) -> Section:
    """Answer SQ2 for one group, as far as its data sets have been measured."""
    known = {d: m for d in found.datasets if (m := found.measured.get((d, found.source))) is not None}
    title = f"SQ2. Which characteristics make an architecture work well? ({found.label})"
    missing = [found.title(d) for d in found.datasets if d not in known]
    paragraphs = []
    if missing:
        paragraphs.append(
            f"Not measured yet: {join_words(missing)} (python -m benchmarks characteristics --data {found.source})."
        )
    if other := [found.title(d) for d in known if _other_images(found, known[d])]:
        paragraphs.append(f"Measured on other files than these runs trained on: {join_words(other)}.")
    tables = [_measures(found, list(known.values()))] if known else []
    if len(known) < 3:
        paragraphs.append(f"A correlation takes three data sets or more; measured here: {len(known)}.")
        return Section(title, paragraphs, tables)

    ran = [a for a in found.architectures if sum((a, d) in found.cells for d in known) > 2]
    if not any(sum(_learned(found, a, d) for d in known) > 2 for a in ran):
        paragraphs.append("A correlation takes three data sets or more; no architecture learned on as many.")
        return Section(title, paragraphs, tables)
    plain = _correlations(found, known, "accuracy", ran, lambda a, d: accuracy(found.cells[a, d]))
    tables.append(plain)

    # Only data sets that more than one architecture ran on, and architectures that learned on all of those: with others, the mean
    # would show which are missing, not what is hard.
    shared = {d: m for d, m in known.items() if len(found.of(d)) > 1}
    whole = [a for a in found.architectures if all(_learned(found, a, d) for d in shared)]

    def lead(architecture: str, dataset: str) -> float:
        level = mean([accuracy(found.cells[a, dataset]) for a in whole])
        return accuracy(found.cells[architecture, dataset]) - level

    if len(whole) > 1 and len(shared) > 2:
        what = "accuracy less the mean of these architectures on the data set"
        tables.append(_correlations(found, shared, what, whole, lead))
    return Section(title, [*paragraphs, _warning(len(known)), *_strongest(plain)], tables)


def _learned(found: Group, architecture: str, dataset: str) -> bool:
    """Whether a cell has a seed that did not end dead: the others answer at chance level, whatever the images are like."""
    cell = found.cells.get((architecture, dataset))
    return cell is not None and cell.diverged_seeds < len(cell.seeds)


def _other_images(found: Group, known: Characteristics) -> bool:
    """Only for real data: synthetic images of a share are generated as such, and has no fingerprint in common."""
    cells = found.of(known.dataset)
    return found.source == "real" and not {c.data_fingerprint for c in cells} <= set(known.fingerprints)


def _warning(n: int) -> str:
    text = (
        f"{n} data sets prove nothing: many characteristics are set against few results, they go together "
        "among themselves, and what a data set is hard for may be something that is not measured. "
    )
    p = least_p(n)
    if p > 0.05:
        return (
            text + f"Even a perfect order of {n} has p = {p:.2f}, so no correlation here can be significant."
        )
    return (
        text + f"A perfect order of {n} has p = {p:.2g} before any correction for the number of correlations."
    )


def _strongest(table: Table) -> list[str]:
    perfect = [
        f"{first.value} ({', '.join(names)})"
        for first, *rest in (found.entries for found in table.rows)
        if (names := [c.title for c, e in zip(table.columns[1:], rest, strict=True) if _perfect(e)])
    ]
    return (
        [
            f"In the same or the reverse order as accuracy on every data set on which the architecture learned: {'; '.join(perfect)}."
        ]
        if perfect
        else []
    )


def _perfect(entry: Entry) -> bool:
    return isinstance(entry.value, float) and round(abs(entry.value), 2) == 1


def _measures(found: Group, known: Sequence[Characteristics]) -> Table:
    columns = [Column(""), *(Column(found.title(m.dataset), format="measure") for m in known)]
    rows = [row(label, *(getattr(m, key) for m in known)) for key, label in MEASURES.items()]
    notes = [
        "Balance: entropy of the class sizes, divided by that of equal ones. Entropy and contrast of an image's grey "
        "levels (bits; standard deviation divided by the full range), mean over training images. Intrinsic dimension: "
        "Levina and Bickel's maximum likelihood, 20 neighbours among 3,000 images. Linear classifier: test "
        "accuracy of a ridge regression on the pixels of up to 20,000 images. Measured with python -m "
        "benchmarks characteristics, on the whole data set or, of synthetic data, 20,000 images."
    ]
    return Table("measures", f"The data sets, measured ({found.label})", columns, rows, notes)


def _correlations(
    found: Group,
    known: dict[str, Characteristics],
    what: str,
    architectures: Sequence[str],
    result: Callable[[str, str], float],
) -> Table:
    rows: list[Row] = []
    for key, label in MEASURES.items():
        correlations = []
        for a in architectures:
            datasets = [d for d in known if _learned(found, a, d)]
            correlations.append(
                spearman([getattr(known[d], key) for d in datasets], [result(a, d) for d in datasets])
            )
        if any(rho is not None for rho in correlations):
            rows.append(row(label, *correlations))
    notes = [
        f"Spearman's rank correlation with {what}, over those of {len(known)} measured data sets on which "
        "a seed of the architecture learned something; characteristics that are the same everywhere are left out.",
        *measured_on(found),
    ]
    columns = [Column(""), *(Column(a, format="+.2f") for a in architectures)]
    return Table("correlations", f"Correlation with {what} ({found.label})", columns, rows, notes)

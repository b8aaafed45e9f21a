"""Several runs or protocols side by side: every architecture on one line, one mark each; what they are; and their ranks."""

from collections.abc import Sequence

from benchmarks.comparison.significance import mean
from benchmarks.experiment import published
from benchmarks.experiment.names import in_order
from benchmarks.report import format as formatting
from benchmarks.report import origins
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.side_by_side import Alternative, Ranks, by_data_set, firsts
from benchmarks.report.format import percent
from benchmarks.report.grid import accuracy, cell_name, far_below, half_width, shown_interval
from benchmarks.report.page import Panel
from benchmarks.report.strip import Item, Kind, Scale, Strip
from benchmarks.report.table import Column, Entry, Mark, Row, Table, row

_WIDTH, _HEIGHT, _EDGE = 424, 26, 15


def panels(alternatives: Sequence[Alternative], noun: str) -> list[Panel]:
    """Show each data set; real and synthetic images never share a panel."""
    shown = [(dataset, own, _table(own, dataset)) for dataset, own in by_data_set(alternatives)]
    return [Panel(table.title, dataset, _caption(own, dataset, noun), table) for dataset, own, table in shown]


def described(alternatives: Sequence[Alternative]) -> Table:
    """What each of them is."""
    facts = [_facts(one) for one in alternatives]
    columns = [Column("Field", phone="wide"), *(Column(one.name) for one in alternatives)]
    rows = [row(name, *(fact[name] for fact in facts)) for name in facts[0]]
    return Table("alternatives", "What they are", columns, rows, look="runs")


def ranks(mean_ranks: Ranks) -> Table:
    """Mean ranks by architecture, and the rank on each data set."""
    columns = [
        Column("Architecture"),
        *(Column(name, format=".1f", ascending=True) for name in mean_ranks.columns),
    ]
    rows = []
    for architecture in in_order(next(iter(mean_ranks.columns.values())), published.ARCHITECTURES):
        own = [column[architecture] for column in mean_ranks.columns.values()]
        entries = [Entry(mean(each), detail=", ".join(map(str, each))) for each in own]
        rows.append(row(Entry(architecture, architecture=architecture), *entries, architecture=architecture))
    return Table("rank-table", "Mean ranks", columns, rows, look="power", sortable=True)


def _caption(alternatives: Sequence[Alternative], dataset: str, noun: str) -> str:
    leaders = firsts(alternatives, dataset, noun)
    return f"First: {leaders}." if leaders else "Nothing to compare."


def _table(alternatives: Sequence[Alternative], dataset: str) -> Table:
    ranked = [ranking for one in alternatives if (ranking := one.ranking(dataset)) is not None]
    names = in_order(
        (place.cell.architecture for ranking in ranked for place in ranking.places), published.ARCHITECTURES
    )
    real = alternatives[0].group.source == "real"
    theirs = {a: published.ACCURACY[a, dataset] for a in names if real and (a, dataset) in published.ACCURACY}
    cells = [place.cell for ranking in ranked for place in ranking.places]
    far = far_below(cells)
    near = [accuracy(cell) for cell in cells if cell not in far]
    scale = Scale.around([*near, *(value for value in theirs.values() if value >= min(near))], _WIDTH, _EDGE)
    columns = [
        Column("Architecture", phone="wide"), Column("Chart", format="strip", phone="wide", axis=scale.axis("%", 6, 100)),
        *(Column(f"{one.name}, %", format="percent", short=one.name) for one in alternatives),
        *([Column("study of 2018, %", format="percent", short="2018")] if theirs else []),
    ]  # fmt: skip
    rows = [_row(alternatives, dataset, name, scale, theirs) for name in names]
    key = f"side-{dataset}-{alternatives[0].group.source}"
    return Table(key, ranked[0].name, columns, rows, look="protos", sortable=True)


def _row(
    alternatives: Sequence[Alternative],
    dataset: str,
    architecture: str,
    scale: Scale,
    theirs: dict[str, float],
) -> Row:
    items, texts, entries = [], [], []
    if architecture in theirs:
        items += _marked("stroke", theirs[architecture], scale)
    for one in alternatives:
        cell = one.group.cells.get((architecture, dataset))
        if cell is None:
            entries.append(Entry())
            continue
        died = cell.never_lived
        if accuracy(cell) >= scale.low:
            items += scale.interval(*shown_interval(cell))
        items += _marked("dead" if died else one.mark, accuracy(cell), scale)
        note = f", {cell.diverged_seeds} diverged" if cell.diverged_seeds else ""
        images = formatting.count(cell.test_images, "test image")
        texts.append(
            f"{one.name}: {percent(accuracy(cell))} % ± {percent(half_width(cell))} (n = {len(cell.seeds)}{note}; {images})"
        )
        ranking = one.ranking(dataset)
        emphasis: Mark = ranking.emphasis(cell) if ranking is not None else ""
        entries.append(
            Entry(accuracy(cell), half_width(cell), emphasis=emphasis, detail=str(len(cell.seeds)))
        )
        name = cell_name(cell)
    if architecture in theirs:
        texts.append(f"the study of 2018: {percent(theirs[architecture])} % (n = 1)")
        entries.append(Entry(theirs[architecture]))
    elif theirs:
        entries.append(Entry())
    strip = Strip(_WIDTH, _HEIGHT, items, " · ".join([name, *texts]), architecture)
    head = Entry(architecture, architecture=architecture)
    return row(head, Entry(strip=strip), *entries, architecture=architecture, dataset=dataset)


def _marked(kind: Kind, value: float, scale: Scale) -> list[Item]:
    """Draw a mark; one below the scale stands at its end, behind an arrow."""
    arrow = [Item("left", _EDGE - 9)] if value < scale.low else []
    return [*arrow, Item(kind, scale.at(value))]


def _facts(one: Alternative) -> dict[str, Entry]:
    cells = one.cells
    died = sum(cell.diverged_seeds for cell in cells)
    failed = any(cell.verdict == "failed" for cell in cells)
    machines = dict.fromkeys(name for origin in one.group.origins.values() for name in origin.machines)
    facts = {
        "Data": Entry(one.group.source),
        "Epochs": Entry(run_facts.epochs(cells)),
        "Training images": Entry(run_facts.images(cells)),
        "Test images": Entry(formatting.span(cell.test_images for cell in cells)),
        "Seeds": Entry(run_facts.seeds(cells)),
        "Trainings": Entry(f"{sum(len(cell.seeds) for cell in cells):,}"),
        "Diverged": Entry(str(died) if died else "none", emphasis="bad" if died else ""),
        "Floors": Entry(run_facts.floors(cells), emphasis="bad" if failed else ""),
        "Training time": Entry(formatting.duration(run_facts.total_seconds(cells))),
        "Machine": Entry("; ".join(machines)),
        "Trained": Entry(origins.days(one.group.origins.values()) or "undated"),
    }
    return facts | ({"File": Entry(one.where)} if one.where else {})

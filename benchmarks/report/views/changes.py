"""A comparison cell by cell: the change with its interval, what the two runs have in common, and what changed besides accuracy."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.comparison.verdict import CellVerdict, Identity
from benchmarks.experiment.cell import Cell
from benchmarks.report import format as formatting
from benchmarks.report import origins
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.against_baseline import Comparison, verdicts_by_size
from benchmarks.report.findings.undecided import seeds_table
from benchmarks.report.grid import cell_name, display_name, machine_name, median_seconds
from benchmarks.report.strip import Item, Scale, Strip
from benchmarks.report.table import Column, Entry, Row, Table, row
from benchmarks.report.views.gate import mark_of, name_of, time_ratio
from benchmarks.results.run import Run
from benchmarks.results.train_again import stretches

_WIDTH = 230


def forest(compared: Comparison) -> Table:
    """One row per cell, what fails first: change, interval, p, the drop that would have been seen."""
    changes = compared.changes
    scale = _scale(list(changes.values()), compared.report.settings.max_drop)
    columns = (
        Column("Verdict", format="tag"), Column("Architecture"), Column("Data set"),
        Column("Baseline, % (n)", format="percent"), Column("New, % (n)", format="percent"),
        Column("Change", format="strip", axis=scale.axis(signed=True, most=5), phone="wide"),
        Column("Change, points", format="+z.2f", ascending=True), Column("p over the grid", format="exact p", short="p", ascending=True),
        Column("Would have seen", format=".2f", ascending=True), Column("Has to see", format=".2g", ascending=True),
    )  # fmt: skip
    rows = [
        _row(compared, verdict, changes.get(verdict.cell), scale)
        for verdict in verdicts_by_size(compared.report.cells)
    ]
    return Table("cells", "Change, cell by cell", columns, rows, look="forest", heading=1, sortable=True)


def power(compared: Comparison) -> Table:
    """The drop that more seeds would show."""
    wanted = compared.report.settings.max_drop
    took = [one for cell in compared.new.cells.values() if (one := median_seconds(cell)) is not None]
    columns = (
        Column("Seeds on both sides", short="Seeds on both sides"),
        Column("Steadiest cell", format=".2f"), Column("Median cell", format=".2f"),
        Column("Weakest cell", format=".2f"), Column(f"Cells that show {wanted:g}", format="d"),
        Column("Training time of one run", format="d"),
    )  # fmt: skip
    rows = []
    for n, drops in seeds_table(compared.base, compared.new, compared.report):
        known = [drop for drop in drops if drop is not None]
        shows = sum(drop <= wanted for drop in known)
        rows.append(
            row(
                str(n), *((min(known), statistics.median(known), max(known)) if known else (None, None, None)),
                Entry(shows, text=f"{shows} of {len(drops)}"), Entry(text=formatting.duration(n * sum(took)) if took else None),
            )
        )  # fmt: skip
    return Table("power-table", "How many seeds it takes", columns, rows, look="power")


def beside_accuracy(compared: Comparison) -> list[tuple[str, list[str]]]:
    """What changed besides accuracy, by name."""
    pairs = [pair for verdict in compared.report.cells if (pair := compared.pair(verdict)) is not None]
    counts = [
        b.id for a, b in pairs if (a.params_total, a.flops_per_image) != (b.params_total, b.flops_per_image)
    ]
    new, base = list(compared.new.cells.values()), list(compared.base.cells.values())
    same = [
        b.id for a, b in pairs if (a.fingerprint, a.data_fingerprint) == (b.fingerprint, b.data_fingerprint)
    ]
    ratio = time_ratio(compared.report)
    times = f"{ratio}; not gated" if ratio else "not comparable, or not known in both runs"
    return [
        (
            "Parameters and FLOPs",
            [
                "no cell is in both runs"
                if not pairs
                else f"changed in {formatting.some(counts)}"
                if counts
                else "unchanged in every cell"
            ],
        ),
        ("Floors", [run_facts.floors(new)]),
        ("Diverged", [f"{run_facts.trainings(new)}; baseline: {run_facts.trainings(base)}"]),
        ("Training time", [times]),
        (
            "Same recipe and images",
            [f"{len(same)} of {formatting.count(len(pairs), 'cell')}, by fingerprint"],
        ),
    ]


def neighbours(compared: Comparison, worst: CellVerdict) -> list[tuple[str, list[str]]]:
    """What the same architecture, and the same data set, did elsewhere."""
    cell, changes = Cell.parse(worst.cell), compared.changes
    elsewhere = {Cell.parse(name): change for name, (change, *_) in changes.items() if name != worst.cell}
    own = {display_name(c.dataset): v for c, v in elsewhere.items() if c.architecture == cell.architecture}
    others = {c.architecture: v for c, v in elsewhere.items() if c.dataset == cell.dataset}
    commits = list(filter(None, map(run_facts.commit, (compared.base, compared.new))))
    identity = worst.identity
    facts = [
        (f"{cell.architecture} on other data sets, change in points", [_listed(own)]),
        (f"Other architectures on {display_name(cell.dataset)}, change in points", [_listed(others)]),
        *([("Seeds that both runs have", [_shared_seeds(identity)])] if identity else []),
        *([("Commits", [" → ".join(dict.fromkeys(commits))])] if commits else []),
    ]
    return [(name, texts) for name, texts in facts if texts[0]]


def _shared_seeds(identity: Identity) -> str:
    """Say what the seeds that both runs have gave: `5 of 5 trained differently, from epoch 1 on`."""
    n, alike, since = identity.seeds, identity.alike, identity.first_differing_epoch
    match identity.state:
        case "training changed":
            return (
                f"{n - alike} of {n} trained differently{'' if since is None else f', from epoch {since} on'}"
            )
        case "evaluation changed":
            return f"{alike} of {n} with the same weights, but with different answers"
        case "same accuracies":
            return f"{alike} of {n} with the same accuracies"
        case "identical":
            return f"{alike} of {n} gave the same bits"


def both(compared: Comparison) -> Table:
    """What the two runs have in common and what differs."""
    columns = (
        Column("Field", phone="wide"),
        Column("Baseline"),
        Column("New"),
        Column("Differs", format="tag"),
    )
    left, right = _described(compared.base), _described(compared.new)
    differing = {name: "differs" for name in left if left[name] != right[name]}
    if compared.base.dirty and compared.new.dirty:  # of one commit, too
        differing.setdefault("Commit", "may differ")
    rows = [
        row(
            name,
            left[name],
            right[name],
            Entry(differing[name], emphasis="warn") if name in differing else Entry(),
        )
        for name in left
    ]
    return Table("both", "The two runs", columns, rows, compared.report.notes)


def _described(run: Run) -> dict[str, str]:
    cells = list(run.cells.values())
    return {
        "File": origins.short_name(run.name),
        "Saved": run.datetime[:16].replace("T", " "),
        "Commit": run_facts.commit(run),
        "Protocol": run_facts.names(cell.protocol for cell in cells),
        "Epochs": run_facts.epochs(cells),
        "Training images": run_facts.images(cells),
        "Test images": formatting.span(cell.test_images for cell in cells),
        "Seeds": _spans({seed for cell in cells for seed in cell.seeds}),
        "Machine": run_facts.names(
            machine_name(machine) for cell in cells for machine in run.machines_of(cell)
        ),
        "Versions": ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items())),
    }


def _spans(seeds: Iterable[int]) -> str:
    """Write seeds with those that follow each other as one: `0 to 4, 7`."""
    return ", ".join(
        str(first) if first == last else f"{first} to {last}" for first, last in stretches(seeds)
    )


def _listed(changes: Mapping[str, float]) -> str:
    ordered = sorted(changes.items(), key=lambda item: item[1])
    return "; ".join(f"{name} {formatting.change(change)}" for name, change in ordered)


def _scale(changes: Sequence[tuple[float, float, float]], limit: float) -> Scale:
    """Show every change whole, and of the intervals what lies near; the rest becomes arrows."""
    largest = max([limit, *(abs(change) for change, *_ in changes)])
    widths = sorted(high - low for _, low, high in changes) or [1.0]
    reach = max(1.25 * largest, min(widths[len(widths) // 2], 3 * largest), 2 * limit)
    return Scale(-reach, reach, _WIDTH, 6)


def _row(
    compared: Comparison, verdict: CellVerdict, change: tuple[float, float, float] | None, scale: Scale
) -> Row:
    cell = Cell.parse(verdict.cell)
    mark = mark_of(verdict)
    if verdict.verdict == "unchanged" and mark == "good":  # the page keeps its green for what improved
        mark = ""
    p = "" if verdict.adjusted_p is None else f" · p = {formatting.exact_p(verdict.adjusted_p)} over the grid"
    drawn = None
    if change is not None and verdict.base is not None and verdict.new is not None:
        limit = compared.report.settings.max_drop
        items = [Item("limit", scale.at(-limit)), Item("limit", scale.at(limit)), Item("zero", scale.at(0))]
        items += [
            *scale.interval(change[1], change[2]),
            Item("mark" if mark == "bad" else "hollow", scale.at(change[0])),
        ]
        signed = [formatting.change(one) for one in change]
        hover = (
            f"{cell_name(cell)}: {verdict.verdict} · {formatting.percent(verdict.base.mean)} % (n = {verdict.base.n}) to "
            f"{formatting.percent(verdict.new.mean)} % (n = {verdict.new.n}) · change {signed[0]} points, "
            f"95% interval {signed[1]} to {signed[2]}{p}"
        )
        drawn = Strip(scale.width, 22, items, hover, colour="fail" if mark == "bad" else "mute")
    sides = [
        Entry(s.mean, detail=str(s.n)) if s is not None else Entry() for s in (verdict.base, verdict.new)
    ]
    return row(
        Entry(name_of(verdict), emphasis=mark), Entry(cell.architecture, architecture=cell.architecture), display_name(cell.dataset),
        *sides, Entry(strip=drawn), Entry(change[0] if change else None, emphasis="best" if mark == "bad" else ""),
        verdict.adjusted_p, verdict.detectable_pp, verdict.resolution_pp,
        architecture=cell.architecture, dataset=cell.dataset, mark="bad" if mark == "bad" else "",
    )  # fmt: skip
